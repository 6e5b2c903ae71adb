package gate

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"lares/cameras/media"
	"lares/cameras/schedule"
	"lares/hub/journal"
)

// TestEventRule: who may manage a camera says when events begin there, by whether its
// owner is away and by the week; everybody else sees and says nothing of that.
func TestEventRule(t *testing.T) {
	r := newRig(t)
	list := r.told()
	ctx := t.Context()
	ann, bob, eve := r.person("ann"), r.person("bob"), r.person("eve")
	door, yard := r.camera(ann, "door"), r.camera(bob, "yard")
	r.must(r.Grant(ctx, ann, GrantRequest{Camera: door, Account: bob.Account, Actions: []Action{Live, Manage}}))
	r.must(r.Grant(ctx, ann, GrantRequest{Camera: door, Account: eve.Account, Actions: []Action{Live, History}}))
	ruled := 0
	r.Gate.cfg.Ruled = func() { ruled++ }
	is := func(armed bool, until time.Time) {
		t.Helper()
		all, next, err := r.Armed(ctx)
		r.must(err)
		if len(all) != 2 || all[door] != armed || !all[yard] || !next.Equal(until) {
			t.Errorf("%v until %v, want %v until %v", all, next, armed, until)
		}
		c, err := r.Camera(ctx, bob, door)
		r.must(err)
		if e := c.EventRule; e == nil || e.Armed != armed || !e.Until.Equal(until) {
			t.Errorf("who manages it is told %+v", e)
		}
	}
	is(true, time.Time{})
	p := r.pass(bob, door, Manage)
	r.must(r.SetEventRule(ctx, p, schedule.Rule{When: schedule.Away}))
	is(false, time.Time{})
	if c, err := r.Camera(ctx, eve, door); err != nil || c.EventRule != nil {
		t.Errorf("who only looks is told %+v, %v", c.EventRule, err)
	}
	r.must(r.SetAway(ctx, bob, true)) // whose camera it is not
	is(false, time.Time{})
	r.must(r.SetAway(ctx, ann, true))
	is(true, time.Time{})
	r.must(r.SetAway(ctx, ann, false))
	now := r.clock.Now()
	from := now.Add(time.Minute).Truncate(time.Minute)
	minutes := func(t time.Time) int { return t.Hour()*60 + t.Minute() }
	to := from.Add(time.Hour)
	hour := schedule.Week{{Days: []time.Weekday{from.Weekday()}, From: minutes(from), To: minutes(to)}}
	for _, when := range []schedule.When{schedule.Away, schedule.Weekly} {
		r.must(r.SetEventRule(ctx, p, schedule.Rule{When: when, Week: hour}))
		is(false, from)
	}
	r.clock.Advance(from.Sub(now))
	is(true, to)
	r.clock.Advance(to.Sub(from))
	is(false, from.AddDate(0, 0, 7))

	for name, bad := range map[string]schedule.Rule{"nothing": {}, "no such rule": {When: "never"}, "never": {When: schedule.Weekly}, "a time without a day": {When: schedule.Away, Week: schedule.Week{{From: 1}}}} {
		if err := r.SetEventRule(ctx, p, bad); !errors.Is(err, ErrInput) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := r.SetEventRule(ctx, r.pass(eve, door, Live), schedule.Rule{When: schedule.Always}); !errors.Is(err, ErrCrossed) {
		t.Errorf("with a pass to look: %v", err)
	}
	r.must(r.Revoke(ctx, ann, door, bob.Account))
	if err := r.SetEventRule(ctx, p, schedule.Rule{When: schedule.Always}); !errors.Is(err, ErrNotFound) {
		t.Errorf("whose right is over: %v", err)
	}
	if armed, _, err := r.Armed(ctx); err != nil || armed[door] || ruled != 6 {
		t.Errorf("armed %v, %v; heard of %d changes", armed[door], err, ruled)
	}
	var told []string
	for _, e := range list(ann) {
		if e.Kind == journal.EventRule {
			told = append(told, fmt.Sprint(e.Camera == door, e.Account == bob.Account, e.Detail))
		}
	}
	if want := []string{"true true map[times:0 when:away]", "true true map[times:1 when:away]", "true true map[times:1 when:weekly]"}; !slices.Equal(told, want) {
		t.Errorf("the journal tells %q", told)
	}
}

// TestEventRuleInDoubt: where it cannot be told when events begin they begin: by a row
// that is damaged or is another camera's, and with a clock that cannot be right. What
// hangs on no clock holds.
func TestEventRuleInDoubt(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	ann := r.person("ann")
	week := schedule.Week{{Days: []time.Weekday{(r.clock.Now().Weekday() + 3) % 7}, From: 60, To: 120}}
	rules := map[string]schedule.Rule{"weekly": {When: schedule.Weekly, Week: week}, "both": {When: schedule.Away, Week: week}, "away": {When: schedule.Away}}
	ids := map[string]media.CameraID{}
	for name, rule := range rules {
		ids[name] = r.camera(ann, name)
		r.must(r.SetEventRule(ctx, r.pass(ann, ids[name], Manage), rule))
	}
	are := func(what string, weekly, both, away bool) {
		t.Helper()
		armed, _, err := r.Armed(ctx)
		r.must(err)
		if armed[ids["weekly"]] != weekly || armed[ids["both"]] != both || armed[ids["away"]] != away {
			t.Errorf("%s: %v of %v", what, armed, ids)
		}
	}
	are("as was said", false, false, false)
	r.clock.Advance(-24 * time.Hour)
	are("a clock that cannot be right", true, true, false)
	r.clock.Advance(24 * time.Hour)
	are("a clock that is right again", false, false, false)
	weekly := ids["weekly"]
	r.sql("UPDATE event_rule SET windows = 'x' WHERE camera = ?", weekly[:])
	are("a damaged row", true, false, false)
	if c, err := r.Camera(ctx, ann, weekly); err != nil || !c.EventRule.Unreadable || !c.EventRule.Armed {
		t.Errorf("its owner is told %+v, %v", c.EventRule, err)
	}
}

// TestEventRuleHandedOver: events begin at any time for who takes a camera over, until
// they say otherwise.
func TestEventRuleHandedOver(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	ann, bob := r.person("ann"), r.person("bob")
	cam := r.camera(ann, "door")
	rule := schedule.Rule{When: schedule.Away}
	r.must(r.SetEventRule(ctx, r.pass(ann, cam, Manage), rule))
	offer, err := r.Offer(ctx, ann, cam, bob.Account, false)
	r.must(err)
	id, err := r.Accept(ctx, bob, offer.ID)
	r.must(err)
	if armed, _, err := r.Armed(ctx); err != nil || len(armed) != 1 || !armed[id] {
		t.Errorf("armed %v, %v", armed, err)
	}
	if c, err := r.Camera(ctx, bob, id); err != nil || c.EventRule.When != "" {
		t.Errorf("the taker is told %+v, %v", c.EventRule, err)
	}
	if err := r.SetEventRule(ctx, r.pass(ann, cam, Manage), rule); !errors.Is(err, ErrNotFound) {
		t.Errorf("said of what was given away: %v", err)
	}
	if left, err := r.store.EventRules(ctx); err != nil || len(left) != 0 {
		t.Errorf("%d left, %v", len(left), err)
	}
}
