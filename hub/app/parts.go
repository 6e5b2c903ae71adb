package app

import (
	"context"
	"errors"
	"fmt"
)

// part is something that runs until its context ends and returns when it is
// through with everything it began.
type part struct {
	name string
	run  func(context.Context) error
}

// runParts starts parts in order. When ctx ends, or a part ends by itself, they
// are stopped in reverse order, each waited for: what serves people first, what
// records after it, what it records from last. It returns the first failure.
func runParts(ctx context.Context, parts []part) error {
	type running struct {
		part
		cancel context.CancelFunc
		done   chan error
	}
	var started []running
	ended := make(chan error, len(parts))
	for _, p := range parts {
		// Not ctx: an interrupt must not stop everything at once.
		own, cancel := context.WithCancel(context.WithoutCancel(ctx))
		r := running{p, cancel, make(chan error, 1)}
		go func() {
			err := r.run(own)
			if err == nil && own.Err() == nil {
				err = errors.New("ended by itself")
			}
			if err != nil {
				err = fmt.Errorf("%s: %w", r.name, err)
			}
			r.done <- err
			ended <- err
		}()
		started = append(started, r)
	}
	var first error
	select {
	case <-ctx.Done():
	case first = <-ended:
	}
	for i := len(started) - 1; i >= 0; i-- {
		started[i].cancel()
		if err := <-started[i].done; first == nil {
			first = err
		}
	}
	return first
}
