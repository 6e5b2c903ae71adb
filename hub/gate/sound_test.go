package gate

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/Eyevinn/mp4ff/mp4"

	"lares/cameras/media"
	"lares/cameras/media/fmp4/fmp4test"
	"lares/cameras/seal"
	"lares/recorder"
	"lares/recorder/sealed"
)

// TestSoundPlays: with the index and without, whole or in any range, a clip
// with G.711 is the same film with FLAC in it, of the size that was said.
func TestSoundPlays(t *testing.T) {
	r := newRig(t)
	ann := r.person("ann")
	cam := r.camera(ann, "door")
	for _, codec := range []media.Codec{media.PCMA, media.PCMU} {
		config := fmp4test.LawConfig(codec)
		var film []byte
		for _, c := range []struct {
			what  string
			index func([]uint32) []uint32
		}{
			{"indexed", func(growth []uint32) []uint32 { return growth }},
			{"without an index", nil},
			{"with an index of fewer fragments", func(growth []uint32) []uint32 { return growth[1:] }},
		} {
			clip, _ := r.recordAs(cam, config, c.index)
			o := r.opener(ann, cam, clip)
			l, err := o.Layout(t.Context(), Playable)
			r.must(err)
			if film, err = r.play(ann, cam, clip, MP4Part(0, l.Size, Playable)); err != nil || int64(len(film)) != l.Size {
				t.Fatalf("%v, %s: %d bytes, said to be %d (%v)", codec, c.what, len(film), l.Size, err)
			}
			checkIndex(t, film, 3)
			r.checkRanges(o, Playable, film)
			r.checkParts(o, l, film)
			recorded, err := o.Layout(t.Context(), Recorded)
			r.must(err)
			plain := r.write(o, MP4Part(0, recorded.Size, Recorded))
			checkIndex(t, plain, 3)
			r.checkRanges(o, Recorded, plain)
			samePCM(t, film, plain, 30*5*fmp4test.LawTicks)
		}
	}
}

// write is what an opener writes of a part; its size has to be as announced.
func (r *rig) write(o *ClipOpener, part Part) []byte {
	r.t.Helper()
	w, b := r.wire(o.session)
	size, err := o.PartSize(r.t.Context(), part)
	r.must(err)
	r.must(o.Write(r.t.Context(), part, w))
	if int64(b.Len()) != size {
		r.t.Fatalf("%+v: %d bytes, said to be %d", part, b.Len(), size)
	}
	return b.Bytes()
}

// checkRanges: any range is the same bytes of the whole, those around the
// borders of boxes and fragments among them.
func (r *rig) checkRanges(o *ClipOpener, s Sound, film []byte) {
	r.t.Helper()
	l, err := o.Layout(r.t.Context(), s)
	r.must(err)
	check := func(from, to int64) {
		if got := r.write(o, MP4Part(from, to, s)); !bytes.Equal(got, film[from:to]) {
			r.t.Fatalf("bytes %d to %d are not those of the whole", from, to)
		}
	}
	for range 60 {
		from := rand.Int64N(l.Size)
		check(from, from+1+rand.Int64N(l.Size-from))
	}
	for _, piece := range l.Pieces {
		at := piece.Offset + piece.Size/2
		check(at, at+1)
		check(piece.Offset, piece.Offset+piece.Size)
		check(max(piece.Offset-1, 0), min(piece.Offset+piece.Size+1, l.Size))
	}
}

// checkParts: init segment and fragments are those of the whole.
func (r *rig) checkParts(o *ClipOpener, l *recorder.Layout, film []byte) {
	r.t.Helper()
	check := func(part Part, p recorder.Piece) {
		if got := r.write(o, part); !bytes.Equal(got, film[p.Offset:p.Offset+p.Size]) {
			r.t.Errorf("%+v is not what the whole holds", part)
		}
	}
	check(InitPart(), l.Init())
	for n, p := range l.Fragments() {
		check(FragmentPart(n), p)
	}
	if _, err := o.PartSize(r.t.Context(), FragmentPart(len(l.Fragments()))); !errors.Is(err, ErrNotFound) {
		r.t.Errorf("a fragment too many: %v", err)
	}
}

// checkIndex reads film and index by another hand's code: each entry names one
// fragment, and the init segment the film's length in seconds.
func checkIndex(t *testing.T, film []byte, seconds uint64) {
	t.Helper()
	f, err := mp4.DecodeFile(bytes.NewReader(film))
	if err != nil {
		t.Fatal(err)
	}
	if got := f.Moov.Mvhd.Duration; got != seconds*90000 {
		t.Errorf("duration %d", got)
	}
	at := f.Init.Size() + f.Sidx.Size()
	for _, s := range f.Segments {
		for _, x := range s.Fragments {
			if len(f.Sidx.SidxRefs) == 0 || x.Moof.StartPos != at {
				t.Fatalf("a fragment at %d, the index says %d", x.Moof.StartPos, at)
			}
			at += uint64(f.Sidx.SidxRefs[0].ReferencedSize)
			f.Sidx.SidxRefs = f.Sidx.SidxRefs[1:]
		}
	}
	if at != uint64(len(film)) || len(f.Sidx.SidxRefs) > 0 {
		t.Errorf("the index ends at %d of %d with %d entries left", at, len(film), len(f.Sidx.SidxRefs))
	}
}

