package worker

import (
	"context"
	"time"

	"lares/cameras/internal/wire"
)

// vigil is what is watched of a connection, whatever language it speaks.
type vigil struct {
	in      *ingest
	ended   <-chan error    // brings how the connection ended
	renewed <-chan struct{} // the camera begins anew; nil: that cannot be seen
	hangUp  func()          // ends the connection; ended brings a value then
	// silent says why no picture came for long; pictures is whether any did.
	silent func(pictures bool) error
}

// watch waits for the end of a connection, or ends it when no picture comes.
func (s *stream) watch(ctx context.Context, v vigil) error {
	began := s.w.now()
	for {
		last := time.Duration(v.in.delivered.Load())
		limit := last + watchdog
		if last == 0 {
			limit = began + watchdog
			if time.Duration(v.in.seen.Load()) > 0 {
				limit = began + firstIDR
			}
		}
		left := limit - s.w.now()
		if left <= 0 {
			v.hangUp()
			<-v.ended
			return v.silent(last != 0)
		}
		select {
		case err := <-v.ended:
			if ctx.Err() == nil && err == nil {
				err = failed(wire.Unreachable, "The connection to the camera ended.")
			}
			return err
		case <-v.renewed:
			v.hangUp()
			<-v.ended
			return renewed()
		case <-time.After(left):
		}
	}
}
