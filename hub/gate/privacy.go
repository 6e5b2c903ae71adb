package gate

import (
	"context"
	"errors"
	"time"

	"lares/cameras/privacy"
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
func (g *Gate) SetPrivacyTimes(ctx context.Context, p Pass, times []privacy.Window) error {
	return g.setPrivacy(ctx, p, func(s privacy.Setting, _ time.Time) privacy.Setting {
		s.Windows, s.Skip = times, time.Time{}
		return s
	})
}

func (g *Gate) setPrivacy(ctx context.Context, p Pass, change func(privacy.Setting, time.Time) privacy.Setting) error {
	if !p.isFor(Manage) {
		return g.crossing("pass", p.camera, p.account)
	}
	now, err := g.now()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, answerIn)
	defer cancel()
	var setting privacy.Setting
	err = g.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		if err := stands(ctx, tx.View, p, now); err != nil {
			return err
		}
		camera, err := tx.Camera(ctx, p.camera)
		switch {
		case err != nil:
			return err
		case !camera.Retired.IsZero():
			return ErrInput // nothing comes from it any more
		}
		if setting, err = tx.Privacy(ctx, p.camera); err != nil {
			return err
		}
		if setting = change(setting, now); setting.Validate() != nil {
			return errors.Join(ErrInput, setting.Validate())
		}
		return tx.PutPrivacy(ctx, p.camera, setting)
	})
	if err != nil {
		return g.answer(err)
	}
	e := p.entry(journal.Privacy)
	e.Detail = map[string]any{"off": privacyAt(setting, now).Off, "times": len(setting.Windows)}
	g.journal(e)
	g.cfg.Changed(p.camera)
	return nil
}
