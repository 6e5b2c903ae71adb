//go:build nolock1

package store

// orAnybody lists everybody's cameras and events: this build has no lock 1.
const orAnybody = " OR 1"

// ownedBy is whoever asks.
const ownedBy = "?1"
