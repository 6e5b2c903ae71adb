package gate

import (
	"context"
	"slices"
	"time"

	"lares/cameras/fault"
	"lares/cameras/media"
	"lares/hub/account"
	"lares/hub/journal"
	"lares/hub/store"
	"lares/hub/vault"
)

// Action is what a grant allows.
type Action string

// The actions of a grant. An owner has them all.
const (
	Live       Action = "live"
	Audio      Action = "audio"
	History    Action = "history"
	Export     Action = "export"
	Talk       Action = "talk"
	PTZ        Action = "ptz"
	Notify     Action = "notify"
	Star       Action = "star"
	Delete     Action = "delete"
	Manage     Action = "manage"
	GuestLinks Action = "guest_links"
)

// actions are all of them; bit i of a grant's column is actions[i], for ever.
var actions = [...]Action{Live, Audio, History, Export, Talk, PTZ, Notify, Star, Delete, Manage, GuestLinks}

// bit is the action's place in a grant; 0 for what is no action.
func bit(a Action) uint32 {
	i := slices.Index(actions[:], a)
	if i < 0 {
		return 0
	}
	return 1 << i
}

// Known reports whether there is such an action.
func (a Action) Known() bool { return bit(a) != 0 }

// needsUse tells what ends for its owner, too, once the camera was handed over, from what
// is done with its recordings and name: what needs the device, which is somebody else's,
// and guest links, which end with the camera's id (store.RetireCamera).
func (a Action) needsUse() bool { return a == Live || a == Talk || a == PTZ || a == GuestLinks }

// named lists the actions of a grant's column.
func named(bits uint32) []Action {
	var out []Action
	for i, a := range actions {
		if bits&(1<<i) != 0 {
			out = append(out, a)
		}
	}
	return out
}

// Pass is proof that one caller may, now, do one thing with one camera, and with
// one of its clips or events where AdmitClip or AdmitEvent made it. It is good
// for the request it was made in; a stream asks again each second. The zero Pass
// opens nothing.
type Pass struct {
	action  Action
	camera  media.CameraID
	clip    media.ClipID
	event   media.EventID
	from    time.Time // with event: where the caller's history begins
	mine    bool
	heard   bool // the action audio is allowed too
	managed bool // so is manage
	account account.ID
	session account.SessionID
	proof   vault.Proof
	by      journal.View // who receives what it opens
}

// Camera is the camera the pass is for.
func (p Pass) Camera() media.CameraID { return p.camera }

// Clip is the clip the pass is for; zero if it is for the camera.
func (p Pass) Clip() media.ClipID { return p.clip }

// Event is the event the pass is for; zero if it is for the camera or a clip.
func (p Pass) Event() media.EventID { return p.event }

// Session is the login session, or token, the pass was made for.
func (p Pass) Session() account.SessionID { return p.session }

// Mine reports whether the caller owns the camera.
func (p Pass) Mine() bool { return p.mine }

// Heard reports whether sound is allowed beside the pictures. A clip that is
// opened without has none.
func (p Pass) Heard() bool { return p.heard }

// isFor reports whether the pass is for one of some actions; the zero Pass is for
// none.
func (p Pass) isFor(some ...Action) bool {
	return !p.camera.IsZero() && !p.session.IsZero() && slices.Contains(some, p.action)
}

// Admit asks the database whether the caller's session lives and may do a with
// the camera. It returns ErrNotFound or ErrUnavailable; nobody is let in while the
// journal takes nothing.
func (g *Gate) Admit(ctx context.Context, c account.Caller, camera media.CameraID, a Action) (Pass, error) {
	ctx, cancel := context.WithTimeout(ctx, answerIn)
	defer cancel()
	p, _, err := g.admit(ctx, c, camera, a)
	return p, g.answer(err)
}

func (g *Gate) admit(ctx context.Context, c account.Caller, camera media.CameraID, a Action) (Pass, store.Admission, error) {
	p, m, err := g.decide(ctx, c, camera, a)
	if err == nil {
		p.by = c.View("")
		p.by.Owner = m.Owner
	}
	return p, m, err
}

