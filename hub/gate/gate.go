// Package gate is the one place that says what a caller may do (lock 1) and
// opens sealed media towards a viewer with that viewer's own keys (lock 2). The
// two locks share no lookup: grants are rows read from SQLite on every call,
// keys open only through the caller's login session.
//
// What is not yours and what is not there look the same: ErrNotFound. Doubt
// fails closed: ErrUnavailable.
package gate

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"sync"
	"time"

	"lares/cameras"
	"lares/cameras/clock"
	"lares/cameras/control"
	"lares/cameras/fault"
	"lares/cameras/media"
	"lares/cameras/seal"
	"lares/hub/account"
	"lares/hub/detector"
	"lares/hub/journal"
	"lares/hub/store"
	"lares/hub/vault"
	"lares/recorder"
	"lares/recorder/retention"
	"lares/recorder/sealed"
)

var (
	// ErrNotFound says that there is no such thing, or not for this caller.
	ErrNotFound = errors.New("gate: not found")
	// ErrUnavailable says that the gate is in doubt: the database does not
	// answer or the clock is wrong.
	ErrUnavailable = errors.New("gate: cannot tell now")
	// ErrUnnoted says that the journal takes nothing now: nobody would learn who
	// received it. It is ErrUnavailable, too.
	ErrUnnoted = fmt.Errorf("%w: the journal takes nothing", ErrUnavailable)
	// ErrMisdirected says that a connection belongs to another login session
	// (HTTP 421); close it.
	ErrMisdirected = errors.New("gate: this connection belongs to another session")
	// ErrCrossed says that a crossed wire was refused: nothing was written.
	// It is counted, and answered like ErrNotFound.
	ErrCrossed = errors.New("gate: crossed wire refused")
	// ErrRolledBack says that the database is older than the recordings: until
	// the operator confirms, nothing stored opens.
	ErrRolledBack = errors.New("gate: the database is older than the recordings")
	// ErrKeysAway says that keys would change, and the disk of the keyring is away.
	ErrKeysAway = errors.New("gate: the disk with the keys is away")
	// ErrStarred says that somebody wants the event kept.
	ErrStarred = errors.New("gate: starred")
	// ErrRecording says that the event goes on.
	ErrRecording = errors.New("gate: still recording")
	// ErrInput says that a new camera's or grant's fields cannot be used.
	ErrInput = errors.New("gate: not usable")
	// ErrTooMany says that an account has as many of these as it may.
	ErrTooMany = errors.New("gate: too many")
	// ErrKnownDevice says that a device is another camera of this hub already.
	ErrKnownDevice = errors.New("gate: this device is another camera")
	// ErrSharedPassword says that nothing would tell a camera from another owner's:
	// it has the same user name and password, and cannot be recognised.
	ErrSharedPassword = errors.New("gate: the password of another owner's camera")
	// ErrGuesses says that an account entered too many passwords of cameras.
	ErrGuesses = errors.New("gate: too many passwords of cameras")
	// ErrDetectorTries says that an account asked very many addresses for a detector.
	ErrDetectorTries = errors.New("gate: too many tries of detectors")
	// ErrOffered says that a camera is offered to somebody already.
	ErrOffered = errors.New("gate: offered already")
	// ErrUnconfirmed says that somebody has new keys, which the owner confirms
	// or revokes before it shares anything else.
	ErrUnconfirmed = errors.New("gate: the keys of this account changed")
)

// answerIn bounds a look into the database: later is doubt.
const answerIn = time.Second

