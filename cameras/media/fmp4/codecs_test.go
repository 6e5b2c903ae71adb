package fmp4_test

import (
	"bytes"
	"errors"
	"reflect"
	"testing"

	"github.com/Eyevinn/mp4ff/mp4"

	"lares/cameras/media"
	"lares/cameras/media/flac"
	"lares/cameras/media/fmp4"
	"lares/cameras/media/fmp4/fmp4test"
)

// hvcC is what an encoder said of a picture of 64 by 64, without its arrays.
var hvcC = []byte{1, 1, 0x60, 0, 0, 0, 0x90, 0, 0, 0, 0, 0, 30, 0xf0, 0, 0xfc, 0xfd, 0xf8, 0xf8, 0, 0, 0x0f, 0}

// dOps: version 0, mono, 312 samples of pre-skip, 16 kHz before, no gain, family 0.
var dOps = []byte{0, 1, 0x01, 0x38, 0, 0, 0x3e, 0x80, 0, 0, 0}

// everyCodec has a track of each, as a worker describes it.
func everyCodec() []media.Track {
	law := func(codec media.Codec, rate uint32, channels uint8) media.Track {
		return media.Track{ID: 2, Codec: codec, ClockRate: rate, MIME: codec.MIME(nil), SampleRate: rate, Channels: channels}
	}
	return append(fmp4test.Config(true).Tracks,
		media.Track{ID: 1, Codec: media.H265, ClockRate: 90000, MIME: "hvc1.1.6.L30.90", Config: hvcC, Width: 64, Height: 64},
		media.Track{ID: 1, Codec: media.MJPEG, ClockRate: 90000, MIME: "mp4v.6C", Width: 640, Height: 360},
		law(media.PCMA, 8000, 1), law(media.PCMU, 16000, 2), law(media.PCMA, 96000, 8),
		media.Track{ID: 2, Codec: media.Opus, ClockRate: 48000, MIME: "opus", Config: dOps, SampleRate: 48000, Channels: 1},
		flac.Track(law(media.PCMU, 8000, 1)),
	)
}

// Every codec's init segment reads back as the tracks it was made for, and
// another library finds in it what is to be there.
func TestReadInit(t *testing.T) {
	pairs := [][]media.Track{fmp4test.Config(true).Tracks}
	for _, k := range everyCodec() {
		pairs = append(pairs, []media.Track{k})
	}
	for _, tracks := range pairs {
		init, err := fmp4.AppendInit(nil, tracks)
		if err != nil {
			t.Fatal(err)
		}
		if err := fmp4.PatchDuration(init, 90000); err != nil {
			t.Error(err)
		}
		got, err := fmp4.ReadInit(init)
		if err != nil || !reflect.DeepEqual(got, tracks) {
			t.Errorf("%v reads back as\n%+v (%v), was\n%+v", tracks[0].Codec, got, err, tracks)
		}
		for cut := range len(init) {
			if _, err := fmp4.ReadInit(init[:cut]); !errors.Is(err, fmp4.ErrInit) {
				t.Fatalf("%v cut at %d: %v", tracks[0].Codec, cut, err)
			}
		}
		clear(init)
		if !reflect.DeepEqual(got, tracks) {
			t.Errorf("%v: the tracks kept the caller's bytes", tracks[0].Codec)
		}
	}
	for what, init := range map[string][]byte{
		"nothing": nil, "too long": make([]byte, 1<<20),
	} {
		if _, err := fmp4.ReadInit(init); !errors.Is(err, fmp4.ErrInit) {
			t.Errorf("%s: %v", what, err)
		}
	}
	twice := fmp4test.Config(true).Tracks
	twice[1].ID = twice[0].ID
	init, err := fmp4.AppendInit(nil, twice)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fmp4.ReadInit(init); !errors.Is(err, fmp4.ErrInit) {
		t.Errorf("two tracks of one number: %v", err)
	}
}

func TestEntries(t *testing.T) {
	name := map[media.Codec]string{
		media.H264: "avc1", media.H265: "hvc1", media.MJPEG: "mp4v", media.AAC: "mp4a", media.PCMA: "alaw",
		media.PCMU: "ulaw", media.Opus: "Opus", media.FLAC: "fLaC",
	}
	for _, k := range everyCodec() {
		init, err := fmp4.AppendInit(nil, []media.Track{k})
		if err != nil {
			t.Fatal(err)
		}
		f, err := mp4.DecodeFile(bytes.NewReader(init))
		if err != nil {
			t.Fatalf("%v: %v", k.Codec, err)
		}
		stsd := f.Init.Moov.Trak.Mdia.Minf.Stbl.Stsd
		if got := stsd.Children[0].Type(); got != name[k.Codec] {
			t.Errorf("%v: entry %q", k.Codec, got)
		}
		var body bytes.Buffer
		if err := stsd.Children[0].Encode(&body); err != nil {
			t.Fatal(err)
		}
		switch entry := body.Bytes(); k.Codec {
		case media.H265:
			if c := stsd.HvcX.HvcC; c == nil || c.GeneralProfileIDC != 1 || c.GeneralLevelIDC != 30 || stsd.HvcX.Width != 64 {
				t.Errorf("hvcC %+v", c)
			}
		case media.MJPEG: // ES descriptor, decoder config: JPEG, a visual stream; no specific info; SL config
			want := "\x00\x00\x00\x2desds\x00\x00\x00\x00" + "\x03\x80\x80\x80\x1b\x00\x00\x00" + "\x04\x80\x80\x80\x0d\x6c\x11" +
				"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00" + "\x06\x80\x80\x80\x01\x02"
			want = "\x00\x00\x00" + string(rune(len(want))) + want[4:]
			if string(entry[8+78:]) != want {
				t.Errorf("esds\n got % x\nwant % x", entry[8+78:], want)
			}
		case media.PCMA, media.PCMU:
			if len(entry) != 8+28 || entry[8+17] != k.Channels {
				t.Errorf("%v: entry % x", k.Codec, entry)
			}
		case media.Opus:
			if c := stsd.Opus.Dops; c == nil || c.PreSkip != 312 || c.InputSampleRate != 16000 || stsd.Opus.SampleRate != 48000 {
				t.Errorf("dOps %+v", c)
			}
		case media.FLAC: // a full box of version 0, then the metadata
			if want := append([]byte("\x00\x00\x00\x32dfLa\x00\x00\x00\x00"), k.Config...); !bytes.Equal(entry[8+28:], want) {
				t.Errorf("dfLa % x", entry[8+28:])
			}
		}
	}
}

