package recorder

import (
	"testing"
	"testing/synctest"
	"time"
)

// TestIndexFails makes each call of a recorder's life fail that it makes of the index, the first,
// the second and so on, with all those of the next three seconds or alone, and also one that
// is done all the same. Whatever fails: no picture is lost, what a row said stays, and the next start
// finds nothing damaged and nothing forgotten.
func TestIndexFails(t *testing.T) {
	for name, test := range map[string]struct {
		lasts time.Duration
		done  bool
	}{"refused": {0, false}, "refused for a while": {3 * time.Second, false}, "done and denied": {0, true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ruin := newRuin(t)
			failed, k := true, 0
			for failed && !t.Failed() {
				k++
				synctest.Test(t, func(t *testing.T) { failed = ruin.unheard(t, k, test.lasts, test.done) })
			}
			t.Logf("each of %d calls failed", k-1)
			if k < 20 {
				t.Errorf("a life of %d calls", k-1)
			}
		})
	}
}

// unheard lives with an index whose k-th call fails, and says whether there was one.
func (r *ruin) unheard(t *testing.T, k int, lasts time.Duration, done bool) bool {
	h := r.begin(t)
	w := newWitness(h)
	calls, failed, until := 0, false, time.Time{}
	h.index.fails = func(f func()) error { // h.index.mu is held
		if calls++; calls == k {
			failed, until = true, time.Now().Add(lasts)
		}
		if calls != k && !time.Now().Before(until) {
			f()
			return nil
		}
		if done {
			f()
		}
		return errBroken
	}
	h.live(w, nil)
	h.index.fails = nil
	if lost := w.judge(); lost > 0 {
		t.Errorf("call %d: %d pictures are in no clip", k, lost)
	}
	return failed
}
