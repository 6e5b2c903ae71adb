package worker

import (
	"cmp"
	"net"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"lares/cameras/clock"
)

const (
	// cpuShare is the part of one processor that a camera may cost: 1/cpuShare.
	// A worker uses a hundredth of one; what a camera sends faster than that
	// part can read waits in the camera.
	cpuShare = 2
	// cpuBurst is what may be used at once after quiet times.
	cpuBurst = time.Second
	// cpuPause bounds one wait: whoever closes the connection is heard.
	cpuPause = 250 * time.Millisecond
)

// fairConn reads from the camera only while this process has kept to its
// share: bytes that cost much and mean nothing do not take the processor from
// the hub and the other workers. One goroutine reads.
type fairConn struct {
	net.Conn
	share *share
}

func (c *fairConn) Read(b []byte) (int, error) {
	var use unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &use); err == nil {
		spent := time.Duration(use.Utime.Nano() + use.Stime.Nano())
		if wait := c.share.wait(clock.System{}.Now(), spent); wait > 0 {
			<-time.After(wait)
		}
	}
	return c.Conn.Read(b)
}

// share is a budget of several connections: a new connection brings no new one. The
// zero share is full.
type share struct {
	mu     sync.Mutex // guards budget
	budget budget
}

func (s *share) wait(now time.Time, spent time.Duration) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.budget.wait(now, spent)
}

// budget is processor time that grows with real time: by 1/part of it, which is
// cpuShare if zero. The zero budget is full.
type budget struct {
	part  time.Duration
	left  time.Duration
	at    time.Time
	spent time.Duration
}

// wait takes what was spent since the last call and returns for how long to do
// nothing.
func (b *budget) wait(now time.Time, spent time.Duration) time.Duration {
	part := cmp.Or(b.part, cpuShare)
	if b.at.IsZero() {
		b.left = cpuBurst
	} else {
		b.left = min(b.left+now.Sub(b.at)/part-(spent-b.spent), cpuBurst)
	}
	b.at, b.spent = now, spent
	return min(max(-b.left*part, 0), cpuPause)
}
