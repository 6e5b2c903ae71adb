package recorder

import (
	"errors"
	"time"

	"lares/cameras/media"
)

// activeLimit ends a state whose end never came, for example because the camera
// lost its subscribers: after so long without another word.
const activeLimit = time.Hour

var (
	// ErrNotWatched says that the recorder does not watch the camera.
	ErrNotWatched = errors.New("recorder: camera is not watched")
	// ErrKind says that a trigger has no valid kind.
	ErrKind = errors.New("recorder: unknown kind of trigger")
)

// Trigger says that something began, went on or ended at a camera.
type Trigger struct {
	Kind media.Kind
	// Active is the state of the kind: true holds the recording until false
	// comes, plus the post-roll. Hold marks a moment instead, such as an API
	// call or a doorbell press: the recording lasts the post-roll from At.
	Active, Hold bool
	// Source is who noticed it. Each source's state of a kind holds the recording by
	// itself. What is found in pictures or sound is told late, so that the post-roll counts from
	// when it was told.
	Source media.Source
	At     time.Time   // zero is now
	Unit   *media.Unit // the sealed UnitEvent, if there is one
	// Class and Text are what is said of it where there is no unit, by somebody outside: they are
	// sealed for who may see what is recorded now. Of a sound they are told to who may hear.
	Class, Text string
}

// toldLate says that the hub found in pictures or sound what a source tells, some time after it was.
func toldLate(s media.Source) bool { return s == media.SourceMotion || s == media.SourceSound }

// situation is what goes on at one camera: at most one event, into which
// triggers merge until its post-roll is over, or another one begins behind it (succeed).
type situation struct {
	event      media.EventID // zero: nothing
	kind       media.Kind    // of the first trigger, of one that is no sound if there is any
	start, end time.Time     // of what was noticed, without the rolls
	date       time.Time     // what the start is called
	until      time.Time     // end of the post-roll, unless something is active
	rang       time.Time     // the last time that somebody rang, or tampered with it
	late       time.Duration // how long after its start it was told
	pre        time.Duration // how much of before is recorded
	active     map[state]time.Time
}

// state is what one source says of one kind.
type state struct {
	kind   media.Kind
	source media.Source
}

// trigger merges t, at the time now, and says whether an event began. The end
// of a state in no event is nothing.
func (s *situation) trigger(t Trigger, now time.Time, roll Roll) (began bool) {
	starts := t.Active || t.Hold
	if s.event.IsZero() {
		if !starts {
			return false
		}
		*s = situation{event: media.NewEventID(), kind: t.Kind, start: t.At, late: max(0, now.Sub(t.At)), pre: roll.Pre, active: map[state]time.Time{}}
		began = true
	}
	if starts && s.kind == media.KindSound {
		s.kind = t.Kind // who may not hear the camera is told of what else happened
	}
	if starts && (t.Kind == media.KindDoorbell || t.Kind == media.KindTamper) {
		s.rang = t.At
	}
	said := state{t.Kind, t.Source}
	switch {
	case t.Hold:
	case t.Active:
		s.active[said] = now
	default:
		delete(s.active, said)
	}
	s.extend(t.At, roll.Post)
	if until := now.Add(roll.Post); toldLate(t.Source) && until.After(s.until) {
		s.until = until
	}
	return began
}

func (s *situation) extend(at time.Time, postRoll time.Duration) {
	if at.After(s.end) {
		s.end = at
	}
	if until := at.Add(postRoll); until.After(s.until) {
		s.until = until
	}
}

// over says whether the recording may end at now.
func (s *situation) over(now time.Time, postRoll func(media.Kind) time.Duration) bool {
	for said, at := range s.active {
		if now.Sub(at) > activeLimit {
			delete(s.active, said)
			s.extend(at.Add(activeLimit), postRoll(said.kind))
		}
	}
	return len(s.active) == 0 && now.After(s.until)
}

// row is the event as the index lists it.
func (s *situation) row(camera media.CameraID) EventRow {
	return EventRow{Event: s.event, Camera: camera, Kind: s.kind, Start: s.date}
}

// dated is what a time of the event is called: as long after its start as it is, also if
// the clock was set meanwhile.
func (s *situation) dated(at time.Time) time.Time { return s.date.Add(at.Sub(s.start)) }

// EventNote is what a TypeEvent record of a clip holds, as JSON: one trigger.
type EventNote struct {
	Event media.EventID `json:"event"`
	Kind  media.Kind    `json:"kind"`
	At    time.Time     `json:"at"`
	EventText
}