// decide is lock 1.
func (g *Gate) decide(ctx context.Context, c account.Caller, camera media.CameraID, a Action) (Pass, store.Admission, error) {
	now, err := g.ready()
	if err != nil {
		return Pass{}, store.Admission{}, err
	}
	if !c.Token.IsZero() {
		return g.admitToken(ctx, c, camera, a, now)
	}
	asking := store.Asking{Session: c.Session, Account: c.Account, Now: now, Alive: account.Alive(now)}
	m, err := g.cfg.Store.Admission(ctx, asking, camera)
	if err != nil {
		return g.anybody(c, camera, a, err)
	}
	if fault.On {
		m = misread(m)
	}
	if err := g.answers(m, c, camera); err != nil {
		return Pass{}, m, err
	}
	mine := m.Owner == c.Account
	if bit(a) == 0 || !mine && m.Actions&bit(a) == 0 || m.Retired && a.needsUse() {
		return g.anybody(c, camera, a, ErrNotFound)
	}
	if locked(m, a) {
		return Pass{}, m, ErrLockdown
	}
	return Pass{
		action: a, camera: camera, mine: mine, heard: mine || m.Actions&bit(Audio) != 0, managed: mine || m.Actions&bit(Manage) != 0,
		account: c.Account, session: c.Session, proof: c.Proof(),
	}, m, nil
}

// write runs f in a transaction for somebody whose login session still lives in
// it: what waited for its turn while the session ended writes nothing.
func (g *Gate) write(ctx context.Context, c account.Caller, f func(*store.Tx) error) error {
	return g.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		if err := g.cfg.Vault.Stands(ctx, tx.View, c.Proof(), nil); err != nil {
			return err
		}
		return f(tx)
	})
}

// stands asks again, within the transaction that writes, whether the action of a
// pass is still allowed: who was signed out, or lost the right, while this waited
// for its turn changes nothing. It returns ErrNotFound, ErrLockdown or the
// database's error.
func stands(ctx context.Context, rows store.View, p Pass, now time.Time) error {
	if p.by.Via == journal.ViaToken {
		m, err := rows.AdmitToken(ctx, store.TokenID(p.by.Session), p.account, now, p.camera)
		if err == nil && (m.Camera != p.camera || m.Owner != p.account || m.Actions&bit(p.action) == 0) {
			return ErrNotFound
		}
		return err
	}
	m, err := rows.Admission(ctx, store.Asking{Session: p.session, Account: p.account, Now: now, Alive: account.Alive(now)}, p.camera)
	switch {
	case err != nil:
		return err
	case m.Camera != p.camera || p.mine != (m.Owner == p.account) || !p.mine && (m.Grantee != p.account || m.Actions&bit(p.action) == 0):
		return ErrNotFound
	case locked(m, p.action):
		return ErrLockdown
	}
	return nil
}

// answers checks that an admission is the answer to this question: its rows name
// the camera and, where a grant decides, the account.
func (g *Gate) answers(m store.Admission, c account.Caller, camera media.CameraID) error {
	if m.Camera != camera {
		return g.crossing(fault.Camera, m.Camera, c.Account)
	}
	if m.Grantee.IsZero() && m.Owner == c.Account {
		return nil
	}
	if m.Grantee != c.Account || m.Granted != camera {
		return g.crossing(fault.Grant, camera, c.Account)
	}
	return nil
}

// misread is an admission as a build with faults reads it: with another camera's
// row or another's grant in it.
func misread(m store.Admission) store.Admission {
	if other := fault.Swap(fault.Camera, m.Owner.String(), m); other.Camera != m.Camera {
		m.Camera, m.Owner = other.Camera, other.Owner
		return m
	}
	other := fault.SwapIf(fault.Grant, m.Account.String(), m, func(o store.Admission) bool { return !o.Grantee.IsZero() })
	m.Granted, m.Grantee, m.Actions, m.HistoryFrom = other.Granted, other.Grantee, other.Actions, other.HistoryFrom
	return m
}
