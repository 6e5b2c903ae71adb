package cameras

import (
	"strings"
	"testing"
	"time"

	"lares/cameras/fakecam"
)

// TestSubOfAnotherDevice: a camera that is recognised by its serial number brings no
// stream of another host, and nobody there hears of it; two names of one host are one.
func TestSubOfAnotherDevice(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	own := fake(t, fakecam.Options{Name: "own", Serial: "SN-A1B2C3"})
	other := newStranger(t, "127.0.0.2")
	sub, onvif := "rtsp://"+other.addr+"/sub", "http://"+other.addr+"/onvif/device_service"
	for name, c := range map[string]struct {
		sub, onvif string
		want       State
	}{
		"a stream":                {sub, own.ONVIFURL(), AnotherDevice},
		"a stream, without ONVIF": {sub, "", AnotherDevice},
		"ONVIF":                   {own.SubURL(), onvif, Live},
		"one host":                {strings.Replace(own.SubURL(), "127.0.0.1", "localhost", 1), own.ONVIFURL(), Live},
	} {
		t.Run(name, func(t *testing.T) {
			a := access(own)
			a.Sub, a.ONVIF = c.sub, c.onvif
			id := h.add(a)
			defer h.fleet.Remove(id)
			var now Status
			eventually(t, 30*time.Second, "both streams", func() bool {
				now, _ = h.fleet.Status(id)
				return len(now.Streams) == 2 && now.Streams[0].State == Live && now.Streams[1].State == c.want
			})
			if c.want == AnotherDevice && !strings.Contains(now.Streams[1].Message, "another device") {
				t.Errorf("it says %q", now.Streams[1].Message)
			}
			if name != "ONVIF" {
				return
			}
			eventually(t, 30*time.Second, "words for it", func() bool {
				now, _ = h.fleet.Status(id)
				return strings.Contains(now.Warning, "another device")
			})
		})
	}
	other.silent(t)
}

// TestSubOfAnotherChannel: what a recorder tells as the address of another camera of its
// own is not played as this one's sub stream.
func TestSubOfAnotherChannel(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	cam := fake(t, fakecam.Options{Name: "recorder", Serial: "SN-A1B2C3", Channels: 3, Username: "user", Password: "correct horse"})
	for number, want := range map[int]State{2: Live, 3: AnotherDevice} {
		a := access(cam)
		a.Main, a.Sub, a.Source, a.Channels = cam.ChannelURL(2, false), cam.ChannelURL(number, true), "channel_2_source", 3
		id := h.add(a)
		defer h.fleet.Remove(id)
		var now Status
		eventually(t, 30*time.Second, "both streams", func() bool {
			now, _ = h.fleet.Status(id)
			return len(now.Streams) == 2 && now.Streams[0].State == Live && now.Streams[1].State == want
		})
		if said := now.Streams[1].Message; want == AnotherDevice && !strings.Contains(said, "another camera of the recorder") {
			t.Errorf("it says %q", said)
		}
	}
}
