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

// TestCompare: streams are told apart by what follows the host, which devices name in
// their own ways, and by the port.
func TestCompare(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want likeness
	}{
		{"rtsp://10.0.0.2:554/ch1?sub=0", "rtsp://user@camera.lan/ch1?sub=0", samePlace},
		{"rtsp://10.0.0.2/ch1?sub=0", "rtsp://10.0.0.2/ch1?sub=1", otherPlace},
		{"rtsp://10.0.0.2/ch1", "rtsp://10.0.0.2/ch2", otherPlace},
		{"rtsp://10.0.0.2/ch1", "rtsp://10.0.0.2:8554/ch1", otherPort},
		{"rtsps://10.0.0.2/ch1", "rtsps://10.0.0.2:322/ch1", samePlace},
		{"rtsps://10.0.0.2/ch1", "rtsp://10.0.0.2/ch1", otherPort},
		{"rtsp://10.0.0.2/%zz", "rtsp://10.0.0.2/%zz", otherPlace},
	} {
		if got := compare(c.a, c.b); got != c.want {
			t.Errorf("%s and %s: %d", c.a, c.b, got)
		}
	}
}
