//go:build race

package discover

// raceWeight is what the race detector adds to what a flood may cost.
const raceWeight = 128 << 20
