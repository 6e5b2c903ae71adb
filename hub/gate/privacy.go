package gate

import (
	"context"
	"errors"
	"time"

	"lares/cameras/media"
	"lares/cameras/privacy"
	"lares/cameras/schedule"
	"lares/hub/journal"
	"lares/hub/store"
)

// Privacy is when a camera is to be off the air, for who may manage it.
type Privacy struct {
	privacy.Setting
	Off   bool      // now
	Until time.Time // when that changes by itself; zero is never
	Clock time.Time // what the hub's clock shows, in its own time zone: times of the week are of it
}

func privacyAt(s privacy.Setting, now time.Time) *Privacy {
	off, until := s.At(now)
	return &Privacy{s, off, until, now}
}

// offAir is privacy.Setting.At, now. While the clock is not to be believed, a
// camera with times of privacy is off the air: it may be one of them.
func (g *Gate) offAir(s privacy.Setting) (off bool, change time.Time) {
	now, err := g.now()
	if err != nil && len(s.Windows) > 0 {
		return true, time.Time{}
	}
	return s.At(now)
}

// SetPrivacy takes the camera of a Manage pass off the air, or puts it back on; a
// time of privacy that it is in is over then. It returns ErrInput, ErrNotFound or
// ErrUnavailable.
func (g *Gate) SetPrivacy(ctx context.Context, p Pass, off bool) error {
	return g.setPrivacy(ctx, p, func(s privacy.Setting, now time.Time) privacy.Setting {
		if off {
			s.On = true
			return s
		}
		return s.Off(now)
	})
}

// SetPrivacyTimes says at which times of the week the camera of a Manage pass is
// off the air. Its errors are those of SetPrivacy.
func (g *Gate) SetPrivacyTimes(ctx context.Context, p Pass, times schedule.Week) error {
	return g.setPrivacy(ctx, p, func(s privacy.Setting, _ time.Time) privacy.Setting {
		s.Windows, s.Skip = times, time.Time{}
		return s
	})
}

func (g *Gate) setPrivacy(ctx context.Context, p Pass, change func(privacy.Setting, time.Time) privacy.Setting) error {
	if err := g.putPrivacy(ctx, p, change); err != nil {
		return err
	}
	g.cfg.Changed(p.camera)
	return nil
}

// putPrivacy is setPrivacy but for who hears of it: they ask what is to be.
func (g *Gate) putPrivacy(ctx context.Context, p Pass, change func(privacy.Setting, time.Time) privacy.Setting) error {
	g.airing.Lock()
	defer g.airing.Unlock()
	var setting privacy.Setting
	var off bool
	err := g.manage(ctx, p, func(ctx context.Context, tx *store.Tx, row store.Camera, now time.Time) error {
		var err error
		if setting, err = g.privacyOf(ctx, tx.View, row.ID); err != nil {
			return err
		}
		if setting = change(setting, now); setting.Validate() != nil {
			return errors.Join(ErrInput, setting.Validate())
		}
		off = privacyAt(setting, now).Off
		return tx.PutPrivacy(ctx, row.ID, setting)
	})
	if err != nil {
		return err
	}
	e := p.entry(journal.Privacy)
	e.Detail = map[string]any{"off": off, "cause": causeAsked, "times": len(setting.Windows)}
	g.journal(e)
	g.off[p.camera] = off
	return nil
}

// What takes a camera off the air, or puts it back, as the journal calls it.
const (
	causeAsked = "asked" // by who is named
	causeTimes = "times" // of the week
	causeClock = "clock" // it cannot be right
)

// Aired hears that a camera went off the air, or is on it: what no person did is
// journalled, also what happened while the hub was not running. A camera that was
// removed, or changed meanwhile, is not told of.
func (g *Gate) Aired(ctx context.Context, id media.CameraID, off bool) error {
	g.airing.Lock()
	defer g.airing.Unlock()
	was, known := g.off[id]
	if known && was == off {
		return nil
	}
	row, err := g.cfg.Store.Camera(ctx, id)
	if errors.Is(err, store.ErrNoRow) {
		delete(g.off, id)
		return nil
	}
	if err != nil {
		return g.answer(err)
	}
	setting, err := g.privacyOf(ctx, g.cfg.Store.View, id)
	if err != nil {
		return g.answer(err)
	}
	if now, _ := g.offAir(setting); now != off {
		return nil // who changed it says so
	}
	if !known {
		if was, err = g.lastAired(ctx, row, setting); err != nil {
			return g.answer(err)
		}
	}
	g.off[id] = off
	if was == off {
		return nil
	}
	cause := causeTimes
	if _, err := g.now(); err != nil {
		cause = causeClock
	}
	g.journal(journal.Entry{Kind: journal.Privacy, Camera: id, Owner: row.Owner, Detail: map[string]any{"off": off, "cause": cause}})
	return nil
}

// lastAired is what the journal said last: the hub may have been off since. What
// has no times changes by nobody but people.
func (g *Gate) lastAired(ctx context.Context, row store.Camera, s privacy.Setting) (off bool, err error) {
	if len(s.Windows) == 0 || g.cfg.Journal == nil {
		return s.On, nil
	}
	page, err := g.cfg.Journal.List(ctx, journal.Query{Account: row.Owner, Camera: row.ID, Kind: journal.Privacy, Limit: 1})
	if err != nil || len(page.Entries) == 0 {
		return false, err
	}
	off, _ = page.Entries[0].Detail["off"].(bool)
	return off, nil
}
