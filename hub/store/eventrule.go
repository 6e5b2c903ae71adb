package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"lares/cameras/media"
	"lares/cameras/schedule"
)

const (
	selectEventRules query = `SELECT camera, rule, windows FROM event_rule`
	upsertEventRule  query = `INSERT INTO event_rule (camera, rule, windows) VALUES (?, ?, ?)
ON CONFLICT (camera) DO UPDATE SET rule = excluded.rule, windows = excluded.windows`
	deleteEventRule query = `DELETE FROM event_rule WHERE camera = ?`
)

func eventRuleStatements() []query {
	return []query{selectEventRules, upsertEventRule, deleteEventRule}
}

// EventRule says when what is seen or heard at a camera begins an event.
type EventRule struct {
	schedule.Rule
	// Unreadable says that something was said and cannot be told: the rule is always,
	// so that nothing is missed.
	Unreadable bool
}

// CameraRule is a row: the rule of one camera. The zero one is none.
type CameraRule struct {
	Camera media.CameraID
	EventRule
}

// scanEventRule reads a row. One that cannot be meant hides no other.
func scanEventRule(r *sql.Rows, c *CameraRule) error {
	var windows string
	if err := r.Scan(&c.Camera, &c.When, &windows); err != nil {
		return err
	}
	if json.Unmarshal([]byte(windows), &c.Week) != nil || c.Validate() != nil {
		c.EventRule = EventRule{Unreadable: true}
	}
	return nil
}

// EventRules are the rules of all cameras of which something was said.
func (v View) EventRules(ctx context.Context) (map[media.CameraID]CameraRule, error) {
	found, err := all(ctx, v, selectEventRules, nil, scanEventRule)
	if err != nil {
		return nil, err
	}
	rules := make(map[media.CameraID]CameraRule, len(found))
	for _, c := range found {
		rules[c.Camera] = c
	}
	return rules, nil
}

// PutEventRule enters the rule of a camera.
func (t *Tx) PutEventRule(ctx context.Context, camera media.CameraID, r schedule.Rule) error {
	windows, err := json.Marshal(r.Week)
	if err != nil {
		return fmt.Errorf("store: times of events: %w", err)
	}
	_, err = t.exec(ctx, upsertEventRule, camera[:], r.When, string(windows))
	return err
}
