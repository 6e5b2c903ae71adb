package gate

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// TestQuestions: one each second, one at once after any number of calls for it;
// a question outlives who asked, for half a second.
func TestQuestions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		q, begin := NewQuestions(), time.Now()
		var at []time.Duration
		for asking := range q.Each(ctx) {
			at = append(at, time.Since(begin))
			switch len(at) {
			case 2:
				q.Hurry()
				q.Hurry()
			case 4:
				cancel()
				if asking.Err() != nil {
					t.Errorf("broken off: %v", asking.Err())
				}
				<-asking.Done()
				if d := time.Since(begin) - at[3]; d != askTimeout {
					t.Errorf("the question lasted %v", d)
				}
			}
		}
		if want := []time.Duration{askEvery, 2 * askEvery, 2 * askEvery, 3 * askEvery}; len(at) != 4 || [4]time.Duration(at) != [4]time.Duration(want) {
			t.Errorf("asked at %v, want %v", at, want)
		}
	})
}
