package gate

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"sync/atomic"

	"lares/cameras/fault"
	"lares/cameras/media"
	"lares/cameras/seal"
	"lares/hub/account"
	"lares/hub/journal"
	"lares/hub/vault"
	"lares/recorder"
)

// ThumbnailPage opens the pictures of many clips for one request: the account
// is unlocked once and each store key opened once, each clip is admitted and
// its key opened on its own. It dies with the request; one goroutine uses it.
type ThumbnailPage struct {
	gate   *Gate
	caller account.Caller
	small  bool // small pictures, where there are
	keys   *vault.OpenedPage
	turn   atomic.Pointer[media.ClipID]   // admitted last: its picture may lie in a buffer
	ahead  map[media.ClipID]pictureOfClip // see Announce

	// the request's own, used again for each picture
	ciphertext, plain []byte
}

// A page of thumbnails is pageMagic and the account that it is for, then its
// items: clip 16, status u8, length u32, bytes; integers are big-endian.
// openapi.yaml tells clients.
const (
	pageMagic   = "LARPAGE1"
	statusShown = 1 // the bytes are a JPEG picture
	statusNone  = 2 // the clip has no picture; no bytes
)

// Thumbnails begins a page, of small pictures where it is asked for those and there are
// any. It returns ErrNotFound, ErrCrossed or ErrUnavailable; with a page in hand a 200 may
// be promised.
func (g *Gate) Thumbnails(ctx context.Context, c account.Caller, small bool) (*ThumbnailPage, error) {
	if _, err := g.ready(); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, answerIn)
	defer cancel()
	a, err := g.cfg.Vault.Unlock(ctx, c.Proof())
	if err != nil {
		return nil, g.answer(err)
	}
	return &ThumbnailPage{gate: g, caller: c, small: small, keys: a.Page()}, nil
}

// Begin writes what leads a page.
func (t *ThumbnailPage) Begin(w *Wire) error {
	_, err := t.write(append([]byte(pageMagic), t.caller.Account[:]...), w)
	return err
}

// pictureOfClip is a picture before it is written, or why there is none.
type pictureOfClip struct {
	pass    Pass
	seen    journal.View
	status  uint8
	picture []byte
	err     error
}

// ClipFinder opens the file of the clip that a pass admits to.
type ClipFinder func(context.Context, Pass) (*recorder.Clip, error)

// Announce notes that the first picture of each camera among these clips is about to be
// delivered, all in one commit: one for each camera would have the last one wait for
// all of them. Item writes what it opened for that. It returns what durable does.
func (t *ThumbnailPage) Announce(ctx context.Context, asked []media.ClipID, find ClipFinder) error {
	t.ahead = map[media.ClipID]pictureOfClip{}
	told := map[media.CameraID]bool{}
	var rows []noted
	for _, clip := range asked {
		p, err := t.admit(ctx, clip)
		if err == nil && told[p.camera] {
			continue
		}
		one := pictureOfClip{err: err}
		if err == nil {
			one = t.look(ctx, clip, p, find)
			one.picture = bytes.Clone(one.picture)
		}
		if t.ahead[clip] = one; len(one.picture) > 0 {
			told[p.camera] = true
			rows = append(rows, t.gate.cfg.Journal.Seen(one.seen, len(one.picture)))
		}
	}
	return t.gate.durable(ctx, rows...)
}

// Item admits the caller to the clip that was asked for, now, and writes its
// picture. find opens the clip's file; Item closes it. A clip that is not there,
// not the caller's, or another one than asked for, is left out. After an error
// the page cannot go on and its connection must be closed.
func (t *ThumbnailPage) Item(ctx context.Context, asked media.ClipID, find ClipFinder, w *Wire) error {
	one, announced := t.ahead[asked]
	delete(t.ahead, asked)
	if one.err != nil {
		return leftOut(one.err)
	}
	p, err := t.admit(ctx, asked)
	if err != nil {
		return leftOut(err)
	}
	t.turn.Store(&asked)
	if !announced {
		one = t.look(ctx, asked, p, find)
	} else if p.camera != one.pass.camera {
		one.err = t.gate.crossing(fault.ThumbnailPage, p.camera, t.caller.Account)
	}
	if one.err != nil {
		return leftOut(one.err)
	}
	head := binary.BigEndian.AppendUint32(append(asked[:], one.status), uint32(len(one.picture)))
	if _, err := t.write(head, w); err != nil {
		return err
	}
	if len(one.picture) == 0 {
		return nil
	}
	if !announced {
		if err := t.gate.durable(ctx, t.gate.cfg.Journal.Seen(one.seen, len(one.picture))); err != nil {
			return err
		}
	}
	_, err = t.write(one.picture, w)
	return err
}

