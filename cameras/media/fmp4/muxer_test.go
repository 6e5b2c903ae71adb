package fmp4_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/Eyevinn/mp4ff/mp4"

	"lares/cameras/media"
	"lares/cameras/media/fmp4"
	"lares/cameras/media/fmp4/fmp4test"
)

// in is one unit given to a muxer; at and pts count ticks of its track.
type in struct {
	track   uint8
	at, pts int64
	sync    bool
}

// out is one sample read back; start counts ticks of its track.
type out struct {
	track    uint32
	start    uint64
	duration uint32
	offset   int32
	sync     bool
}

type part struct {
	time     uint64
	duration uint32
	sync     bool
	samples  []out
}

// run muxes the units and reads every fragment back with another library.
func run(t *testing.T, config media.Config, units []in) (init []byte, parts []part, data [][]byte) {
	t.Helper()
	m, err := fmp4.NewMuxer(config)
	if err != nil {
		t.Fatal(err)
	}
	init = m.Init(nil)
	take := func(f fmp4.Fragment, ok bool) {
		if !ok {
			return
		}
		parts = append(parts, part{f.Time, f.Duration, f.Sync, readBack(t, init, f.Data)})
		data = append(data, bytes.Clone(f.Data))
	}
	for i, u := range units {
		au := media.AccessUnit{Type: media.UnitVideo, Track: u.track, Sync: u.sync, DTS: u.at, PTS: u.pts, Data: fmt.Appendf(nil, "unit %d of track %d", i, u.track)}
		f, ok, err := m.Add(au)
		if err != nil {
			t.Fatal(err)
		}
		take(f, ok)
	}
	take(m.Close())
	return init, parts, data
}

func readBack(t *testing.T, init, fragment []byte) []out {
	t.Helper()
	f, err := mp4.DecodeFile(bytes.NewReader(append(bytes.Clone(init), fragment...)))
	if err != nil {
		t.Fatal(err)
	}
	var samples []out
	for _, segment := range f.Segments {
		for _, frag := range segment.Fragments {
			for _, traf := range frag.Moof.Trafs {
				trex, _ := f.Init.Moov.Mvex.GetTrex(traf.Tfhd.TrackID)
				full, err := frag.GetFullSamples(trex)
				if len(frag.Moof.Trafs) > 1 {
					full, err = samplesOf(frag, traf)
				}
				if err != nil {
					t.Fatal(err)
				}
				for _, s := range full {
					if !strings.HasSuffix(string(s.Data), fmt.Sprintf("of track %d", traf.Tfhd.TrackID)) {
						t.Errorf("data of track %d is %q", traf.Tfhd.TrackID, s.Data)
					}
					samples = append(samples, out{traf.Tfhd.TrackID, s.DecodeTime, s.Dur, s.CompositionTimeOffset, s.IsSync()})
				}
			}
		}
	}
	return samples
}

// samplesOf does for one of several tracks what GetFullSamples does for one.
func samplesOf(frag *mp4.Fragment, traf *mp4.TrafBox) ([]mp4.FullSample, error) {
	traf.Trun.AddSampleDefaultValues(traf.Tfhd, nil)
	var all []mp4.FullSample
	at := traf.Tfdt.BaseMediaDecodeTime()
	offset := uint64(traf.Trun.DataOffset) + frag.Moof.StartPos - frag.Mdat.PayloadAbsoluteOffset()
	for _, s := range traf.Trun.Samples {
		if offset+uint64(s.Size) > uint64(len(frag.Mdat.Data)) {
			return nil, errors.New("sample outside of mdat")
		}
		all = append(all, mp4.FullSample{Sample: s, DecodeTime: at, Data: frag.Mdat.Data[offset : offset+uint64(s.Size)]})
		at += uint64(s.Dur)
		offset += uint64(s.Size)
	}
	return all, nil
}

func video(at int64, sync bool) in { return in{fmp4test.VideoTrack, at, at, sync} }

func shown(at, pts int64, sync bool) in { return in{fmp4test.VideoTrack, at, pts, sync} }

func sound(at int64) in { return in{fmp4test.SoundTrack, at, at, false} }

