//go:build race

package discover

// raced says that the race detector is there: it remembers so much of each access to
// memory that what a flood costs says nothing. `make test` runs TestFlood without it too.
const raced = true