// Stands asks whether the caller may still see the clip whose picture was written
// last. It may be called beside Item.
func (t *ThumbnailPage) Stands(ctx context.Context) error {
	id := t.turn.Load()
	if id == nil {
		return nil // nothing of anybody's has left yet
	}
	_, err := t.gate.AdmitClip(ctx, t.caller, *id, History)
	return err
}

// admit lets the caller to a clip, and notes who asked in vain.
func (t *ThumbnailPage) admit(ctx context.Context, asked media.ClipID) (Pass, error) {
	p, err := t.gate.AdmitClip(ctx, t.caller, asked, History)
	if err != nil {
		if errors.Is(err, ErrNotFound) {
			t.gate.DeniedClip(ctx, t.caller, asked)
		}
		return p, err
	}
	if fault.On {
		p = fault.Swap(fault.ThumbnailPage, t.caller.Account.String(), p)
	}
	return p, t.isFor(p, asked) // before another one's file is looked for
}

// look opens the picture of a clip that the caller was admitted to, valid until the
// next one.
func (t *ThumbnailPage) look(ctx context.Context, asked media.ClipID, p Pass, find ClipFinder) (one pictureOfClip) {
	one.pass = p
	file, err := find(ctx, p)
	if err != nil {
		one.err = t.gate.misfiled(err)
		return one
	}
	defer file.Close()
	if one.picture, one.status, err = t.open(ctx, asked, p, file); err != nil {
		one.err = t.gate.answer(err)
		return one
	}
	one.seen = p.view(journal.Thumbnails, file.Header().Camera, asked)
	one.seen.Start = file.Header().Start
	return one
}

// leftOut is nil for what one item may fail with: it is not on the page.
func leftOut(err error) error {
	if errors.Is(err, ErrNotFound) || errors.Is(err, ErrCrossed) || errors.Is(err, ErrLockdown) || errors.Is(err, ErrRolledBack) {
		return nil
	}
	return err
}

// misfiled answers for what was found in the place of a clip's file.
func (g *Gate) misfiled(err error) error {
	if errors.Is(err, recorder.ErrNoClip) || errors.Is(err, recorder.ErrAway) { // others' files are on the page
		return ErrNotFound
	}
	return g.answer(err)
}

// isFor compares a pass with the page's caller and the clip that was asked for.
func (t *ThumbnailPage) isFor(p Pass, asked media.ClipID) error {
	if !p.isFor(History) || p.session != t.caller.Session || p.account != t.caller.Account || p.clip != asked {
		return t.gate.crossing(fault.ThumbnailPage, p.camera, t.caller.Account)
	}
	return nil
}

// open opens a clip's picture, valid until the next one. The clip must be the
// one of the pass, and the pass for the clip that was asked for.
func (t *ThumbnailPage) open(ctx context.Context, asked media.ClipID, p Pass, file *recorder.Clip) (picture []byte, status uint8, err error) {
	if err := t.isFor(p, asked); err != nil {
		return nil, 0, err
	}
	if err := t.gate.isOf(p, file, fault.ThumbnailPage); err != nil {
		return nil, 0, err
	}
	ctx, cancel := context.WithTimeout(ctx, answerIn)
	defer cancel()
	h := file.Header()
	key, err := t.keys.ClipKey(ctx, h.Camera, h.Clip, h.KID, h.SealedKey)
	if err != nil {
		return nil, 0, err
	}
	o := ClipOpener{
		gate: t.gate, clip: file, records: seal.NewRecords(key, file.HeaderHash()),
		ciphertext: t.ciphertext, plain: t.plain,
	}
	plan, err := o.layPicture(t.small)
	if errors.Is(err, ErrNotFound) {
		return nil, statusNone, nil
	}
	if err != nil {
		return nil, 0, err
	}
	picture, err = o.open(plan.pieces[0].Record)
	t.ciphertext, t.plain = o.ciphertext, o.plain
	return picture, statusShown, err
}

func (t *ThumbnailPage) write(b []byte, w *Wire) (int, error) {
	if w == nil || t.caller.Session.IsZero() || w.Session() != t.caller.Session {
		return 0, t.gate.crossedOwner(fault.WireSession, t.caller.Account)
	}
	return w.Write(b)
}
