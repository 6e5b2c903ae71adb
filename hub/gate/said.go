package gate

import (
	"context"
	"time"

	"lares/cameras/fault"
	"lares/cameras/media"
	"lares/cameras/privacy"
	"lares/hub/account"
	"lares/hub/store"
)

// What was said of a camera, and of its owner, is kept in the clear: nothing but the row
// says whose it is. Each is compared where it is used; another's is refused and counted.

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
