package gate

import (
	"testing"
	"time"

	"lares/hub/journal"
)

// TestJournalOfAnEditedGrant: a grant from now that is edited still reaches what it
// reached, and its row says so: the check finds nothing. The row of the pictures of a
// page says when the first of what they show began.
func TestJournalOfAnEditedGrant(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	list := r.told()
	ann, bob := r.person("ann"), r.person("bob")
	cam := r.camera(ann, "front")
	grant := func(a ...Action) {
		r.must(r.Grant(t.Context(), ann, GrantRequest{Camera: cam, Account: bob.Account, Actions: a}))
	}
	began := r.clock.Now()
	grant(Live, History)
	r.clock.Advance(time.Hour)
	clip, _ := r.record(cam)
	shot := r.clock.Now()
	r.clock.Advance(time.Hour)
	grant(Live, History, Star)
	r.clock.Advance(time.Hour)
	_, err := r.play(bob, cam, clip, FragmentPart(0))
	r.must(err)
	if got := r.page(bob, r.found, clip); len(got) != 1 {
		t.Fatalf("%d pictures", len(got))
	}
	said := map[journal.Kind]any{}
	for _, e := range list(ann) {
		switch e.Kind {
		case journal.Granted:
			said[e.Kind] = e.Detail["history_from"]
		case journal.Thumbnails:
			said[e.Kind] = e.Detail["start"]
		}
	}
	if said[journal.Granted] != began.UTC().Format(journal.TimeFormat) || said[journal.Thumbnails] != shot.UTC().Format(journal.TimeFormat) {
		t.Errorf("the journal says %v", said)
	}
	c, err := r.cfg.Journal.Check(t.Context(), journal.CheckQuery{Since: began, Until: r.clock.Now()})
	r.must(err)
	if c.Deliveries != 2 || len(c.WithoutGrant) != 0 {
		t.Errorf("%d deliveries, found %+v", c.Deliveries, c.WithoutGrant)
	}
}