// Config is what a Gate needs; the hooks may be nil.
type Config struct {
	Store *store.Store
	Vault *vault.Vault
	Clock clock.Clock
	// Built is when this program was built; see account.Config.
	Built time.Time
	Log   *slog.Logger
	// Journal hears what is delivered, shared and denied; nil hears nothing.
	Journal *journal.Journal

	// Finder finds devices on the hub's networks; nil finds none.
	Finder Finder
	// Prober looks at a device before it is a camera.
	Prober Prober
	// Here says that cameras may be on this machine itself, as in the demo; else nobody has
	// the hub look at itself.
	Here bool
	// LinkAddress is the link layer address that the kernel sees behind an
	// address, "" for none (cameras.LinkAddress).
	LinkAddress func(netip.Addr) string
	// LinkAddresses are all that it sees, in one reading (cameras.LinkAddresses);
	// FindLink has it find out who is at an address, for the next reading.
	LinkAddresses func() map[netip.Addr]string
	FindLink      func(netip.Addr)

	// NoDetectors says that who runs the hub lets no camera have a detector.
	NoDetectors bool
	// TryDetector asks a detector about a picture of nothing (detector.Asker.Try); nil is
	// a hub from which none answers.
	TryDetector func(context.Context, detector.Settings) (time.Duration, error)

	// Control has cameras do something; nil is a hub whose cameras never answer.
	Control Controller
	// Heat is where it moves before cameras; nil knows it of none.
	Heat HeatSource

	// Changed hears that a camera was added or removed, or that its access
	// changed: see WorkerCamera.
	Changed func(media.CameraID)
	// Watching hears that something else counts of what moves before a camera, or is done
	// with its pictures: see WorkerCamera and DetectorLane.
	Watching func(media.CameraID)
	// Ruled hears that events begin at other times at some cameras, or that something else is
	// recorded of one, or to another place: see Armed, Plans and RecordsTo.
	Ruled func()
	// Revoked hears that an account lost a camera, wholly or in part: its
	// streams of that camera end.
	Revoked func(account.ID, media.CameraID)
	// Locked hears that a lockdown closed doors and ended these sessions:
	// everything that runs asks again at once.
	Locked func(ended []account.SessionID)
	// Rekeyed hears that a camera has a new epoch: the worker needs a new run
	// (Fleet.Rekey), the open clip ends (Recorder.Cut).
	Rekeyed func(media.CameraID)
	// Erase deletes a removed camera's recordings (Recorder.Erase). It is
	// called again after a restart until it succeeds.
	Erase func(context.Context, media.CameraID) error
	// Discard deletes those clips of a camera that are marked as being removed
	// (Recorder.Discard).
	Discard func(context.Context, media.CameraID) error
	// Listed hears that an event changed.
	Listed func(media.CameraID, media.EventID)
	// Kept hears that something else is to be kept: see Retention.
	Kept func()
	// Preview says how many clips and bytes of a camera would go if this were kept of it
	// (Recorder.Preview).
	Preview func(context.Context, media.CameraID, retention.Camera) (clips int, bytes int64, err error)
	// Recorded says what recordings take, and where (Recorder.Recorded).
	Recorded func() (recorder.Recorded, error)
	// Lost says whether the file of a clip is gone for good, as far as is known (Recorder.Lost);
	// nil has none of them lost.
	Lost func(media.CameraID, media.ClipID) bool
	// Health says how recorder and database do; nil knows nothing.
	Health func() Health
	// Pools says how the media pools do, the first one first (Recorder.Pools).
	Pools func() []recorder.PoolState
}

// Gate admits callers and opens media for them. All methods are safe for
// concurrent use. It keeps nothing that was opened.
type Gate struct {
	cfg Config

	probes  *probes
	turns   turns
	guesses guesses
	asks    guesses // of detectors: each tells whether something answers at an address of the house

	asking sync.Mutex // guards following
	asked  map[media.CameraID][]netip.Addr
	places map[media.CameraID][]Place // where they seem to be now
	sought map[netip.Addr]time.Time   // when the kernel was made to find out who is there

	airing sync.Mutex // guards off; held while privacy is changed
	off    map[media.CameraID]bool

	mu    sync.Mutex // guards stale
	stale map[media.CameraID]bool
}

// New makes the gate.
func New(c Config) *Gate {
	if c.Control == nil {
		c.Control = func(context.Context, media.CameraID, control.Order) (control.Found, error) {
			return control.Found{}, control.Silent
		}
	}
	if c.Heat == nil {
		c.Heat = func(media.CameraID) (media.Unit, seal.Run, error) { return media.Unit{}, seal.Run{}, cameras.ErrNoHeat }
	}
	if c.TryDetector == nil {
		c.TryDetector = func(context.Context, detector.Settings) (time.Duration, error) { return 0, detector.FaultSilent }
	}
	if c.Changed == nil {
		c.Changed = func(media.CameraID) {}
	}
	if c.Watching == nil {
		c.Watching = func(media.CameraID) {}
	}
	if c.Ruled == nil {
		c.Ruled = func() {}
	}
	if c.LinkAddress == nil {
		c.LinkAddress = func(netip.Addr) string { return "" }
	}
	if c.LinkAddresses == nil {
		c.LinkAddresses = func() map[netip.Addr]string { return nil }
	}
	if c.FindLink == nil {
		c.FindLink = func(netip.Addr) {}
	}
	if c.Revoked == nil {
		c.Revoked = func(account.ID, media.CameraID) {}
	}
	if c.Locked == nil {
		c.Locked = func([]account.SessionID) {}
	}
	if c.Rekeyed == nil {
		c.Rekeyed = func(media.CameraID) {}
	}
	if c.Erase == nil {
		c.Erase = func(context.Context, media.CameraID) error { return nil }
	}
	if c.Discard == nil {
		c.Discard = func(context.Context, media.CameraID) error { return nil }
	}
	if c.Listed == nil {
		c.Listed = func(media.CameraID, media.EventID) {}
	}
	if c.Kept == nil {
		c.Kept = func() {}
	}
	if c.Preview == nil {
		c.Preview = func(context.Context, media.CameraID, retention.Camera) (int, int64, error) {
			return 0, 0, ErrUnavailable
		}
	}
	if c.Recorded == nil {
		c.Recorded = func() (recorder.Recorded, error) { return recorder.Recorded{}, ErrUnavailable }
	}
	if c.Lost == nil {
		c.Lost = func(media.CameraID, media.ClipID) bool { return false }
	}
	if c.Pools == nil {
		c.Pools = func() []recorder.PoolState { return nil }
	}
	return &Gate{
		cfg: c, stale: map[media.CameraID]bool{},
		probes: newProbes(), guesses: guesses{left: map[store.AccountID]supply{}}, asks: guesses{left: map[store.AccountID]supply{}}, asked: map[media.CameraID][]netip.Addr{}, places: map[media.CameraID][]Place{}, sought: map[netip.Addr]time.Time{}, off: map[media.CameraID]bool{},
	}
}

