// Package store is the hub's SQLite database, and all SQL of the product.
package store

// Store is the open database. It implements recorder.Index.
type Store struct{}
