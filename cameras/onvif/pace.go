package onvif

import "time"

const (
	// emptySoon and emptyLate are the pauses after answers that came at once and
	// brought nothing: some devices do not wait as they are asked to, and an event of
	// theirs is late by one pause.
	emptySoon = 50 * time.Millisecond
	emptyLate = 800 * time.Millisecond
	// messageRate is how many messages per second are taken on average, messageBurst
	// how many at once after quiet times: a large recorder tells at the start how
	// all of its inputs are.
	messageRate  = 50
	messageBurst = 500
)

// pace says how long to wait from one PullMessages to the next, so that a device that
// answers at once, with nothing or with much, is not asked without end. The zero pace
// is ready. One goroutine uses it.
type pace struct {
	empty time.Duration // the last pause after nothing
	debt  time.Duration // of what was taken, at messageRate
	at    time.Time
}

// after takes an answer with n messages that came at now and took that long, and
// returns for how long to do nothing.
func (p *pace) after(n int, took time.Duration, now time.Time) time.Duration {
	const each = time.Second / messageRate
	p.debt = max(p.debt-now.Sub(p.at), 0) + time.Duration(max(n, 1))*each
	p.at = now
	pause := max(p.debt-messageBurst*each, 0)
	if n > 0 || took >= pullFor/2 {
		p.empty = 0
		return pause
	}
	p.empty = min(max(2*p.empty, emptySoon), emptyLate)
	return max(pause, p.empty)
}
