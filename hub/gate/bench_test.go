//go:build bench

package gate

import (
	"bytes"
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	mathrand "math/rand/v2"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	_ "modernc.org/sqlite" // rows by the hundred thousand go in beside the store

	"lares/cameras/benchline"
	"lares/cameras/media"
	"lares/cameras/seal"
	"lares/hub/account"
	"lares/hub/store"
	"lares/recorder"
)

const (
	benchEvents = 100_000
	benchDays   = 25
	benchEpochs = 3
	// benchPicture is a JPEG of a sub stream.
	benchPicture = 40 << 10
)

// cost prints the processor time of one of n things since before; it says what a
// busy machine hides.
func (h *crowded) cost(name string, before float64, n int) {
	benchline.Check(h.t, name+"_cpu_ms", (spent(h.t)-before)/float64(n), "ms", "<=", math.Inf(1))
}

// crowded is a hub with a long history: four cameras, one of them shared, each
// with several epochs, and an event with a clip's row every few seconds.
type crowded struct {
	*rig
	ann, bob account.Caller
	clips    []media.ClipID // of all rows
	cameraOf map[media.ClipID]media.CameraID
	events   []media.EventID
	cameras  []media.CameraID
	files    []media.ClipID // those with a file
	pictures [][]byte       // theirs
}

// TestBenchGate measures what a page asks of the gate, on real SQLite and real
// sealed files; and that what it timed was answered right. Its figures are for a
// machine that does nothing else.
func TestBenchGate(t *testing.T) {
	h := newCrowded(t)
	h.benchChecks()
	h.benchVain()
	h.benchThumbnails()
	h.benchEvents()
	h.benchSignIn()
}

func newCrowded(t *testing.T) *crowded {
	t.Helper()
	h := &crowded{rig: newRig(t), cameraOf: map[media.ClipID]media.CameraID{}}
	h.ann, h.bob = h.person("ann"), h.person("bob")
	var cams []media.CameraID
	for i := range 4 {
		owner := []account.Caller{h.ann, h.ann, h.ann, h.bob}[i]
		cams = append(cams, h.camera(owner, fmt.Sprint("camera ", i)))
	}
	h.cameras = cams
	db, err := sql.Open("sqlite", filepath.Join(h.dir, "lares.db")+"?_pragma=busy_timeout(10000)")
	h.must(err)
	defer db.Close()
	for range benchEpochs {
		h.must(h.Grant(t.Context(), h.bob, GrantRequest{Camera: cams[3], Account: h.ann.Account, Actions: []Action{History}, History: FromStart}))
		for _, cam := range cams[:3] {
			guest := h.person(fmt.Sprint("guest ", media.NewClipID()))
			h.must(h.Grant(t.Context(), h.ann, GrantRequest{Camera: cam, Account: guest.Account, Actions: []Action{History}}))
		}
		for range benchDays / benchEpochs {
			for _, cam := range cams {
				h.fill(db, cam, benchEvents/len(cams)/(benchDays/benchEpochs*benchEpochs)+1)
			}
			h.clock.Advance(24 * time.Hour)
		}
	}
	h.picture = benchPicture
	for i := range 50 {
		id, picture := h.record(cams[i%len(cams)])
		h.files, h.pictures = append(h.files, id), append(h.pictures, picture)
		h.clock.Advance(time.Second)
	}
	h.must(h.store.Run(ended(), discard())) // an empty log, as a hub at rest has
	return h
}

// ended is a context that is over.
func ended() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

// fill enters a camera's events of one day, sealed as the vault seals them, each
// with the row of a clip.
func (h *crowded) fill(db *sql.DB, cam media.CameraID, n int) {
	h.t.Helper()
	ctx, hub := h.t.Context(), h.vault.Hub()
	public, kid, err := h.vault.StoreKey(ctx, cam)
	h.must(err)
	key := make([]byte, seal.KeySize)
	rand.Read(key)
	k := store.IndexKey{ID: store.NewIndexID(), Camera: cam, KID: kid, Created: h.clock.Now()}
	k.Sealed, err = public.SealKey(seal.Bind("lares index v1", hub[:], cam[:], kid[:], k.ID[:]), key)
	h.must(err)
	h.must(h.store.Update(ctx, func(tx *store.Tx) error { return tx.AddIndexKey(ctx, k) }))
	tx, err := db.BeginTx(ctx, nil)
	h.must(err)
	for i := range n {
		event, clip := media.NewEventID(), media.NewClipID()
		at := h.clock.Now().Add(time.Duration(i) * 24 * time.Hour / time.Duration(n))
		text, err := json.Marshal(recorder.EventText{Class: []string{"person", "vehicle", "animal"}[i%3], Zone: "path", Score: 0.9, Labels: []string{"red", "walking"}})
		h.must(err)
		sealedText := seal.SealText(key, seal.Bind("lares event v1", hub[:], cam[:], k.ID[:], event[:]), text)
		_, err = tx.ExecContext(ctx, `INSERT INTO event (id, camera, kind, start_ns, end_ns, kid, index_key, text) VALUES (?, ?, 'motion', ?, ?, ?, ?, ?)`,
			event[:], cam[:], at.UnixNano(), at.Add(10*time.Second).UnixNano(), kid[:], k.ID[:], sealedText)
		h.must(err)
		_, err = tx.ExecContext(ctx, `INSERT INTO clip (id, camera, event, part, kid, start_ns, duration_ns, bytes, state, thumbnail) VALUES (?, ?, ?, 0, ?, ?, 10000000000, 3000000, 'complete', 1)`,
			clip[:], cam[:], event[:], kid[:], at.UnixNano())
		h.must(err)
		h.clips, h.events = append(h.clips, clip), append(h.events, event)
		h.cameraOf[clip] = cam
	}
	h.must(tx.Commit())
}

