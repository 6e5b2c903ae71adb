//go:build race

package cameras

// raceWeight is what the race detector adds to mostWeight.
const raceWeight = 192 << 20
