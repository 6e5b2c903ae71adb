package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"lares/cameras"
	"lares/cameras/fault"
	"lares/cameras/media"
	"lares/cameras/seal"
	"lares/hub/account"
	"lares/hub/gate"
	"lares/hub/store"
	"lares/hub/vault"
	"lares/recorder"
	"lares/recorder/retention"
)

// rekeyTimeout bounds the wait for a worker that does not answer.
const rekeyTimeout = 5 * time.Second

// preRoll is how much of the past a clip begins with: long enough to see a
// person come into the picture, short enough to hold in memory.
const preRoll = 5 * time.Second

// late is how much more of the past is kept: motion is told so long after it began.
const late = 3 * time.Second

// desireAgain is how often cameras are told again what is wanted of them, even if
// nothing is known to change: clocks are set, and leave out hours.
const desireAgain = time.Minute

// desire tells cameras and recorder what the database wants: at the start, when
// a time of privacy begins or ends, and now and then. changed keeps it so
// between.
func (h *house) desire(ctx context.Context) error {
	for first := true; ; first = false {
		next, err := h.desireAll(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil && first:
			return fmt.Errorf("reading the cameras: %w", err)
		case err != nil:
			h.log.Error("the cameras cannot be read; they stay as they are", "error", err)
		}
		wait := desireAgain
		if !next.IsZero() {
			wait = min(wait, next.Sub(h.clock.Now()))
		}
		select {
		case <-time.After(wait):
		case <-h.sooner:
		case <-ctx.Done():
			return nil
		}
	}
}

// desireAll tells all cameras, and says when something changes by itself.
func (h *house) desireAll(ctx context.Context) (next time.Time, err error) {
	h.desiring.Lock()
	defer h.desiring.Unlock()
	list, next, err := h.gate.WorkerCameras(ctx)
	rules := h.readRules(ctx)
	if err != nil {
		h.rule(rules)
		return next, err
	}
	over := h.fleet.Statuses()
	for _, c := range list {
		h.watch(c, rules)
		delete(over, c.ID)
	}
	for id := range over { // somebody could not be told when it was removed
		h.forget(id)
	}
	return sooner(next, rules.next), nil
}

