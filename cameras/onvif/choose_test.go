package onvif

import (
	"reflect"
	"strings"
	"testing"
	"time"
)

// made is a profile by hand: codec, size and rates.
func made(token, codec string, w, h int, fps float64, kbps, gop int) Profile {
	return Profile{Token: token, Source: "v", Encoder: &Encoder{Token: "e" + token, Codec: codec, Width: w, Height: h, FPS: fps, Kbps: kbps, GOP: gop}}
}

func from(p Profile, source string) Profile {
	p.Source = source
	return p
}

func sharing(p Profile, encoder string) Profile {
	e := *p.Encoder
	e.Token = encoder
	p.Encoder = &e
	return p
}

func smartly(p Profile) Profile {
	e := *p.Encoder
	e.Smart = true
	p.Encoder = &e
	return p
}

// choices says what is picked and warned of. Warnings are problem:fix, in
// order.
var choices = []struct {
	name      string
	profiles  []Profile
	offset    time.Duration
	main, sub int
	reasons   []string // parts, one per profile
	warnings  string
}{
	{"as it should be", []Profile{
		made("1", CodecH264, 1920, 1080, 15, 3000, 30), made("2", CodecH264, 640, 360, 10, 400, 20),
	}, 0, 0, 1, []string{"The largest picture, 1920×1080, 15 pictures per second, 3000 kbit/s", "searched for motion"}, ""},
	{"sub first", []Profile{
		made("1", CodecH264, 640, 360, 10, 400, 20), made("2", CodecH264, 1920, 1080, 15, 3000, 30),
	}, 0, 1, 0, nil, ""},
	{"main is H.265, sub is not", []Profile{
		made("1", CodecH265, 3840, 2160, 25, 8000, 50), made("2", CodecH264, 704, 576, 15, 768, 30),
	}, 0, 0, 1, []string{"not every browser", ""}, "h265:"},
	{"H.264 is preferred for sub, even if farther from the best size", []Profile{
		made("1", CodecH264, 2560, 1440, 20, 6000, 40), made("2", CodecH265, 640, 360, 10, 300, 20), made("3", CodecH264, 1280, 720, 10, 1024, 20),
	}, 0, 0, 2, []string{"", "Another small stream fits better", "A small H.264 picture"}, ""},
	{"sub is H.265 alone", []Profile{
		made("1", CodecH264, 2560, 1440, 20, 6000, 40), made("2", CodecH265, 640, 360, 10, 300, 20),
	}, 0, 0, 1, []string{"", "finds no motion"}, "sub-codec:sub-codec"},
	{"nearest to 640×360 of three", []Profile{
		made("1", CodecH264, 2560, 1440, 20, 6000, 40), made("2", CodecH264, 320, 180, 10, 200, 20), made("3", CodecH264, 704, 480, 10, 512, 20), made("4", CodecH264, 1280, 720, 10, 1024, 20),
	}, 0, 0, 2, []string{"", "fits better", "", "fits better"}, ""},
	{"of equal sizes the lower bitrate", []Profile{
		made("1", CodecH264, 1920, 1080, 20, 4000, 40), made("2", CodecH264, 640, 360, 15, 1000, 30), made("3", CodecH264, 640, 360, 10, 400, 20),
	}, 0, 0, 2, nil, ""},
	{"H.264 main of two of one size", []Profile{
		made("1", CodecH265, 1920, 1080, 25, 4000, 50), made("2", CodecH264, 1920, 1080, 25, 4000, 50), made("3", CodecH264, 640, 360, 10, 400, 20),
	}, 0, 1, 2, []string{"at least as large", "", ""}, ""},
	{"no second stream", []Profile{made("1", CodecH264, 1920, 1080, 15, 3000, 30)}, 0, 0, -1, nil, "no-sub:"},
	{"the second one is too large", []Profile{
		made("1", CodecH264, 3840, 2160, 15, 8000, 30), made("2", CodecH264, 1920, 1080, 15, 3000, 30),
	}, 0, 0, -1, []string{"", "Too large to search for motion, 1920×1080"}, "no-sub:sub-size"},
	{"the second one has too many bits", []Profile{
		made("1", CodecH264, 1280, 720, 15, 2000, 30), made("2", CodecH264, 640, 360, 25, 4000, 50),
	}, 0, 0, -1, []string{"", "bitrate is too high to search it for motion, 640×360, 25 pictures per second, 4000"}, "no-sub:sub-size"},
	{"many bits, and half of those of main", []Profile{
		made("1", CodecH264, 3840, 2160, 15, 8000, 30), made("2", CodecH264, 640, 360, 25, 4000, 50), made("3", CodecH264, 640, 360, 25, 3000, 50),
	}, 0, 0, 2, []string{"", "Another small stream", ""}, ""},
	{"two profiles of one encoder", []Profile{
		made("1", CodecH264, 1920, 1080, 15, 3000, 30), sharing(made("2", CodecH264, 640, 360, 15, 300, 30), "e1"),
	}, 0, 0, -1, []string{"", "under another name"}, "no-sub:"},
	{"H.265 alone", []Profile{made("1", CodecH265, 3840, 2160, 15, 8000, 30)}, 0, 0, -1, []string{"not every browser"}, "no-sub: h265:"},
	{"H.265 alone, the second one too large", []Profile{
		made("1", CodecH265, 3840, 2160, 15, 8000, 30), made("2", CodecH265, 1920, 1080, 15, 3000, 30),
	}, 0, 0, -1, []string{"", "Too large"}, "no-sub:sub-size h265:"},
	{"JPEG beside video", []Profile{
		made("1", CodecJPEG, 3840, 2160, 5, 0, 0), made("2", CodecH264, 1920, 1080, 15, 3000, 30), made("3", CodecH264, 640, 480, 15, 500, 30),
	}, 0, 1, 2, []string{"Motion JPEG needs much room", "", ""}, ""},
	{"JPEG alone", []Profile{made("1", CodecJPEG, 1280, 720, 5, 0, 0)}, 0, 0, -1, []string{"which needs much room"}, "no-sub:"},
	{"nothing to record", []Profile{made("1", CodecMPEG4, 1280, 720, 5, 0, 0), {Token: "2", Source: "v"}}, 0, -1, -1, []string{"MPEG-4 cannot be recorded", "no video"}, "no-profile:"},
	{"nothing at all", nil, 0, -1, -1, nil, "no-profile:"},
	{"GOPs too long", []Profile{
		made("1", CodecH264, 1920, 1080, 25, 3000, 250), made("2", CodecH264, 640, 360, 10, 400, 100),
	}, 0, 0, 1, nil, "gop:main-gop gop:sub-gop"},
	{"GOP just right", []Profile{
		made("1", CodecH264, 1920, 1080, 25, 3000, 100), made("2", CodecH264, 640, 360, 10, 400, 40),
	}, 0, 0, 1, nil, ""},
	{"smart codec, whatever the GOP", []Profile{
		smartly(made("1", CodecH264, 1920, 1080, 25, 3000, 1000)), made("2", CodecH264, 640, 360, 10, 400, 20),
	}, 0, 0, 1, nil, "smart:"},
	{"rates untold", []Profile{
		made("1", CodecH264, 1920, 1080, 0, 0, 0), made("2", CodecH264, 640, 360, 0, 0, 0),
	}, 0, 0, 1, []string{"The largest picture, 1920×1080: recorded", ""}, ""},
	{"eight years behind", []Profile{
		made("1", CodecH264, 1920, 1080, 15, 3000, 30), made("2", CodecH264, 640, 360, 10, 400, 20),
	}, -8 * 8766 * time.Hour, 0, 1, nil, "clock:clock"},
	{"everything", []Profile{
		made("1", CodecH265, 3840, 2160, 25, 8000, 250), smartly(made("2", CodecH265, 640, 360, 10, 400, 20)),
	}, 3 * time.Minute, 0, 1, nil, "sub-codec:sub-codec h265: smart: gop:main-gop clock:clock"},
}

