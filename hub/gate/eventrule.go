package gate

import (
	"context"
	"errors"
	"time"

	"lares/cameras/media"
	"lares/cameras/schedule"
	"lares/hub/journal"
	"lares/hub/store"
)

// EventRule is when what is seen or heard at a camera begins an event, for who may
// manage it.
type EventRule struct {
	store.EventRule
	Away  *bool     // its owner is; nil but for them, in person
	Armed bool      // events begin now
	Until time.Time // when that changes by itself; zero is never
	Clock time.Time // what the hub's clock shows, in its own time zone: times of the week are of it
}

func eventRuleAt(r store.EventRule, away bool, now time.Time) *EventRule {
	armed, until := r.At(now, away)
	return &EventRule{r, nil, armed, until, now}
}

// SetEventRule says when events begin from now on at the camera of a Manage pass. It
// returns ErrInput for what cannot be meant, ErrNotFound, also once the camera was handed
// over, ErrCrossed or ErrUnavailable. Config.Ruled hears of it.
func (g *Gate) SetEventRule(ctx context.Context, p Pass, r schedule.Rule) error {
	if err := r.Validate(); err != nil || r.When == "" {
		return errors.Join(ErrInput, err)
	}
	err := g.manage(ctx, p, func(ctx context.Context, tx *store.Tx, row store.Camera, _ time.Time) error {
		if err := tx.PutEventRule(ctx, row.ID, r); err != nil {
			return err
		}
		e := p.entry(journal.EventRule)
		e.Detail = map[string]any{"when": r.When, "times": len(r.Week)}
		return g.cfg.Journal.Due(ctx, tx, e)
	})
	if err != nil {
		return err
	}
	g.cfg.Ruled()
	return nil
}

// Armed says of each camera in use whether events begin there now, and when that first
// changes by itself at one; the zero time is never. Where it cannot be told they do: a
// rule that is not read, or is by a clock that cannot be right, keeps nothing out.
func (g *Gate) Armed(ctx context.Context) (armed map[media.CameraID]bool, next time.Time, err error) {
	rows, err := g.cfg.Store.Cameras(ctx)
	if err != nil {
		return nil, next, g.answer(err)
	}
	rules, err := g.cfg.Store.EventRules(ctx)
	if err != nil {
		return nil, next, g.answer(err)
	}
	aways, err := g.cfg.Store.Aways(ctx)
	if err != nil {
		return nil, next, g.answer(err)
	}
	now, wrong := g.now()
	armed = make(map[media.CameraID]bool, len(rows))
	for _, r := range rows {
		rule, err1 := g.eventRuleIn(rules[r.ID], r.ID)
		since, err2 := g.awayIn(aways[r.Owner], r.Owner)
		crossed := errors.Join(err1, err2)
		if rule.Unreadable || crossed != nil {
			g.cfg.Log.Error("a camera's rule of events cannot be read: they begin at any time", "camera", r.ID)
		}
		on, change := rule.At(now, !since.IsZero())
		armed[r.ID] = on || crossed != nil || wrong != nil && len(rule.Week) > 0
		if !change.IsZero() && (next.IsZero() || change.Before(next)) {
			next = change
		}
	}
	return armed, next, nil
}
