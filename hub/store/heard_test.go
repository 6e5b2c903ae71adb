package store

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"lares/cameras/media"
	"lares/recorder"
)

// TestUnheard: who may not hear a camera is shown and counted all that is not of a sound,
// page by page, however it is asked for, and of a camera it may hear everything; the owner
// sees all. What began with a sound is of what came next.
func TestUnheard(t *testing.T) {
	s, ctx := openTest(t), t.Context()
	ann, bob, eve := addAccount(t, s, "ann"), addAccount(t, s, "bob"), addAccount(t, s, "eve")
	cam, program := addCamera(t, s, ann, "a"), media.NewID[token]()
	update(t, s, func(ctx context.Context, tx *Tx) error {
		p := Principal{ID: PrincipalID(program), Version: 1, Kind: "token", KEMPublic: make([]byte, 1216), Signature: make([]byte, 64)}
		n := Token{ID: program, Account: ann, Name: "n", TokenHash: make([]byte, 32), ScopeHash: make([]byte, 32), Created: t0}
		return errors.Join(
			tx.PutGrant(ctx, Grant{Camera: cam, Account: bob, Actions: history, HistoryFrom: fromMS(0), Granted: t0}),
			tx.PutGrant(ctx, Grant{Camera: cam, Account: eve, Actions: history | audio, HistoryFrom: fromMS(0), Granted: t0}),
			tx.AddToken(ctx, n, p, []TokenCamera{{Camera: cam, Actions: history, HistoryFrom: fromMS(0)}}))
	})
	kinds := []media.Kind{media.KindMotion, media.KindSound, media.KindCamera, media.KindSound, media.KindDoorbell, media.KindTamper, media.KindSound, media.KindTrigger}
	var all, seen []media.EventID
	for n := range 80 {
		e := recorder.EventRow{Event: media.NewEventID(), Camera: cam, Kind: kinds[n%len(kinds)], Start: t0.Add(time.Duration(n) * time.Minute), End: t0.Add(time.Duration(n)*time.Minute + time.Second)}
		c := clipRow(cam, e.Start)
		c.Event, c.Bytes, c.State = e.Event, 10, recorder.StateComplete
		put := s.EventPut(ctx, e)
		if n == 1 || n == 2 { // a motion in a sound, and a sound in something else
			e.Kind = []media.Kind{media.KindMotion, media.KindSound}[n-1]
			put = errors.Join(put, s.EventPut(ctx, e))
		}
		if err := errors.Join(put, s.ClipClosed(ctx, c)); err != nil {
			t.Fatal(err)
		}
		update(t, s, func(ctx context.Context, tx *Tx) error { return tx.Star(ctx, cam, e.Event, true) })
		all = append(all, e.Event)
		if n == 1 || kinds[n%len(kinds)] != media.KindSound {
			seen = append(seen, e.Event)
		}
		h, err := s.EventHead(ctx, e.Event)
		k, err2 := s.ClipHead(ctx, c.Clip)
		if err := errors.Join(err, err2); err != nil || (h.Kind == media.KindSound) == slices.Contains(seen, e.Event) || k.Kind != h.Kind {
			t.Fatalf("%d: %+v, %+v, %v", n, h, k, err)
		}
	}
	slices.Reverse(all)
	slices.Reverse(seen)
	for who, want := range map[PrincipalID][]media.EventID{ann: all, eve: all, bob: seen, PrincipalID(program): seen} {
		for _, star := range []bool{false, true} {
			q := EventQuery{Account: who, Now: t0, History: history, Audio: audio, Star: star, Limit: 7, Parts: 2}
			var got []media.EventID
			for {
				page, err := s.VisibleEvents(ctx, q)
				if err != nil {
					t.Fatal(err)
				}
				for _, e := range page {
					if e.Heard != (len(want) == len(all)) || e.For != who {
						t.Errorf("%v: heard %v, for %v", who, e.Heard, e.For)
					}
					got = append(got, e.Event)
					q.Before, q.BeforeEvent = e.Start, e.Event
				}
				if len(page) < q.Limit {
					break
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("%v, starred %v: %d events of %d", who, star, len(got), len(want))
			}
			q = EventQuery{Account: who, Now: t0, History: history, Audio: audio, Star: star, Kind: media.KindSound, Limit: 7, Parts: 2}
			if sounds, err := s.VisibleEvents(ctx, q); err != nil || (len(sounds) == 7) != (len(want) == len(all)) || len(sounds)%7 != 0 {
				t.Errorf("%v, starred %v: %d sounds, %v", who, star, len(sounds), err)
			}
		}
		cameras, err := s.VisibleCameras(ctx, who, t0, history, audio, cam)
		if err != nil || len(cameras) != 1 || cameras[0].Clips != int64(len(want)) || cameras[0].Bytes != 10*int64(len(want)) {
			t.Errorf("%v: %+v, %v", who, cameras, err)
		}
	}
}
