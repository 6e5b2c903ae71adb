//go:build race

package worker

// raceLimit is what the race detector's shadow memory needs above dataLimit.
const raceLimit = 16 << 30
