package recorder

import (
	"encoding/json"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"lares/cameras/media"
	"lares/cameras/seal"
)

// TestPreRollOfManyRuns: runs of one epoch that follow each other within the
// pre-roll are all recorded, wherever in a group they begin, in one file.
func TestPreRollOfManyRuns(t *testing.T) {
	h := newHouse(t)
	h.cam.keeps = true
	said := h.listening()
	h.cam.pictures(40)
	for range 6 {
		h.cam.pictures(10)
		h.cam.newRun(h.r)
	}
	event := h.motion(3)
	h.cam.pictures(30)
	h.still()
	row := h.clips(1)[0]
	if first, last := h.open(row, h.vault.store).contiguous(t); first != 40 || last < 132 || row.Event != event {
		t.Errorf("pictures %d to %d of %+v, want 40 to 132 at least", first, last, row)
	}
	said(t)
}

// listening starts the recorder; said fails the test if it warned of anything.
func (h *house) listening() (said func(*testing.T)) {
	log := &lockedBuffer{}
	h.start(func(c *Config, _ *Recorder) { c.Log = slog.New(slog.NewTextHandler(log, nil)) })
	return func(t *testing.T) {
		t.Helper()
		log.mu.Lock()
		defer log.mu.Unlock()
		if text := log.b.String(); strings.Contains(text, "level=WARN") || strings.Contains(text, "level=ERROR") {
			t.Errorf("said: %s", text)
		}
	}
}

// TestPreRollOfManyEpochs: each picture of a pre-roll lies under the key of the
// epoch in which it was taken, so that no later key opens one from before, and none
// is missing, however many epochs began within.
func TestPreRollOfManyEpochs(t *testing.T) {
	h := newHouse(t)
	h.cam.keeps = true
	said := h.listening()
	h.cam.pictures(40)
	keys, begins := []seal.PrivateKey{h.vault.store}, []uint64{0}
	for range 6 {
		h.vault.bump(t)
		h.cam.mu.Lock()
		h.cam.since = 0 // a worker begins a run with an IDR
		h.cam.mu.Unlock()
		h.cam.newRun(h.r)
		keys, begins = append(keys, h.vault.store), append(begins, h.cam.n)
		h.cam.pictures(7)
	}
	event := h.motion(3)
	h.cam.pictures(30)
	h.still()
	rows := h.clips(len(keys))
	var next uint64
	for i, row := range rows {
		first, last := h.open(row, keys[i]).contiguous(t)
		if i > 0 && (first != next || first != begins[i]) || row.Event != event || row.Part != i {
			t.Errorf("part %d is %+v and starts with picture %d, want %d", i, row, first, begins[i])
		}
		next = last + 1
		c := h.clip(row)
		for n, k := range keys {
			if _, err := clipKey(k, c.Header()); (err == nil) != (n == i) {
				t.Errorf("key %d on part %d: %v", n, i, err)
			}
		}
		c.Close()
	}
	said(t)
}

// TestRunChangeAtAnIDRLosesNothing: where each new run begins with an IDR, the
// linked parts hold every picture, and none of a run is sealed to the key before
// it.
func TestRunChangeAtAnIDRLosesNothing(t *testing.T) {
	h := newHouse(t)
	h.start()
	h.motion(40)
	keys := []seal.PrivateKey{h.vault.store}
	for range 4 {
		h.cam.pictures(gop)
		h.vault.bump(t)
		h.cam.newRun(h.r)
		keys = append(keys, h.vault.store)
		h.cam.pictures(gop)
		h.drained() // before the key changes again
	}
	h.still()
	var next uint64
	for i, row := range h.clips(5) {
		first, last := h.open(row, keys[i]).contiguous(t)
		if first != next || i > 0 && first != uint64(2*i+1)*gop || row.Part != i {
			t.Errorf("part %d is %d and starts with picture %d, want %d", i, row.Part, first, next)
		}
		next = last + 1
	}
}

// TestWordsOfTheirEpoch: what the camera said before an epoch is in no file of it, nor
// in the index under its key.
func TestWordsOfTheirEpoch(t *testing.T) {
	h := newHouse(t)
	h.start()
	h.cam.pictures(40)
	say := func(class string) (event media.EventID) {
		text, err := json.Marshal(media.Event{Kind: media.KindMotion, Class: class, Active: true})
		if err != nil {
			t.Fatal(err)
		}
		h.cam.mu.Lock()
		u, _ := h.cam.run.Sealer(media.StreamCamera).Seal(nil, media.AccessUnit{Type: media.UnitEvent, Data: text})
		h.cam.mu.Unlock()
		event = h.trigger(Trigger{Hold: true, Unit: &u})
		h.recording()
		h.cam.pictures(gop)
		h.drained()
		return event
	}
	event := say("person")
	old := h.vault.store
	h.listed()
	before := h.index.event(event).Text
	h.vault.bump(t)
	h.cam.newRun(h.r)
	h.cam.pictures(gop)
	h.drained()
	say("vehicle")
	h.finish()
	rows := h.clips(2)
	for i, want := range [][]string{{"person"}, {"", "vehicle"}} {
		key := []seal.PrivateKey{old, h.vault.store}[i]
		var got []string
		for _, n := range h.open(rows[i], key).notes {
			got = append(got, n.Class)
		}
		if !slices.Equal(got, want) {
			t.Errorf("part %d says %q, want %q", i, got, want)
		}
	}
	after := h.index.event(event).Text
	if string(before.Sealed) != `sealed {"class":"person"}` || before.KID != rows[0].KID {
		t.Errorf("before: %q under %v", before.Sealed, before.KID)
	}
	if string(after.Sealed) != `sealed {"class":"vehicle"}` || after.KID != rows[1].KID {
		t.Errorf("after: %q under %v", after.Sealed, after.KID)
	}
}

