package discover

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"lares/cameras/clock"
	"lares/cameras/internal/cage"
	"lares/cameras/internal/neighbour"
	"lares/cameras/internal/wire"
)

const (
	// helloWithin bounds the start of a child, on a busy small board.
	helloWithin = 10 * time.Second
	// overtime is what a round may take beyond what it listens.
	overtime = 10 * time.Second
	// stopWithin is how long a child may take to end.
	stopWithin = time.Second
	// takeAtOnce and takeEach bound how fast sightings are taken: 250 at once
	// and 1000 a second. A child that says more is listened to more slowly.
	takeAtOnce = 250
	takeEach   = time.Millisecond
)

// search runs one child for one round and takes its sightings. With lost, some were not told.
func (f *Finder) search(ctx context.Context, here links, scan bool) (lost bool, err error) {
	said := &cage.Tail{}
	child, err := cage.Start(f.cfg.Command(), said)
	if err != nil {
		return false, fmt.Errorf("discover: starting a round: %w", err)
	}
	f.setWorker(child.PID())
	stop := context.AfterFunc(ctx, func() { child.Conn.Close() })
	lost, err = f.listen(child, here, scan)
	stop()
	child.End(stopWithin)
	f.setWorker(0)
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	if words := wire.Clean(said.Line(), 200); err != nil && words != "" {
		err = fmt.Errorf("%w: %s", err, words)
	}
	return lost, err
}

func (f *Finder) setWorker(pid int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.pid = pid
}

// listen talks with the child until its round is over.
func (f *Finder) listen(child *cage.Child, here links, scan bool) (lost bool, err error) {
	now := clock.System{}.Now()
	if err := child.Conn.SetDeadline(now.Add(helloWithin)); err != nil {
		return false, fmt.Errorf("discover: setting a deadline: %w", err)
	}
	r := wire.NewReader(child.Conn)
	lacking, err := r.Greeted()
	if err != nil {
		return false, fmt.Errorf("discover: waiting for the child's hello: %w", err)
	}
	if lacking != "" {
		f.cfg.Log.Debug("the discovery worker's cage is not whole", "lacks", lacking)
	}
	search := wire.Search{Version: wire.Version, Links: here, Scan: scan}
	if scan {
		search.Known = here.beyond(slices.Collect(maps.Keys(neighbour.Table())))
	}
	if err := wire.Send(child.Conn, wire.TypeSearch, search); err != nil {
		return false, fmt.Errorf("discover: asking the child: %w", err)
	}
	within := listenFor + overtime
	if scan {
		within += scanFor
	}
	if err := child.Conn.SetDeadline(now.Add(helloWithin + within)); err != nil {
		return false, fmt.Errorf("discover: setting a deadline: %w", err)
	}
	return f.take(r, here)
}

// take takes sightings until the round is over.
func (f *Finder) take(r *wire.Reader, here links) (lost bool, err error) {
	pace := time.NewTicker(takeEach)
	defer pace.Stop()
	for n := 0; ; n++ {
		t, body, err := r.Next()
		switch {
		case err != nil:
			return false, fmt.Errorf("discover: a round ended early: %w", err)
		case t == wire.TypeSearched:
			end, err := wire.Parse[wire.Searched](body)
			if err != nil {
				return false, fmt.Errorf("discover: a malformed end of a round: %w", err)
			}
			return end.Lost, nil
		case t != wire.TypeSighting:
			return false, fmt.Errorf("discover: the child sent a frame of type %d: %w", t, wire.ErrProtocol)
		}
		s, err := wire.Parse[wire.Sighting](body)
		if err == nil {
			err = s.Check()
		}
		if err != nil {
			return false, fmt.Errorf("discover: a malformed sighting: %w", err)
		}
		near, ok := here.neighbour(s.Address)
		if !ok || near != s.Address {
			return false, fmt.Errorf("discover: a device that is not on these networks: %w", wire.ErrProtocol)
		}
		f.set(func() bool { return f.table.note(s, f.cfg.Clock.Now()) })
		if n >= takeAtOnce {
			<-pace.C
		}
	}
}
