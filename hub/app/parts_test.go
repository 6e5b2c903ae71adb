package app

import (
	"context"
	"errors"
	"slices"
	"testing"
)

// TestPartsStopInReverse: what was started last stops first, and each is
// waited for before the next is told.
func TestPartsStopInReverse(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var order []string // appended to by one part at a time, or the test is red
	make := func(name string) part {
		return part{name, func(ctx context.Context) error {
			<-ctx.Done()
			order = append(order, name)
			return nil
		}}
	}
	cancel()
	if err := runParts(ctx, []part{make("first"), make("second"), make("third")}); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(order, []string{"third", "second", "first"}) {
		t.Errorf("stopped as %v", order)
	}
}

// TestPartFailureStopsAll: one part's failure is what the program reports.
func TestPartFailureStopsAll(t *testing.T) {
	broken := errors.New("disk on fire")
	stopped := false
	err := runParts(t.Context(), []part{
		{"steady", func(ctx context.Context) error { <-ctx.Done(); stopped = true; return nil }},
		{"broken", func(context.Context) error { return broken }},
	})
	if !errors.Is(err, broken) || !stopped {
		t.Errorf("error %v, the other part stopped: %v", err, stopped)
	}
}
