package gate

import (
	"context"
	"errors"
	"time"

	"lares/cameras/media"
	"lares/hub/account"
	"lares/hub/journal"
)

// ErrPrivate says that the camera is off the air.
var ErrPrivate = errors.New("gate: off the air")

// AdmitTalk is Admit for Talk. A camera that is off the air takes no voice: it
// returns ErrPrivate, too.
func (g *Gate) AdmitTalk(ctx context.Context, c account.Caller, camera media.CameraID) (Pass, error) {
	ctx, cancel := context.WithTimeout(ctx, answerIn)
	defer cancel()
	p, _, err := g.admit(ctx, c, camera, Talk)
	if err != nil {
		return Pass{}, g.answer(err)
	}
	setting, err := g.privacyOf(ctx, g.cfg.Store.View, camera)
	if err != nil {
		return Pass{}, g.answer(err)
	}
	if off, _ := g.offAir(setting); off {
		return Pass{}, ErrPrivate
	}
	return p, nil
}

// Talking is somebody's voice on its way to a camera, as the journal knows it.
type Talking struct {
	gate  *Gate
	pass  Pass
	began time.Time
}

// Talking notes in the journal that the caller of a Talk pass begins to speak: the
// note is durable before the voice goes out. It returns ErrCrossed for another
// pass, and ErrUnnoted.
func (g *Gate) Talking(p Pass) (*Talking, error) {
	if !p.isFor(Talk) {
		return nil, g.crossing("pass", p.camera, p.account)
	}
	if err := g.durable(context.Background(), g.cfg.Journal.Mark(p.entry(journal.Talk))); err != nil {
		return nil, err
	}
	return &Talking{gate: g, pass: p, began: g.cfg.Clock.Now()}, nil
}

// End notes that the voice ended, and for how long it spoke.
func (t *Talking) End() {
	e := t.pass.entry(journal.TalkEnd)
	e.Span = max(t.gate.cfg.Clock.Now().Sub(t.began), 0)
	t.gate.journal(e)
}
