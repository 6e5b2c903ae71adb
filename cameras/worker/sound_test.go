package worker

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/bluenviron/gortsplib/v5/pkg/description"
	"github.com/bluenviron/gortsplib/v5/pkg/format"
	"github.com/bluenviron/mediacommon/v2/pkg/codecs/mpeg4audio"
	"github.com/pion/rtp"

	"lares/cameras/media"
)

func aacLC(rate int) *mpeg4audio.AudioSpecificConfig {
	return &mpeg4audio.AudioSpecificConfig{Type: mpeg4audio.ObjectTypeAACLC, SampleRate: rate, ChannelCount: 1}
}

func latmOf(subFrames uint) *format.MPEG4AudioLATM {
	return &format.MPEG4AudioLATM{PayloadTyp: 97, StreamMuxConfig: &mpeg4audio.StreamMuxConfig{NumSubFrames: subFrames - 1, Programs: []*mpeg4audio.StreamMuxConfigProgram{{
		Layers: []*mpeg4audio.StreamMuxConfigLayer{{AudioSpecificConfig: aacLC(16000)}},
	}}}}
}

func TestSoundTracks(t *testing.T) {
	for name, c := range map[string]struct {
		f    format.Format
		want media.Track
	}{
		"AAC": {&format.MPEG4Audio{PayloadTyp: 97, SizeLength: 13, IndexLength: 3, IndexDeltaLength: 3, Config: aacLC(16000)},
			media.Track{Codec: media.AAC, ClockRate: 16000, MIME: "mp4a.40.2", Config: []byte{0x14, 0x08}, SampleRate: 16000, Channels: 1}},
		"LATM":        {latmOf(1), media.Track{Codec: media.AAC, ClockRate: 16000, MIME: "mp4a.40.2", Config: []byte{0x14, 0x08}, SampleRate: 16000, Channels: 1}},
		"A-law":       {&format.G711{PayloadTyp: 8, SampleRate: 8000, ChannelCount: 1}, media.Track{Codec: media.PCMA, ClockRate: 8000, MIME: "alaw", SampleRate: 8000, Channels: 1}},
		"µ-law":       {&format.G711{PayloadTyp: 98, SampleRate: 16000, ChannelCount: 2, MULaw: true}, media.Track{Codec: media.PCMU, ClockRate: 16000, MIME: "ulaw", SampleRate: 16000, Channels: 2}},
		"Opus mono":   {&format.Opus{PayloadTyp: 99, ChannelCount: 1}, media.Track{Codec: media.Opus, ClockRate: 48000, MIME: "opus", Config: []byte{0, 1, 0, 0, 0, 0, 0xbb, 0x80, 0, 0, 0}, SampleRate: 48000, Channels: 1}},
		"Opus stereo": {&format.Opus{PayloadTyp: 99, ChannelCount: 2}, media.Track{Codec: media.Opus, ClockRate: 48000, MIME: "opus", Config: []byte{0, 2, 0, 0, 0, 0, 0xbb, 0x80, 0, 0, 0}, SampleRate: 48000, Channels: 2}},
	} {
		c.want.ID = 2
		if got, ok := soundTrack(2, c.f); !ok || fmt.Sprint(got) != fmt.Sprint(c.want) {
			t.Errorf("%s: %+v", name, got)
		}
	}
	for name, f := range map[string]format.Format{
		"AAC of an unusual kind":               &format.MPEG4Audio{},
		"AAC of an unusual":                    &format.MPEG4Audio{SizeLength: 64, Config: aacLC(16000)},
		"G.711 with 3 channels at 8000 Hz":     &format.G711{SampleRate: 8000, ChannelCount: 3},
		"G.711 with 1 channels at 90000000 Hz": &format.G711{SampleRate: 90_000_000, ChannelCount: 1},
		"Opus with 6 channels":                 &format.Opus{ChannelCount: 6},
		"G.726":                                &format.G726{BitRate: 32},
		"L16":                                  &format.LPCM{BitDepth: 16, SampleRate: 8000, ChannelCount: 1},
		"vendor":                               &format.Generic{RTPMa: "vendor/8000"},
	} {
		_, warning, failure := pick(offer(t, formatOf(media.H264), f), false)
		if failure != nil || !strings.Contains(warning, "without sound") || !strings.Contains(warning, name) {
			t.Errorf("%s: %q", name, warning)
		}
	}
}

