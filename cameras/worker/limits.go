package worker

import "lares/cameras/internal/cage"

const (
	// memoryLimit is above what a worker uses: 10 to 15 MiB, a 4K IDR a few
	// more.
	memoryLimit = 48 << 20
	dataLimit   = 320 << 20
	// filesLimit: two RTSP connections with four UDP sockets each, one with two
	// to speak, four HTTP connections, the socket, the poller.
	filesLimit = 32
	// gcPercent: the live heap is about 2 MiB.
	gcPercent = 150
)

// limits are those of a camera worker's cage.
func limits() cage.Limits {
	return cage.Limits{Memory: memoryLimit, Data: dataLimit, Files: filesLimit, Percent: gcPercent}
}
