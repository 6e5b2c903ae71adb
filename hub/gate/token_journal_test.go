package gate

import (
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"lares/cameras/media"
	"lares/hub/account"
	"lares/hub/journal"
)

// told opens a journal for the rig's gate; what it says is listed for the owner,
// oldest first.
func (r *rig) told() (list func(account.Caller) []journal.Entry) {
	r.t.Helper()
	j, err := journal.Open(r.t.Context(), journal.Config{
		Store: r.store, Vault: r.vault, Clock: r.clock, Log: discard(), Heads: filepath.Join(r.dir, journal.FileName),
	})
	r.must(err)
	r.t.Cleanup(func() { r.must(j.Close()) })
	r.Gate.cfg.Journal = j
	return func(c account.Caller) []journal.Entry {
		r.t.Helper()
		r.clock.Advance(time.Minute) // views end when they are idle
		r.must(j.Flush(r.t.Context()))
		page, err := j.List(r.t.Context(), journal.Query{Account: c.Account, Limit: journal.MaxPage})
		r.must(err)
		slices.Reverse(page.Entries)
		return page.Entries
	}
}

// TestJournalOfTokensAndLinks: the owner reads what programs and guests got, by
// which of them, from where, and who let them in.
func TestJournalOfTokensAndLinks(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	list := r.told()
	ann, bob := r.person("ann"), r.person("bob")
	cam := r.camera(ann, "front")
	clip, _ := r.record(cam)
	r.must(r.Grant(t.Context(), ann, GrantRequest{Camera: cam, Account: bob.Account, Actions: []Action{History, GuestLinks}, History: FromStart}))
	tok, _ := r.token(ann, TokenGrant{cam, []Action{History}, FromStart})
	played, err := r.play(tok, cam, clip, FragmentPart(0))
	r.must(err)
	l, secret := r.link(bob, clip, 1)
	v := r.visit(secret)
	seen, err := r.look(v, FragmentPart(0))
	r.must(err)
	r.must(r.EndToken(t.Context(), ann, tok.Token))
	_, err = r.EndLink(t.Context(), ann, l.ID)
	r.must(err)

	var got []string
	for _, e := range list(ann) {
		if e.Camera == cam && e.Kind != journal.Granted {
			got = append(got, fmt.Sprintf("%s by %v via %s %v, object %v, %d bytes, %s", e.Kind, e.Account, e.Via, media.ClipID(e.Session), media.ClipID(e.Object), e.Bytes, e.Place))
		}
	}
	nobody := account.ID{}
	for _, want := range []string{
		fmt.Sprintf("token-made by %v via session %v, object %v, 0 bytes, ", ann.Account, ann.Session, tok.Token),
		fmt.Sprintf("clip-end by %v via token %v, object %v, %d bytes, ", ann.Account, tok.Token, clip, len(played)),
		fmt.Sprintf("link-made by %v via session %v, object %v, 0 bytes, ", bob.Account, bob.Session, l.ID),
		fmt.Sprintf("guest by %v via guest %v, object %v, 0 bytes, 192.0.2.9", nobody, v.Guest.ID, clip),
		fmt.Sprintf("guest-end by %v via guest %v, object %v, %d bytes, 192.0.2.9", nobody, v.Guest.ID, clip, len(seen)),
		fmt.Sprintf("token-ended by %v via session %v, object %v, 0 bytes, ", ann.Account, ann.Session, tok.Token),
		fmt.Sprintf("link-ended by %v via session %v, object %v, 0 bytes, ", ann.Account, ann.Session, l.ID),
	} {
		if !slices.Contains(got, want) {
			t.Errorf("the journal lacks %q", want)
		}
	}
	if t.Failed() {
		for _, line := range got {
			t.Log(line)
		}
	}
}

// TestTokenHistoryIsNoted: the journal says how far back a token sees, also where nobody
// said it.
func TestTokenHistoryIsNoted(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	list := r.told()
	ann := r.person("ann")
	a := r.camera(ann, "a")
	for given, want := range map[HistoryFrom]HistoryFrom{"": FromNow, FromNow: FromNow, FromStart: FromStart} {
		id, _, err := r.MakeToken(t.Context(), ann, TokenRequest{Name: "t", Cameras: []TokenGrant{{a, []Action{History}, given}}})
		r.must(err)
		rows := list(ann)
		if i := slices.IndexFunc(rows, func(e journal.Entry) bool { return e.Object == id }); i < 0 || rows[i].Detail["history"] != string(want) {
			t.Errorf("%q: %+v", given, rows)
		}
	}
}