// Of several kinds of sound the first that can be recorded is; of the others'
// packets nothing is read.
func TestPick(t *testing.T) {
	d := offer(t, &format.LPCM{BitDepth: 16, SampleRate: 8000, ChannelCount: 1}, formatOf(media.H265), &format.G711{SampleRate: 8000, ChannelCount: 1}, formatOf(media.H264))
	d.Medias[1].Formats = append([]format.Format{&format.Generic{PayloadTyp: 100}}, d.Medias[1].Formats...)
	p, warning, f := pick(d, false)
	if f != nil || warning != "" || p.format.Codec() != "H265" || p.sound.Codec != media.PCMA || len(p.video.Formats) != 1 {
		t.Fatalf("%v %q %+v", f, warning, p)
	}
	for what, d := range map[string]*description.Session{
		"no video":     offer(t, &format.G711{SampleRate: 8000, ChannelCount: 1}),
		"MPEG-4 Video": {Medias: []*description.Media{{Type: description.MediaTypeVideo, Formats: []format.Format{&format.MPEG4Video{}}}}},
		"one track":    {Medias: []*description.Media{{Type: description.MediaTypeVideo, Formats: []format.Format{formatOf(media.H264), &format.Opus{ChannelCount: 2}}}}},
	} {
		if _, _, f := pick(d, false); f == nil || !strings.Contains(f.text, what) {
			t.Errorf("%s: %v", what, f)
		}
	}
}

