package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"lares/cameras/media"
	"lares/cameras/schedule"
	"lares/recorder"
)

const (
	selectRecordingPlans query = `SELECT camera, mode, windows, sound, rolls, streams FROM recording_plan`
	upsertRecordingPlan  query = `INSERT INTO recording_plan (camera, mode, windows, sound, rolls, streams) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (camera) DO UPDATE SET mode = excluded.mode, windows = excluded.windows, sound = excluded.sound, rolls = excluded.rolls, streams = excluded.streams`
	deleteRecordingPlan query = `DELETE FROM recording_plan WHERE camera = ?`
)

func recordingPlanStatements() []query {
	return []query{selectRecordingPlans, upsertRecordingPlan, deleteRecordingPlan}
}

// RecordingPlan says what of a camera is recorded. The zero plan is that of a camera of
// which nothing was said: events, without sound.
type RecordingPlan struct {
	schedule.Modes
	Streams media.Streams // "" is the main one
	Sound   bool          // is recorded with the pictures
	Rolls   recorder.Rolls
	// Unreadable says that something was said and cannot be told: it is the zero plan, so
	// that no event is missed and nobody is heard who should not be.
	Unreadable bool
}

var errStreams = errors.New("store: no such streams to record")

// Validate refuses what cannot be meant.
func (p RecordingPlan) Validate() error {
	if err := p.Modes.Validate(); err != nil {
		return err
	}
	if p.Streams != "" && !p.Streams.Valid() {
		return errStreams
	}
	return p.Rolls.Validate()
}

// CameraPlan is a row: the plan of one camera. The zero one is none.
type CameraPlan struct {
	Camera media.CameraID
	RecordingPlan
}

// scanRecordingPlan reads a row. One that cannot be meant hides no other.
func scanRecordingPlan(r *sql.Rows, c *CameraPlan) error {
	var windows, rolls string
	p := &c.RecordingPlan
	if err := r.Scan(&c.Camera, &p.Mode, &windows, &p.Sound, &rolls, &p.Streams); err != nil {
		return err
	}
	if json.Unmarshal([]byte(windows), &p.Week) != nil || json.Unmarshal([]byte(rolls), &p.Rolls) != nil || p.Validate() != nil {
		*p = RecordingPlan{Unreadable: true}
	}
	return nil
}

// RecordingPlans are the plans of all cameras of which something was said.
func (v View) RecordingPlans(ctx context.Context) (map[media.CameraID]CameraPlan, error) {
	found, err := all(ctx, v, selectRecordingPlans, nil, scanRecordingPlan)
	if err != nil {
		return nil, err
	}
	plans := make(map[media.CameraID]CameraPlan, len(found))
	for _, c := range found {
		plans[c.Camera] = c
	}
	return plans, nil
}

// PutRecordingPlan enters the plan of a camera.
func (t *Tx) PutRecordingPlan(ctx context.Context, camera media.CameraID, p RecordingPlan) error {
	windows, err := json.Marshal(p.Week)
	if err != nil {
		return fmt.Errorf("store: times of recording: %w", err)
	}
	rolls, err := json.Marshal(p.Rolls)
	if err != nil {
		return fmt.Errorf("store: times before and after events: %w", err)
	}
	_, err = t.exec(ctx, upsertRecordingPlan, camera[:], string(p.Mode), string(windows), p.Sound, string(rolls), cmp.Or(p.Streams, media.StreamsMain))
	return err
}
