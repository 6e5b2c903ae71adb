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

// silence says why no picture of a connection came for long; pictures is whether any did.
func (s *stream) silence(in *ingest, pictures bool) *failure {
	switch {
	case !pictures && in.seen.Load() > 0 && s.everLive:
		return failed(wire.Frozen, "%s", in.unusable())
	case !pictures && in.seen.Load() > 0:
		return failed(wire.NoVideo, "%s", in.unusable())
	case pictures || s.everLive:
		return failed(wire.Frozen, "The camera is connected but has stopped sending pictures.")
	}
	return failed(wire.NoVideo, "The camera is connected but sends no pictures.")
}

// watch waits for the end of a connection, or ends it when no picture comes. Where
// pictures come with which decoding cannot start, it says so and waits longer.
func (s *stream) watch(ctx context.Context, v vigil) error {
	began, told := s.w.now(), false
	for {
		last := time.Duration(v.in.delivered.Load())
		left := max(last, began) + watchdog - s.w.now()
		if left <= 0 && last == 0 && v.in.seen.Load() > 0 {
			left = began + firstIDR - s.w.now()
			if !told && left > 0 {
				told = v.in.beforeFirst(func() {
					f := explain(v.silent(false), s.where(), false)
					s.tell(wire.State{Code: f.code, Message: f.text, RetryMS: (left + retryAtOnce).Milliseconds()})
				})
			}
			if !told {
				left = min(left, retryAtOnce)
			}
		}
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
