package journal

import (
	"fmt"
	"testing"
	"time"

	"lares/hub/store"
)

// TestVainTriesPushNothingOut: whoever tries for a day leaves few rows, whatever
// it varies, and no count is lost.
func TestVainTriesPushNothingOut(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	tries := int64(0)
	for minute := range 24 * 60 {
		for source := range 3 {
			r.SignInRefused(store.AccountID{1}, fmt.Sprintf("192.0.2.%d", (minute+source)%250))
			tries++
		}
		r.clock.Advance(time.Minute)
		if minute%30 == 0 {
			r.must(r.Flush(t.Context()))
		}
	}
	r.must(r.Flush(t.Context()))
	if n := len(r.rows()); n > maxVain+24*12+1 || n < maxVain {
		t.Errorf("%d rows of %d tries", n, tries)
	}
	r.must(r.Close())
	for _, row := range r.rows() {
		tries -= row.Count
	}
	if tries != 0 {
		t.Errorf("%d are not counted", tries)
	}
	r.open()
}
