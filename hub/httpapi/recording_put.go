package httpapi

import (
	"fmt"
	"slices"
	"time"

	"lares/cameras/media"
	"lares/cameras/schedule"
	"lares/hub/gate"
	"lares/hub/store"
	"lares/recorder"
)

// recordingPlanView is what of a camera is recorded, for who may manage it.
type recordingPlanView struct {
	Mode       media.Mode     `json:"mode"` // at no time of the week below
	Times      []modeTimeView `json:"times"`
	Streams    media.Streams  `json:"streams"` // which
	Sound      bool           `json:"sound"`   // is recorded with the pictures
	rollView                  // of events of all other kinds
	Kinds      []kindRollView `json:"kinds"`
	Unreadable bool           `json:"unreadable"` // what was said; it is events, without sound
	Now        media.Mode     `json:"now"`
	Until      moment         `json:"until,omitzero"`
	Clock      string         `json:"clock"` // of the hub, now; times are of it
}

// modeTimeView is a time of some days of the week, and what is recorded in it.
type modeTimeView struct {
	timeView
	Mode media.Mode `json:"mode"`
}

// rollView is how much is recorded before an event and after its end.
type rollView struct {
	Pre  int `json:"pre_roll_ms"`
	Post int `json:"post_roll_ms"`
}

type kindRollView struct {
	Kind media.Kind `json:"kind"`
	rollView
}

func viewOfRoll(r recorder.Roll) rollView {
	return rollView{int(r.Pre.Milliseconds()), int(r.Post.Milliseconds())}
}

func (v rollView) roll() recorder.Roll {
	return recorder.Roll{Pre: time.Duration(v.Pre) * time.Millisecond, Post: time.Duration(v.Post) * time.Millisecond}
}

// kinds are those of events.
var kinds = [...]media.Kind{media.KindMotion, media.KindSound, media.KindCamera, media.KindDoorbell, media.KindTamper, media.KindTrigger}

func viewOfRecordingPlan(p gate.RecordingPlan) *recordingPlanView {
	v := &recordingPlanView{
		Mode: p.Mode, Times: make([]modeTimeView, 0, len(p.Week)), Streams: p.Streams, Sound: p.Sound, rollView: viewOfRoll(recorder.UsualRoll()), Kinds: []kindRollView{},
		Unreadable: p.Unreadable, Now: p.Now, Until: moment(p.Until), Clock: p.Clock.Format(clockFormat),
	}
	for _, w := range p.Week {
		v.Times = append(v.Times, modeTimeView{viewOfWeek(schedule.Week{w.Window})[0], w.Mode})
	}
	if r, ok := p.Rolls[""]; ok {
		v.rollView = viewOfRoll(r)
	}
	for _, k := range kinds {
		if r, ok := p.Rolls[k]; ok {
			v.Kinds = append(v.Kinds, kindRollView{k, viewOfRoll(r)})
		}
	}
	return v
}

// recordingPlanPut says what is recorded of a camera from now on.
func (s *Server) recordingPlanPut(q *request) error {
	var p store.RecordingPlan
	var body modesBody
	var of []*kindRollView
	usual := viewOfRoll(recorder.UsualRoll())
	rolls := func(v *rollView) []field {
		return []field{
			{"pre_roll_ms", &v.Pre, int(recorder.MaxPreRoll.Milliseconds()), false},
			{"post_roll_ms", &v.Post, int(recorder.MaxPostRoll.Milliseconds()), false},
		}
	}
	next := func() []field {
		k := &kindRollView{rollView: viewOfRoll(recorder.UsualRoll())}
		of = append(of, k)
		return append(rolls(&k.rollView), field{"kind", (*string)(&k.Kind), maxWord, true})
	}
	fields := append(rolls(&usual), field{"mode", (*string)(&p.Mode), maxWord, true}, body.field(), field{"streams", (*string)(&p.Streams), maxWord, false}, field{"sound", &p.Sound, 0, false}, field{"kinds", objects(next), len(kinds), false})
	if err := q.read(fields...); err != nil {
		return err
	}
	if err := isMode(p.Mode); err != nil {
		return err
	}
	if p.Streams != "" && !p.Streams.Valid() {
		return badField("streams", fmt.Sprintf("The streams that are recorded are %s, %s or %s.", media.StreamsMain, media.StreamsSub, media.StreamsBoth))
	}
	var err error
	if p.Week, err = body.week(); err != nil {
		return err
	}
	p.Rolls = recorder.Rolls{"": usual.roll()}
	for _, k := range of {
		if _, twice := p.Rolls[k.Kind]; twice || !slices.Contains(kinds[:], k.Kind) {
			return badField("kind", "The kinds are those of events, each once.")
		}
		p.Rolls[k.Kind] = k.roll()
	}
	return q.done(s.cfg.Gate.SetRecordingPlan(q.ctx, q.pass, p))
}

func isMode(m media.Mode) error {
	if !m.Valid() {
		return badField("mode", fmt.Sprintf("What is recorded is %s, %s, %s or %s.", media.ModeEvents, media.ModeContinuous, media.ModeBoth, media.ModeOff))
	}
	return nil
}