// sooner is the first of two times; zero is never.
func sooner(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// rules are what the recorder is told of cameras: whether motion and sound begin events
// now, what is recorded, and when that changes by itself.
type rules struct {
	armed map[media.CameraID]bool
	plans map[media.CameraID]recorder.Plan
	// places are the media pools that they are recorded to; nil where that cannot be read.
	places map[media.CameraID]int
	next   time.Time
}

func (h *house) readRules(ctx context.Context) (r rules) {
	armed, next, err := h.gate.Armed(ctx)
	if err != nil && ctx.Err() == nil {
		h.log.Error("when events begin cannot be read; they begin at all cameras", "error", err)
	}
	plans, change, err := h.gate.Plans(ctx)
	if err != nil && ctx.Err() == nil {
		h.log.Error("what is to be recorded cannot be read; it stays as it is", "error", err)
	}
	places, err := h.gate.RecordsTo(ctx)
	if err != nil && ctx.Err() == nil {
		h.log.Error("where cameras are recorded to cannot be read; it stays as it is", "error", err)
	}
	return rules{armed, plans, places, sooner(next, change)}
}

// tell tells the recorder of one camera. Where it cannot be read events begin, and what is
// recorded stays as it is.
func (h *house) tell(id media.CameraID, r rules) {
	on, known := r.armed[id]
	h.recorder.Arm(id, on || !known)
	if p, ok := r.plans[id]; ok {
		h.recorder.Plan(id, p)
	}
	if r.places != nil {
		h.recorder.RecordTo(id, r.places[id])
	}
}

// rule tells of all cameras; h.desiring is held.
func (h *house) rule(r rules) {
	for id := range h.fleet.Statuses() {
		h.tell(id, r)
	}
}

// ruled follows a change of when events begin, or of what is recorded.
func (h *house) ruled() {
	h.desiring.Lock()
	defer h.desiring.Unlock()
	h.rule(h.readRules(context.Background()))
	h.look()
}

// look has desire find out anew when something changes by itself.
func (h *house) look() {
	select {
	case h.sooner <- struct{}{}:
	default:
	}
}

// forget ends what runs for a camera that is none any more.
func (h *house) forget(id media.CameraID) {
	h.fleet.Remove(id)
	h.recorder.Forget(id)
	h.detector.Set(id, "")
}

func (h *house) watch(c cameras.Camera, r rules) {
	c.PreRoll = preRoll + late
	h.detects(c) // first, as below
	if c.Private {
		h.fleet.Set(c)
		h.recorder.Rest(c.ID) // what went on there is over, for nobody will tell its end
		h.tell(c.ID, r)
	} else {
		h.recorder.Watch(c.ID) // first: the first run's opener must find its camera
		h.tell(c.ID, r)
		h.fleet.Set(c)
	}
	if err := h.gate.Aired(context.Background(), c.ID, c.Private); err != nil {
		h.log.Error("whether a camera went off the air could not be noted", "camera", c.ID, "error", err)
	}
}

// changed follows one camera that was added, removed or given another access.
func (h *house) changed(id media.CameraID) {
	h.desiring.Lock()
	defer h.desiring.Unlock()
	c, err := h.gate.WorkerCamera(context.Background(), id)
	switch {
	case err == nil:
		h.watch(c, h.readRules(context.Background()))
		h.look()
	case errors.Is(err, gate.ErrNotFound):
		h.forget(id)
	default:
		h.log.Error("a changed camera cannot be read; it stays as it was until the cameras can be", "camera", id, "error", err)
	}
}

// watching follows a change of what counts before a camera, or is done with its pictures:
// its worker goes on.
func (h *house) watching(id media.CameraID) {
	h.desiring.Lock()
	defer h.desiring.Unlock()
	c, err := h.gate.WorkerCamera(context.Background(), id)
	if err == nil {
		if h.detects(c) {
			h.rekeyed(id) // a detector that is new has no opener of the run that goes on
		}
		err = errors.Join(h.fleet.SetMotion(context.Background(), id, c.Motion), h.fleet.SetSound(context.Background(), id, c.Sound))
	}
	if err != nil && !errors.Is(err, gate.ErrNotFound) && !errors.Is(err, cameras.ErrNoCamera) {
		h.log.Error("a camera could not be told what counts before it; it is told with the others", "camera", id, "error", err)
	}
}

// rekeyed follows a new epoch: the worker seals under a new run, where the open
// clip ends and a linked part begins. Who made the epoch does not wait for it: the
// run begins with the camera's next IDR. A worker that does not take it in
// rekeyTimeout is ended, and without a run none begins.
func (h *house) rekeyed(id media.CameraID) {
	h.rekeys.Go(func() { h.rekey(id) })
}

func (h *house) rekey(id media.CameraID) {
	ctx, cancel := context.WithTimeout(context.Background(), rekeyTimeout)
	defer cancel()
	err := h.fleet.Rekey(ctx, id)
	if err != nil && !errors.Is(err, cameras.ErrNotRunning) && !errors.Is(err, cameras.ErrNoCamera) {
		h.log.Error("a camera could not be rekeyed; its worker is replaced", "camera", id, "error", err)
	}
}

func (h *house) locked(ended []account.SessionID) { h.server.Locked(ended) }

func (h *house) revoked(who account.ID, camera media.CameraID) { h.server.Revoked(who, camera) }

// bumpOwn is the gate's, which is made after the accounts.
func (h *house) bumpOwn(ctx context.Context, tx *store.Tx, owner *vault.OpenedAccount, all bool) ([]media.CameraID, error) {
	return h.gate.BumpOwn(ctx, tx, owner, all)
}

func (h *house) ended(id account.SessionID) { h.server.SessionEnded(id) }

func (h *house) erase(ctx context.Context, id media.CameraID) error {
	return h.recorder.Erase(ctx, id)
}

func (h *house) discard(ctx context.Context, id media.CameraID) error {
	return h.recorder.Discard(ctx, id)
}

// kept has the recorder look at what is to be kept now.
func (h *house) kept() { h.recorder.Reconsider() }

func (h *house) preview(ctx context.Context, id media.CameraID, c retention.Camera) (clips int, bytes int64, err error) {
	return h.recorder.Preview(ctx, id, c)
}

func (h *house) recorded() (recorder.Recorded, error) { return h.recorder.Recorded() }

func (h *house) lost(id media.CameraID, clip media.ClipID) bool { return h.recorder.Lost(id, clip) }

func (h *house) poolStates() []recorder.PoolState { return h.recorder.Pools() }

// listed tells pages of an event that is new or changed.
func (h *house) listed(id media.CameraID, event media.EventID) { h.live.Listed(id, event) }

// stretched and missing tell pages likewise of a clip between events, and of a gap.
func (h *house) stretched(id media.CameraID, clip media.ClipID) { h.live.Stretched(id, clip) }
func (h *house) missing(id media.CameraID, from time.Time)      { h.live.Missing(id, from) }

// noticed turns what a camera reports into a trigger.
func (h *house) noticed(n cameras.Noticed) {
	_, err := h.recorder.Trigger(n.Camera, recorder.Trigger{
		Kind: n.Kind, Active: n.Active, Hold: n.Kind == media.KindDoorbell || n.Kind == media.KindTamper && n.Source == media.SourceMotion,
		Source: n.Source, At: n.At, Unit: n.Unit,
	})
	if err != nil && !errors.Is(err, recorder.ErrNotWatched) {
		h.log.Warn("a camera's event starts no clip", "camera", n.Camera, "kind", n.Kind, "error", err)
	}
}

// shown hands on a picture of what moves.
func (h *house) shown(s cameras.Shown) {
	h.recorder.See(s.Camera, recorder.Sight{At: s.At, Size: s.Size, Width: s.Width, Height: s.Height, Unit: s.Unit})
}

// runStarted gives an opener of a run to those who open a camera's units by themselves.
func (h *house) runStarted(run seal.Run, opener func() *seal.Opener) {
	h.recorder.AddRun(run, opener)
	h.detector.AddRun(run, opener)
}

// detects has pictures of a camera go to its detector from now on, or to none: of a
// camera off the air, and where it is not known. It reports whether that takes a new run.
func (h *house) detects(c cameras.Camera) (lacksRun bool) {
	lane, err := h.gate.DetectorLane(context.Background(), c.ID)
	if err != nil {
		h.log.Error("a camera's detector cannot be read; it has none until it can be", "camera", c.ID, "error", err)
	}
	if c.Private {
		lane = ""
	}
	return h.detector.Set(c.ID, lane)
}

// crossed counts what the cameras' and the recorder's rooms refused.
func (h *house) crossed(site fault.Site, camera media.CameraID) {
	h.vault.Refusals().Note(vault.Crossing{Site: site, Camera: camera})
}

// claimCode answers `lares claim`.
func (h *house) claimCode(ctx context.Context) (string, error) {
	code, err := h.accounts.ClaimCode(ctx)
	if errors.Is(err, account.ErrClaimed) {
		return "", errors.New("this hub has an owner already: sign in, or ask its operator for an account")
	}
	return code, err
}