// Refused counts refused crossings by site, since start:
// crossed_wire_refused_total.
func (g *Gate) Refused() map[string]uint64 { return g.cfg.Vault.Refusals().Snapshot() }

// now is the time, unless the clock is known to be wrong.
func (g *Gate) now() (time.Time, error) {
	now := g.cfg.Clock.Now()
	if now.Before(g.cfg.Built) {
		g.cfg.Log.Error("the clock stands before the day this program was built: nothing opens until it is set", "clock", now)
		return now, ErrUnavailable
	}
	return now, nil
}

// ready is now, unless nothing may be delivered: what goes out now could be gone from
// the journal.
func (g *Gate) ready() (time.Time, error) {
	now, err := g.now()
	if err == nil && g.cfg.Journal.Stuck() {
		err = ErrUnnoted
	}
	return now, err
}

// answer turns an error of the rooms below into one of the gate's.
func (g *Gate) answer(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, seal.ErrCrossed), errors.Is(err, seal.ErrOpen):
		return ErrCrossed // counted where it was found
	case errors.Is(err, vault.ErrRolledBack):
		return ErrRolledBack
	case vault.RingGone(err):
		return ErrKeysAway
	case errors.Is(err, store.ErrNoRow), errors.Is(err, vault.ErrNoKey), errors.Is(err, ErrNotFound):
		return ErrNotFound
	case errors.Is(err, sealed.ErrFormat): // the disk changed it: it is not there any more, which the recorder tells
		return ErrNotFound
	}
	if full := (StarsFull{}); errors.As(err, &full) {
		return full
	}
	if damaged := (Damaged{}); errors.As(err, &damaged) {
		return damaged
	}
	for _, own := range []error{
		ErrLockdown, ErrNoLift, ErrStarred, ErrRecording, ErrInput, ErrTooMany, ErrUnconfirmed, ErrCamerasFull, ErrHubFull, ErrKnownDevice, ErrSharedPassword, ErrGuesses, ErrDetectorTries, ErrPasswordAgain, ErrSerialLost, ErrKeyLost, ErrLookAgain, ErrSubLookAgain, ErrSubElsewhere, ErrONVIFElsewhere, ErrOffered, ErrPrivate, ErrNoDetectors, ErrNothing, ErrNoKey, ErrMixed, ErrUnavailable, ErrCrossed, ErrRolledBack, ErrKeysAway,
	} {
		if errors.Is(err, own) {
			return err
		}
	}
	g.cfg.Log.Error("gate: in doubt", "error", err)
	return ErrUnavailable
}

// crossedOwner counts one of what belongs to an account and is no camera's.
func (g *Gate) crossedOwner(site fault.Site, owner account.ID) error {
	g.cfg.Vault.Refusals().Note(vault.Crossing{Site: site, Owner: owner})
	return ErrCrossed
}

// crossing counts one of which it is known whose camera it was, and who would
// have received it.
func (g *Gate) crossing(site fault.Site, camera media.CameraID, who account.ID) error {
	g.cfg.Vault.Refusals().Note(vault.Crossing{Site: site, Camera: camera, Account: who})
	return ErrCrossed
}

// Crossed counts a crossing that was found above the gate, of something of an
// account, and returns ErrCrossed.
func (g *Gate) Crossed(site fault.Site, owner account.ID) error { return g.crossedOwner(site, owner) }
