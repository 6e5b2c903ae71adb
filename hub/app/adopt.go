package app

import (
	"bytes"
	"cmp"
	"context"
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
	// adoptAtOnce rows, and what else is of their last event, are one transaction.
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
	cameras, err := h.store.AllCameras(ctx)
	if err != nil {
		return adopted{}, err
	}
	a := adopting{h: h, known: map[media.CameraID]bool{}}
	for _, c := range cameras {
		a.known[c.ID] = true
	}
	a.found.foreign, err = recorder.Survey(ctx, h.pools, h.vault.Signers(), func(row recorder.ClipRow) error { return a.take(ctx, row) })
	if err == nil {
		err = a.list(ctx, false)
	}
	if err != nil {
		return a.found, fmt.Errorf("app: looking through the recordings: %w", err)
	}
	return a.found, nil
}

// adopting lists what a survey finds, which goes from folder to folder: a month of a camera in a
// pool, so that no more than that is in memory of however many. An event whose parts lie in two pools becomes two.
type adopting struct {
	h     *house
	known map[media.CameraID]bool
	found adopted
	of    cameraMonth
	rows  []recorder.ClipRow // not listed yet
}

type cameraMonth struct {
	pool   int
	camera media.CameraID
	year   int
	month  time.Month
}

func (a *adopting) take(ctx context.Context, row recorder.ClipRow) error {
	of := cameraMonth{pool: row.Pool, camera: row.Camera}
	of.year, of.month, _ = row.Start.UTC().Date()
	if of != a.of {
		if err := a.list(ctx, of.pool == a.of.pool && of.camera == a.of.camera); err != nil {
			return err
		}
	}
	a.of, a.rows = of, append(a.rows, row)
	return nil
}

// list lists what was found of a folder, but for the last event where another month follows, in which that may go on.
func (a *adopting) list(ctx context.Context, follows bool) error {
	rows, err := a.unlisted(ctx)
	if err != nil {
		return err
	}
	a.rows = nil
	events := group(rows)
	if last := len(events) - 1; follows && last >= 0 {
		goesOn := func(r recorder.ClipRow) bool { return r.Event == events[last].Event }
		a.rows = slices.DeleteFunc(slices.Clone(rows), func(r recorder.ClipRow) bool { return !goesOn(r) })
		rows, events = slices.DeleteFunc(rows, goesOn), events[:last]
	}
	a.found.clips, a.found.events = a.found.clips+len(rows), a.found.events+len(events)
	for _, r := range rows {
		if r.State == recorder.StateDamaged {
			a.found.damaged++
		}
	}
	return a.h.list(ctx, rows, events)
}

// unlisted are those of the rows that the database does not have, of cameras that it knows.
func (a *adopting) unlisted(ctx context.Context) (rows []recorder.ClipRow, err error) {
	for some := range slices.Chunk(a.rows, adoptAtOnce) {
		ids := make([]media.ClipID, len(some))
		for i, r := range some {
			ids[i] = r.Clip
		}
		listed, err := a.h.store.ListedClips(ctx, ids)
		if err != nil {
			return nil, err
		}
		for _, r := range some {
			switch {
			case listed[r.Clip]:
			case !a.known[r.Camera]:
				a.found.homeless++
			default:
				rows = append(rows, r)
			}
		}
	}
	return rows, nil
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

// list enters rows, sorted, with their events: an event and its clips in one transaction, so that a
// repair that is cut off leaves none without the other.
func (h *house) list(ctx context.Context, rows []recorder.ClipRow, events []recorder.EventRow) error {
	put := func(events []recorder.EventRow, rows []recorder.ClipRow) error {
		return h.store.Update(ctx, func(tx *store.Tx) error {
			if err := tx.AddFoundEvents(ctx, events); err != nil {
				return err
			}
			return tx.AddFoundClips(ctx, rows)
		})
	}
	isStretch := func(r recorder.ClipRow) bool { return r.Stretch }
	stretches := slices.DeleteFunc(slices.Clone(rows), func(r recorder.ClipRow) bool { return !isStretch(r) })
	rows = slices.DeleteFunc(rows, isStretch)
	for len(rows) > 0 {
		clips, whole := 0, 0
		for clips < len(rows) && (rows[clips].Part > 0 || clips < adoptAtOnce) {
			if rows[clips].Part == 0 {
				whole++
			}
			clips++
		}
		if err := put(events[:whole], rows[:clips]); err != nil {
			return err
		}
		rows, events = rows[clips:], events[whole:]
	}
	for some := range slices.Chunk(stretches, adoptAtOnce) {
		if err := put(nil, some); err != nil {
			return err
		}
	}
	return nil
}