// percentile is the smallest value that p of all are at most, in milliseconds.
func percentile(times []time.Duration, p float64) float64 {
	slices.Sort(times)
	return float64(times[min(len(times)-1, int(p*float64(len(times))))].Microseconds()) / 1000
}

// benchChecks asks whether a caller may see a clip, from all sides at once.
func (h *crowded) benchChecks() {
	const each = 20_000
	var mu sync.Mutex
	var all []time.Duration
	var done sync.WaitGroup
	began, before := time.Now(), spent(h.t)
	for w := range runtime.GOMAXPROCS(0) {
		done.Go(func() {
			random := mathrand.New(mathrand.NewPCG(1, uint64(w)))
			times := make([]time.Duration, 0, each)
			for range each {
				clip := h.clips[random.IntN(len(h.clips))]
				at := time.Now()
				p, err := h.AdmitClip(h.t.Context(), h.ann, clip, History)
				times = append(times, time.Since(at))
				if err != nil || p.Clip() != clip || p.Camera() != h.cameraOf[clip] {
					h.t.Errorf("clip %v: a pass for clip %v of camera %v, %v", clip, p.Clip(), p.Camera(), err)
					return
				}
			}
			mu.Lock()
			defer mu.Unlock()
			all = append(all, times...)
		})
	}
	done.Wait()
	benchline.Check(h.t, "grant_checks_per_s", float64(len(all))/time.Since(began).Seconds(), "1/s", ">=", 20000)
	benchline.Check(h.t, "grant_check_p99_ms", percentile(all, 0.99), "ms", "<=", 1)
	h.cost("grant_check", before, len(all))
}

// benchVain asks for what is somebody else's and for what is nowhere, as a
// request does: who asks must not learn from the time which it was (HAZARDS Z1).
func (h *crowded) benchVain() {
	ctx := h.t.Context()
	gap(h, "clip", h.clips, media.NewClipID, func(id media.ClipID) error {
		_, err := h.AdmitClip(ctx, h.bob, id, History)
		h.DeniedClip(ctx, h.bob, id)
		return err
	})
	gap(h, "event", h.events, media.NewEventID, func(id media.EventID) error {
		_, err := h.AdmitEvent(ctx, h.bob, id, History)
		h.DeniedEvent(ctx, h.bob, id)
		return err
	})
	gap(h, "camera", h.cameras, media.NewCameraID, func(id media.CameraID) error {
		_, err := h.Admit(ctx, h.bob, id, Live)
		h.Denied(h.bob, id)
		return err
	})
}

// gap reports by how much the median times of both answers differ, asked in
// turn. Of some there are those that bob may see: they are left out.
func gap[ID any](h *crowded, what string, some []ID, nowhere func() ID, ask func(ID) error) {
	const tries = 10_000
	random := mathrand.New(mathrand.NewPCG(3, 3))
	timed := func(id ID) (time.Duration, bool) {
		at := time.Now()
		err := ask(id)
		return time.Since(at), err == ErrNotFound
	}
	var foreign, absent []time.Duration
	for len(foreign) < tries {
		if took, refused := timed(some[random.IntN(len(some))]); refused {
			foreign = append(foreign, took)
		}
		took, refused := timed(nowhere())
		if !refused {
			h.t.Fatal("something is there that nobody made")
		}
		absent = append(absent, took)
	}
	a, b := percentile(foreign, 0.5), percentile(absent, 0.5)
	benchline.Check(h.t, what+"_foreign_absent_gap_percent", 100*math.Abs(a-b)/min(a, b), "%", "<=", 10)
}

