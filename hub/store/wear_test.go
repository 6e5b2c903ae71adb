package store

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"lares/cameras/media"
	"lares/recorder"
)

// logPerEvent bounds what an event with one clip writes to the log: as many pages as its
// rows are in, and no large ones.
const logPerEvent = 32 << 10

// TestWear: what an event writes to the log is little beside its pictures.
func TestWear(t *testing.T) {
	s, ctx := openTest(t), t.Context()
	camera := media.NewCameraID()
	event := func(n int) {
		c := clipRow(camera, t0.Add(time.Duration(n)*time.Minute))
		e := recorder.EventRow{Event: c.Event, Camera: camera, Kind: media.KindMotion, Start: c.Start,
			Text: recorder.SealedText{KID: c.KID, Index: [16]byte{1}, Sealed: make([]byte, 200)}}
		c.State, c.Duration = recorder.StateOpen, 0
		begins := s.Together(ctx, func(rows recorder.RowIndex) error {
			return errors.Join(rows.EventPut(ctx, e), rows.ClipOpened(ctx, c))
		})
		c.State, c.Duration, c.Bytes = recorder.StateComplete, 15*time.Second, 3<<20
		e.End = e.Start.Add(15 * time.Second)
		ends := s.Together(ctx, func(rows recorder.RowIndex) error {
			return errors.Join(rows.ClipClosed(ctx, c), rows.EventPut(ctx, e))
		})
		if err := errors.Join(begins, ends); err != nil {
			t.Fatal(err)
		}
	}
	const before, many = 100, 20
	for n := range before {
		event(n)
	}
	if err := s.checkpoint(ctx); err != nil {
		t.Fatal(err)
	}
	for n := range many {
		event(before + n)
	}
	if per := s.logBytes() / many; per == 0 || per > logPerEvent {
		t.Errorf("an event writes %d bytes to the log", per)
	}
}

// TestLogStays: the log is emptied once an hour, and not each time it is looked at, for each
// time it grows anew wears the disk.
func TestLogStays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := openTest(t)
		ctx, cancel := context.WithCancel(t.Context())
		var runs sync.WaitGroup
		runs.Go(func() { s.Run(ctx, discard()) })
		defer runs.Wait()
		defer cancel()
		put := func() {
			if err := s.Update(t.Context(), func(tx *Tx) error { return tx.PutSetting(t.Context(), "a", []byte("b")) }); err != nil {
				t.Fatal(err)
			}
		}
		put()
		for range int(emptyEvery/lookEvery) - 1 {
			time.Sleep(lookEvery)
			synctest.Wait()
			if s.logBytes() == 0 {
				t.Fatal("the log was emptied at a look")
			}
		}
		time.Sleep(lookEvery)
		synctest.Wait()
		if n := s.logBytes(); n != 0 {
			t.Errorf("after an hour the log has %d bytes", n)
		}
	})
}
