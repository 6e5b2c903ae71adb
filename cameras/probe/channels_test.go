package probe

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"lares/cameras/fakecam"
	"lares/cameras/internal/wire"
	"lares/cameras/onvif"
	"lares/cameras/seal"
)

// TestLookAtARecorder: a recorder has the two streams of each of its channels, and a
// picture of some, each of its own channel; what is so of all channels is said once.
func TestLookAtARecorder(t *testing.T) {
	const channels = 32
	for _, without := range [][]string{nil, {fakecam.ServiceMedia2}} {
		cam, d := start(t, fakecam.Options{
			Channels: channels, Without: without, Main: fakecam.Encoding{Codec: "H264", Width: 2560, Height: 1440, FPS: 25, Kbps: 4096, GOP: 250},
		})
		l, id, key := lookAt(t, d)
		if l.Code != Found || len(l.Channels) != channels || len(l.Offered()) != channels || len(l.Streams) != 2*channels {
			t.Fatalf("%+v", l.Probed)
		}
		for i, c := range l.Channels {
			main, sub, ok := l.Taken(c.Source)
			if !ok || main.URL != cam.ChannelURL(i+1, false) || sub.URL != cam.ChannelURL(i+1, true) || main.Source != c.Source || i > 0 && c.Name != fmt.Sprint("Input ", i+1) {
				t.Errorf("channel %d, %+v: %+v and %+v", i+1, c, main, sub)
			}
		}
		if len(l.Warnings) != 1 || !strings.HasPrefix(l.Warnings[0].Text, "All channels: The main stream") || l.Warnings[0].Fix != onvif.FixMainGOP {
			t.Errorf("%+v", l.Warnings)
		}
		if len(l.Pictures) == 0 || len(l.Pictures) > wire.MaxGlimpses {
			t.Fatalf("%d pictures", len(l.Pictures))
		}
		for shown, sealed := range l.Pictures {
			picture, err := seal.OpenText(key, seal.GlimpseBinding(id, shown.Channel, RoleSub), sealed)
			number := fmt.Append(nil, "channel_", shown.Channel)
			if err != nil || shown.Role != RoleSub || bytes.Contains(picture[:256], number) != (shown.Channel > 1) {
				t.Errorf("the picture of channel %d: %v, %q", shown.Channel, err, picture[:min(256, len(picture))])
			}
		}
	}
}

// TestFixesOfARecorder: a fix is made at each channel that has the problem.
func TestFixesOfARecorder(t *testing.T) {
	_, d := start(t, fakecam.Options{
		Channels: 4, Main: fakecam.Encoding{Codec: "H264", Width: 2560, Height: 1440, FPS: 25, Kbps: 4096, GOP: 250},
	})
	l, _, _ := lookAt(t, d, onvif.FixMainGOP)
	if !slices.Equal(l.Fixed, []string{onvif.FixMainGOP}) || len(l.Warnings) != 0 || len(l.Unfixed) != 0 {
		t.Errorf("fixed %v, not %v, warned of %v", l.Fixed, l.Unfixed, l.Warnings)
	}
	for _, s := range l.Streams {
		if s.Role == RoleMain && s.GOP != 50 {
			t.Errorf("afterwards: %+v", s)
		}
	}
}

// TestToldChannels: of a recorder what is taken is told, with the reason where nothing
// is, and of the largest one all fits into one message.
func TestToldChannels(t *testing.T) {
	video := func(token, source string) onvif.Profile {
		return onvif.Profile{Token: token, Source: source, Encoder: &onvif.Encoder{Token: token, Codec: onvif.CodecH264, Width: 1920, Height: 1080}}
	}
	s := onvif.Survey{Profiles: []onvif.Profile{video("1", "a"), video("2", "b"), {Token: "3", Source: "c"}}, Streams: []string{"rtsp://192.0.2.7/1", "", ""}}
	s.Channels = onvif.Channels(s.Profiles)
	s.Channels[1].Late = true
	for i := range s.Channels {
		s.Channels[i].Warnings = onvif.Warnings(s.Profiles, s.Channels[i].Choice)
	}
	p := told(s)
	if err := p.Check(); err != nil || p.Code != Found || len(p.Streams) != 1 || p.Streams[0].Source != "a" {
		t.Errorf("%+v, %v", p, err)
	}
	for i, says := range []string{"", "in time", "no stream"} {
		if got := p.Channels[i].Reason; !strings.Contains(got, says) || (got == "") != (says == "") {
			t.Errorf("channel %d: %q", i+1, got)
		}
	}
	if len(p.Warnings) != 1 || !strings.HasPrefix(p.Warnings[0].Text, "Channel 1: There is no second") {
		t.Errorf("%+v", p.Warnings)
	}

	long := strings.Repeat("&", wire.MaxWord)
	var all onvif.Survey
	for i := range wire.MaxChannels {
		for range 2 {
			source := fmt.Sprint(i, long)[:wire.MaxWord]
			all.Profiles = append(all.Profiles, video(fmt.Sprint(len(all.Profiles), long)[:wire.MaxWord], source))
			all.Streams = append(all.Streams, "rtsp://192.0.2.7/"+strings.Repeat("x", 400))
		}
		all.Profiles[2*i+1].Encoder.Width, all.Profiles[2*i+1].Encoder.Height = 640, 360+i
	}
	all.Channels = onvif.Channels(all.Profiles)
	p = told(all)
	var b bytes.Buffer
	if err := p.Check(); err != nil || len(p.Streams) != wire.MaxStreams {
		t.Errorf("%d streams of the largest, %v", len(p.Streams), err)
	}
	if err := wire.Send(&b, wire.TypeProbed, p); err != nil {
		t.Error(err)
	}
	if _, _, err := wire.NewReader(&b).Next(); err != nil {
		t.Error(err)
	}
}

func TestChannelWords(t *testing.T) {
	for want, of := range map[string][]int{
		"Channel 3: ":            {3},
		"Channels 1–3, 5, 7–8: ": {1, 2, 3, 5, 7, 8},
		"All channels: ":         {1, 2, 3, 4, 5, 6, 7, 8, 9},
	} {
		if got := channelWords(of, 9); got != want {
			t.Errorf("%q, not %q", got, want)
		}
	}
	if got := channelWords([]int{2}, 1); got != "Channel 2: " {
		t.Errorf("the only one that offers anything: %q", got)
	}
}