func TestFragments(t *testing.T) {
	const v, s = 1, 2
	for _, test := range []struct {
		name  string
		sound bool
		in    []in
		want  []part
	}{
		{
			name: "a fragment ends before each IDR; what comes before the first is dropped",
			in:   []in{video(500, false), video(1000, true), video(7000, false), video(13500, true), video(19000, false)},
			want: []part{
				{0, 12500, true, []out{{v, 0, 6000, 0, true}, {v, 6000, 6500, 0, false}}},
				{12500, 11000, true, []out{{v, 12500, 5500, 0, true}, {v, 18000, 5500, 0, false}}}, // the last lasts as long as the one before
			},
		},
		{
			name: "and after about a second, to the nearest picture",
			in:   []in{video(0, true), video(40000, false), video(80000, false), video(110000, false), video(140000, false)},
			want: []part{
				{0, 80000, true, []out{{v, 0, 40000, 0, true}, {v, 40000, 40000, 0, false}}},
				{80000, 90000, false, []out{{v, 80000, 30000, 0, false}, {v, 110000, 30000, 0, false}, {v, 140000, 30000, 0, false}}},
			},
		},
		{
			name: "B pictures: decoded early, shown in turn; the fragment's time is when its sync picture is shown",
			in: []in{shown(0, 6000, true), shown(3000, 15000, false), shown(6000, 9000, false), shown(9000, 12000, false),
				shown(12000, 18000, true)},
			want: []part{
				{6000, 12000, true, []out{{v, 0, 3000, 6000, true}, {v, 3000, 3000, 12000, false}, {v, 6000, 3000, 3000, false}, {v, 9000, 3000, 3000, false}}},
				{18000, 3000, true, []out{{v, 12000, 3000, 6000, true}}},
			},
		},
		{
			name: "a gap stays a gap: the picture before it is not stretched",
			in:   []in{video(0, true), video(6000, false), video(276000, true), video(282000, false)},
			want: []part{
				{0, 12000, true, []out{{v, 0, 6000, 0, true}, {v, 6000, 6000, 0, false}}},
				{276000, 12000, true, []out{{v, 276000, 6000, 0, true}, {v, 282000, 6000, 0, false}}},
			},
		},
		{
			name: "a second is no gap, and neither is a slow camera",
			in:   []in{video(0, true), video(6000, false), video(96000, true), video(276000, false), video(456000, false)},
			want: []part{
				{0, 96000, true, []out{{v, 0, 6000, 0, true}, {v, 6000, 90000, 0, false}}},
				{96000, 180000, true, []out{{v, 96000, 180000, 0, true}}},
				{276000, 180000, false, []out{{v, 276000, 180000, 0, false}}},
				{456000, 180000, false, []out{{v, 456000, 180000, 0, false}}},
			},
		},
		{
			name:  "sound keeps its true distance, 111 ms; what was before the first picture is dropped",
			sound: true,
			in: []in{sound(0), video(90000, true), sound(15000), sound(16000 + 1776), video(96000, false), sound(16000 + 2800),
				sound(16000 + 3824), video(102000, true), video(108000, false)},
			want: []part{
				{0, 12000, true, []out{{v, 0, 6000, 0, true}, {v, 6000, 6000, 0, false}, {s, 1776, 1024, 0, true}, {s, 2800, 1024, 0, true}}},
				{12000, 12000, true, []out{{v, 12000, 6000, 0, true}, {v, 18000, 6000, 0, false}, {s, 3824, 1024, 0, true}}},
			},
		},
		{
			name:  "sound alone goes on without pictures, and lasts as long as it does",
			sound: true,
			in: []in{video(0, true), sound(0), sound(16000), sound(32000), sound(48000), video(270000, true), video(276000, false),
				sound(49024)},
			want: []part{
				{0, 6000, true, []out{{v, 0, 6000, 0, true}, {s, 0, 16000, 0, true}, {s, 16000, 16000, 0, true}}},
				// the picture comes: what was heard until then goes before it
				{180000, 90000, false, []out{{s, 32000, 16000, 0, true}}},
				{270000, 12000, true, []out{{v, 270000, 6000, 0, true}, {v, 276000, 6000, 0, false}, {s, 48000, 1024, 0, true}, {s, 49024, 1024, 0, true}}},
			},
		},
		{
			name: "sync pictures alone make no fragment each; a slow pace of theirs is no gap, the first time apart",
			in: []in{video(0, true), video(6000, true), video(12000, true), video(86000, true), video(98000, true), video(278000, true),
				video(458000, true), video(638000, true)},
			want: []part{
				{0, 86000, true, []out{{v, 0, 6000, 0, true}, {v, 6000, 6000, 0, true}, {v, 12000, 74000, 0, true}}},
				{86000, 24000, true, []out{{v, 86000, 12000, 0, true}, {v, 98000, 12000, 0, true}}},
				{278000, 180000, true, []out{{v, 278000, 180000, 0, true}}},
				{458000, 180000, true, []out{{v, 458000, 180000, 0, true}}},
				{638000, 180000, true, []out{{v, 638000, 180000, 0, true}}},
			},
		},
		{
			name: "time that stands still or goes back goes on by a tick",
			in:   []in{video(1000, true), video(1000, false), video(400, false), video(7000, true)},
			want: []part{
				{0, 6000, true, []out{{v, 0, 1, 0, true}, {v, 1, 1, -1, false}, {v, 2, 5998, -602, false}}},
				{6000, 5998, true, []out{{v, 6000, 5998, 0, true}}},
			},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, got, _ := run(t, fmp4test.Config(test.sound), test.in)
			if len(got) != len(test.want) {
				t.Fatalf("%d fragments, want %d: %+v", len(got), len(test.want), got)
			}
			for i := range got {
				if fmt.Sprint(got[i]) != fmt.Sprint(test.want[i]) {
					t.Errorf("fragment %d\n got %+v\nwant %+v", i, got[i], test.want[i])
				}
			}
		})
	}
}

