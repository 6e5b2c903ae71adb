package detector

import (
	"slices"
	"time"

	"lares/cameras/media"
	"lares/recorder"
)

const (
	// mostWaiting bounds the pictures that wait for one detector; beyond that the oldest
	// is left out.
	mostWaiting = 8
	// waitsFor is how long a picture waits at most. Its event is hardly over then.
	waitsFor = 30 * time.Second
	// perEvent is how many pictures of one event are asked about at most.
	perEvent = 4

	// A detector that gave no answer is left alone for firstPause, then for twice as long
	// each time, up to mostPause.
	firstPause = 5 * time.Second
	mostPause  = 5 * time.Minute
)

// Lane names who set a detector, and where: one question at a time goes along it. That of
// somebody else to the same address is another, so that nobody waits for what happens
// before others' cameras.
type Lane string

// question is a picture that waits for its turn.
type question struct {
	recorder.Picture
	since time.Time
}

// lane is one with what waits in it; Asker.mu guards it.
type lane struct {
	name    Lane
	cameras map[media.CameraID]bool // that use it
	waiting []question
	busy    bool           // somebody serves it
	asks    media.CameraID // whose picture is shown now; zero none
	stop    func()         // ends that
	status  Status
	faults  int // one after the other
}

// Status is how a detector answers.
type Status struct {
	Asked time.Time     // the last question that had an outcome; zero: none yet
	Took  time.Duration // of the last answer
	Fault Fault         // "" while it answers
	Since time.Time     // when the fault began
	Next  time.Time     // when it is asked again, after a fault
}

// put queues a picture: in the place of the one before of its event, or last.
func (l *lane) put(q question) {
	same := func(w question) bool { return w.Camera == q.Camera && w.Event == q.Event }
	if i := slices.IndexFunc(l.waiting, same); i >= 0 {
		l.waiting[i].Picture = q.Picture // it keeps its turn
		return
	}
	if len(l.waiting) == mostWaiting {
		l.waiting = slices.Delete(l.waiting, 0, 1)
	}
	l.waiting = append(l.waiting, q)
}

// next takes the first one that did not wait too long.
func (l *lane) next(now time.Time) (q question, ok bool) {
	for len(l.waiting) > 0 {
		q = l.waiting[0]
		l.waiting = slices.Delete(l.waiting, 0, 1)
		if now.Sub(q.since).Abs() <= waitsFor && !l.closed(now) {
			return q, true
		}
	}
	return question{}, false
}

// closed reports whether the detector is left alone now.
func (l *lane) closed(now time.Time) bool { return now.Before(l.status.Next) }

// came notes the outcome of a question.
func (l *lane) came(fault Fault, now time.Time, took time.Duration) {
	s := &l.status
	s.Asked = now
	if fault == "" {
		l.faults, s.Fault, s.Since, s.Next, s.Took = 0, "", time.Time{}, time.Time{}, took
		return
	}
	if s.Fault == "" {
		s.Since = now
	}
	s.Fault, s.Next = fault, now.Add(min(firstPause<<min(l.faults, 16), mostPause))
	l.faults++
}

// drop takes out what waits of a camera, and ends the question about it that is under way.
func (l *lane) drop(id media.CameraID) {
	if l.asks == id && l.stop != nil {
		l.stop()
	}
	l.waiting = slices.DeleteFunc(l.waiting, func(q question) bool { return q.Camera == id })
}
