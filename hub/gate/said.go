package gate

import (
	"context"
	"errors"
	"sync"
	"time"

	"lares/cameras/fault"
	"lares/cameras/media"
	"lares/cameras/privacy"
	"lares/hub/account"
	"lares/hub/store"
)

// What was said of a camera, and of its owner, is kept in the clear: nothing but the row
// says whose it is. Each is compared where it is used; another's is refused and counted.

// said is what was said of all cameras and of their owners.
type said struct {
	privacies map[media.CameraID]store.CameraPrivacy
	rules     map[media.CameraID]store.CameraRule
	plans     map[media.CameraID]store.CameraPlan
	aways     map[store.AccountID]store.Away
}

// said looks all of it up at once: one after the other is too late where the database is slow.
func (g *Gate) said(ctx context.Context) (s said, err error) {
	var asking sync.WaitGroup
	var failed [4]error
	asking.Go(func() { s.privacies, failed[0] = g.cfg.Store.Privacies(ctx) })
	asking.Go(func() { s.rules, failed[1] = g.cfg.Store.EventRules(ctx) })
	asking.Go(func() { s.plans, failed[2] = g.cfg.Store.RecordingPlans(ctx) })
	asking.Go(func() { s.aways, failed[3] = g.cfg.Store.Aways(ctx) })
	asking.Wait()
	return s, errors.Join(failed[:]...)
}

// privacyOf looks up what is wanted of a camera.
func (g *Gate) privacyOf(ctx context.Context, rows store.View, id media.CameraID) (privacy.Setting, error) {
	row, err := rows.Privacy(ctx, id)
	if err != nil {
		return privacy.Setting{}, err
	}
	return g.privacyIn(row, id)
}

// privacyIn is what a row wants of a camera; a zero row wants nothing.
func (g *Gate) privacyIn(row store.CameraPrivacy, id media.CameraID) (privacy.Setting, error) {
	if fault.On {
		row = fault.SwapIf(fault.PrivacyRow, id.String(), row, func(r store.CameraPrivacy) bool { return !r.Camera.IsZero() })
	}
	if !row.Camera.IsZero() && row.Camera != id {
		return privacy.Setting{}, g.crossing(fault.PrivacyRow, row.Camera, account.ID{})
	}
	return row.Setting, nil
}

// eventRuleIn is what a row says of a camera; a zero row says nothing.
func (g *Gate) eventRuleIn(row store.CameraRule, id media.CameraID) (store.EventRule, error) {
	if fault.On {
		row = fault.SwapIf(fault.EventRuleRow, id.String(), row, func(r store.CameraRule) bool { return !r.Camera.IsZero() })
	}
	if !row.Camera.IsZero() && row.Camera != id {
		return store.EventRule{}, g.crossing(fault.EventRuleRow, row.Camera, account.ID{})
	}
	return row.EventRule, nil
}

// planIn is what a row says is recorded of a camera; a zero row says nothing.
func (g *Gate) planIn(row store.CameraPlan, id media.CameraID) (store.RecordingPlan, error) {
	if fault.On {
		row = fault.SwapIf(fault.RecordingPlanRow, id.String(), row, func(r store.CameraPlan) bool { return !r.Camera.IsZero() })
	}
	if !row.Camera.IsZero() && row.Camera != id {
		return store.RecordingPlan{}, g.crossing(fault.RecordingPlanRow, row.Camera, account.ID{})
	}
	return row.RecordingPlan, nil
}

// awayIn is since when a row has an account away; the zero time, as of a zero row, is at
// home.
func (g *Gate) awayIn(row store.Away, who account.ID) (since time.Time, err error) {
	if fault.On {
		row = fault.SwapIf(fault.AwayRow, who.String(), row, func(r store.Away) bool { return !r.Account.IsZero() })
	}
	if !row.Account.IsZero() && row.Account != who {
		return time.Time{}, g.crossedOwner(fault.AwayRow, row.Account)
	}
	return row.Since, nil
}
