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
// somebody waits for them; a row that is refused holds up what is behind it, and nothing else.
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
