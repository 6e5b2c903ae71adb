package recorder

import (
	"context"
	"errors"
	"hash/crc32"
	"os"
	"path/filepath"
	"testing"
	"time"

	"lares/cameras/media"
	"lares/recorder/sealed"
)

// Row makes an index one that Verify asks.
func (x *index) Row(_ context.Context, id media.ClipID) (row ClipRow, ok bool, err error) {
	err = x.do(func() { row, ok = x.clips[id] })
	return row, ok, err
}

func (h *house) files(rows Rows, now time.Time) Files {
	return Files{Pools: h.pools(), Hubs: h.vault.Signers(), Rows: rows, Now: now}
}

// edit changes the bytes of a file.
func edit(t *testing.T, path string, change func([]byte) []byte) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(path, change(b), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// firstRecord is where the first record's ciphertext begins.
const firstRecord = sealed.HeaderSize + sealed.HeadSize + 4

// TestVerify: whatever was done to a file is named, with how much of it still
// is as it was written; files that are being written, or are nobody's, are not
// taken for damaged ones.
func TestVerify(t *testing.T) {
	h, listed := newHouse(t), newIndex()
	picture := sealed.RecordSize(sealed.Head{Length: uint32(len("picture")) + 16})
	cut := func(n int) func([]byte) []byte { return func(b []byte) []byte { return b[:len(b)-n] } }
	for what, c := range map[string]struct {
		end    sealed.State
		row    ClipState // "" is no row
		change func([]byte) []byte
		state  ClipState
		fault  FileFault
		media  time.Duration
		whole  int // records of the three; -1 is not asked
	}{
		"complete":                 {end: sealed.Complete, row: StateComplete, state: StateComplete, media: 3 * time.Second, whole: 3},
		"recovered":                {end: sealed.Recovered, row: StateRecovered, state: StateRecovered, media: 3 * time.Second, whole: 3},
		"cut by a full disk":       {end: sealed.Cut, row: StateCut, state: StateCut, media: 3 * time.Second, whole: 3},
		"complete and not listed":  {end: sealed.Complete, state: StateComplete, media: 3 * time.Second, whole: 3},
		"being written":            {row: StateOpen, state: StateOpen, media: 3 * time.Second, whole: 3},
		"torn":                     {row: StateComplete, state: StateDamaged, fault: FaultTorn, media: 3 * time.Second, whole: 3},
		"torn and known as such":   {row: StateDamaged, state: StateDamaged, fault: FaultTorn, media: 3 * time.Second, whole: 3},
		"torn and not listed":      {state: StateDamaged, fault: FaultTorn, media: 3 * time.Second, whole: 3},
		"shorter":                  {end: sealed.Complete, row: StateComplete, change: cut(sealed.EndSize + 5), state: StateDamaged, fault: FaultTorn, media: time.Second, whole: 2},
		"longer":                   {end: sealed.Complete, row: StateComplete, change: func(b []byte) []byte { return append(b, 0) }, state: StateDamaged, fault: FaultTorn, media: 3 * time.Second, whole: 3},
		"a byte of the first":      {end: sealed.Complete, row: StateComplete, change: func(b []byte) []byte { b[firstRecord] ^= 1; return b }, state: StateDamaged, fault: FaultChanged},
		"and its checksum":         {end: sealed.Complete, row: StateComplete, change: repaired(picture), state: StateDamaged, fault: FaultChanged, media: 3 * time.Second, whole: 3},
		"the signed state":         {end: sealed.Complete, row: StateComplete, change: func(b []byte) []byte { b[len(b)-sealed.EndSize+sealed.HeadSize+4] = 2; return b }, state: StateDamaged, fault: FaultTorn, media: 3 * time.Second, whole: 3},
		"the header":               {end: sealed.Complete, row: StateComplete, change: func(b []byte) []byte { b[100] ^= 1; return b }, state: StateDamaged, fault: FaultForeign, whole: -1},
		"no clip at all, unlisted": {end: sealed.Complete, change: func([]byte) []byte { return []byte("hello") }, state: StateDamaged, fault: FaultForeign, whole: -1},
		"being removed":            {end: sealed.Complete, row: StateRemoving, state: StateRemoving, media: 3 * time.Second, whole: 3},
		"torn and being removed":   {row: StateRemoving, state: StateDamaged, fault: FaultTorn, media: 3 * time.Second, whole: 3},
	} {
		row, path := found(t, h, h.clock.Now(), c.end)
		if c.row != "" {
			row.State = c.row
			listed.clips[row.Clip] = row
		}
		whole := int64(sealed.HeaderSize)
		for i, text := range []string{"picture", "one", "two"} {
			if i < c.whole {
				whole += int64(sealed.RecordSize(sealed.Head{Length: uint32(len(text)) + 16}))
			}
		}
		if c.change != nil {
			edit(t, path, c.change)
		}
		var got []Verified
		_, err := Verify(t.Context(), h.files(listed, h.clock.Now()), func(v Verified) error {
			got = append(got, v)
			return nil
		})
		switch {
		case err != nil:
			t.Errorf("%s: %v", what, err)
		case len(got) != 1:
			t.Errorf("%s: %d files", what, len(got))
		default:
			v := got[0]
			if v.State != c.state || v.Fault != c.fault || v.Media != c.media || c.whole >= 0 && v.Whole != whole || v.Listed != (c.row != "") ||
				v.Clip != row.Clip || v.Camera != row.Camera || filepath.Join(h.dir, v.Path) != path || v.Err != nil {
				t.Errorf("%s: %+v, want %d whole", what, v, whole)
			}
		}
		delete(listed.clips, row.Clip)
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
}

// TestVerifyOpenForLong: a row that says "open" hides a cut file only as long as
// the camera could be writing it.
func TestVerifyOpenForLong(t *testing.T) {
	for what, c := range map[string]struct {
		newer time.Duration // of the camera's other clip; 0 is none
		fault FileFault
	}{
		"the only one":                       {},
		"beside one of before":               {newer: -time.Hour},
		"while the next part begins":         {newer: defaultMaxClip},
		"with another long after it":         {newer: openLongest + time.Second, fault: FaultTorn},
		"with another by a clock that is on": {newer: 48 * time.Hour},
	} {
		h, listed := newHouse(t), newIndex()
		start := h.clock.Now()
		row, path := found(t, h, start, sealed.Complete)
		row.State = StateOpen
		listed.clips[row.Clip] = row
		edit(t, path, func(b []byte) []byte { return b[:len(b)-sealed.EndSize-5] })
		if c.newer != 0 {
			other, _ := found(t, h, start.Add(c.newer), sealed.Complete)
			listed.clips[other.Clip] = other
		}
		got := map[media.ClipID]Verified{}
		_, err := Verify(t.Context(), h.files(listed, start.Add(24*time.Hour)), func(v Verified) error {
			got[v.Clip] = v
			return nil
		})
		want := StateOpen
		if c.fault != "" {
			want = StateDamaged
		}
		if v := got[row.Clip]; err != nil || len(got) != len(listed.clips) || v.Fault != c.fault || v.State != want {
			t.Errorf("%s: %d files, %+v, %v", what, len(got), v, err)
		}
	}
}

// repaired flips a byte of the first record and makes its CRC fit again, as
// whoever knows the format can.
func repaired(size int) func([]byte) []byte {
	return func(b []byte) []byte {
		b[firstRecord] ^= 1
		r := b[sealed.HeaderSize : sealed.HeaderSize+size]
		sum := crc32.Update(crc32.Checksum(r[:sealed.HeadSize], crc32.MakeTable(crc32.Castagnoli)), crc32.MakeTable(crc32.Castagnoli), r[sealed.HeadSize+4:])
		r[sealed.HeadSize], r[sealed.HeadSize+1], r[sealed.HeadSize+2], r[sealed.HeadSize+3] = byte(sum>>24), byte(sum>>16), byte(sum>>8), byte(sum)
		return b
	}
}

// TestVerifyPlaces: a file in another's place, and rows without a file, also of one that is to be written now.
func TestVerifyPlaces(t *testing.T) {
	h, listed := newHouse(t), newIndex()
	moved, path := found(t, h, h.clock.Now(), sealed.Complete)
	gone, away := found(t, h, h.clock.Now(), sealed.Complete)
	other, _ := found(t, h, h.clock.Now(), sealed.Complete)
	other.Camera = media.NewCameraID()
	open, taken := found(t, h, h.clock.Now(), sealed.Complete)
	open.State = StateOpen
	link, linked := found(t, h, h.clock.Now(), sealed.Complete)
	for _, row := range []ClipRow{moved, gone, other, open, link} {
		listed.clips[row.Clip] = row
	}
	must(t, os.Rename(path, away))
	must(t, os.Remove(taken))
	must(t, errors.Join(os.Rename(linked, linked+".aside"), os.Symlink(linked+".aside", linked)))
	strange, name := found(t, h, h.clock.Now(), sealed.Complete) // is listed nowhere
	must(t, errors.Join(os.Remove(name), os.Symlink("elsewhere", name)))
	got := map[media.ClipID]FileFault{}
	each := func(v Verified) error { got[v.Clip] = v.Fault; return nil }
	if _, err := Verify(t.Context(), h.files(listed, h.clock.Now()), each); err != nil {
		t.Fatal(err)
	}
	aside := media.ClipID{} // what has no clip's name
	if len(got) != 7 || got[link.Clip] != FaultMissing || got[strange.Clip] != FaultForeign || got[aside] != FaultForeign || got[moved.Clip] != FaultMissing || got[open.Clip] != FaultMissing || got[gone.Clip] != FaultMisplaced || got[other.Clip] != FaultMisplaced {
		t.Errorf("%v", got)
	}
	stop := errors.New("stop")
	if _, err := Verify(t.Context(), h.files(listed, h.clock.Now()), func(Verified) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("an error of the caller: %v", err)
	}
	listed.broken = true
	if _, err := Verify(t.Context(), h.files(listed, h.clock.Now()), each); !errors.Is(err, errBroken) {
		t.Errorf("an index that does not answer: %v", err)
	}
}

// TestVerifyUnreadable: a row whose file the disk does not give is not told to have none.
func TestVerifyUnreadable(t *testing.T) {
	h, listed := newHouse(t), newIndex()
	row, path := found(t, h, h.clock.Now(), sealed.Complete)
	listed.clips[row.Clip] = row
	month, outside := filepath.Dir(path), filepath.Join(t.TempDir(), "month")
	must(t, errors.Join(os.Rename(month, outside), os.Symlink(outside, month)))
	var got []Verified
	_, err := Verify(t.Context(), h.files(listed, h.clock.Now()), func(v Verified) error {
		if v.Clip == row.Clip {
			got = append(got, v)
		}
		return nil
	})
	if err != nil || len(got) != 1 || got[0].Fault != FaultUnreadable || got[0].Err == nil || !got[0].Listed {
		t.Errorf("%+v (%v)", got, err)
	}
}
