package store

import (
	"context"
	"errors"
	"testing"
	"time"
)

// TestAway: who is away is so from the first time it was said until it is said to be
// at home, and nobody else is.
func TestAway(t *testing.T) {
	s := openTest(t)
	ann, bob := addAccount(t, s, "Ann"), addAccount(t, s, "Bob")
	set := func(who AccountID, away bool, at time.Time, changes bool) {
		t.Helper()
		update(t, s, func(ctx context.Context, tx *Tx) error {
			changed, err := tx.SetAway(ctx, who, away, at)
			if changed != changes {
				t.Errorf("away %v at %v: changed %v", away, at, changed)
			}
			return err
		})
	}
	are := func(want map[AccountID]time.Time) {
		t.Helper()
		got, err := s.Aways(t.Context())
		if err != nil || len(got) != len(want) || !got[ann].Since.Equal(want[ann]) || !got[bob].Since.Equal(want[bob]) {
			t.Errorf("%v away, %v; want %v", got, err, want)
		}
	}
	later := t0.Add(time.Hour)
	are(nil)
	set(ann, false, t0, false)
	set(ann, true, t0, true)
	set(ann, true, later, false)
	set(bob, true, later, true)
	are(map[AccountID]time.Time{ann: t0, bob: later})
	set(ann, false, later, true)
	are(map[AccountID]time.Time{bob: later})
	addCamera(t, s, bob, "door") // its recordings keep the row of who leaves
	update(t, s, func(ctx context.Context, tx *Tx) error { return tx.RemoveAccount(ctx, bob, t0) })
	are(nil)
}

// TestAwayToken: a token says whether its maker is away if it was made for that, while
// it lives and no door is closed.
func TestAwayToken(t *testing.T) {
	s := openTest(t)
	ann, bob := addAccount(t, s, "Ann"), addAccount(t, s, "Bob")
	token := func(away bool) TokenID {
		n := Token{ID: TokenID(NewAccountID()), Account: ann, Name: "home", TokenHash: random(32), ScopeHash: random(32), Created: t0, Expires: t0.Add(time.Hour), Away: away}
		p := Principal{ID: PrincipalID(n.ID), Version: 1, Kind: KindToken, KEMPublic: random(1216), Signature: random(64)}
		update(t, s, func(ctx context.Context, tx *Tx) error { return tx.AddToken(ctx, n, p, nil) })
		found, err := s.TokenByHash(t.Context(), n.TokenHash, t0)
		if err != nil || found.Away != away {
			t.Errorf("read as %+v, %v", found, err)
		}
		return n.ID
	}
	may := func(id TokenID, of AccountID, now time.Time, want bool) {
		t.Helper()
		got, maker, err := s.AwayToken(t.Context(), id, of, now)
		if want && (err != nil || got != id || maker != of) || !want && !errors.Is(err, ErrNoRow) {
			t.Errorf("%v of %v, %v; want %v", got, maker, err, want)
		}
	}
	made, other := token(true), token(false)
	may(made, ann, t0, true)
	may(other, ann, t0, false)
	may(made, bob, t0, false)
	may(made, ann, t0.Add(time.Hour), false)
	update(t, s, func(ctx context.Context, tx *Tx) error {
		return tx.PutLockdown(ctx, Lockdown{Account: ann, Maker: ann, Session: SessionID{1}, Since: t0})
	})
	may(made, ann, t0, false)
}