// benchThumbnails opens a page of fifty pictures from their sealed files.
func (h *crowded) benchThumbnails() {
	var times []time.Duration
	want := append([]byte(pageMagic), h.ann.Account[:]...)
	for i, id := range h.files {
		want = append(append(want, id[:]...), 1) // is there
		want = append(binary.BigEndian.AppendUint32(want, uint32(len(h.pictures[i]))), h.pictures[i]...)
	}
	before := spent(h.t)
	for range 200 {
		w, b := h.wire(h.ann.Session)
		at := time.Now()
		page, err := h.Thumbnails(h.t.Context(), h.ann, false)
		h.must(err)
		h.must(page.Announce(h.t.Context(), h.files, h.found))
		h.must(page.Begin(w))
		for _, id := range h.files {
			h.must(page.Item(h.t.Context(), id, h.found, w))
		}
		times = append(times, time.Since(at))
		if !bytes.Equal(b.Bytes(), want) {
			h.t.Fatalf("a page of %d bytes, want these %d", b.Len(), len(want))
		}
	}
	benchline.Check(h.t, "thumbnail_page_50_p99_ms", percentile(times, 0.99), "ms", "<=", 150)
	h.cost("thumbnail_page_50", before, len(times))
}

// benchEvents lists fifty events, texts opened, anywhere in the history; and
// looks for a word that is nowhere, as far as one request goes.
func (h *crowded) benchEvents() {
	var pages, searches []time.Duration
	random := mathrand.New(mathrand.NewPCG(2, 2))
	span, start := h.clock.Now().Sub(t0), spent(h.t)
	for n := range 500 {
		before := t0.Add(span/20 + time.Duration(random.Int64N(int64(span-span/20))))
		f := EventFilter{Before: formatCursor(before, media.EventID{}), Limit: 50}
		at := time.Now()
		page, err := h.Events(h.t.Context(), h.ann, f)
		pages = append(pages, time.Since(at))
		h.must(err)
		h.rightPage(page, before, n)
	}
	benchline.Check(h.t, "event_page_50_p99_ms", percentile(pages, 0.99), "ms", "<=", 30)
	h.cost("event_page_50", start, len(pages))
	for range 50 {
		before := t0.Add(span/10 + time.Duration(random.Int64N(int64(span-span/10))))
		at := time.Now()
		page, err := h.Events(h.t.Context(), h.ann, EventFilter{Before: formatCursor(before, media.EventID{}), Text: "giraffe"})
		searches = append(searches, time.Since(at))
		h.must(err)
		if len(page.Events) != 0 || page.Next == "" {
			h.t.Fatalf("%d giraffes, next %q", len(page.Events), page.Next)
		}
	}
	benchline.Check(h.t, "event_search_p99_ms", percentile(searches, 0.99), "ms", "<=", 500)
}

// rightPage fails unless the page is one of fifty events, newest first, all from
// before a time, with their texts and clips; now and then one of them is looked up
// by itself.
func (h *crowded) rightPage(page EventPage, before time.Time, pick int) {
	h.t.Helper()
	if len(page.Events) != 50 || page.Next == "" {
		h.t.Fatalf("%d events, next %q", len(page.Events), page.Next)
	}
	for _, e := range page.Events {
		if !e.Start.Before(before) || e.Class == "" || len(e.Labels) != 2 || len(e.Clips) != 1 || h.cameraOf[e.Clips[0].ID] != e.Camera {
			h.t.Fatalf("before %v: %+v", before, e)
		}
		before = e.Start.Add(time.Nanosecond) // some begin together
	}
	const one = 10 // of so many pages; what it costs is not the page's
	if pick%one != 0 {
		return
	}
	want := page.Events[pick/one%len(page.Events)]
	got, err := h.Event(h.t.Context(), h.ann, want.ID)
	h.must(err)
	if !reflect.DeepEqual(got, want) {
		h.t.Fatalf("in a list %+v, by itself %+v", want, got)
	}
}

// benchSignIn signs in by password and counts processor time.
func (h *crowded) benchSignIn() {
	zoe, err := h.accounts.Create(h.t.Context(), "zoe", "a red bicycle in the yard")
	h.must(err)
	var most float64
	for range 5 {
		before := spent(h.t)
		in, err := h.accounts.SignIn(h.t.Context(), account.Visit{}, "zoe", "a red bicycle in the yard")
		h.must(err)
		if in.Caller.Account != zoe {
			h.t.Fatalf("signed in as %v", in.Caller.Account)
		}
		most = max(most, spent(h.t)-before)
	}
	benchline.Check(h.t, "sign_in_cpu_ms", most, "ms", "<=", 500)
}

// spent is the processor time of this process so far, in milliseconds.
func spent(t *testing.T) float64 {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e6
}
