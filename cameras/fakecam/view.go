package fakecam

import "time"

// view is where a camera looks: X right and Y up in parts of the picture, Z near
// in steps. The zero view is its place of rest.
type view struct{ x, y, z float64 }

// How fast a camera turns at most, and how far.
const (
	panRate, tiltRate, zoomRate = 0.3, 0.3, 1 // per second
	maxPan, maxTilt             = 0.5, 0.5    // to both sides
	minZoom, maxZoom            = -1.0, 1.0   // steps
)

// look is a view that may be on its way.
type look struct {
	view
	since time.Time // when it was there; meanwhile it goes on
}

// presetViews are where the presets are, in their order.
var presetViews = []view{{x: -0.25}, {x: 0.25, y: 0.2, z: 1}}

// at is the view now, at the given velocity until now.
func (l look) at(now time.Time, pan, tilt, zoom float64) view {
	s := max(0, now.Sub(l.since).Seconds())
	return view{
		x: min(max(l.x+pan*panRate*s, -maxPan), maxPan),
		y: min(max(l.y+tilt*tiltRate*s, -maxTilt), maxTilt),
		z: min(max(l.z+zoom*zoomRate*s, minZoom), maxZoom),
	}
}

// looks is where the camera looks now.
func (s *onvifServer) looks() view {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seen()
}

// seen is looks for who holds mu.
func (s *onvifServer) seen() view {
	d := s.device
	return s.look.at(s.clock.base.Now(), d.Pan, d.Tilt, d.Zoom)
}

// moves gives the camera another velocity, from where it is; for who holds mu.
func (s *onvifServer) moves(pan, tilt, zoom float64) {
	s.look = look{s.seen(), s.clock.base.Now()}
	s.device.Pan, s.device.Tilt, s.device.Zoom = pan, tilt, zoom
}

// jumps has the camera look elsewhere and stand there; for who holds mu.
func (s *onvifServer) jumps(to view) {
	s.moves(0, 0, 0)
	s.look.view = to
}