// TestPictureOfItsEpoch: a picture that the camera makes now is in no file that is
// sealed to a key of before; it waits for one of its own.
func TestPictureOfItsEpoch(t *testing.T) {
	h := newHouse(t)
	h.cam.snapshot = []byte("\xff\xd8 now")
	h.start()
	h.vault.bump(t)
	next, key := h.drawn()
	h.r.AddRun(next, key.Opener)
	h.cam.mu.Lock()
	h.cam.run = key // pictures still come under the run of before
	h.cam.mu.Unlock()
	h.motion(40)
	for range 3 * gop {
		h.cam.picture()
		h.drained()
	}
	h.cam.begin(key)
	h.cam.pictures(gop)
	h.drained()
	h.still()
	if rows := h.clips(2); rows[0].Thumbnail || !rows[1].Thumbnail {
		t.Errorf("the picture is in %+v", rows)
	}
}

// drawn is a run of the newest epoch.
func (h *house) drawn() (seal.Run, seal.RunKey) {
	h.t.Helper()
	run, key, err := seal.NewRun(h.cam.hub, h.cam.id, h.cam.live.Public())
	if err != nil {
		h.t.Fatal(err)
	}
	run.Store, run.StoreKID, _ = h.vault.StoreKey(h.t.Context(), h.cam.id)
	return run, key
}

// TestAnotherWorkerEndsTheFile: a run whose times begin anew is no continuation.
func TestAnotherWorkerEndsTheFile(t *testing.T) {
	h := newHouse(t)
	h.start()
	h.motion(40)
	h.cam.pictures(25)
	h.drained()
	h.cam.mu.Lock()
	h.cam.n = 0
	h.cam.mu.Unlock()
	h.cam.newRun(h.r)
	h.cam.pictures(30)
	h.still()
	rows := h.clips(2)
	if _, last := h.open(rows[0], h.vault.store).contiguous(t); last != 64 {
		t.Errorf("the first ends with picture %d, want 64", last)
	}
	if first, _ := h.open(rows[1], h.vault.store).contiguous(t); first != 0 || rows[1].Part != 1 {
		t.Errorf("the second starts with picture %d: %+v", first, rows[1])
	}
}

// TestRunWithoutKeyIsPassedOver: the recording goes on with the next run.
func TestRunWithoutKeyIsPassedOver(t *testing.T) {
	h := newHouse(t)
	h.cam.keeps = true
	h.start()
	h.cam.pictures(20)
	c := h.r.camera(h.cam.id)
	c.mu.Lock()
	c.dropRuns(1)
	c.mu.Unlock()
	h.cam.pictures(20)
	h.cam.newRun(h.r)
	h.cam.pictures(25)
	h.trigger(Trigger{Active: true})
	h.recording()
	h.still()
	if first, _ := h.open(h.clips(1)[0], h.vault.store).contiguous(t); first != 40 {
		t.Errorf("starts with picture %d, want 40", first)
	}
}

// TestOpenersGo: openers stay while units of their runs may come, and no longer;
// two stay in any case, and never more than sixteen.
func TestOpenersGo(t *testing.T) {
	h := newHouse(t)
	h.start()
	c := h.r.camera(h.cam.id)
	kept := func() int {
		c.mu.Lock()
		defer c.mu.Unlock()
		return len(c.runs)
	}
	for range 4 {
		h.cam.newRun(h.r)
	}
	h.clock.Advance(MaxPreRoll + drain)
	h.r.forget()
	if n := kept(); n != 5 {
		t.Errorf("%d openers, want 5", n)
	}
	h.clock.Advance(time.Second)
	wait(t, "old openers to go", func() bool { return kept() == 2 })
	if c.opener(h.cam.run.Run()) == nil {
		t.Error("the newest is gone")
	}
	for range 20 {
		h.cam.newRun(h.r)
	}
	if n := kept(); n != mostRuns || c.opener(h.cam.run.Run()) == nil {
		t.Errorf("%d openers, want %d and the newest among them", n, mostRuns)
	}
}

// TestWhileAsked: old runs are let go of, or the machine wakes, while somebody asks how the camera does, and
// neither waits for the other for ever.
func TestWhileAsked(t *testing.T) {
	h := newHouse(t)
	h.start()
	for name, test := range map[string]struct {
		each int64
		do   func()
	}{
		"runs go":           {300_000, h.r.forget},
		"the machine wakes": {30_000, func() { h.r.wake(&naps{-time.Hour}, h.clock.Now()) }},
	} {
		t.Run(name, func(t *testing.T) {
			var rounds atomic.Int64
			var group sync.WaitGroup
			for _, do := range []func(){test.do, func() { h.r.Status(h.cam.id) }} {
				group.Go(func() {
					for range test.each {
						do()
						rounds.Add(1)
					}
				})
			}
			reaches(t, "either to go on", 2*test.each, rounds.Load)
			group.Wait()
		})
	}
}
