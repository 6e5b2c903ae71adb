// Package rules holds the house rules as tests: who may import whom, what may
// be called where, and how large a file may grow. It has no code of its own.
package rules
