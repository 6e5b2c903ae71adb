package fakecam

import (
	"slices"
	"testing"
	"time"

	"lares/cameras/clock"
)

// TestViewFollowsTheOrders turns a camera on a clock of the test: it looks
// elsewhere as long as it moves, not past its ends, and back at its rest.
func TestViewFollowsTheOrders(t *testing.T) {
	manual := clock.NewManual(time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC))
	c, err := Start(t.Context(), Options{Name: "x", Clock: manual})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	move := func(pan, tilt, zoom float64) {
		var o call
		o.Velocity.PanTilt.X, o.Velocity.PanTilt.Y, o.Velocity.Zoom.X = pan, tilt, zoom
		if _, err := c.onvif.ptzMove(nil, o); err != nil {
			t.Fatal(err)
		}
	}
	is := func(what string, want view) {
		t.Helper()
		if got := c.onvif.looks(); got != want {
			t.Errorf("%s it looks at %+v, not %+v", what, got, want)
		}
	}
	is("at first", view{})
	move(0.5, -1, 0)
	manual.Advance(time.Second)
	is("after a second", view{x: 0.15, y: -0.3})
	c.onvif.ptzStop(nil, call{})
	manual.Advance(time.Minute)
	is("when it stands", view{x: 0.15, y: -0.3})
	move(0, 0, 1)
	manual.Advance(time.Hour)
	is("at its end", view{x: 0.15, y: -0.3, z: maxZoom})
	var gate call
	gate.PresetToken = presetPrefix + "2"
	c.onvif.ptzPreset(nil, gate)
	is("at a preset", presetViews[1])
	c.onvif.ptzHome(nil, call{})
	manual.Advance(time.Minute)
	is("at rest", view{})
}

// TestCardMoves: what a camera shows is elsewhere when it looks elsewhere, never
// past the edge, and what it shows at rest is as before.
func TestCardMoves(t *testing.T) {
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	for _, size := range [][2]int{{640, 360}, {320, 180}, {160, 96}, {1920, 1088}} {
		c := newCard("Garden", size[0], size[1], CardColor("x"))
		rest := c.draw(ask{now: now, frame: 5})
		for _, v := range []view{{x: 0.2}, {y: 0.2}, {y: -0.2}, {z: 1}, {x: maxPan, y: maxTilt, z: maxZoom}, {x: -maxPan, y: -maxTilt, z: minZoom}} {
			if slices.Equal(rest, c.draw(ask{now: now, frame: 5, view: v})) {
				t.Errorf("%v: the same at %+v", size, v)
			}
		}
		whole := c.height / cellSize
		for i, cell := range c.draw(ask{now: now, frame: 5, view: view{y: -maxTilt, z: maxZoom}}) {
			if i/c.cols >= whole-1 && !cell.flat() {
				t.Errorf("%v: text on the band", size)
			}
		}
	}
}
