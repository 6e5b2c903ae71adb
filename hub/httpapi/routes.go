package httpapi

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"lares/hub/gate"
)

// policy says who may ask. The zero policy is none at all and stops the start.
type policy uint8

const (
	// public answers the same bytes to everyone; it does not look at cookies.
	public policy = iota + 1
	// entrance answers one client privately outside a scope: bound to a nonce
	// that the client put into the path, and to credentials or cookie.
	entrance
	// scoped needs a scope and the cookie of the same login session.
	scoped
	// download needs the cookie of the session that made the address.
	download
	// guest needs a scope and the guest cookie of the same visit; it is for that
	// visit's clip alone.
	guest
)

// object says what the path names, and so what is admitted before the handler
// runs: the route's action on the camera, or on the camera of the clip or event.
type object uint8

const (
	none object = iota
	camera
	clip
	event
)

// anyAction admits to a camera on which the caller has some action; the
// handler asks the gate for what exactly.
const anyAction gate.Action = ""

// rule narrows who may ask on a scoped route; rules add up.
type rule uint8

const (
	// tokensToo lets API tokens in. Without it a route is for people.
	tokensToo rule = 1 << iota
	// operators is for those who run the hub; to all others the route is not
	// there.
	operators
	// proven needs the password to have been given within the last minutes.
	proven
	// inLockdown lets in the sessions that a lockdown leaves outside: those which
	// did not make it. Without it a route is closed to them.
	inLockdown
	// secret answers with something that is shown once: bound to a nonce like an
	// entrance, so that nobody gets it from a proxy that kept it by mistake, nor a
	// client one that it was shown before (HAZARDS W4).
	secret
)

// route is one address. handle gets a request whose policy, rules and action
// hold.
type route struct {
	method, path string
	policy       policy
	rules        rule
	object       object
	action       gate.Action
	limits       limits
	handle       func(*Server, *request) error
}

// alsoHead says whether the route answers HEAD as well.
func (r route) alsoHead() bool {
	return r.method == http.MethodGet && (r.policy == public || r.policy == download || r.path == clipMP4Path || r.path == guestMP4Path)
}

// noted says whether the route may leave rows in the journal each time: who fills the
// journal with them is refused. What takes away a right, gives the account other keys or
// closes doors stays open, and what a lockdown leaves open but to lift it. To take a star
// away, or an event, takes nobody's right; that something needs the password is no bound,
// for it counts for minutes.
func (r route) noted() bool {
	switch {
	case r.path == lockdownPath:
		return r.method == http.MethodDelete
	case r.rules&inLockdown != 0, r.path == rotatePath:
		return false
	case r.method == http.MethodDelete:
		return r.object == event
	}
	return r.object != none || r.method != http.MethodGet
}

const (
	scopePath   = "/s/:scope/api"
	cameraPath  = scopePath + "/cameras/:camera"
	clipPath    = scopePath + "/clips/:clip"
	eventPath   = scopePath + "/events/:event"
	clipMP4Path = clipPath + "/clip.mp4"
)

// routes is every address the hub answers; openapi.yaml has the same ones. Each
// noun lists its own, beside its handlers.
func routes() []route {
	return slices.Concat(
		shellRoutes(),
		hubRoutes(),
		sessionRoutes(),
		accountRoutes(),
		invitationRoutes(),
		recoveryRoutes(),
		keyRoutes(),
		tokenRoutes(),
		linkRoutes(),
		guestRoutes(),
		cameraRoutes(),
		accessRoutes(),
		privacyRoutes(),
		eventRuleRoutes(),
		recordingRoutes(),
		retentionRoutes(),
		awayRoutes(),
		motionRoutes(),
		soundRoutes(),
		detectorRoutes(),
		exitRoutes(),
		controlRoutes(),
		elsewhereRoutes(),
		candidateRoutes(),
		probeRoutes(),
		grantRoutes(),
		transferRoutes(),
		eventRoutes(),
		timelineRoutes(),
		thumbnailRoutes(),
		journalRoutes(),
		lockdownRoutes(),
		incidentRoutes(),
		clipRoutes(),
		exportRoutes(),
		liveRoutes(),
		talkRoutes(),
	)
}

// check refuses a table that would leave something unguarded.
func check(table []route) error {
	seen := map[string]bool{}
	for _, r := range table {
		name := r.method + " " + r.path
		switch {
		case seen[name]:
			return fmt.Errorf("httpapi: %s is in the table twice", name)
		case r.policy < public || r.policy > guest:
			return fmt.Errorf("httpapi: %s has no policy", name)
		case (r.policy == scoped) != under(r.path, scopePath):
			return fmt.Errorf("httpapi: %s: scoped routes live below %s, and only they", name, scopePath)
		case (r.policy == guest) != under(r.path, guestPath):
			return fmt.Errorf("httpapi: %s: guests have their place below %s, and only they", name, guestPath)
		case (r.policy == download) != under(r.path, "/d"):
			return fmt.Errorf("httpapi: %s: downloads live below /d, and only they", name)
		case r.policy != scoped && r.object != none, r.object == none && r.action != anyAction:
			return fmt.Errorf("httpapi: %s has an object or action that nothing checks", name)
		case r.policy != scoped && r.rules != 0 && (r.policy != download || r.rules != tokensToo), r.rules&tokensToo != 0 && r.rules&^inLockdown != tokensToo,
			r.rules&inLockdown != 0 && r.rules&proven != 0:
			return fmt.Errorf("httpapi: %s has rules that nothing checks", name)
		case (r.policy == entrance || r.rules&secret != 0) != strings.HasSuffix(r.path, "/:nonce"):
			return fmt.Errorf("httpapi: %s: entrances and secrets are bound to a nonce at the end of the path, and only they", name)
		case (r.object == clip || r.object == event) && r.action == anyAction:
			return fmt.Errorf("httpapi: %s names a clip or event and no action", name)
		case r.limits.read <= 0 || r.limits.write <= 0 || r.limits.body <= 0:
			return fmt.Errorf("httpapi: %s has no limits", name)
		case r.handle == nil:
			return fmt.Errorf("httpapi: %s has no handler", name)
		}
		seen[name] = true
	}
	return nil
}

func under(path, folder string) bool {
	return len(path) > len(folder) && path[:len(folder)] == folder && path[len(folder)] == '/'
}
