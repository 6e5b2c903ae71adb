//go:build !race

package cage

const raceLimit = 0
