package costtest

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
)

// failing notes what it is told to fail with.
type failing struct {
	testing.TB
	said string
}

func (f *failing) Fatalf(format string, args ...any) {
	f.said = fmt.Sprintf(format, args...)
	runtime.Goexit()
}

// TestWithin: what is cheap passes, and what takes long or much does not.
func TestWithin(t *testing.T) {
	var kept []byte
	for _, c := range []struct {
		do   func(testing.TB)
		want string
	}{
		{func(testing.TB) { kept = make([]byte, 1<<20) }, ""},
		{func(testing.TB) { kept = make([]byte, mostBytes+1) }, "of memory"},
		{func(tb testing.TB) {
			for start := processor(tb); processor(tb)-start <= mostTime; {
			}
		}, "of processor time"},
	} {
		f := &failing{TB: t}
		done := make(chan struct{})
		go func() {
			defer close(done)
			Within(f, func() { c.do(t) })
		}()
		<-done
		if !strings.Contains(f.said, c.want) || c.want == "" && f.said != "" {
			t.Errorf("%q, want %q", f.said, c.want)
		}
	}
	_ = kept
}
