package gate

import (
	"context"
	"errors"
	"slices"

	"lares/cameras/media"
	"lares/cameras/seal"
	"lares/hub/account"
)

// Camera is what a caller may know about a camera.
type Camera struct {
	ID        media.CameraID
	Name      string
	Owner     account.ID
	OwnerName string
	Mine      bool
	Actions   []Action       // in the order of the constants; none while the owner has not confirmed new keys
	Address   string         // of the main stream, without credentials; only with Manage
	Transport string         // of media, as in cameras.Access; only with Manage
	Clips     int64          // recorded clips the caller may see; 0 without History
	Bytes     int64          // their size on disk
	Shared    int            // with how many accounts; 0 unless Mine
	Granted   *Grant         // by what it is shared; nil if Mine, and without names
	Retired   bool           // it was handed over, and its recordings stay with this owner
	Privacy   *Privacy       // when it is off the air; nil without Manage
	EventRule *EventRule     // when events begin there; nil without Manage
	Plan      *RecordingPlan // what is recorded of it; nil without Manage
	Pool      *CameraPool    // where; nil without Manage, and on a hub with one media pool
	Elsewhere []Place        // where it seems to be, and does not answer; of the owner's own, in person
}

// Cameras are the caller's own cameras and those shared with it, by name.
func (g *Gate) Cameras(ctx context.Context, c account.Caller) ([]Camera, error) {
	list, err := g.cameras(ctx, c, media.CameraID{})
	return list, g.answer(err)
}

// Camera is one of Cameras; any action on it suffices. ErrNotFound otherwise, which is
// noted.
func (g *Gate) Camera(ctx context.Context, c account.Caller, id media.CameraID) (Camera, error) {
	if id.IsZero() {
		return Camera{}, ErrNotFound
	}
	list, err := g.cameras(ctx, c, id)
	if err != nil {
		return Camera{}, g.answer(err)
	}
	if len(list) != 1 || list[0].ID != id {
		g.Denied(c, id)
		return Camera{}, ErrNotFound
	}
	return list[0], nil
}

// cameras lists all cameras of a caller, or one.
func (g *Gate) cameras(ctx context.Context, c account.Caller, only media.CameraID) ([]Camera, error) {
	now, err := g.now()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, answerIn)
	defer cancel()
	rows, err := g.visibleCameras(ctx, c, now, only)
	if err != nil {
		return nil, err
	}
	pools := g.cfg.Pools()
	places, err := g.RecordsTo(ctx)
	if err != nil {
		return nil, err
	}
	said, err := g.said(ctx)
	if err != nil {
		return nil, err
	}
	list := make([]Camera, 0, len(rows))
	for _, r := range rows {
		v := Camera{
			ID: r.ID, Name: r.Name, Owner: r.Owner, OwnerName: r.OwnerName, Mine: r.Owner == c.Principal(),
			Actions: named(r.Actions), Clips: r.Clips, Bytes: r.Bytes, Shared: int(r.Shared), Retired: !r.Retired.IsZero(),
		}
		if r.Grant != nil {
			granted := grantOf(*r.Grant)
			v.Granted = &granted
		}
		if v.Mine {
			v.Actions = actions[:]
			if c.Token.IsZero() {
				v.Elsewhere = g.elsewhere(r.ID, c.Account)
			}
		}
		if slices.Contains(v.Actions, Manage) && !v.Retired {
			access, err := g.openAccess(r.Camera)
			if errors.Is(err, seal.ErrCrossed) {
				continue // counted; one row that was tampered with hides no other camera
			}
			if err != nil {
				return nil, err
			}
			v.Address, v.Transport = access.Main, access.Transport
			setting, err1 := g.privacyIn(said.privacies[r.ID], r.ID)
			rule, err2 := g.eventRuleIn(said.rules[r.ID], r.ID)
			since, err3 := g.awayIn(said.aways[r.Owner], r.Owner)
			plan, err4 := g.planIn(said.plans[r.ID], r.ID)
			if err := errors.Join(err1, err2, err3, err4); err != nil {
				return nil, err
			}
			v.Privacy, v.EventRule = privacyAt(setting, now), eventRuleAt(rule, !since.IsZero(), now)
			v.Plan, v.Pool = recordingPlanAt(plan, now), cameraPool(pools, places[r.ID])
			if v.Mine && c.Token.IsZero() {
				away := !since.IsZero()
				v.EventRule.Away = &away
			}
		}
		v.Actions = append([]Action{}, v.Actions...)
		if v.Retired {
			v.Actions = slices.DeleteFunc(v.Actions, Action.needsUse)
		}
		list = append(list, v)
	}
	return list, nil
}
