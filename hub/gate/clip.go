package gate

import (
	"context"
	"errors"
	"slices"
	"time"

	"lares/cameras/fault"
	"lares/cameras/media"
	"lares/hub/account"
	"lares/hub/store"
	"lares/recorder"
)

// AdmitClip is Admit for one clip, whose camera its row names; a is History,
// Export, Star, Delete or GuestLinks. A clip from before a grant's "from now" is
// ErrNotFound, and so is one of a sound to who does not hear the camera.
func (g *Gate) AdmitClip(ctx context.Context, c account.Caller, clip media.ClipID, a Action) (Pass, error) {
	if !slices.Contains(onRecordings(), a) {
		return Pass{}, ErrNotFound
	}
	ctx, cancel := context.WithTimeout(ctx, answerIn)
	defer cancel()
	row, err := g.cfg.Store.ClipHead(ctx, clip)
	if errors.Is(err, store.ErrNoRow) {
		g.vain(ctx, c, a)
	}
	if err != nil {
		return Pass{}, g.answer(err)
	}
	if fault.On {
		row = fault.Swap(fault.ClipRow, row.Camera.String(), row)
	}
	if row.Clip != clip {
		return Pass{}, g.crossing(fault.ClipRow, row.Camera, c.Account)
	}
	p, m, err := g.admit(ctx, c, row.Camera, a)
	if err != nil {
		return Pass{}, g.answer(err)
	}
	if row.State == recorder.StateRemoving || !p.mine && row.Start.Before(m.HistoryFrom) || !p.heard && row.Kind == media.KindSound {
		return Pass{}, ErrNotFound
	}
	p.clip = clip
	return p, nil
}

// vain asks for a camera that nobody has: that something is not there takes as
// long as that it is somebody else's (HAZARDS Z1).
func (g *Gate) vain(ctx context.Context, c account.Caller, a Action) {
	_, _, _ = g.admit(ctx, c, media.CameraID{}, a)
}

// ClipInfo is the index entry of a clip.
type ClipInfo struct {
	recorder.ClipRow
	End time.Time // zero while it is being written
}

// Clip is the index entry of the pass's clip.
func (g *Gate) Clip(ctx context.Context, p Pass) (ClipInfo, error) {
	if p.clip.IsZero() || !p.isFor(History, Export, Star, Delete) {
		return ClipInfo{}, g.crossing("pass", p.camera, p.account)
	}
	ctx, cancel := context.WithTimeout(ctx, answerIn)
	defer cancel()
	row, err := g.cfg.Store.Clip(ctx, p.clip)
	if err != nil {
		return ClipInfo{}, g.answer(err)
	}
	if row.Camera != p.camera || row.Clip != p.clip {
		return ClipInfo{}, g.crossing(fault.ClipRow, row.Camera, p.account)
	}
	info := ClipInfo{ClipRow: row}
	if row.State != recorder.StateOpen {
		info.End = row.Start.Add(row.Duration)
	}
	return info, nil
}
