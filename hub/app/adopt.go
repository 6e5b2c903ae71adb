package app

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"lares/cameras/media"
	"lares/hub/store"
	"lares/recorder"
)

const (
	// partGap is the longest pause between two parts of one event: after an
	// outage a camera is read with a pre-roll that long (recorder/DESIGN.md).
	partGap = preRoll + time.Second
	// adoptAtOnce rows are one transaction.
	adoptAtOnce = 500
)

// adopted says what was found on the disk and is listed again.
type adopted struct {
	clips, events, damaged int
	homeless               int // clips of cameras that the database does not know
	foreign                int // files that no hub of this one's signed
}

// adopt lists the clip files that the database does not list. What an event
// was called, and what began it, is sealed in its clips: each group of clips
// becomes one event of motion. Stretches say that they are, and are none.
func (h *house) adopt(ctx context.Context) (adopted, error) {
	var found adopted
	cameras, err := h.store.AllCameras(ctx)
	if err != nil {
		return found, err
	}
	known := map[media.CameraID][]recorder.ClipRow{}
	for _, c := range cameras {
		known[c.ID] = nil
	}
	found.foreign, err = recorder.Survey(ctx, h.pools, h.vault.Signers(), func(row recorder.ClipRow) error {
		_, err := h.store.Clip(ctx, row.Clip)
		if !errors.Is(err, store.ErrNoRow) {
			return err
		}
		if _, ok := known[row.Camera]; !ok {
			found.homeless++
			return nil
		}
		known[row.Camera] = append(known[row.Camera], row)
		return nil
	})
	if err != nil {
		return found, fmt.Errorf("app: looking through the recordings: %w", err)
	}
	for _, rows := range known {
		events := group(rows)
		found.clips, found.events = found.clips+len(rows), found.events+len(events)
		for _, r := range rows {
			if r.State == recorder.StateDamaged {
				found.damaged++
			}
		}
		if err := h.list(ctx, rows, events); err != nil {
			return found, err
		}
	}
	return found, nil
}

// group sorts a camera's clips and gives those that follow each other one event.
func group(rows []recorder.ClipRow) (events []recorder.EventRow) {
	slices.SortFunc(rows, func(a, b recorder.ClipRow) int {
		return cmp.Or(a.Start.Compare(b.Start), bytes.Compare(a.Clip[:], b.Clip[:]))
	})
	part := 0
	for i := range rows {
		r := &rows[i]
		if r.Stretch {
			r.Event = media.NewEventID()
			continue
		}
		end := r.Start.Add(r.Duration)
		if n := len(events); n > 0 && r.Start.Sub(events[n-1].End) <= partGap {
			e := &events[n-1]
			part++
			r.Event, r.Part = e.Event, part
			if end.After(e.End) {
				e.End = end
			}
			continue
		}
		part = 0
		r.Event = media.NewEventID()
		events = append(events, recorder.EventRow{Event: r.Event, Camera: r.Camera, Kind: media.KindMotion, Start: r.Start, End: end})
	}
	return events
}

func (h *house) list(ctx context.Context, rows []recorder.ClipRow, events []recorder.EventRow) error {
	for chunk := range slices.Chunk(events, adoptAtOnce) {
		if err := h.store.Update(ctx, func(tx *store.Tx) error { return tx.AddFoundEvents(ctx, chunk) }); err != nil {
			return err
		}
	}
	for chunk := range slices.Chunk(rows, adoptAtOnce) {
		if err := h.store.Update(ctx, func(tx *store.Tx) error { return tx.AddFoundClips(ctx, chunk) }); err != nil {
			return err
		}
	}
	return nil
}
