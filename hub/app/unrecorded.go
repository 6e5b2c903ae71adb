package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"lares/cameras"
	"lares/cameras/media"
	"lares/hub/journal"
	"lares/hub/store"
	"lares/recorder"
)

// unrecordedAfter is how long nothing of a camera may reach the disk although it is to be
// recorded, before its owner is told: it takes longer than a start of the camera, and is half
// of what the worst of recorders loses by itself.
const unrecordedAfter = 30 * time.Second

// sayAgain is how often the log says that nobody can be told: it may lie on the same full disk.
const sayAgain = time.Minute

// unrecorded is one thing to be told: a camera that is to be recorded and is not, or is again.
type unrecorded struct {
	camera media.CameraID
	cause  recorder.GapCause
	partly bool // several gaps, however short
	since  time.Time
	back   bool
	quiet  bool // nothing is missed any more, and nobody told
}

// lookRecording compares how cameras are recorded with what was told. That a camera brings no
// pictures is told as an outage; that one is off the air, or a hub that has just begun, is
// nothing to tell. Where the disk takes nothing that is told though nothing is to be recorded
// at the moment; refused remembers it. That a camera comes and goes is for flapping.
func lookRecording(all map[media.CameraID]recorder.Status, away map[media.CameraID]bool, known map[media.CameraID]time.Time, refused map[media.CameraID]bool, now time.Time) (news []unrecorded) {
	for id, s := range all {
		since, isKnown := known[id]
		if s.Often == recorder.GapCamera {
			s.Often = ""
		}
		gap := s.Gap
		if gap.Cause == recorder.GapHub || gap.Cause == recorder.GapPrivacy {
			gap = recorder.Gap{}
		}
		was := refused[id]
		if delete(refused, id); s.Refused {
			refused[id] = true
		}
		switch {
		case isKnown && (s.Refused || !s.Due && !gap.From.IsZero()):
		case isKnown && s.Ready:
			news = append(news, unrecorded{camera: id, since: since, back: true})
		case isKnown && was && !s.Due:
			news = append(news, unrecorded{camera: id, since: since, back: true})
		case isKnown && !s.Due:
			news = append(news, unrecorded{camera: id, since: since, back: true, quiet: true})
		case isKnown:
			if gap.From.IsZero() && s.Often == "" && s.Durable.After(since) {
				news = append(news, unrecorded{camera: id, since: since, back: true})
			}
		case s.Refused && s.RefusedFor >= diskAfter:
			news = append(news, unrecorded{camera: id, cause: recorder.GapDisk, since: now.Add(-s.RefusedFor)})
		case gap.Cause == recorder.GapCamera && away[id]:
		case !gap.From.IsZero() && now.Sub(gap.From) >= unrecordedAfter:
			news = append(news, unrecorded{camera: id, cause: gap.Cause, since: gap.From})
		case s.Often != "":
			news = append(news, unrecorded{camera: id, cause: s.Often, since: now, partly: true})
		}
	}
	return news
}

// tellRecording tells owners of cameras that are not recorded though they are to be, and that
// they are again; and those who run the hub of the disk.
func (h *house) tellRecording(ctx context.Context) error {
	disks, flaps, refused, said := diskWatch{}, newFlapping(), map[media.CameraID]bool{}, time.Time{}
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
		err := errors.Join(h.tellStopped(ctx, flaps, refused), h.tellDisks(ctx, disks, h.recorder.Pools()), h.tellDatabase(ctx, h.databaseTrouble()))
		if now := h.clock.Now(); err != nil && ctx.Err() == nil && now.Sub(said) >= sayAgain {
			h.log.Error("nobody could be told of what is not recorded", "error", err)
			said = now
		}
	}
}

// tellStopped looks once. What could not be told is told the next time.
func (h *house) tellStopped(ctx context.Context, flaps *flapping, refused map[media.CameraID]bool) error {
	known, err := h.store.Outages(ctx, store.MissingRecording)
	if err != nil {
		return fmt.Errorf("app: reading what is not recorded: %w", err)
	}
	outages, err := h.store.Outages(ctx, store.MissingPictures)
	if err != nil {
		return fmt.Errorf("app: reading outages: %w", err)
	}
	all, away := map[media.CameraID]recorder.Status{}, map[media.CameraID]bool{}
	for id, s := range h.fleet.Statuses() {
		away[id] = s.State != cameras.Live && s.State != cameras.Degraded
		if now, ok := h.recorder.Status(id); ok {
			all[id] = now
		} else if s.State == cameras.Private {
			all[id] = recorder.Status{} // nothing is to be recorded
		}
	}
	var errs []error
	say := func(id media.CameraID, err error) {
		if err != nil && !errors.Is(err, store.ErrNoRow) { // it was removed
			errs = append(errs, fmt.Errorf("app: camera %v: %w", id, err))
		}
	}
	now := h.clock.Now()
	for _, n := range lookRecording(all, away, known, refused, now) {
		say(n.camera, h.tellOwnerStopped(ctx, n))
	}
	for _, id := range flaps.look(all, outages, now) {
		say(id, h.tellFlapping(ctx, flaps, id))
	}
	return errors.Join(errs...)
}

// tellOwnerStopped tells of one camera, and notes in the same transaction that it did.
func (h *house) tellOwnerStopped(ctx context.Context, n unrecorded) error {
	c, err := h.store.Camera(ctx, n.camera)
	if err != nil {
		return err
	}
	notice := journal.Notice{Account: c.Owner, Kind: journal.NoticeStopped, Camera: n.camera, Detail: map[string]any{"count": int64(1)}}
	if !n.back {
		notice.Detail["cause"] = string(n.cause)
		if n.partly {
			notice.Detail["partly"] = true
		}
		return h.journal.TellWith(ctx, notice, func(tx *store.Tx) error {
			return tx.BeginOutage(ctx, n.camera, store.MissingRecording, n.since)
		})
	}
	end := func(tx *store.Tx) error { return tx.EndOutage(ctx, n.camera, store.MissingRecording) }
	if n.quiet {
		return h.store.Update(ctx, end)
	}
	notice.Kind, notice.Detail["span_ms"] = journal.NoticeRecorded, h.clock.Now().Sub(n.since).Milliseconds()
	return h.journal.TellWith(ctx, notice, end)
}
