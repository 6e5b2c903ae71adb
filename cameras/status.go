package cameras

import (
	"time"

	"lares/cameras/internal/wire"
	"lares/cameras/media"
)

// meterWindow is over what bit rate and picture rate are counted.
const meterWindow = 2 * time.Second

// meter counts what one stream delivers.
type meter struct {
	status   StreamStatus
	connects int // of this worker
	before   int // of the ones before it
	since    time.Time
	bytes    int
	pictures int
	last     time.Time
}

func (m *meter) count(u *media.Unit) {
	if span := u.Received.Sub(m.since); span >= meterWindow {
		if span < 2*meterWindow {
			m.status.Bitrate = float64(m.bytes) * 8 / span.Seconds()
			m.status.FPS = float64(m.pictures) / span.Seconds()
		}
		m.since, m.bytes, m.pictures = u.Received, 0, 0
	}
	m.bytes += len(u.Sealed)
	if u.Type == media.UnitVideo {
		m.pictures++
		m.last = u.Received
	}
}

func (m *meter) read(now time.Time) StreamStatus {
	s := m.status
	if now.Sub(m.last) > 2*meterWindow {
		s.Bitrate, s.FPS = 0, 0
	}
	return s
}

// counted notes a unit that was forwarded.
func (m *minder) counted(u *media.Unit) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.meters[u.Stream-media.StreamMain].count(u)
	if u.Stream == media.StreamMain && u.Type == media.UnitVideo {
		m.status.LastVideo = u.Received
	}
}

// report takes over a state. The main stream's is the camera's.
func (m *minder) report(s wire.State) {
	now := m.f.cfg.Clock.Now()
	m.mu.Lock()
	defer m.mu.Unlock()
	meter := &m.meters[s.Stream-media.StreamMain]
	st := &meter.status
	st.Connected = s.Code == wire.Live
	if s.Code == wire.Live {
		st.Codec, st.Width, st.Height = s.Codec, s.Width, s.Height
		meter.connects = s.Connects
		st.Reconnects = max(meter.before+meter.connects-1, 0)
	}
	if s.Stream != media.StreamMain {
		return
	}
	if m.status.State != State(s.Code) {
		m.status.State, m.status.Since = State(s.Code), now
		m.log.Info("camera", "state", s.Code, "message", s.Message)
	}
	m.status.Message, m.status.NextTry = s.Message, time.Time{}
	if s.RetryMS > 0 {
		m.status.NextTry = now.Add(time.Duration(s.RetryMS) * time.Millisecond)
	}
}

func (m *minder) statusNow(now time.Time) Status {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.status
	s.Streams = []StreamStatus{m.meters[0].read(now)}
	if m.camera.Access.Sub != "" {
		s.Streams = append(s.Streams, m.meters[1].read(now))
	}
	s.Warning = m.workers
	if m.pinless != "" && s.Warning != "" {
		s.Warning += " "
	}
	s.Warning += m.pinless
	return s
}

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
