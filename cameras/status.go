package cameras

import (
	"fmt"
	"time"

	"lares/cameras/internal/wire"
	"lares/cameras/media"
)

// meter is that of a stream a worker may name; m.mu is held.
func (m *minder) meter(s media.StreamID) *meter { return &m.meters[s-media.StreamMain] }

// counted notes a unit that was forwarded.
func (m *minder) counted(u *media.Unit) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.meter(u.Stream).count(u)
}

// lost notes what a stream lost.
func (m *minder) lost(c wire.Counts) {
	now := m.f.cfg.Clock.Now()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.meter(c.Stream).lost(c, now)
}

// report takes over a stream's state.
func (m *minder) report(s wire.State) {
	now := m.f.cfg.Clock.Now()
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.meter(s.Stream).report(s, now) && m.talk.take(now) {
		m.log.Info("camera", "stream", s.Stream.String(), "state", s.Code, "message", s.Message)
	}
}

// reportAll sets both streams' state: that of a camera without a worker.
func (m *minder) reportAll(s wire.State) {
	for s.Stream = media.StreamMain; s.Stream <= media.StreamSub; s.Stream++ {
		m.report(s)
	}
}

func (m *minder) statusNow(now time.Time) Status {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.status
	first := m.meters[0].read(now)
	s.Streams = []StreamStatus{first}
	s.State, s.Message, s.Since, s.NextTry, s.LastVideo = first.State, first.Message, first.Since, first.NextTry, m.meters[0].last
	if m.camera.Access.Sub != "" {
		second := m.meters[1].read(now)
		s.Streams = append(s.Streams, second)
		if s.State == Live && missing(second.State) {
			s.State, s.Since = Degraded, later(s.Since, second.Since)
			s.Message = fmt.Sprintf("The small stream is missing (%s). %s", second.State, second.Message)
		}
	}
	if s.State == AnotherDevice {
		s.Stranger = m.stranger
	}
	s.Warning = m.workers
	if m.pinless != "" && s.Warning != "" {
		s.Warning += " "
	}
	s.Warning += m.pinless
	return s
}

// missing reports whether a sub stream in this state is missed: one that is
// tried for the first time is not.
func missing(s State) bool { return s != Live && s != Degraded && s != Connecting }

func (m *minder) warned(text string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.workers = text
}

func (m *minder) caged(lacking string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if lacking != "" && lacking != m.status.Cage {
		m.log.Warn("the kernel cannot do all of the worker's cage", "lacking", lacking)
	}
	m.status.Cage = lacking
}
