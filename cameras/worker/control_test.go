package worker

import (
	"errors"
	"fmt"
	"testing"

	"lares/cameras/control"
	"lares/cameras/onvif"
)

// TestProblemsOfDevices: what a device answers to an order becomes one of the
// problems the hub knows; what is none of them may have been done.
func TestProblemsOfDevices(t *testing.T) {
	for err, want := range map[error]control.Problem{
		nil:                    "",
		control.Unknown:        control.Unknown,
		onvif.ErrNotAuthorized: control.Forbidden,
		onvif.ErrUnsupported:   control.Cannot,
		onvif.ErrRefused:       control.Refused,
		onvif.ErrBusy:          control.Refused,
		onvif.ErrMalformed:     control.Garbled,
		errors.New("timeout"):  control.Silent,
	} {
		if got := problemOf(err); got != want {
			t.Errorf("%v is %q, not %q", err, got, want)
		}
		if err != nil && problemOf(fmt.Errorf("turning: %w", errors.Join(err, errors.New("and no stop")))) != want {
			t.Errorf("%v is another in other words", err)
		}
	}
}

// TestSamePlace: streams are told apart by what follows the host, which devices
// name in their own ways.
func TestSamePlace(t *testing.T) {
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{"rtsp://10.0.0.2:554/ch1?sub=0", "rtsp://user@camera.lan/ch1?sub=0", true},
		{"rtsp://10.0.0.2/ch1?sub=0", "rtsp://10.0.0.2/ch1?sub=1", false},
		{"rtsp://10.0.0.2/ch1", "rtsp://10.0.0.2/ch2", false},
		{"rtsp://10.0.0.2/%zz", "rtsp://10.0.0.2/%zz", false},
	} {
		if samePlace(c.a, c.b) != c.same {
			t.Errorf("%s and %s", c.a, c.b)
		}
	}
}
