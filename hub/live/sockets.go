package live

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"lares/cameras"
	"lares/cameras/clock"
	"lares/cameras/fault"
	"lares/cameras/media"
	"lares/cameras/seal"
	"lares/hub/account"
	"lares/hub/gate"
)

const (
	// maxWatches bounds the tiles of one page.
	maxWatches = 32
	// maxPerSession bounds the pages of one login session.
	maxPerSession = 8
	// maxSockets bounds all viewers of a hub, so that sockets never take all
	// connections.
	maxSockets = 256
)

// Fleet is where sealed units come from; cameras.Fleet is one.
type Fleet interface {
	Status(id media.CameraID) (cameras.Status, bool)
	RunOf(id media.CameraID, run media.RunID) (seal.Run, bool)
	Read(id media.CameraID, s media.StreamID, preRoll time.Duration) (media.Reader, error)
}

// Gate says what a caller may see now and opens it; gate.Gate is one.
type Gate interface {
	Admit(ctx context.Context, c account.Caller, camera media.CameraID, a gate.Action) (gate.Pass, error)
	OpenLive(ctx context.Context, p gate.Pass, run seal.Run) (*gate.LiveOpener, error)
	Denied(c account.Caller, camera media.CameraID)
	Event(ctx context.Context, c account.Caller, id media.EventID) (gate.Event, error)
	AdmitEvent(ctx context.Context, c account.Caller, id media.EventID, a gate.Action) (gate.Pass, error)
	History
}

// History says what of a camera's recordings a caller may know now; gate.Gate is one.
type History interface {
	AdmitClip(ctx context.Context, c account.Caller, id media.ClipID, a gate.Action) (gate.Pass, error)
	Recording(ctx context.Context, c account.Caller, id media.ClipID) (media.CameraID, gate.Recording, error)
	Gap(ctx context.Context, c account.Caller, camera media.CameraID, from time.Time) (gate.Gap, error)
}

// Config is what Sockets need; Crossed may be nil.
type Config struct {
	Gate  Gate
	Fleet Fleet
	// TalkGate and Voices are for Talk.
	TalkGate TalkGate
	Voices   Voices
	Clock    clock.Clock
	Log      *slog.Logger
	// Crossed counts what of another viewer, the account, was found and refused.
	Crossed func(fault.Site, account.ID)
}

var (
	// ErrTooMany is returned when a session, or all, have too many sockets.
	ErrTooMany = errors.New("live: too many sockets")
	// ErrClosing is returned while the hub stops.
	ErrClosing = errors.New("live: closing")
)

// Sockets are the open WebSockets of all viewers: what ends them is called from
// here, their connections are not.
type Sockets struct {
	cfg Config

	mu      sync.Mutex // guards the fields below
	open    map[*socket]struct{}
	pages   limit // of open
	talks   map[*talker]struct{}
	voices  limit  // of talks
	talked  uint64 // voices so far
	closing bool
	done    sync.WaitGroup // one count per open socket, voices too
}

// New makes an empty set.
func New(cfg Config) *Sockets {
	if cfg.Crossed == nil {
		cfg.Crossed = func(fault.Site, account.ID) {}
	}
	return &Sockets{
		cfg:  cfg,
		open: map[*socket]struct{}{}, pages: newLimit(maxSockets, maxPerSession),
		talks: map[*talker]struct{}{}, voices: newLimit(maxTalks, maxTalksOfOne),
	}
}

// Revoked makes what the account watches of any camera, or says through one, ask the gate at once,
// instead of within a second: an access was taken back, wholly or in part.
func (s *Sockets) Revoked(id account.ID) {
	for _, k := range s.matching(func(k *socket) bool { return k.viewer.Caller.Account == id }) {
		k.questions.Hurry()
	}
	for _, k := range s.talkersOf(func(k *talker) bool { return k.viewer.Caller.Account == id }) {
		k.questions.Hurry()
	}
}

// Listed says that an event of a camera is new or changed: each page that wants to
// know asks the gate whether it may. It does not block.
func (s *Sockets) Listed(camera media.CameraID, id media.EventID) {
	s.changed(change{camera: camera, event: id})
}

// Stretched says likewise that a clip is that no event began.
func (s *Sockets) Stretched(camera media.CameraID, id media.ClipID) {
	s.changed(change{camera: camera, clip: id})
}

// Missing says likewise that a gap is which begins then.
func (s *Sockets) Missing(camera media.CameraID, from time.Time) {
	s.changed(change{camera: camera, gap: from.UnixNano()})
}

func (s *Sockets) changed(c change) {
	for _, k := range s.matching(func(*socket) bool { return true }) {
		k.feed.add(c)
	}
}

// Hurry makes everything that is watched ask the gate at once: a lockdown closed
// doors.
func (s *Sockets) Hurry() {
	for _, k := range s.matching(func(*socket) bool { return true }) {
		k.questions.Hurry()
	}
	for _, k := range s.talkersOf(everyTalker) {
		k.questions.Hurry()
	}
}

// CloseSession ends the sockets of a session.
func (s *Sockets) CloseSession(id account.SessionID) {
	for _, k := range s.matching(func(k *socket) bool { return k.viewer.Caller.Session == id }) {
		k.end(errSessionEnded)
	}
	for _, k := range s.talkersOf(func(k *talker) bool { return k.viewer.Caller.Session == id }) {
		k.end(errSessionEnded)
	}
}

// Shutdown ends every socket and returns when their goroutines are gone. No
// socket opens after it. Twice is fine.
func (s *Sockets) Shutdown() {
	s.mu.Lock()
	s.closing = true
	s.mu.Unlock()
	for _, k := range s.matching(func(*socket) bool { return true }) {
		k.end(errShutdown)
	}
	for _, k := range s.talkersOf(everyTalker) {
		k.end(errShutdown)
	}
	s.done.Wait()
}

// Open counts the sockets, those of voices among them.
func (s *Sockets) Open() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.open) + len(s.talks)
}

// matching finds sockets by whose they are. One that is not what was looked for
// is refused; the one it stands for asks the gate within a second all the same.
func (s *Sockets) matching(want func(*socket) bool) []*socket {
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []*socket
	for k := range s.open {
		if !want(k) {
			continue
		}
		if fault.On {
			k = fault.SwapIf(fault.Registry, k.viewer.Caller.Account.String(), k, func(o *socket) bool { return !want(o) })
		}
		if !want(k) {
			s.cfg.Crossed(fault.Registry, k.viewer.Caller.Account)
			continue
		}
		found = append(found, k)
	}
	return found
}

// room says whether the session may have one more connection of the kind.
func (s *Sockets) room(of *limit, id account.SessionID) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing {
		return ErrClosing
	}
	return of.room(id)
}

// takeLocked counts a connection that Shutdown waits for.
func (s *Sockets) takeLocked(of *limit, id account.SessionID) error {
	if s.closing {
		return ErrClosing
	}
	if err := of.take(id); err != nil {
		return err
	}
	s.done.Add(1)
	return nil
}

func (s *Sockets) leaveLocked(of *limit, id account.SessionID) {
	of.leave(id)
	s.done.Done()
}

func (s *Sockets) add(k *socket) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.takeLocked(&s.pages, k.viewer.Caller.Session); err != nil {
		return err
	}
	s.open[k] = struct{}{}
	return nil
}

func (s *Sockets) remove(k *socket) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.open, k)
	s.leaveLocked(&s.pages, k.viewer.Caller.Session)
}
