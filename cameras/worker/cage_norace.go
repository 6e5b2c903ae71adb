//go:build !race

package worker

const raceLimit = 0
