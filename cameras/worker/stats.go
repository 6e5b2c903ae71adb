package worker

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"lares/cameras/internal/wire"
)

// countsPeriod is how often the worker tells what its streams lost.
const countsPeriod = time.Second

// streamStats counts what one stream brought and lost since the hub was told.
// Its methods are safe for concurrent use.
type streamStats struct {
	packets, missing, pictures atomic.Int64
	lag                        lag
}

// lag is how late the pictures of a second were that tell it.
type lag struct {
	mu   sync.Mutex // guards following
	sum  time.Duration
	many int64
}

// late counts a picture that came so long after it was taken; 0 is not known.
func (s *streamStats) late(by time.Duration) {
	if by <= 0 {
		return
	}
	s.lag.mu.Lock()
	defer s.lag.mu.Unlock()
	s.lag.sum, s.lag.many = s.lag.sum+by, s.lag.many+1
}

// take returns the mean and begins anew; 0 where none was told.
func (l *lag) take() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	mean := l.sum / time.Duration(max(l.many, 1))
	l.sum, l.many = 0, 0
	return mean
}

// packet counts an RTP packet of the video that arrived.
func (s *streamStats) packet() { s.packets.Add(1) }

// lost counts n RTP packets of the video that did not arrive: a gap of sequence
// numbers.
func (s *streamStats) lost(n int) {
	if n > 0 {
		s.missing.Add(int64(n))
	}
}

// damaged counts a picture that was thrown away, broken itself or built on one
// that was.
func (s *streamStats) damaged() { s.pictures.Add(1) }

// take returns the counts and begins anew; ok is false where nothing happened.
func (s *streamStats) take() (c wire.Counts, ok bool) {
	c = wire.Counts{Packets: s.packets.Swap(0), Lost: s.missing.Swap(0), Pictures: s.pictures.Swap(0)}
	c.LateMS = s.lag.take().Milliseconds()
	c.Packets, c.Lost, c.Pictures = min(c.Packets, wire.MaxCount), min(c.Lost, wire.MaxCount), min(c.Pictures, wire.MaxCount)
	return c, c.Packets > 0 || c.Lost > 0 || c.Pictures > 0
}

// count tells the hub each second what the streams lost.
func (w *worker) count(ctx context.Context, streams []*stream) {
	t := time.NewTicker(countsPeriod)
	defer t.Stop()
	for {
		select {
		case <-t.C:
			for _, s := range streams {
				if c, ok := s.stats.take(); ok {
					c.Stream = s.id
					w.tell(wire.TypeCounts, c)
				}
			}
		case <-ctx.Done():
			return
		}
	}
}
