// Package costtest bounds in tests what a parser or a decoder spends on one input, whatever
// that says: a camera sends what it likes.
package costtest

import (
	"runtime"
	"runtime/metrics"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// mostTime is of one processor, and mostBytes are allocated, whether they live on or not.
	mostTime  = 100 * time.Millisecond
	mostBytes = 64 << 20
	// tries are how often what seems to take too long is done: the machine may have been at fault.
	tries = 3
)

// Within does something with one input, and fails where that takes more than a tenth of a
// second of processor time, also when it is done again, or 64 MiB. It is to do the same each
// time.
func Within(t testing.TB, do func()) {
	t.Helper()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var spent time.Duration
	for range tries {
		bytes, start := allocated(), processor(t)
		do()
		spent = processor(t) - start
		if n := allocated() - bytes; n > mostBytes {
			t.Fatalf("%d bytes of memory", n)
		}
		if spent <= mostTime {
			return
		}
	}
	t.Fatalf("%v of processor time", spent)
}

// processor is the time that this thread has had.
func processor(t testing.TB) time.Duration {
	var at unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &at); err != nil {
		t.Fatal(err)
	}
	return time.Duration(at.Nano())
}

// allocated is how much this process has allocated since it began.
func allocated() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