func TestFlushHoldsOneBack(t *testing.T) {
	m, err := fmp4.NewMuxer(fmp4test.Config(false))
	if err != nil {
		t.Fatal(err)
	}
	var times []uint64
	for i := range int64(5) {
		if _, ok, err := m.Add(media.AccessUnit{Type: media.UnitVideo, Track: fmp4test.VideoTrack, Sync: i == 0, DTS: 6000 * i, PTS: 6000 * i, Data: []byte("x")}); ok || err != nil {
			t.Fatal(ok, err)
		}
		f, ok := m.Flush()
		if ok != (i > 0) {
			t.Fatalf("after %d pictures: flushed %v", i+1, ok)
		}
		if ok {
			times = append(times, f.Time, uint64(f.Duration))
		}
	}
	if got := fmt.Sprint(times); got != "[0 6000 6000 6000 12000 6000 18000 6000]" {
		t.Errorf("times and durations %s", got)
	}
}

func TestSoundAloneFollowsThePictures(t *testing.T) {
	config := fmp4test.Config(true)
	pictures, err := fmp4.NewMuxer(config, fmp4test.VideoTrack)
	if err != nil {
		t.Fatal(err)
	}
	sounds, err := fmp4.NewMuxer(config, fmp4test.SoundTrack)
	if err != nil {
		t.Fatal(err)
	}
	sounds.Follow(pictures)
	add := func(m *fmp4.Muxer, track uint8, at int64, sync bool) {
		t.Helper()
		if _, _, err := m.Add(media.AccessUnit{Track: track, Sync: sync, DTS: at, PTS: at, Data: []byte("of track 1")}); err != nil {
			t.Fatal(err)
		}
	}
	add(sounds, fmp4test.SoundTrack, 100, false) // before the first picture
	add(pictures, fmp4test.VideoTrack, 90000, true)
	add(sounds, fmp4test.SoundTrack, 16000+1776, false)
	f, ok := sounds.Close()
	if !ok || f.Time != 9990 {
		t.Fatalf("sound at %d (%v), want 111 ms", f.Time, ok)
	}
	samples := readBack(t, sounds.Init(nil), f.Data)
	if len(samples) != 1 || samples[0].start != 1776 || samples[0].track != 1 {
		t.Errorf("samples %+v", samples)
	}
}

