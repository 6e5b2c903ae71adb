package gate

import (
	"cmp"
	"context"
	"errors"
	"time"

	"lares/cameras/media"
	"lares/hub/journal"
	"lares/hub/store"
	"lares/recorder"
)

// RecordingPlan is what of a camera is recorded, for who may manage it.
type RecordingPlan struct {
	store.RecordingPlan
	Now   media.Mode // the mode now
	Until time.Time  // when that changes by itself; zero is never
	Clock time.Time  // what the hub's clock shows, in its own time zone: times of the week are of it
}

func recordingPlanAt(p store.RecordingPlan, now time.Time) *RecordingPlan {
	p.Mode, p.Streams = cmp.Or(p.Mode, media.ModeEvents), cmp.Or(p.Streams, media.StreamsMain)
	mode, until := p.At(now)
	return &RecordingPlan{p, mode, until, now}
}

// SetRecordingPlan says what is recorded from now on of the camera of a Manage pass. To have
// its sound recorded from then on takes the action Audio as well. It returns ErrInput for
// what cannot be meant, ErrNotFound, also once the camera was handed over, ErrCrossed or
// ErrUnavailable. Config.Ruled hears of it.
func (g *Gate) SetRecordingPlan(ctx context.Context, p Pass, plan store.RecordingPlan) error {
	if err := plan.Validate(); err != nil || plan.Mode == "" {
		return errors.Join(ErrInput, err)
	}
	unheard := false
	err := g.manage(ctx, p, func(ctx context.Context, tx *store.Tx, row store.Camera, now time.Time) error {
		if err := mayRecordSound(ctx, tx.View, p, plan, now); err != nil {
			unheard = errors.Is(err, ErrNotFound)
			return err
		}
		if err := tx.PutRecordingPlan(ctx, row.ID, plan); err != nil {
			return err
		}
		e := p.entry(journal.RecordingPlan)
		e.Detail = map[string]any{"mode": plan.Mode, "times": len(plan.Week), "sound": plan.Sound, "streams": cmp.Or(plan.Streams, media.StreamsMain)}
		return g.cfg.Journal.Due(ctx, tx, e)
	})
	if unheard {
		g.cfg.Journal.Denied(p.view(journal.Denied, p.camera, media.ClipID{}))
	}
	if err != nil {
		return err
	}
	g.cfg.Ruled()
	return nil
}

// mayRecordSound asks for the action Audio where a plan is to begin with sound; who may
// manage a camera that is recorded with it says everything else.
func mayRecordSound(ctx context.Context, rows store.View, p Pass, plan store.RecordingPlan, now time.Time) error {
	if !plan.Sound {
		return nil
	}
	was, err := rows.RecordingPlans(ctx)
	if err != nil || was[p.camera].Sound {
		return err
	}
	p.action = Audio
	return stands(ctx, rows, p, now)
}

// Plans says of each camera in use what is recorded of it now, and when that first
// changes by itself at one; the zero time is never. By a clock that cannot be right
// all is recorded that is to be at some time.
func (g *Gate) Plans(ctx context.Context) (plans map[media.CameraID]recorder.Plan, next time.Time, err error) {
	rows, err := g.cfg.Store.Cameras(ctx)
	if err != nil {
		return nil, next, g.answer(err)
	}
	said, err := g.cfg.Store.RecordingPlans(ctx)
	if err != nil {
		return nil, next, g.answer(err)
	}
	now, wrong := g.now()
	plans = make(map[media.CameraID]recorder.Plan, len(rows))
	for _, r := range rows {
		p, crossed := g.planIn(said[r.ID], r.ID)
		if p.Unreadable || crossed != nil {
			g.cfg.Log.Error("what is to be recorded of a camera cannot be read: events are, without sound", "camera", r.ID)
		}
		mode, change := p.At(now)
		if wrong != nil {
			mode = p.Most()
		}
		plans[r.ID] = recorder.Plan{Mode: mode, Streams: p.Streams, Silent: !p.Sound, Rolls: p.Rolls}
		if !change.IsZero() && (next.IsZero() || change.Before(next)) {
			next = change
		}
	}
	return plans, next, nil
}
