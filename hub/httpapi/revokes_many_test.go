//go:build bench

package httpapi

// A thousand revokes.
const (
	revokeBench    = true
	revokeCameras  = 4
	revokeGrantees = 5
	revokeRounds   = 50
)
