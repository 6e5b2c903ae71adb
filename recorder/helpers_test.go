package recorder

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"log/slog"
	"sync"
	"testing"
	"time"

	"lares/cameras/clock"
	"lares/cameras/media"
	"lares/cameras/media/fmp4/fmp4test"
	"lares/cameras/seal"
	"lares/recorder/sealed"
)

// patience bounds every wait of the tests; none is ever waited out.
const patience = 20 * time.Second

// wait polls until ok says so.
func wait(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

// reaches waits until so many are counted, however long that takes while it goes on.
func reaches(t *testing.T, what string, want int64, count func() int64) {
	t.Helper()
	for last := int64(0); last < want; last = count() {
		wait(t, what, func() bool { return count() > last })
	}
}

// house is a recorder with one camera under a manual clock.
type house struct {
	t     *testing.T
	dir   string
	first PoolID // of the pool there
	clock *clock.Manual
	index *index
	vault *vault
	cam   *cam
	r     *Recorder
	stop  func()
}

func newHouse(t *testing.T) *house {
	t.Helper()
	_, identity, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	h := &house{t: t, dir: t.TempDir(), clock: clock.NewManual(time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)), index: newIndex()}
	id := media.NewCameraID()
	h.vault = &vault{hub: media.NewHubID(), identity: identity, store: newKey(t)}
	h.cam = &cam{t: t, id: id, hub: h.vault.hub, clock: h.clock, live: newKey(t), readers: map[*reader]struct{}{}}
	t.Cleanup(func() { h.halt() })
	return h
}

// camera is one of an id, under the keys of the house's own and its clock.
func (h *house) camera(id media.CameraID) *cam {
	return &cam{t: h.t, id: id, hub: h.vault.hub, clock: h.clock, live: h.cam.live, readers: map[*reader]struct{}{}}
}

// pools is the one that there is.
func (h *house) pools() []Pool {
	h.t.Helper()
	if h.first.IsZero() {
		id, err := MarkPool(h.dir)
		if err != nil {
			h.t.Fatal(err)
		}
		h.first = id
	}
	return []Pool{{Name: "main", Dir: h.dir, ID: h.first}}
}

