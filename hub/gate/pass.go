package gate

import (
	"context"

	"lares/cameras/media"
	"lares/hub/account"
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

// Pass is proof that one caller may, now, do one thing with one camera, and
// with one of its clips where AdmitClip made it. It is good for the request it
// was made in; a stream asks again each second. The zero Pass opens nothing.
type Pass struct {
	action Action
	camera media.CameraID
	clip   media.ClipID
	mine   bool
	proof  vault.Proof
	caller account.Caller
}

// Camera is the camera the pass is for.
func (p Pass) Camera() media.CameraID { return p.camera }

// Clip is the clip the pass is for; zero if it is for the camera.
func (p Pass) Clip() media.ClipID { return p.clip }

// Session is the login session the pass was made for.
func (p Pass) Session() account.SessionID { return p.caller.Session }

// Mine reports whether the caller owns the camera.
func (p Pass) Mine() bool { return p.mine }

// Admit asks the database whether the caller's session lives and may do a with
// the camera. It returns ErrNotFound or ErrUnavailable.
func (g *Gate) Admit(ctx context.Context, c account.Caller, camera media.CameraID, a Action) (Pass, error) {
	return Pass{}, ErrUnavailable
}

// AdmitClip is Admit for one clip, whose camera its row names; a is History,
// Export, Star or Delete. A clip from before a grant's "from now" is
// ErrNotFound.
func (g *Gate) AdmitClip(ctx context.Context, c account.Caller, clip media.ClipID, a Action) (Pass, error) {
	return Pass{}, ErrUnavailable
}