func TestChoose(t *testing.T) {
	for _, c := range choices {
		got := Choose(c.profiles)
		if got.Main != c.main || got.Sub != c.sub || len(got.Reasons) != len(c.profiles) {
			t.Errorf("%s: %+v", c.name, got)
			continue
		}
		for i, part := range c.reasons {
			if !strings.Contains(got.Reasons[i], part) {
				t.Errorf("%s: %q says nothing of %q", c.name, got.Reasons[i], part)
			}
		}
		for i, r := range got.Reasons {
			if !strings.HasSuffix(r, ".") {
				t.Errorf("%s: no sentence for %d: %q", c.name, i, r)
			}
		}
		var problems []string
		for _, w := range append(Warnings(c.profiles, got), clockWarnings(Clock{Offset: c.offset})...) {
			problems = append(problems, string(w.Problem)+":"+w.Fix)
			if len(w.Text) < 40 || !strings.HasSuffix(w.Text, ".") {
				t.Errorf("%s: %q", c.name, w.Text)
			}
		}
		if s := strings.Join(problems, " "); s != c.warnings {
			t.Errorf("%s: warned of %q, not %q", c.name, s, c.warnings)
		}
		if again := Choose(c.profiles); !reflect.DeepEqual(again, got) {
			t.Errorf("%s: another choice the second time", c.name)
		}
	}
}

