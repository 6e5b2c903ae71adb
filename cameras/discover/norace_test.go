//go:build !race

package discover

const raced = false