// Each kind of sound: its frames, and times that follow the camera's clock even
// where packets are missing.
func TestSound(t *testing.T) {
	aac := &format.MPEG4Audio{PayloadTyp: 97, SizeLength: 13, IndexLength: 3, IndexDeltaLength: 3, Config: aacLC(16000)}
	short := aacLC(16000)
	short.FrameLengthFlag = true
	type packet struct {
		at      uint32
		payload string
		marker  bool
	}
	for name, c := range map[string]struct {
		f       format.Format
		packets []packet
		want    string // time:data, time counted from the first
	}{
		"AAC, two frames a packet": {aac, []packet{{100, "\x00\x20\x00\x10\x00\x08abc", true}, {2148, "\x00\x10\x00\x10de", true}}, "0:ab 1024:c 2048:de"},
		"AAC, short frames":        {&format.MPEG4Audio{SizeLength: 13, IndexLength: 3, IndexDeltaLength: 3, Config: short}, []packet{{0, "\x00\x20\x00\x10\x00\x08abc", true}}, "0:ab 960:c"},
		"AAC in fragments":         {aac, []packet{{0, "\x00\x10\x00\x10ab", false}, {0, "\x00\x10\x00\x08c", true}}, "0:abc"},
		"AAC, broken ones between": {aac, []packet{{0, "\x00\x10\x00\x10ab", true}, {1024, "\x00\x10\xff\xff", true}, {1024, "", true}, {2048, "\x00\x10\x00\x10cd", true}}, "0:ab 2048:cd"},
		"A-law of any size":        {&format.G711{SampleRate: 8000, ChannelCount: 1}, []packet{{0, "abcd", false}, {4, "e", false}, {5, strings.Repeat("f", 300), true}}, "0:abcd 4:e 5:" + strings.Repeat("f", 300)},
		"A-law with a gap":         {&format.G711{SampleRate: 8000, ChannelCount: 1}, []packet{{0, "abcd", false}, {800, "efgh", false}}, "0:abcd 800:efgh"},
		"µ-law stereo, cut":        {&format.G711{SampleRate: 8000, ChannelCount: 2, MULaw: true}, []packet{{0, "abcde", false}, {2, "fg", false}}, "0:abcd 2:fg"},
		"empty packets":            {&format.G711{SampleRate: 8000, ChannelCount: 1}, []packet{{0, "", false}, {0, "ab", false}}, "0:ab"},
		"Opus":                     {&format.Opus{ChannelCount: 2}, []packet{{0, "\x08x", false}, {960, "\x08y", false}}, "0:\x08x 960:\x08y"},
		"Opus, nonsense between":   {&format.Opus{ChannelCount: 2}, []packet{{0, "\x08x", false}, {960, "\x03", false}, {960, "\x1b\x3f", false}, {1920, "\x08y", false}}, "0:\x08x 1920:\x08y"},
		"LATM":                     {latmOf(1), []packet{{0, "\x02ab", true}, {1024, "\x03cde", true}}, "0:ab 1024:cde"},
		"LATM, two in one":         {latmOf(2), []packet{{0, "\x02ab\x01c", true}, {2048, "\x01d\x01e", true}}, "0:ab 1024:c 2048:d 3072:e"},
		"LATM in fragments":        {latmOf(1), []packet{{0, "\x04ab", false}, {0, "cd", true}}, "0:abcd"},
		"LATM, long":               {latmOf(1), []packet{{0, "\xff\x01" + strings.Repeat("x", 256), true}}, "0:" + strings.Repeat("x", 256)},
		"LATM, cut":                {latmOf(1), []packet{{0, "\xff\xff", true}, {0, "\x05ab", true}, {1024, "\x01c", true}}, "0:c"},
	} {
		r := newRig(t, offer(t, formatOf(media.H264), c.f))
		send := func(from int) {
			for i, p := range c.packets {
				r.onAudio(&rtp.Packet{Header: rtp.Header{SequenceNumber: uint16(from + i), Timestamp: p.at, Marker: p.marker}, Payload: []byte(p.payload)})
			}
		}
		send(0)
		if got := r.units(); len(got) != 0 {
			t.Errorf("%s: %d units before the first picture", name, len(got))
		}
		idr, _ := handMade(t)
		r.send(packets(0, 0, idr...)...)
		send(len(c.packets))
		_, audio, configs := parted(t, r.units())
		if len(configs) != 1 || len(configs[0].Tracks) != 2 || configs[0].Tracks[1].ID != audioTrack {
			t.Errorf("%s: %+v", name, configs)
		}
		var got []string
		for _, u := range audio {
			got = append(got, fmt.Sprintf("%d:%s", u.PTS-audio[0].PTS, u.Data))
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: %.200q, want %.200q", name, got, c.want)
		}
	}
}

// A fragment of sound that never ends costs no memory, and sound goes on after.
func TestEndlessSound(t *testing.T) {
	for name, c := range map[string]struct {
		f           format.Format
		first, next []byte
		good        []byte
	}{
		"AAC":  {soundFormats()[0], []byte{0, 16, 0, 16, 1, 2}, []byte{0, 16, 0, 0}, []byte{0, 16, 0, 8, 1}},
		"LATM": {latmOf(1), []byte{9, 9}, bytes.Repeat([]byte{1}, 1400), []byte{1, 1}},
	} {
		s, err := newSound(c.f, 0)
		if err != nil {
			t.Fatal(err)
		}
		var seq uint16
		send := func(payload []byte, marker bool) int {
			seq++
			return len(s.frames(&rtp.Packet{Header: rtp.Header{SequenceNumber: seq, Marker: marker}, Payload: payload}))
		}
		send(c.first, false)
		for range 10_000 {
			send(c.next, false)
		}
		if a, ok := s.sounds.(*aacFrames); ok && a.pending > maxFragments {
			t.Errorf("%s: %d fragments held", name, a.pending)
		}
		if l, ok := s.sounds.(*latm); ok && cap(l.data) > 2*maxAudioFrame {
			t.Errorf("%s: %d bytes held", name, cap(l.data))
		}
		send(c.good, true) // ends what never did
		if n := send(c.good, true); n != 1 {
			t.Errorf("%s: %d frames afterwards", name, n)
		}
	}
}
