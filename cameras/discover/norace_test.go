//go:build !race

package discover

const raceWeight = 0
