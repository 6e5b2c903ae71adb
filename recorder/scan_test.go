package recorder

import (
	"bytes"
	"crypto/ed25519"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"lares/cameras/fault"
	"lares/cameras/media"
	"lares/cameras/media/fmp4/fmp4test"
	"lares/cameras/seal"
	"lares/recorder/internal/pool"
	"lares/recorder/sealed"
)

// file is the path of a clip.
func (h *house) file(clip media.ClipID) string {
	return filepath.Join(h.dir, "clips", h.cam.id.String(), "2026-03", clip.String()+".lar")
}

// one records one clip and stops the recorder.
func (h *house) one() ClipRow {
	h.t.Helper()
	h.start()
	h.moment(40)
	h.halt()
	rows := h.index.all()
	return rows[len(rows)-1]
}

// image is the house as a kill or a power cut would leave it now, with an empty
// index.
func (h *house) image() *house {
	h.t.Helper()
	image := newHouse(h.t)
	image.vault, image.cam.hub, image.cam.id, image.cam.live = h.vault, h.cam.hub, h.cam.id, h.cam.live
	if err := os.CopyFS(image.dir, os.DirFS(h.dir)); err != nil {
		h.t.Fatal(err)
	}
	return image
}

func (h *house) setState(clip media.ClipID, s ClipState) {
	h.index.mu.Lock()
	defer h.index.mu.Unlock()
	row := h.index.clips[clip]
	row.State = s
	h.index.clips[clip] = row
}

// TestCrashIsRepaired starts on images of a house from random moments of a
// recording.
func TestCrashIsRepaired(t *testing.T) {
	h := newHouse(t)
	h.start()
	h.motion(40)
	for round := range 12 {
		h.cam.pictures(7)
		h.drained()
		clip := h.clipOpen(t)
		image := h.image()
		wait(t, "the row", func() bool { rows := h.index.all(); return len(rows) == 1 })
		sent := h.cam.n - 1
		image.index.clips[clip] = h.index.all()[0]
		if round%3 == 1 { // a torn write
			f, err := os.OpenFile(image.file(clip), os.O_WRONLY|os.O_APPEND, 0)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := f.Write(make([]byte, 1+37*round)); err != nil {
				t.Fatal(err)
			}
			f.Close()
		}
		image.start()
		wait(t, "the repair", func() bool { return !image.pending() })
		rows := image.index.all()
		if len(rows) != 1 || rows[0].State != StateRecovered {
			t.Fatalf("rows %+v", rows)
		}
		_, last := image.open(rows[0], h.vault.store).contiguous(t)
		if lost := sent - last; lost > uint64(time.Second/interval)+2 {
			t.Errorf("round %d: %d pictures lost, more than the fragment in flight", round, lost)
		}
		if info, err := os.Stat(image.file(clip)); err != nil || info.Size() != rows[0].Bytes {
			t.Errorf("row says %d bytes: %v, %v", rows[0].Bytes, info, err)
		}
		image.halt()
	}
}

func (h *house) clipOpen(t *testing.T) media.ClipID {
	t.Helper()
	s, _ := h.r.Status(h.cam.id)
	if s.Clip.IsZero() {
		t.Fatal("no clip is open")
	}
	return s.Clip
}

// TestEndedBeforeTheRow: the file has its end, its row still says open.
func TestEndedBeforeTheRow(t *testing.T) {
	h := newHouse(t)
	row := h.one()
	h.setState(row.Clip, StateOpen)
	h.start()
	wait(t, "the row to close", func() bool { return h.index.all()[0].State == StateComplete })
	if got := h.index.all()[0]; got != row {
		t.Errorf("row %+v, was %+v", got, row)
	}
}

// TestCrashEndsTheEvent: the process dies during an event, while a file is open
// and while the camera is away and none is; the next start gives the event the
// end of its last clip, and leaves what goes on alone.
func TestCrashEndsTheEvent(t *testing.T) {
	for _, between := range []bool{false, true} {
		h := newHouse(t)
		h.start()
		event := h.motion(40)
		h.cam.pictures(40)
		h.drained()
		if between {
			h.cam.away(true)
			h.cam.drop()
			wait(t, "the file's end", func() bool { rows := h.index.all(); return len(rows) == 1 && rows[0].State == StateComplete })
		}
		wait(t, "the rows", func() bool { return !h.pending() && len(h.index.all()) == 1 })
		image := h.image()
		image.index.clips[h.index.all()[0].Clip], image.index.events[event] = h.index.all()[0], h.index.event(event)
		if !image.index.event(event).End.IsZero() {
			t.Fatal("the event is over")
		}
		image.start()
		wait(t, "the repair", func() bool { return !image.pending() })
		row := image.index.all()[0]
		if end := row.Start.Add(row.Duration); !image.index.event(event).End.Equal(end) || row.State == StateOpen {
			t.Errorf("between %v: the event ends %v, its clip, %s, %v", between, image.index.event(event).End, row.State, end)
		}
		now := image.motion(40)
		wait(t, "the rows", func() bool { return !image.pending() })
		if err := image.r.endEvents(t.Context()); err != nil || !image.index.event(now).End.IsZero() {
			t.Errorf("an event that goes on has an end (%v)", err)
		}
		image.halt()
	}
}

