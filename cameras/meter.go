package cameras

import (
	"time"

	"lares/cameras/internal/wire"
	"lares/cameras/media"
)

const (
	// meterWindow is over what bit rate and picture rate are counted.
	meterWindow = 2 * time.Second
	// lossWindow is over what losses make a stream degraded.
	lossWindow = 10 * time.Second
	// lossSlots divide lossWindow; a worker counts each second.
	lossSlots = 10
	// gopsKept is over how many groups of pictures their length is averaged.
	gopsKept = 4
	// videoClock is what the times of video count in, in Hz: that of every video
	// payload format Lares takes (RFC 6184, 7798 and 2435).
	videoClock = 90_000
)

// meter knows how one stream does, and counts what it delivers.
type meter struct {
	status   StreamStatus // Connected: the worker calls it live
	connects int          // of this worker
	before   int          // of the ones before it

	since    time.Time
	bytes    int
	pictures int
	last     time.Time

	syncs  []int64 // times of the last pictures to start at, in ticks
	delays delays

	late   time.Duration // of the last second; 0 not known
	lately time.Time     // when that was told

	slots [lossSlots]slot
	hurt  time.Time // the last loss
	began time.Time // of the losses that go on until hurt
}

// slot counts the packets of a second.
type slot struct {
	second        int64
	packets, lost int64
}

func newMeter(id media.StreamID, now time.Time) meter {
	return meter{status: StreamStatus{Stream: id, State: Connecting, Since: now}}
}

// count notes a unit that was forwarded.
func (m *meter) count(u *media.Unit) {
	if span := u.Received.Sub(m.since); span >= meterWindow {
		if span < 2*meterWindow {
			m.status.Bitrate = float64(m.bytes) * 8 / span.Seconds()
			m.status.FPS = float64(m.pictures) / span.Seconds()
		}
		m.since, m.bytes, m.pictures = u.Received, 0, 0
	}
	m.bytes += len(u.Sealed)
	if u.Type != media.UnitVideo {
		return
	}
	m.pictures++
	m.last = u.Received
	m.delays.note(u)
	if u.Sync {
		m.group(u.DTS)
	}
}

// group notes a picture to start at.
func (m *meter) group(dts int64) {
	if len(m.syncs) > gopsKept {
		m.syncs = append(m.syncs[:0], m.syncs[1:]...)
	}
	m.syncs = append(m.syncs, dts)
	if n := len(m.syncs) - 1; n > 0 {
		m.status.GOP = ticks((dts - m.syncs[0]) / int64(n))
	}
}

// lost takes over what the worker counted.
func (m *meter) lost(c wire.Counts, now time.Time) {
	second := now.Unix()
	s := &m.slots[uint64(second)%lossSlots]
	if s.second != second {
		*s = slot{second: second}
	}
	m.late, m.lately = time.Duration(c.LateMS)*time.Millisecond, now
	s.packets += c.Packets
	s.lost += c.Lost
	m.status.PacketsLost += c.Lost
	m.status.PicturesLost += c.Pictures
	if c.Lost == 0 && c.Pictures == 0 {
		return
	}
	if now.Sub(m.hurt) >= lossWindow {
		m.began = now
	}
	m.hurt = now
}

// loss is the share of packets lost in the last seconds, in percent.
func (m *meter) loss(now time.Time) float64 {
	var packets, lost int64
	for _, s := range m.slots {
		if age := now.Unix() - s.second; age >= 0 && age < lossSlots {
			packets += s.packets
			lost += s.lost
		}
	}
	if lost == 0 {
		return 0
	}
	return 100 * float64(lost) / float64(packets+lost)
}

// report takes over a state and says whether it is another one.
func (m *meter) report(s wire.State, now time.Time) (changed bool) {
	st := &m.status
	changed = st.State != State(s.Code)
	if changed {
		st.State, st.Since = State(s.Code), now
	}
	st.Message, st.NextTry = s.Message, time.Time{}
	if s.RetryMS > 0 {
		st.NextTry = now.Add(time.Duration(s.RetryMS) * time.Millisecond)
	}
	st.Connected = s.Code == wire.Live || s.Code == wire.Frozen && s.RetryMS == 0 // one picture again and again
	if !st.Connected {
		m.syncs, m.delays, m.late = m.syncs[:0], delays{}, 0
		return changed
	}
	st.Codec, st.Width, st.Height = s.Codec, s.Width, s.Height
	m.connects = s.Connects
	st.Reconnects = max(m.before+m.connects-1, 0)
	return changed
}

// left is called when the worker is gone.
func (m *meter) left() {
	m.status.Connected = false
	m.before, m.connects = m.before+m.connects, 0
}

// read is the status at now: a live stream that lost something in the last
// seconds is degraded.
func (m *meter) read(now time.Time) StreamStatus {
	s := m.status
	if now.Sub(m.last) > max(2*meterWindow, 2*s.GOP) {
		s.Bitrate, s.FPS = 0, 0
	}
	s.Loss, s.Jitter = m.loss(now), m.delays.read(now)
	if s.Connected && now.Sub(m.lately) < 2*meterWindow {
		s.Latency = m.late
	}
	if s.State != Live || m.hurt.IsZero() {
		return s
	}
	if clear := m.hurt.Add(lossWindow); now.Before(clear) {
		s.State, s.Message = Degraded, "Pictures are lost on the way from the camera."
		s.Since = later(s.Since, m.began)
	} else {
		s.Since = later(s.Since, clear)
	}
	return s
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
