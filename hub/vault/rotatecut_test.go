package vault

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"lares/cameras/seal"
	"lares/hub/store"
)

// TestRotationCut: a power cut between keyring and commit, while somebody who may be
// known to a thief changes the keys. The next start finishes it, whole: nothing of
// the old keys goes on, and the account shows neither a second factor nor a code that
// do not work.
func TestRotationCut(t *testing.T) {
	r := newRig(t)
	ann, bob := r.account("ann"), r.account("bob")
	own, other := r.camera(ann), r.camera(bob)
	r.share(other, bob, ann)
	n, err := r.vault.NewToken(ann.ID())
	r.must(err)
	n.Token.Name = "program"
	factor := ann.SealTOTP([]byte("shared secret 123456"))
	factor.Created, factor.Confirmed = r.clock.Now(), r.clock.Now()
	r.must(r.update(func(ctx context.Context, tx *store.Tx) error {
		return errors.Join(tx.PutTOTP(ctx, factor), r.vault.PutRecovery(ctx, tx, ann.NewRecovery("the printed code")), tx.SetRecovery(ctx, ann.ID(), r.clock.Now()),
			tx.AddToken(ctx, n.Token, n.Principal, []store.TokenCamera{{Camera: own.ID, Actions: 1, HistoryFrom: r.clock.Now()}}))
	}))
	r.exit(own, ann)
	r.offered(own, ann, bob)
	link := r.linked(own, ann)
	before := r.copyDB()
	next, err := r.vault.Next(t.Context(), ann.ID())
	r.must(err)
	wrap, err := next.NewPassword(t.Context(), "a new password")
	r.must(err)
	r.must(r.update(func(ctx context.Context, tx *store.Tx) error {
		return errors.Join(r.vault.Rotate(ctx, tx, ann.OpenedAccount, next), r.vault.PutPassword(ctx, tx, wrap),
			r.vault.PutRecovery(ctx, tx, next.NewRecovery("a code that nobody saw")), r.vault.NewEpoch(ctx, tx, own, Change{Owner: next}))
	}))
	r.putBack(before)

	if _, err := r.signIn(ann, password("ann")); !errors.Is(err, seal.ErrOpen) {
		t.Errorf("the old password: %v", err)
	}
	if _, err := r.signIn(ann, "a new password"); err != nil || r.rolledBack() {
		t.Errorf("the new password: %v, rolled back %v", err, r.rolledBack())
	}
	a, err := r.store.Account(t.Context(), ann.ID())
	r.must(err)
	_, errFactor := r.store.TOTP(t.Context(), ann.ID())
	if !a.Recovery.IsZero() || !errors.Is(errFactor, store.ErrNoRow) {
		t.Errorf("shown as confirmed: code %v, second factor %v", !a.Recovery.IsZero(), errFactor)
	}
	sessions, err1 := r.store.Sessions(t.Context(), ann.ID(), store.Lifetime{})
	tokens, err2 := r.store.Tokens(t.Context(), ann.ID())
	links, err3 := r.store.Links(t.Context(), ann.ID())
	if len(sessions)+len(tokens) > 0 || len(links) != 1 || links[0].ID != link || links[0].Revoked.IsZero() || errors.Join(err1, err2, err3) != nil {
		t.Errorf("goes on: %d sessions, %d tokens, links %+v, %v", len(sessions), len(tokens), links, errors.Join(err1, err2, err3))
	}
	if exits, err := r.store.Exits(t.Context()); err != nil || len(exits) > 0 {
		t.Errorf("%d exits, %v", len(exits), err)
	}
	if offers, err := r.store.AllTransfers(t.Context()); err != nil || len(offers) > 0 {
		t.Errorf("%d offers, %v", len(offers), err)
	}
	g, err := r.store.Grant(t.Context(), other.ID, ann.ID())
	r.must(err)
	told, err := r.store.UnreadNotice(t.Context(), store.Notice{Account: bob.ID(), Kind: store.NoticeUnconfirmed, Camera: other.ID, Detail: fmt.Sprintf(`{"account":%q}`, ann.ID())})
	if !g.Unconfirmed || err != nil {
		t.Errorf("bob's camera: unconfirmed %v, told %+v, %v", g.Unconfirmed, told, err)
	}
	kinds := map[AlteredKind]int{}
	list, err := r.vault.Altered(t.Context())
	r.must(err)
	for _, a := range list {
		kinds[a.Kind]++
	}
	if len(list) != 2 || kinds[AlteredRotated] != 1 || kinds[AlteredTokenEnded] != 1 || list[0].Account != ann.ID() {
		t.Errorf("for the journal: %+v", list)
	}
}