// TestDamagedIsNeverSignedAgain: a closed clip without a valid end.
func TestDamagedIsNeverSignedAgain(t *testing.T) {
	for name, harm := range map[string]func([]byte) []byte{
		"zeroed tail": func(b []byte) []byte { clear(b[len(b)-4096:]); return b },
		"cut":         func(b []byte) []byte { return b[:len(b)-sealed.EndSize] },
		"more":        func(b []byte) []byte { return append(b, 0) },
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			h.cam.pad = 500
			row := h.one()
			b, err := os.ReadFile(h.file(row.Clip))
			if err != nil {
				t.Fatal(err)
			}
			b = harm(b)
			if err := os.WriteFile(h.file(row.Clip), b, 0o600); err != nil {
				t.Fatal(err)
			}
			h.start()
			wait(t, "the row", func() bool { return h.index.all()[0].State == StateDamaged })
			after, err := os.ReadFile(h.file(row.Clip))
			if err != nil || string(after) != string(b) {
				t.Errorf("the damaged file was touched (%v)", err)
			}
			if _, last := h.openDamaged(row).contiguous(t); last < 100 {
				t.Errorf("it plays up to picture %d only", last)
			}
			if h.r.Health().Damaged != 1 {
				t.Errorf("health %+v", h.r.Health())
			}
		})
	}
}

// TestClosedIsNeverRecovered cuts a closed clip at every record border, and
// drops, repeats, swaps and replaces records, the last as a holder of the clip
// key: no start signs what is left, and no such file has a valid end.
func TestClosedIsNeverRecovered(t *testing.T) {
	h := newHouse(t)
	row := h.one()
	whole, err := os.ReadFile(h.file(row.Clip))
	if err != nil {
		t.Fatal(err)
	}
	borders := []int64{sealed.HeaderSize}
	for at := borders[0]; ; {
		head, next, err := sealed.ReadHead(bytes.NewReader(whole), int64(len(whole)), at, uint32(len(borders)-1))
		if err != nil || head.Type == sealed.TypeEnd {
			break
		}
		at = next
		borders = append(borders, at)
	}
	record := func(i int) []byte { return whole[borders[i]:borders[i+1]] }
	harmed := map[string][]byte{
		"dropped":  slices.Concat(whole[:borders[2]], whole[borders[3]:]),
		"repeated": slices.Concat(whole[:borders[3]], record(2), whole[borders[3]:]),
		"swapped":  slices.Concat(whole[:borders[2]], record(3), record(2), whole[borders[4]:]),
		"replaced": h.replace(whole, borders[2], 2),
	}
	for i, border := range borders {
		harmed[fmt.Sprintf("cut before record %d", i)] = whole[:border]
	}
	for name, b := range harmed {
		if err := os.WriteFile(h.file(row.Clip), b, 0o600); err != nil {
			t.Fatal(err)
		}
		h.setState(row.Clip, StateComplete)
		h.start()
		wait(t, "the look around", h.scanned)
		h.halt()
		after, err := os.ReadFile(h.file(row.Clip))
		if err != nil || !bytes.Equal(after, b) {
			t.Errorf("%s: the file was touched (%v)", name, err)
		}
		// one of the same size shows only to who reads it all
		want := StateDamaged
		if len(b) == len(whole) {
			want = StateComplete
		}
		if got := h.index.all()[0].State; got != want {
			t.Errorf("%s: listed as %s", name, got)
		}
		if report, err := sealed.Check(bytes.NewReader(b), int64(len(b)), h.vault.Signers()); err != nil || report.State != 0 {
			t.Errorf("%s: a valid end (%v)", name, err)
		}
	}
}

// replace is the file with another record at an offset, sealed with its key.
func (h *house) replace(whole []byte, at int64, seq uint32) []byte {
	h.t.Helper()
	b := bytes.Clone(whole)
	header, sum, err := sealed.ReadHeader(bytes.NewReader(b), h.vault.Signers())
	if err != nil {
		h.t.Fatal(err)
	}
	key, err := clipKey(h.vault.store, header)
	if err != nil {
		h.t.Fatal(err)
	}
	head, next, err := sealed.ReadHead(bytes.NewReader(b), int64(len(b)), at, seq)
	if err != nil {
		h.t.Fatal(err)
	}
	other := seal.NewRecords([seal.KeySize]byte(key), sum).Seal(nil, seq, head.Bytes(), make([]byte, head.Plain()))
	copy(b[sealed.Payload(at):next], other)
	all := crc32.Update(crc32.Checksum(head.Bytes(), crc32.MakeTable(crc32.Castagnoli)), crc32.MakeTable(crc32.Castagnoli), other)
	binary.BigEndian.PutUint32(b[at+sealed.HeadSize:], all)
	return b
}

