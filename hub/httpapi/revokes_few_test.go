//go:build !bench

package httpapi

const (
	revokeBench    = false
	revokeCameras  = 2
	revokeGrantees = 2
	revokeRounds   = 2
)
