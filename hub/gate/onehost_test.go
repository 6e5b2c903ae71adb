package gate

import (
	"errors"
	"testing"

	"lares/cameras"
)

// TestOneHost: a camera's addresses are of one host, when it is added and when it is
// changed, and whose camera is at another one hears of it.
func TestOneHost(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	ann, bob := r.person("ann"), r.person("bob")
	must2(r.AddCamera(ctx, bob, NewCamera{Name: "bob's", Access: cameras.Access{Main: "rtsp://192.0.2.9/main"}}))
	own := must2(r.AddCamera(ctx, ann, NewCamera{Name: "own", Access: cameras.Access{Main: "rtsp://192.0.2.7/main"}}))
	for what, c := range map[string]struct {
		main, sub, onvif string
		want             error
		counted          uint64
	}{
		"one host":          {"rtsp://192.0.2.7/main", "rtsp://192.0.2.7:8554/sub", "http://192.0.2.7/onvif", nil, 0},
		"in two ways":       {"rtsp://192.0.2.7/main", "rtsp://[::ffff:192.0.2.7]/sub", "", nil, 0},
		"by name":           {"rtsp://127.0.0.1/main", "rtsp://LOCALHOST/sub", "", nil, 0},
		"a name":            {"rtsp://nowhere.invalid/main", "rtsp://NOWHERE.invalid/sub", "", nil, 0},
		"bob's":             {"rtsp://192.0.2.7/main", "rtsp://192.0.2.9/sub", "", ErrSubElsewhere, 1},
		"nobody's":          {"rtsp://192.0.2.7/main", "rtsp://192.0.2.10/sub", "", ErrSubElsewhere, 0},
		"another, by name":  {"rtsp://192.0.2.7/main", "rtsp://localhost/sub", "", ErrSubElsewhere, 0},
		"ONVIF of bob's":    {"rtsp://192.0.2.7/main", "", "http://192.0.2.9/onvif", ErrONVIFElsewhere, 1},
		"ONVIF of nobody's": {"rtsp://192.0.2.7/main", "", "http://192.0.2.10/onvif", ErrONVIFElsewhere, 0},
	} {
		before := r.Refused()["camera identity"]
		n := NewAccess{Main: c.main, Sub: c.sub, ONVIF: c.onvif}
		if err := r.SetAccess(ctx, ann, own, n); !errors.Is(err, c.want) {
			t.Errorf("%s: changed: %v", what, err)
		}
		if _, err := r.AddCamera(ctx, ann, NewCamera{Name: "x", Access: cameras.Access{Main: c.main, Sub: c.sub, ONVIF: c.onvif}}); !errors.Is(err, c.want) {
			t.Errorf("%s: added: %v", what, err)
		}
		if got := r.Refused()["camera identity"] - before; got != 2*c.counted {
			t.Errorf("%s: counted %d", what, got)
		}
	}
}
