package recorder

import (
	"context"

	"lares/cameras/media"
)

// open opens a unit into the take's buffer, valid until the next one.
func (t *take) open(u media.Unit) (media.AccessUnit, error) {
	if t.opener == nil || t.opener.Run() != u.Run {
		if t.opener = t.c.opener(u.Run); t.opener == nil {
			return media.AccessUnit{}, errNoKey
		}
	}
	au, buf, err := t.opener.Open(t.buf[:0], u)
	t.buf = buf
	return au, err
}

// unit records one unit of the stream.
func (t *take) unit(ctx, snapshots context.Context, u media.Unit) error {
	t.attend()
	if t.slept() {
		return errDone
	}
	alone := u.Type == media.UnitVideo && u.Sync
	if t.isOver(u.Received) && (alone || !t.handsOn() && !(t.part != nil && t.behind(u))) {
		return errDone
	}
	if u.Type == media.UnitConfig {
		t.sent = u
		return t.configure(ctx, u)
	}
	if u.Type != media.UnitVideo && u.Type != media.UnitAudio || u.Run != t.run || t.recorded(u) || t.unwanted(u) {
		return nil
	}
	kept := false
	if u.Type == media.UnitVideo {
		missed := t.missed(u)
		defer func() {
			if !kept {
				missed++
			}
			t.c.drops(missed)
		}()
	}
	if alone {
		t.hush()
		if t.turns(u) {
			return errOther
		}
	}
	if t.joint && !t.follows(u) || t.part != nil && !t.c.fits(u, t.part.row.KID) {
		t.endPart()
	}
	t.joint = false
	if t.part != nil && (t.part.rolls(u) || t.part.file.Left() || t.leaps(u) || alone && t.part.d != t.c.disk()) {
		t.endPart()
	}
	if t.part == nil {
		if !alone || t.c.fits(u, t.c.sealed) && !t.c.mayStart(t.turned) {
			return nil
		}
		if err := t.startPart(ctx, snapshots, u); err != nil {
			return err
		}
	}
	au, err := t.open(u)
	if err != nil { // a hole: go on at the next IDR
		t.endPart()
		return err
	}
	t.began, t.last = true, media.Unit{Run: u.Run, Stream: u.Stream, Track: u.Track, Seq: u.Seq, DTS: u.DTS, Received: u.Received}
	t.takeSnapshot(ctx)
	t.takeFrame(snapshots)
	if t.part == nil {
		return nil
	}
	kept, err = t.part.add(au)
	if kept = t.wrote(err) && kept; kept && u.Type == media.UnitVideo {
		at, _ := t.at(u)
		t.c.cover.wrote(pictured{u.Run, at}, u.Received)
	}
	return nil
}

// leaps says whether so much lies before a unit in the times of its worker that nothing came for a while:
// the hub did not run, perhaps, and did not see it.
func (t *take) leaps(u media.Unit) bool {
	was, ok := t.at(t.last)
	is, known := t.at(u)
	return ok && known && u.Run == t.last.Run && is-was > stall
}

// recorded says whether u was recorded before: the source is read again from a
// little earlier.
func (t *take) recorded(u media.Unit) bool {
	if !t.began || u.Run != t.last.Run {
		return t.began && u.Received.Before(t.last.Received)
	}
	return u.Seq <= t.last.Seq
}

// startPart starts the next file of the event with the IDR u.
func (t *take) startPart(ctx, snapshots context.Context, u media.Unit) error {
	key, err := t.c.key(u)
	if err != nil {
		return err
	}
	called, ahead := t.dated(ctx, u.Received)
	start := t.leads(u, called)
	ahead -= called.Sub(start)
	row := ClipRow{Camera: t.c.id, Event: t.event, Part: t.parts, Start: start}
	if t.stretch {
		row.Event, row.Part, row.Stretch, row.Beside = media.NewEventID(), 0, true, t.c.isBeside()
	}
	part, err := t.c.openPart(row, key, t.config, u)
	if err != nil {
		return err
	}
	t.part, t.parts, t.turned = part, t.parts+1, false
	t.c.files.Add(1)
	t.c.started(key.KID)
	t.begins(part.began, start, ahead)
	t.c.trouble(nil)
	t.c.report(func(s *Status) { s.Recording, s.Clip, s.Durable = true, part.row.Clip, part.writer.Durable() })
	for _, n := range t.notes {
		if !t.wrote(part.note(n.in(key.KID))) {
			return nil
		}
	}
	t.askSnapshot(snapshots)
	return nil
}

// wrote looks at the outcome of a write: a failed one ends the file.
func (t *take) wrote(err error) bool {
	if err != nil {
		t.c.cover.lost(t.part.ended())
		t.c.drops(t.part.held - 1) // without what is in hand
		t.part.d.outcome(err)
		t.part.fail()
		t.dropPart()
		t.c.trouble(err)
		return false
	}
	t.part.d.outcome(nil)
	durable := t.part.writer.Durable()
	t.c.report(func(s *Status) { s.Durable = durable })
	return true
}

// endPart ends the file that is open, if one is.
func (t *take) endPart() {
	t.takeBest()
	t.takePreview()
	if t.part == nil {
		return
	}
	if err := t.part.end(); err != nil {
		t.part.d.outcome(err)
		t.c.trouble(err)
	}
	t.dropPart()
	t.c.r.enforce()
}

func (t *take) dropPart() {
	from, to := t.part.row.Start, t.part.until()
	t.films(from, to)
	// What it holds may last longer than it took to come.
	t.c.tape.ends(later(t.part.began, t.last.Received).Add(1), to)
	if to.After(from) {
		t.c.cover.filed(from, to)
	}
	t.part = nil
	t.c.files.Add(-1)
	t.c.report(func(s *Status) { s.Recording, s.Clip = false, media.ClipID{} })
}