// start runs a recorder over the house's directory; change may alter it first.
func (h *house) start(change ...func(*Config, *Recorder)) {
	h.t.Helper()
	c := Config{
		Hub: h.cam.hub, Pools: h.pools(), Clock: h.clock, Keys: h.vault, Index: h.index, Source: h.cam,
		Log: slog.New(slog.NewTextHandler(&lockedBuffer{}, nil)),
	}
	for _, f := range change {
		f(&c, nil)
	}
	r, err := New(c)
	if err != nil {
		h.t.Fatal(err)
	}
	r.queue.gathers = 0 // a row is there at once, unless a test says otherwise
	for _, f := range change {
		f(&c, r)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	r.Watch(h.cam.id)
	go func() { ended <- r.Run(ctx) }()
	h.r = r
	h.stop = func() {
		cancel()
		select {
		case err := <-ended:
			if err != nil {
				h.t.Error(err)
			}
		case <-time.After(patience):
			h.t.Error("Run does not return")
		}
		h.stop = nil
	}
	h.cam.newRun(r)
	if h.index.lists != nil {
		return
	}
	select {
	case <-r.Ready():
	case <-time.After(patience):
		h.t.Fatal("never ready")
	}
}

func (h *house) halt() {
	if h.stop != nil {
		h.stop()
	}
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (h *house) trigger(t Trigger) media.EventID {
	h.t.Helper()
	if t.Kind == "" {
		t.Kind = media.KindMotion
	}
	id, err := h.r.Trigger(h.cam.id, t)
	if err != nil {
		h.t.Fatal(err)
	}
	return id
}

// recording waits until a clip is open and the camera has a reader.
func (h *house) recording() {
	h.t.Helper()
	wait(h.t, "a clip to open", func() bool { s, _ := h.r.Status(h.cam.id); return s.Recording })
}

// paused waits until no clip is open, and none can begin: nobody reads the camera any more.
func (h *house) paused() {
	h.t.Helper()
	wait(h.t, "the clip to end", func() bool { s, _ := h.r.Status(h.cam.id); return !s.Recording && !h.cam.watched() })
}

// watched waits until the camera has a reader.
func (h *house) watched() {
	h.t.Helper()
	wait(h.t, "a reader", h.cam.watched)
}

// motion lets pictures go by, says that something moves, and waits until it is
// recorded.
func (h *house) motion(before int) media.EventID {
	h.t.Helper()
	h.cam.pictures(before)
	event := h.trigger(Trigger{Active: true})
	h.recording()
	return event
}

// still says that nothing moves any more, and goes on until the event is over.
func (h *house) still() {
	h.t.Helper()
	h.trigger(Trigger{Active: false})
	h.finish()
}

// moment lets pictures go by and has an event of one moment recorded, whole.
func (h *house) moment(before int) {
	h.t.Helper()
	h.cam.pictures(before)
	h.trigger(Trigger{Hold: true})
	h.recording()
	h.finish()
}

// clips are the rows of all clips, oldest first; there are to be so many.
func (h *house) clips(want int) []ClipRow {
	h.t.Helper()
	rows := h.index.all()
	if len(rows) != want {
		h.t.Fatalf("%d clips, want %d: %+v", len(rows), want, rows)
	}
	return rows
}

// idle waits until no event goes on and all rows arrived. An event is over a moment before its
// row is queued: the index says that it has come.
func (h *house) idle() {
	h.t.Helper()
	wait(h.t, "the event to end", func() bool {
		s, _ := h.r.Status(h.cam.id)
		return s.Event.IsZero() && !s.Recording && h.index.ended(h.cam.id) && !h.pending()
	})
}

func (h *house) pending() bool {
	h.r.queue.mu.Lock()
	rows := len(h.r.queue.lanes)
	h.r.queue.mu.Unlock()
	d := h.r.disks[0]
	d.mu.Lock()
	defer d.mu.Unlock()
	return rows > 0 || len(d.litter) > 0
}

// finish sends pictures until the event is over.
func (h *house) finish() {
	h.t.Helper()
	for range 400 {
		if s, _ := h.r.Status(h.cam.id); s.Event.IsZero() {
			break
		}
		h.cam.picture()
		h.drained()
	}
	h.idle()
}

// drained waits until the recorder has taken every unit sent.
func (h *house) drained() {
	h.t.Helper()
	wait(h.t, "the recorder to read", func() bool {
		h.cam.mu.Lock()
		defer h.cam.mu.Unlock()
		for r := range h.cam.readers {
			if len(r.units) > 0 {
				return false
			}
		}
		return true
	})
}

// opened is a clip as its owner sees it.
type opened struct {
	clip    *Clip
	mp4     []byte
	numbers []uint64
	notes   []EventNote
	thumb   []byte
	small   []byte
	preview []sealed.Frame
}

// clip is the file of a row; the caller closes it.
func (h *house) clip(row ClipRow) *Clip {
	h.t.Helper()
	c, err := h.r.Clip(context.Background(), row.Camera, row.Clip)
	if err != nil {
		h.t.Fatal(err)
	}
	return c
}

// clipKey opens the key in the header of a clip.
func clipKey(store seal.PrivateKey, head sealed.Header) ([]byte, error) {
	return store.OpenKey(seal.ClipBinding(head.Hub, head.Camera, head.KID, head.Clip), head.SealedKey)
}

// records is what opens the records of a clip, and their heads.
func (h *house) records(c *Clip, store seal.PrivateKey) (*seal.Records, []sealed.Head) {
	h.t.Helper()
	key, err := clipKey(store, c.Header())
	if err != nil {
		h.t.Fatalf("clip key: %v", err)
	}
	heads, err := c.Records()
	if err != nil {
		h.t.Fatal(err)
	}
	return seal.NewRecords([seal.KeySize]byte(key), c.HeaderHash()), heads
}

// open opens a clip with the store key, whole.
func (h *house) open(row ClipRow, store seal.PrivateKey) opened {
	h.t.Helper()
	c := h.clip(row)
	defer c.Close()
	records, heads := h.records(c, store)
	plain := make([][]byte, len(heads))
	o := opened{clip: c}
	for i := range heads {
		head, sealedRecord, err := c.ReadRecord(i, nil)
		if err != nil {
			h.t.Fatal(err)
		}
		if plain[i], err = records.Open(nil, head.Seq, head.Bytes(), sealedRecord); err != nil {
			h.t.Fatalf("record %d: %v", i, err)
		}
		switch head.Type {
		case sealed.TypeEvent:
			var n EventNote
			if err := json.Unmarshal(plain[i], &n); err != nil {
				h.t.Fatal(err)
			}
			o.notes = append(o.notes, n)
		case sealed.TypeThumbnail:
			o.thumb = plain[i]
		case sealed.TypeSmall:
			o.small = plain[i]
		case sealed.TypePreview:
			if o.preview, err = sealed.ParsePreview(plain[i]); err != nil {
				h.t.Fatal(err)
			}
		}
	}
	layout, err := c.MP4()
	if err != nil {
		h.t.Fatal(err)
	}
	for _, p := range layout.Pieces {
		var record []byte
		if p.Record >= 0 {
			record = plain[p.Record]
		}
		b, err := layout.Bytes(p, record)
		if err != nil {
			h.t.Fatal(err)
		}
		o.mp4 = append(o.mp4, b...)
	}
	if int64(len(o.mp4)) != layout.Size {
		h.t.Errorf("MP4 of %d bytes, announced %d", len(o.mp4), layout.Size)
	}
	o.numbers = fmp4test.Numbers(o.mp4)
	return o
}

// contiguous says which pictures a clip holds, and fails if one is missing.
func (o opened) contiguous(t *testing.T) (first, last uint64) {
	t.Helper()
	if len(o.numbers) == 0 {
		t.Fatal("no picture in the clip")
	}
	for i, n := range o.numbers {
		if n != o.numbers[0]+uint64(i) {
			t.Fatalf("pictures %v are not contiguous", o.numbers)
		}
	}
	return o.numbers[0], o.numbers[len(o.numbers)-1]
}