// What cannot be written is refused before the first byte.
func TestTracksRefused(t *testing.T) {
	for _, k := range everyCodec() {
		for what, spoil := range map[string]func(*media.Track){
			"no id": func(k *media.Track) { k.ID = 0 }, "fast clock": func(k *media.Track) { k.ClockRate, k.SampleRate = 1<<19, 1<<19 },
			"no size or rate": func(k *media.Track) { k.Width, k.SampleRate = 0, 0 },
		} {
			bad := k
			spoil(&bad)
			if _, err := fmp4.NewMuxer(media.Config{Tracks: []media.Track{bad}}); !errors.Is(err, fmp4.ErrTrack) {
				t.Errorf("%v, %s: %v", k.Codec, what, err)
			}
			if b, err := fmp4.AppendInit(nil, []media.Track{bad}); !errors.Is(err, fmp4.ErrTrack) || len(b) > 0 {
				t.Errorf("%v, %s: %d bytes (%v)", k.Codec, what, len(b), err)
			}
		}
	}
}

// The last sample, and the one before a gap, last as long as they are: G.711 by
// its octets, Opus by its first byte, FLAC by its header. What has no length is
// refused.
func TestNaturalDurations(t *testing.T) {
	tracks := everyCodec()
	alaw, ulaw, opus, wrapped := tracks[4], tracks[5], tracks[7], tracks[8]
	frame := func(samples int) []byte {
		law := wrapped
		law.Codec = media.PCMU
		return flac.AppendFrame(nil, law, 12345, make([]byte, samples))
	}
	for _, test := range []struct {
		name  string
		track media.Track
		unit  []byte
		want  uint32 // 0: refused
	}{
		{"A-law, 160 octets", alaw, make([]byte, 160), 160},
		{"A-law, one octet", alaw, make([]byte, 1), 1},
		{"A-law, as many as FLAC can hold", alaw, make([]byte, 65535), 65535},
		{"A-law, one more", alaw, make([]byte, 65536), 0},
		{"A-law, none", alaw, nil, 0},
		{"µ-law stereo", ulaw, make([]byte, 640), 320},
		{"µ-law stereo, half a sample", ulaw, make([]byte, 641), 0},
		{"FLAC", wrapped, frame(160), 160},
		{"FLAC, cut", wrapped, frame(160)[:5], 0},
		{"Opus SILK 10 ms", opus, []byte{0 << 3}, 480},
		{"Opus SILK 60 ms, two frames", opus, []byte{11<<3 | 1}, 5760},
		{"Opus hybrid 20 ms", opus, []byte{13 << 3}, 960},
		{"Opus CELT 2.5 ms", opus, []byte{16 << 3}, 120},
		{"Opus CELT 20 ms, two frames", opus, []byte{31<<3 | 2}, 1920},
		{"Opus CELT 20 ms, six frames", opus, []byte{31<<3 | 3, 6}, 5760},
		{"Opus, seven of them: too long", opus, []byte{31<<3 | 3, 7}, 0},
		{"Opus, no frames", opus, []byte{31<<3 | 3, 0}, 0},
		{"Opus, count missing", opus, []byte{31<<3 | 3}, 0},
		{"Opus, nothing", opus, nil, 0},
	} {
		m, err := fmp4.NewMuxer(media.Config{Tracks: []media.Track{test.track}})
		if err != nil {
			t.Fatal(err)
		}
		rate := int64(test.track.ClockRate)
		var last fmp4.Fragment
		for _, at := range []int64{0, 7, 5 * rate} { // seven ticks apart, then a gap
			f, ok, err := m.Add(media.AccessUnit{Track: 2, DTS: at, PTS: at, Data: test.unit})
			if (err == nil) != (test.want > 0) || err != nil && !errors.Is(err, fmp4.ErrUnit) {
				t.Fatalf("%s: %v", test.name, err)
			}
			if ok {
				last = f
			}
		}
		if test.want == 0 {
			continue
		}
		before := durationsOf(t, m.Init(nil), last.Data)
		f, ok := m.Close()
		if !ok {
			t.Fatalf("%s: nothing left", test.name)
		}
		after := durationsOf(t, m.Init(nil), f.Data)
		if want := []uint32{7, test.want}; !reflect.DeepEqual(before, want) || !reflect.DeepEqual(after, want[1:]) {
			t.Errorf("%s: durations %v and %v, want %v and %v", test.name, before, after, want, want[1:])
		}
	}
}

func durationsOf(t *testing.T, init, fragment []byte) (all []uint32) {
	t.Helper()
	f, err := mp4.DecodeFile(bytes.NewReader(append(bytes.Clone(init), fragment...)))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range f.Segments[0].Fragments[0].Moof.Traf.Trun.Samples {
		all = append(all, s.Dur)
	}
	return all
}
