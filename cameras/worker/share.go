package worker

import (
	"cmp"
	"net"
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
	budget budget
}

func (c *fairConn) Read(b []byte) (int, error) {
	var use unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &use); err == nil {
		spent := time.Duration(use.Utime.Nano() + use.Stime.Nano())
		if wait := c.budget.wait(clock.System{}.Now(), spent); wait > 0 {
			<-time.After(wait)
		}
	}
	return c.Conn.Read(b)
}

// budget is processor time that grows with real time: by 1/share of it, which is
// cpuShare if zero. The zero budget is full.
type budget struct {
	share time.Duration
	left  time.Duration
	at    time.Time
	spent time.Duration
}

// wait takes what was spent since the last call and returns for how long to do
// nothing.
func (b *budget) wait(now time.Time, spent time.Duration) time.Duration {
	share := cmp.Or(b.share, cpuShare)
	if b.at.IsZero() {
		b.left = cpuBurst
	} else {
		b.left = min(b.left+now.Sub(b.at)/share-(spent-b.spent), cpuBurst)
	}
	b.at, b.spent = now, spent
	return min(max(-b.left*share, 0), cpuPause)
}