// samePCM: a decoder makes the same samples of both films' sound.
func samePCM(t *testing.T, a, b []byte, samples int) {
	t.Helper()
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		t.Log("ffmpeg is not installed: decoding is not tested")
		return
	}
	pcm := func(film []byte) []byte {
		name := filepath.Join(t.TempDir(), "film.mp4")
		if err := os.WriteFile(name, film, 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command("ffmpeg", "-v", "error", "-xerror", "-i", name, "-map", "0:a", "-f", "s16le", "-").Output()
		if err != nil {
			t.Fatalf("ffmpeg: %v", err)
		}
		return out
	}
	if is, was := pcm(a), pcm(b); !bytes.Equal(is, was) || len(is) != 2*samples {
		t.Errorf("%d bytes of sound and %d, want %d", len(is), len(was), 2*samples)
	}
}

// TestTracks: what is delivered, and what lies on disk.
func TestTracks(t *testing.T) {
	r := newRig(t)
	ann := r.person("ann")
	cam := r.camera(ann, "door")
	for codec, config := range map[media.Codec]media.Config{
		media.AAC: fmp4test.Config(true), media.PCMU: fmp4test.LawConfig(media.PCMU),
	} {
		clip, _ := r.recordAs(cam, config, nil)
		for _, s := range []Sound{Playable, Recorded} {
			tracks, err := r.opener(ann, cam, clip).Tracks(s)
			r.must(err)
			shown := codec
			if s == Playable && codec.G711() {
				shown = media.FLAC
			}
			if len(tracks) != 2 || tracks[0].Codec != media.H264 || tracks[1].Codec != shown || tracks[1].Recorded != codec {
				t.Errorf("%v: %+v", codec, tracks)
			}
		}
	}
}

// TestHeadsAreEnough: without G.711 no record is opened to know the layout, and
// with it none but the init segment and the index.
func TestHeadsAreEnough(t *testing.T) {
	r := newRig(t)
	ann := r.person("ann")
	cam := r.camera(ann, "door")
	keep := func(growth []uint32) []uint32 { return growth }
	for _, c := range []struct {
		config media.Config
		sound  Sound
		opens  bool
	}{
		{fmp4test.Config(false), Playable, false},
		{fmp4test.LawConfig(media.PCMA), Recorded, false},
		{fmp4test.LawConfig(media.PCMA), Playable, true},
	} {
		clip, _ := r.recordAs(cam, c.config, keep)
		o := r.opener(ann, cam, clip)
		_, err := o.Layout(t.Context(), c.sound)
		r.must(err)
		heads, err := o.clip.Records()
		r.must(err)
		if opened := o.plain != nil; opened != c.opens {
			t.Errorf("%v: opened %v", c.config.Tracks, opened)
		}
		if cap(o.plain) >= int(heads[len(heads)-2].Plain()) {
			t.Error("a fragment was opened")
		}
	}
}

// TestDamagedSoundPlaysUpToThere: a clip without an index whose second fragment
// was changed is delivered up to that one. By a disk it is only damaged; by whoever made its CRC
// fit again it is a crossing, and counted.
func TestDamagedSoundPlaysUpToThere(t *testing.T) {
	r := newRig(t)
	ann := r.person("ann")
	cam := r.camera(ann, "door")
	clip, _ := r.recordAs(cam, fmp4test.LawConfig(media.PCMA), nil)
	l, err := r.opener(ann, cam, clip).Layout(t.Context(), Playable)
	r.must(err)
	whole, err := r.play(ann, cam, clip, MP4Part(0, l.Size, Playable))
	r.must(err)
	name := filepath.Join(r.dir, "media", "clips", cam.String(), t0.Format("2006-01"), clip.String()+".lar")
	b, err := os.ReadFile(name)
	r.must(err)
	at := sealed.HeaderSize
	for range l.Fragments()[1].Record {
		at += sealed.RecordOverhead + int(binary.BigEndian.Uint32(b[at+18:])) - seal.Overhead
	}
	b[at+100] ^= 1
	r.must(os.WriteFile(name, b, 0o600))
	plays := func() (err error) {
		t.Helper()
		got, err := r.play(ann, cam, clip, MP4Part(0, l.Size, Playable))
		first := l.Fragments()[0]
		if want := whole[first.Offset : first.Offset+first.Size]; !bytes.HasSuffix(got, want) || int64(len(got)) != first.Offset+first.Size {
			t.Errorf("%d bytes were delivered, want %d", len(got), first.Offset+first.Size)
		}
		return err
	}
	refused := r.Refused()
	if err := plays(); !errors.Is(err, ErrNotFound) || !maps.Equal(r.Refused(), refused) {
		t.Errorf("a fragment that the disk changed: %v, refused %v", err, r.Refused())
	}
	record, table := b[at:at+sealed.RecordOverhead+int(binary.BigEndian.Uint32(b[at+18:]))-seal.Overhead], crc32.MakeTable(crc32.Castagnoli)
	binary.BigEndian.PutUint32(record[sealed.HeadSize:], crc32.Update(crc32.Checksum(record[:sealed.HeadSize], table), table, record[sealed.HeadSize+4:]))
	r.must(os.WriteFile(name, b, 0o600))
	r.crossed("a changed fragment", plays)
}
