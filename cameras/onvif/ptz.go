package onvif

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"
	"time"
)

// Preset is a place that a camera finds again.
type Preset struct{ Token, Name string }

// PTZ is how a camera can be turned.
type PTZ struct {
	// Continuous says that it moves as long as it is told to, Zoom that it
	// zooms too, Home that it has a place of rest.
	Continuous, Zoom, Home bool
	Presets                []Preset
}

// Velocity is from -1 to 1 on each axis: left to right, down to up, wide to
// near.
type Velocity struct{ Pan, Tilt, Zoom float64 }

const (
	// MaxMove is how long one move may last.
	MaxMove = 10 * time.Second
	// stopWithin bounds the Stop at the end of a move, whatever became of the
	// one who asked for it.
	stopWithin = 3 * time.Second

	maxPresets = 128
)

// PTZ asks how the camera of a profile can be turned (ONVIF PTZ §5.1, §5.4.1);
// ErrUnsupported if not at all.
func (c *Client) PTZ(ctx context.Context, p Profile) (PTZ, error) {
	nodes, err := ask[struct {
		Nodes list[struct {
			Home flag       `xml:"HomeSupported"`
			Move []struct{} `xml:"SupportedPTZSpaces>ContinuousPanTiltVelocitySpace"`
			Zoom []struct{} `xml:"SupportedPTZSpaces>ContinuousZoomVelocitySpace"`
		}] `xml:"PTZNode"`
	}](ctx, c, nsPTZ, "GetNodes", "")
	if err != nil {
		return PTZ{}, err
	}
	var out PTZ
	for _, n := range nodes.Nodes {
		out.Home = out.Home || bool(n.Home)
		out.Continuous = out.Continuous || len(n.Move) > 0
		out.Zoom = out.Zoom || len(n.Zoom) > 0
	}
	a, err := ask[struct {
		Presets list[struct {
			Token string `xml:"token,attr"`
			Name  string
		}] `xml:"Preset"`
	}](ctx, c, nsPTZ, "GetPresets", element("ProfileToken", p.Token))
	if errors.Is(err, ErrUnsupported) || errors.Is(err, ErrMalformed) {
		return out, nil // it turns without presets
	}
	if err != nil {
		return out, err
	}
	for _, x := range a.Presets[:min(len(a.Presets), maxPresets)] {
		if x.Token != "" {
			out.Presets = append(out.Presets, Preset{text(x.Token), bounded(x.Name, 64)})
		}
	}
	return out, nil
}

// Begin turns the camera for d: it returns when the device has taken the order. finish, which
// has to be called at once, stops it then, or when its ctx ends: a camera that is told to move
// and not to stop looks away for ever (ONVIF PTZ §5.3.3). A newer Begin or Stop of this client
// takes over; the older one's finish returns without a stop of its own. After an error the
// camera stands.
func (c *Client) Begin(ctx context.Context, p Profile, v Velocity, d time.Duration) (finish func(context.Context) error, err error) {
	if d <= 0 || d > MaxMove || !v.valid() {
		return nil, fmt.Errorf("onvif: moving: the velocity is not within -1 and 1 or the time not within %v", MaxMove)
	}
	mine := c.nextMove()
	err = tell(ctx, c, nsPTZ, "ContinuousMove", element("ProfileToken", p.Token)+"<Velocity>"+v.xml()+"</Velocity>"+element("Timeout", xsSeconds(d)))
	if err != nil {
		// The answer may have been lost, not the order.
		return nil, errors.Join(err, c.halt(ctx, p, mine))
	}
	timer := time.NewTimer(d)
	return func(ctx context.Context) error {
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
		case <-mine:
		}
		return c.halt(ctx, p, mine)
	}, nil
}

// halt ends one move, unless a newer one has taken over.
func (c *Client) halt(ctx context.Context, p Profile, move chan struct{}) error {
	select {
	case <-move:
		return nil
	default:
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopWithin)
	defer cancel()
	return c.stop(ctx, p)
}

// Stop ends what moves (ONVIF PTZ §5.3.4).
func (c *Client) Stop(ctx context.Context, p Profile) error {
	c.nextMove()
	return c.stop(ctx, p)
}

func (c *Client) stop(ctx context.Context, p Profile) error {
	return tell(ctx, c, nsPTZ, "Stop", element("ProfileToken", p.Token)+"<PanTilt>true</PanTilt><Zoom>true</Zoom>")
}

// nextMove takes over from the move before. What it returns is closed when the
// next one does.
func (c *Client) nextMove() chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.move != nil {
		close(c.move)
	}
	c.move = make(chan struct{})
	return c.move
}

// GoTo turns the camera to a preset (ONVIF PTZ §5.4.3).
func (c *Client) GoTo(ctx context.Context, p Profile, preset string) error {
	c.nextMove()
	return tell(ctx, c, nsPTZ, "GotoPreset", element("ProfileToken", p.Token)+element("PresetToken", preset))
}

// GoHome turns the camera to its place of rest (ONVIF PTZ §5.5.1).
func (c *Client) GoHome(ctx context.Context, p Profile) error {
	c.nextMove()
	return tell(ctx, c, nsPTZ, "GotoHomePosition", element("ProfileToken", p.Token))
}

func (v Velocity) valid() bool {
	ok := func(f float64) bool { return math.Abs(f) <= 1 } // not NaN either
	return ok(v.Pan) && ok(v.Tilt) && ok(v.Zoom)
}

// xml leaves an axis out that does not move: cameras without it refuse it.
func (v Velocity) xml() string {
	spell := func(f float64) string { return strconv.FormatFloat(f, 'f', 3, 64) }
	out := ""
	if v.Pan != 0 || v.Tilt != 0 || v.Zoom == 0 {
		out += `<tt:PanTilt x="` + spell(v.Pan) + `" y="` + spell(v.Tilt) + `"/>`
	}
	if v.Zoom != 0 {
		out += `<tt:Zoom x="` + spell(v.Zoom) + `"/>`
	}
	return out
}

// xsSeconds is a duration as cameras read it: whole seconds, rounded up, for
// the Stop that follows is more exact.
func xsSeconds(d time.Duration) string { return xsDuration(d + time.Second - 1) }
