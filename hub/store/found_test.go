package store

import (
	"context"
	"errors"
	"testing"

	"lares/cameras/media"
	"lares/recorder"
)

// TestEventsSayForWhom: each row of a list names the account or token whose right
// it was found by, so that a list of somebody else's is known.
func TestEventsSayForWhom(t *testing.T) {
	s, ctx := openTest(t), t.Context()
	ann, bob := addAccount(t, s, "ann"), addAccount(t, s, "bob")
	cam := addCamera(t, s, ann, "a")
	update(t, s, func(ctx context.Context, tx *Tx) error {
		return tx.PutGrant(ctx, Grant{Camera: cam, Account: bob, Actions: history, HistoryFrom: t0, Granted: t0})
	})
	if err := s.EventPut(ctx, recorder.EventRow{Event: media.NewEventID(), Camera: cam, Kind: media.KindMotion, Start: t0}); err != nil {
		t.Fatal(err)
	}
	for _, who := range []AccountID{ann, bob} {
		got, err := s.VisibleEvents(ctx, EventQuery{Account: who, Now: t0, History: history, Limit: 10, Parts: 10})
		if err != nil || len(got) != 1 || got[0].For != who {
			t.Errorf("%v: %+v, %v", who, got, err)
		}
	}
}

// TestListsSayForWhom: the rows of an account's lists name those they are for, so that
// a list of somebody else's is known.
func TestListsSayForWhom(t *testing.T) {
	s, ctx := openTest(t), t.Context()
	ann, bob := addAccount(t, s, "ann"), addAccount(t, s, "bob")
	cam, token := addCamera(t, s, ann, "a"), media.NewID[token]()
	link := GuestLink{ID: NewGuestLinkID(), Account: bob, Camera: cam, Clip: media.NewClipID(), SecretHash: make([]byte, 32), Salt: make([]byte, 16), Sealed: make([]byte, 48), Views: 1, ViewsLeft: 1, Created: t0, Expires: t0}
	update(t, s, func(ctx context.Context, tx *Tx) error {
		p := Principal{ID: PrincipalID(token), Version: 1, Kind: "token", KEMPublic: make([]byte, 1216), Signature: make([]byte, 64)}
		n := Token{ID: token, Account: ann, Name: "n", TokenHash: make([]byte, 32), ScopeHash: make([]byte, 32), Created: t0}
		return errors.Join(
			tx.PutGrant(ctx, Grant{Camera: cam, Account: bob, Actions: history, HistoryFrom: t0, Granted: t0}),
			tx.AddToken(ctx, n, p, []TokenCamera{{Camera: cam, Actions: history, HistoryFrom: t0}}), tx.AddLink(ctx, link))
	})
	for _, who := range []PrincipalID{ann, bob, PrincipalID(token)} {
		got, err := s.VisibleCameras(ctx, who, t0, history, audio, media.CameraID{})
		if err != nil || len(got) != 1 || got[0].For != who || got[0].Owner != ann {
			t.Fatalf("%v: %+v, %v", who, got, err)
		}
		if g := got[0].Grant; (g != nil) != (who == bob) || g != nil && (g.Account != bob || g.Camera != cam) {
			t.Errorf("%v: grant %+v", who, g)
		}
	}
	for _, who := range []AccountID{ann, bob} {
		if got, err := s.Links(ctx, who); err != nil || len(got) != 1 || got[0].Account != bob || got[0].Owner != ann {
			t.Errorf("links of %v: %+v, %v", who, got, err)
		}
	}
	if got, err := s.TokenCameras(ctx, ann); err != nil || len(got) != 1 || got[0].Maker != ann {
		t.Errorf("cameras of tokens: %+v, %v", got, err)
	}
}

// TestJournalRowConcerns: what JournalOf lists for an account concerns it, and
// nothing else does.
func TestJournalRowConcerns(t *testing.T) {
	s, ctx := openTest(t), t.Context()
	ann, bob, eve := addAccount(t, s, "ann"), addAccount(t, s, "bob"), addAccount(t, s, "eve")
	gate, yard := media.NewCameraID(), media.NewCameraID()
	var all []JournalRow
	update(t, s, func(ctx context.Context, tx *Tx) (err error) {
		for n, r := range []JournalRow{{Account: ann}, {Owner: ann, Account: bob}, {Other: ann, Account: eve}, {Account: bob}, {Account: eve, Kind: "backup"}, {Account: eve, Kind: "lock"},
			{Owner: ann, Account: bob, Camera: gate}, {Owner: ann, Account: bob, Camera: yard}, {Owner: eve, Camera: gate, Kind: "refused"}} {
			r.Seq, r.At, r.Via = int64(n+1), t0, "session"
			if r.Kind == "" {
				r.Kind = "sign-in"
			}
			all, err = append(all, r), errors.Join(err, tx.AddJournal(ctx, r))
		}
		return err
	})
	for _, q := range []JournalQuery{
		{Account: ann}, {Account: ann, Hub: true}, {Account: bob}, {Account: eve},
		{Account: ann, Camera: gate}, {Account: ann, Camera: gate, Hub: true}, {Account: bob, Camera: yard}, {Account: eve, Camera: yard},
	} {
		q.Before, q.Limit = 100, 100
		got, err := s.JournalOf(ctx, q)
		if err != nil {
			t.Fatal(err)
		}
		listed := map[int64]bool{}
		for _, r := range got {
			listed[r.Seq] = true
		}
		for _, r := range all {
			if r.Concerns(q) != listed[r.Seq] {
				t.Errorf("%+v: row %d: concerns %v, listed %v", q, r.Seq, r.Concerns(q), listed[r.Seq])
			}
		}
	}
}