func TestOffsets(t *testing.T) {
	for d, want := range map[time.Duration]string{
		8 * time.Second: "8 seconds ahead", -90 * time.Second: "90 seconds behind", 3 * time.Hour: "3 hours ahead",
		-5 * 24 * time.Hour: "5 days behind", -8 * 8766 * time.Hour: "8 years behind", 10 * time.Minute: "10 minutes ahead",
	} {
		if got := off(d); got != want {
			t.Errorf("%v: %s", d, got)
		}
	}
}

func TestBestValues(t *testing.T) {
	e := &Encoder{Codec: CodecH264, FPS: 12.5}
	options := []EncoderOptions{{Codec: CodecH265, GOPMax: 3}, {Codec: CodecH264, GOPMin: 1, GOPMax: 20, Sizes: []Size{{320, 180}, {1920, 1080}}}}
	if got := BestGOP(e, e.Codec, options); got != 20 {
		t.Error(got)
	}
	if got := BestGOP(e, e.Codec, nil); got != 25 {
		t.Error(got)
	}
	if got := BestGOP(&Encoder{}, "", nil); got != 30 {
		t.Error(got)
	}
	if s, ok := BestSubSize(e.Codec, options); !ok || s != (Size{320, 180}) {
		t.Error(s, ok)
	}
	if s, ok := BestSubSize(e.Codec, options[:1]); ok {
		t.Error(s)
	}
	for _, c := range []struct {
		fps      float64
		min, max int
		want     int
		ok       bool
	}{{0, 0, 0, 400, true}, {5, 0, 0, 400, true}, {25, 64, 8192, 1000, true}, {60, 0, 0, 1500, true}, {25, 1200, 8192, 1200, true}, {25, 64, 512, 512, true}, {25, 2048, 8192, 2048, false}} {
		if got, ok := BestSubKbps(&Encoder{FPS: c.fps}, CodecH264, []EncoderOptions{{Codec: CodecH265, KbpsMax: 3}, {Codec: CodecH264, KbpsMin: c.min, KbpsMax: c.max}}); got != c.want || ok != c.ok {
			t.Errorf("%+v: %d kbit/s, %t", c, got, ok)
		}
	}
	small := &Encoder{Codec: CodecH265, Width: 640, Height: 360, FPS: 10, GOP: 40}
	for _, c := range []struct {
		options []EncoderOptions
		want    EncoderChange
		ok      bool
	}{
		{[]EncoderOptions{{Codec: CodecH265}, {Codec: CodecH264, GOPMax: 15, Sizes: []Size{{320, 180}, {640, 360}}}}, EncoderChange{Codec: CodecH264, GOP: 15}, true},
		{[]EncoderOptions{{Codec: CodecH264}}, EncoderChange{Codec: CodecH264, GOP: 20}, true},
		{[]EncoderOptions{{Codec: CodecH264, Sizes: []Size{{352, 288}, {704, 576}}}}, EncoderChange{Codec: CodecH264, GOP: 20, Size: Size{704, 576}}, true},
		{[]EncoderOptions{{Codec: CodecH264, Sizes: []Size{{1920, 1080}}}}, EncoderChange{}, false},
		{options[:1], EncoderChange{}, false},
	} {
		if got, ok := SubInH264(small, c.options); ok != c.ok || ok && got != c.want {
			t.Errorf("%+v: %+v, %t", c.options, got, ok)
		}
	}
}
