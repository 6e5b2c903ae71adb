//go:build race

package cage

// raceLimit is what the race detector's shadow memory needs above Limits.Data.
const raceLimit = 16 << 30
