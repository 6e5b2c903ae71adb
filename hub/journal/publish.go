package journal

import (
	"context"
	"fmt"
	"time"

	"lares/hub/store"
)

// Publish tells every account on its page what a check found: whether it is
// concerned or not. by is who ran it; zero is the console.
func (j *Journal) Publish(ctx context.Context, c Check, by Entry) error {
	by.Kind, by.Count = Incident, int64(len(c.WithoutGrant))
	by.Detail = map[string]any{"since": stamp(c.Since), "until": stamp(c.Until), "verified": c.Report.OK(), "refused": c.Crossed()}
	err := j.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		people, err := tx.People(ctx)
		if err != nil {
			return err
		}
		for _, id := range people {
			n := Notice{Account: id, At: j.cfg.Clock.Now(), Kind: NoticeNotAffected, Detail: map[string]any{
				"since": stamp(c.Since), "until": stamp(c.Until), "refused": c.Crossed(), "verified": c.Report.OK(),
			}}
			if c.Affected(id) {
				n.Kind = NoticeAffected
				n.Detail["deliveries"] = len(c.Of(id).WithoutGrant)
			}
			if err := tell(ctx, tx, n); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("journal: telling the accounts: %w", err)
	}
	return j.Put(ctx, by)
}

func stamp(t time.Time) string { return t.UTC().Format(TimeFormat) }

// TimeFormat is how a detail writes a time, in UTC.
const TimeFormat = "2006-01-02T15:04:05.000Z"
