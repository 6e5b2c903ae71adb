package recorder

import (
	"bytes"
	"context"
	"log/slog"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"lares/cameras/clock"
	"lares/cameras/media"
)

// commits is an index that notes which clips come in one commit; one of them it refuses.
type commits struct {
	*index
	bad  media.ClipID
	list [][]media.ClipID
}

func (x *commits) Together(_ context.Context, put func(RowIndex) error) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.list = append(x.list, nil)
	err := put(x)
	if err != nil {
		x.list = x.list[:len(x.list)-1]
	}
	return err
}

// refuses says which clip it refuses from now on.
func (x *commits) refuses(bad media.ClipID) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.bad = bad
}

func (x *commits) ClipClosed(_ context.Context, c ClipRow) error {
	if c.Clip == x.bad {
		return errBroken
	}
	n := len(x.list) - 1
	x.list[n] = append(x.list[n], c.Clip)
	return nil
}

// TestRowsShareACommit: rows of a camera that come one after the other are one commit, unless
// one of them does not wait for more, or somebody waits for them; a row that is refused holds up what
// is behind it, and nothing else.
func TestRowsShareACommit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := &commits{index: newIndex()}
		q := newQueue(x, slog.New(slog.NewTextHandler(&bytes.Buffer{}, nil)), clock.System{}, func(error) {})
		stop, ended := make(chan struct{}), make(chan struct{})
		go func() {
			q.run(stop)
			close(ended)
		}()
		synctest.Wait() // it is waiting
		var clips []media.ClipID
		camera := media.NewCameraID()
		put := func() {
			row := ClipRow{Clip: media.NewClipID()}
			clips = append(clips, row.Clip)
			q.putRow(camera, "clip closed", func(ctx context.Context, rows RowIndex) error { return rows.ClipClosed(ctx, row) })
			time.Sleep(gatherFor / 4)
		}
		is := func(what string, want ...[]media.ClipID) {
			t.Helper()
			synctest.Wait()
			x.mu.Lock()
			defer x.mu.Unlock()
			if !slices.EqualFunc(x.list, want, slices.Equal) {
				t.Errorf("%s: commits of %v, want %v", what, x.list, want)
			}
			x.list = nil
		}
		put()
		put()
		is("before it is time")
		time.Sleep(gatherFor)
		is("an event's", clips)
		clips = nil
		put()
		put()
		if err := q.flush(t.Context(), camera); err != nil {
			t.Fatal(err)
		}
		is("somebody waits", clips)
		clips = nil
		put()
		now := ClipRow{Clip: media.NewClipID()}
		clips = append(clips, now.Clip)
		q.putRowNow(camera, "clip opened", func(ctx context.Context, rows RowIndex) error { return rows.ClipClosed(ctx, now) })
		is("one does not wait", clips)
		clips = nil
		put()
		other := ClipRow{Clip: media.NewClipID()}
		q.putRowNow(media.NewCameraID(), "clip opened", func(ctx context.Context, rows RowIndex) error { return rows.ClipClosed(ctx, other) })
		is("one of another camera does not", []media.ClipID{other.Clip})
		put()
		time.Sleep(gatherFor)
		is("its own wait on", clips)
		clips = nil
		time.Sleep(gatherFor)
		both := func() {
			put()
			q.putRow(media.NewCameraID(), "clip closed", func(ctx context.Context, rows RowIndex) error { return rows.ClipClosed(ctx, other) })
			time.Sleep(gatherFor)
			synctest.Wait()
			x.mu.Lock()
			defer x.mu.Unlock()
			for _, commit := range x.list { // in either order
				slices.SortFunc(commit, func(a, b media.ClipID) int { return slices.Index(clips, b) - slices.Index(clips, a) })
			}
		}
		both()
		is("two cameras' rows", []media.ClipID{clips[0], other.Clip})
		clips = nil
		x.refuses(other.Clip)
		both()
		is("one of them is refused", clips)
		x.refuses(media.ClipID{})
		time.Sleep(retryMost)
		is("and taken later", []media.ClipID{other.Clip})
		clips = nil
		put()
		is("behind it")
		if err := q.flush(t.Context(), camera); err != nil {
			t.Fatal(err)
		}
		is("somebody waits again", clips)
		clips = nil
		for range 3 {
			put()
		}
		x.refuses(clips[2])
		put()
		time.Sleep(gatherFor + retryMost)
		is("one is refused", clips[:1], clips[1:2])
		x.refuses(media.ClipID{})
		time.Sleep(retryMost)
		is("it is taken", clips[2:3], clips[3:])
		close(stop)
		<-ended
	})
}

// TestOpenedIsListedAtOnce: the row of a file that was begun does not wait for others, and its event's
// goes before it, so that a crash does not leave the file unlisted. What ends waits for what belongs with it.
func TestOpenedIsListedAtOnce(t *testing.T) {
	h := newHouse(t)
	h.start()
	h.index.setBroken(true) // all rows stay in the queue
	event := h.motion(2 * gop)
	h.trigger(Trigger{Active: false})
	var jobs []job
	at := func(what string) int { return slices.IndexFunc(jobs, func(j job) bool { return j.what == what }) }
	wait(t, "the rows of an event", func() bool {
		h.cam.picture()
		h.drained()
		h.r.queue.mu.Lock()
		defer h.r.queue.mu.Unlock()
		jobs = slices.Clone(h.r.queue.lanes[h.cam.id])
		return at("clip closed") >= 0
	})
	first, opened, closed := at("event"), at("clip opened"), at("clip closed")
	if first < 0 || opened < first || !jobs[opened].now || jobs[closed].now {
		t.Errorf("an event is row %d, an opened file %d, its end %d, not waiting for others: %t, waiting: %t", first, opened, closed, opened >= 0 && !jobs[opened].now, !jobs[closed].now)
	}
	h.index.setBroken(false)
	h.finish()
	if row := h.clips(1)[0]; row.State != StateComplete || row.Event != event {
		t.Errorf("clip %+v", row)
	}
}