func TestBounds(t *testing.T) {
	m, err := fmp4.NewMuxer(fmp4test.Config(false))
	if err != nil {
		t.Fatal(err)
	}
	for _, au := range []media.AccessUnit{
		{Track: 1, Sync: true, PTS: 1 << 62}, {Track: 1, Sync: true, DTS: -1 << 62}, {Track: 1, Sync: true, Data: make([]byte, media.MaxUnit+1)},
	} {
		if _, _, err := m.Add(au); !errors.Is(err, fmp4.ErrUnit) {
			t.Errorf("unit at %d, %d with %d bytes: %v", au.DTS, au.PTS, len(au.Data), err)
		}
	}
	// a clock that stands still makes no endless fragment
	fragments, data := 0, make([]byte, 1<<20)
	for range 40 {
		if f, ok, err := m.Add(media.AccessUnit{Track: 1, Sync: fragments == 0, Data: data}); err != nil {
			t.Fatal(err)
		} else if ok {
			fragments++
			if len(f.Data) > 16<<20 {
				t.Fatalf("a fragment of %d bytes", len(f.Data))
			}
		}
		if fragments == 0 {
			continue
		}
	}
	if fragments == 0 {
		t.Error("40 MiB in no fragment")
	}
	for _, c := range []media.Config{{}, {Tracks: []media.Track{{ID: 1, Codec: 9, ClockRate: 8000, Config: []byte{1}}}}, {Tracks: []media.Track{{ID: 1, Codec: media.H264, ClockRate: 90000, Width: 16, Height: 16}}}} {
		if _, err := fmp4.NewMuxer(c); !errors.Is(err, fmp4.ErrTrack) {
			t.Errorf("muxer of %+v: %v", c, err)
		}
	}
}

func TestInit(t *testing.T) {
	config := fmp4test.Config(true)
	config.Tracks[0], config.Tracks[1] = config.Tracks[1], config.Tracks[0] // pictures come first all the same
	m, err := fmp4.NewMuxer(config)
	if err != nil {
		t.Fatal(err)
	}
	init := m.Init(nil)
	size := len(init)
	if err := fmp4.PatchDuration(init, 12345678901); err != nil {
		t.Fatal(err)
	}
	if len(init) != size {
		t.Fatal("the patch changed the size")
	}
	f, err := mp4.DecodeFile(bytes.NewReader(init))
	if err != nil {
		t.Fatal(err)
	}
	moov := f.Init.Moov
	if moov.Mvhd.Duration != 12345678901 || moov.Mvex.Mehd.FragmentDuration != 12345678901 || moov.Mvhd.Timescale != fmp4.TimeScale {
		t.Errorf("durations %d and %d", moov.Mvhd.Duration, moov.Mvex.Mehd.FragmentDuration)
	}
	if len(moov.Traks) != 2 || moov.Traks[0].Tkhd.TrackID != fmp4.PictureTrack || moov.Traks[0].Mdia.Hdlr.HandlerType != "vide" {
		t.Fatal("the first track is not the pictures'")
	}
	avc := moov.Traks[0].Mdia.Minf.Stbl.Stsd.AvcX
	var avcC bytes.Buffer
	if err := avc.AvcC.Encode(&avcC); err != nil || !bytes.Equal(avcC.Bytes()[8:], fmp4test.Config(false).Tracks[0].Config) {
		t.Errorf("avcC is not the one given (%v)", err)
	}
	aac := moov.Traks[1].Mdia.Minf.Stbl.Stsd.Mp4a
	if got := aac.Esds.DecConfigDescriptor.DecSpecificInfo.DecConfig; !bytes.Equal(got, []byte{0x14, 0x08}) || aac.ChannelCount != 1 {
		t.Errorf("AudioSpecificConfig %x, %d channels", got, aac.ChannelCount)
	}
	for cut := range len(init) {
		if fmp4.PatchDuration(init[:cut], 1) == nil {
			t.Fatalf("patched an init segment cut at %d", cut)
		}
	}
}