// openDamaged opens what opens of a clip.
func (h *house) openDamaged(row ClipRow) opened {
	h.t.Helper()
	c := h.clip(row)
	defer c.Close()
	if c.State() != StateDamaged {
		h.t.Errorf("state %s", c.State())
	}
	records, heads := h.records(c, h.vault.store)
	o := opened{clip: c}
	for i := range heads {
		head, b, err := c.ReadRecord(i, nil)
		if err != nil {
			break
		}
		plain, err := records.Open(nil, head.Seq, head.Bytes(), b)
		if err != nil {
			break
		}
		o.mp4 = append(o.mp4, plain...)
	}
	o.numbers = fmp4test.Numbers(o.mp4)
	return o
}

// TestForeignFilesStay: files that no row names are counted and never touched,
// and those of another hub never play.
func TestForeignFilesStay(t *testing.T) {
	h := newHouse(t)
	row := h.one()
	b, err := os.ReadFile(h.file(row.Clip))
	if err != nil {
		t.Fatal(err)
	}
	// a clip that the database lost
	h.index.mu.Lock()
	delete(h.index.clips, row.Clip)
	h.index.mu.Unlock()
	// one that somebody with the public store key forged
	forged := media.NewClipID()
	_, other, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	public, kid, _ := h.vault.StoreKey(t.Context(), h.cam.id)
	header := sealed.Header{Hub: h.cam.hub, Camera: h.cam.id, KID: kid, Clip: forged, Start: row.Start}
	_, header.SealedKey, err = seal.NewClipKey(public, seal.ClipBinding(header.Hub, header.Camera, header.KID, forged))
	if err != nil {
		t.Fatal(err)
	}
	fake := header.Append(nil, func(context string, message []byte) []byte { return seal.Sign(other, context, message) })
	// a copy under another name, and no clip at all
	renamed := media.NewClipID()
	stray := filepath.Join(h.dir, "clips", "notes.txt")
	for name, content := range map[string][]byte{h.file(forged): append(fake, b[sealed.HeaderSize:]...), h.file(renamed): b, stray: []byte("hello")} {
		if err := os.WriteFile(name, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var crossed atomic.Int64
	h.start(func(c *Config, _ *Recorder) {
		c.LimitBytes = 1
		c.Crossed = func(fault.Site, media.CameraID) { crossed.Add(1) }
	})
	wait(t, "the look around", func() bool { got := h.r.Health(); return got.Unknown == 1 && got.Foreign == 3 })
	for _, name := range [...]string{h.file(row.Clip), h.file(forged), h.file(renamed), stray} {
		if _, err := os.Stat(name); err != nil {
			t.Errorf("a file that is not ours to delete: %v", err)
		}
	}
	before := crossed.Load()
	if _, err := h.r.Clip(t.Context(), h.cam.id, forged); !errors.Is(err, sealed.ErrForeign) || !errors.Is(err, seal.ErrCrossed) || crossed.Load() != before+1 {
		t.Errorf("the forged clip: %v, counted %d times", err, crossed.Load()-before)
	}
	if _, err := h.r.Clip(t.Context(), h.cam.id, renamed); !errors.Is(err, seal.ErrCrossed) {
		t.Errorf("the renamed clip: %v", err)
	}
	if _, err := h.r.Clip(t.Context(), h.cam.id, media.NewClipID()); !errors.Is(err, ErrNoClip) {
		t.Errorf("no clip: %v", err)
	}
	empty := media.NewClipID()
	if err := os.WriteFile(h.file(empty), make([]byte, sealed.HeaderSize), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := h.r.Clip(t.Context(), h.cam.id, empty); !errors.Is(err, ErrNoClip) {
		t.Errorf("a file that is no clip: %v", err)
	}
	if _, err := h.r.Clip(t.Context(), media.NewCameraID(), row.Clip); !errors.Is(err, ErrNoClip) {
		t.Errorf("another camera's clip: %v", err)
	}
}

// TestStartWithThousands: a start opens no closed file before it is ready.
func TestStartWithThousands(t *testing.T) {
	h := newHouse(t)
	row := h.one()
	b, err := os.ReadFile(h.file(row.Clip))
	if err != nil {
		t.Fatal(err)
	}
	for range 2500 {
		other := row
		other.Clip = media.NewClipID()
		h.index.clips[other.Clip] = other
		if err := os.WriteFile(h.file(other.Clip), b[:sealed.HeaderSize], 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ready := make(chan struct{})
	isReady := sync.OnceFunc(func() { close(ready) })
	t.Cleanup(isReady)
	h.start(func(_ *Config, r *Recorder) {
		if r == nil {
			return
		}
		r.disks[0].pool.Intercept(func(s pool.Step, take func() error) error {
			if s.Op == pool.OpOpen && filepath.Ext(s.Name) == ".lar" {
				<-ready
			}
			return take()
		})
	})
	isReady()
	reaches(t, "all to be found damaged", 2500, func() int64 { return int64(h.r.Health().Damaged) })
}
