package worker

import (
	"context"
	"time"

	"lares/cameras/internal/wire"
)

const (
	// talkSilence ends a talk in which nothing is said.
	talkSilence = 5 * time.Second
	// talkLongest is for how long somebody may speak at once.
	talkLongest = 5 * time.Minute
)

// loudspeaker is a connection to what the camera listens to.
type loudspeaker interface {
	// send sends what is due. What the connection does not take waits.
	send(s *speech, now time.Duration) error
	// sent reports whether everything is on the network: closing the connection
	// would leave out what waits.
	sent() bool
	// wait waits for the camera to end the connection.
	wait() error
	// hangUp ends it.
	hangUp()
}

// carry sends what is said until it is over, and says why that is.
func (m *mouth) carry(ctx context.Context, s *speech, to loudspeaker) (why string, err error) {
	ended := make(chan error, 1)
	go func() { ended <- to.wait() }()
	defer func() { to.hangUp(); <-ended }()
	began := m.w.now()
	tick := time.NewTicker(slotTime)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return wire.TalkAsked, nil
		case err := <-ended:
			ended <- err
			return "", lost(err)
		case <-tick.C:
		}
		now := m.w.now()
		if err := to.send(s, now); err != nil {
			return "", err
		}
		why := spoken(s, now, now-began)
		if why == "" || why == wire.TalkAsked && !to.sent() && s.quiet(now) < talkSilence {
			continue
		}
		return why, nil
	}
}

// lost is the end of a connection by the camera.
func lost(err error) error {
	if err == nil {
		err = failed(wire.Unreachable, "The connection to the camera ended.")
	}
	return err
}

// spoken says why a talk is over; "" if it is not.
func spoken(s *speech, now, took time.Duration) string {
	switch {
	case s.said():
		return wire.TalkAsked
	case s.quiet(now) >= talkSilence:
		return wire.TalkSilent
	case took >= talkLongest:
		return wire.TalkTooLong
	}
	return ""
}