func TestSidx(t *testing.T) {
	refs := []fmp4.SidxRef{{Size: 1000, Duration: 90000, Sync: true}, {Size: 2000, Duration: 45000}}
	b, err := fmp4.AppendSidx(nil, fmp4.PictureTrack, 77, refs)
	if err != nil || len(b) != fmp4.SidxSize(len(refs)) {
		t.Fatalf("%d bytes, want %d (%v)", len(b), fmp4.SidxSize(len(refs)), err)
	}
	box, err := mp4.DecodeBox(0, bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	s := box.(*mp4.SidxBox)
	if s.EarliestPresentationTime != 77 || s.FirstOffset != 0 || s.Timescale != fmp4.TimeScale || len(s.SidxRefs) != 2 ||
		s.SidxRefs[0] != (mp4.SidxRef{ReferencedSize: 1000, SubSegmentDuration: 90000, StartsWithSAP: 1, SAPType: 1}) ||
		s.SidxRefs[1] != (mp4.SidxRef{ReferencedSize: 2000, SubSegmentDuration: 45000}) {
		t.Errorf("index %+v", s)
	}
	if _, err := fmp4.AppendSidx(nil, 1, 0, []fmp4.SidxRef{{Size: 1 << 31}}); err == nil {
		t.Error("an index took a fragment of 2 GiB")
	}
}

// TestDecodes asks ffmpeg: a stream with sound and a gap decodes without a
// word, and lasts as long as it should.
func TestDecodes(t *testing.T) {
	ffmpeg, err := exec.LookPath("ffmpeg")
	if err != nil {
		t.Skip("ffmpeg is not installed: decoding is not tested")
	}
	m, err := fmp4.NewMuxer(fmp4test.Config(true))
	if err != nil {
		t.Fatal(err)
	}
	var body []byte
	var refs []fmp4.SidxRef
	var last uint64
	take := func(f fmp4.Fragment, ok bool) {
		if !ok {
			return
		}
		if n := len(refs); n > 0 {
			refs[n-1].Duration = uint32(f.Time - last)
		}
		last = f.Time
		refs = append(refs, fmp4.SidxRef{Size: uint32(len(f.Data)), Duration: f.Duration, Sync: f.Sync})
		body = append(body, f.Data...)
	}
	for i := range int64(180) { // 12 s at 15 a second, without the seconds 3 to 7
		if i >= 45 && i < 105 {
			continue
		}
		since := int(i % 15)
		f, ok, err := m.Add(media.AccessUnit{Track: fmp4test.VideoTrack, Sync: since == 0, DTS: i * 6000, PTS: i * 6000, Data: fmp4test.Picture(uint64(i), since, 0)})
		if err != nil {
			t.Fatal(err)
		}
		take(f, ok)
		for s := i * 16000 / 15 / 1024; s < (i+1)*16000/15/1024; s++ {
			f, ok, err := m.Add(media.AccessUnit{Track: fmp4test.SoundTrack, DTS: s * 1024, PTS: s * 1024, Data: fmp4test.Sound()})
			if err != nil {
				t.Fatal(err)
			}
			take(f, ok)
		}
	}
	take(m.Close())
	file := m.Init(nil)
	if err := fmp4.PatchDuration(file, 12*fmp4.TimeScale); err != nil {
		t.Fatal(err)
	}
	file, err = fmp4.AppendSidx(file, fmp4.PictureTrack, 0, refs)
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "clip.mp4")
	if err := os.WriteFile(name, append(file, body...), 0o600); err != nil {
		t.Fatal(err)
	}
	silently(t, ffmpeg, name)
	if got := probe(t, name, "format=duration"); got != "12.000000" {
		t.Errorf("duration %s, want 12 s", got)
	}
	times := strings.Fields(probe(t, name, "packet=pts_time", "-select_streams", "v"))
	if len(times) != 120 || times[0] != "0.000000" || times[44] != "2.933333" || times[45] != "7.000000" {
		t.Errorf("%d pictures, at %v", len(times), times)
	}
}

func probe(t *testing.T, name, entries string, more ...string) string {
	t.Helper()
	ffprobe, err := exec.LookPath("ffprobe")
	if err != nil {
		t.Skip("ffprobe is not installed: times are not tested")
	}
	args := append(more, "-v", "error", "-show_entries", entries, "-of", "csv=p=0", name)
	text, err := exec.Command(ffprobe, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("ffprobe: %v: %s", err, text)
	}
	return strings.TrimSpace(strings.ReplaceAll(string(text), ",", ""))
}
