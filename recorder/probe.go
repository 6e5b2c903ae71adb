package recorder

import (
	"context"
	"errors"
	"time"
)

// probeEvery is how often a disk is written to that nobody records to: until it is told that it
// is dead or hangs pass so much, slowWrite, and a few seconds more (hub/app), which are less
// than ten. A camera that is recorded syncs three times as often.
const probeEvery = 3 * time.Second

// probe writes to the disk while nobody records there, until ctx ends. That it is dead, or hangs,
// shows to who writes alone: what is read of it lies in memory. Nobody waits for it.
func (d *disk) probe(ctx context.Context) {
	ticker := time.NewTicker(probeEvery)
	defer ticker.Stop()
	for faults := 0; ; {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
		faults = d.tryOnce(faults)
	}
}

// tryOnce writes to the disk unless a clip was synced a moment ago. One that failed is tried with
// a new file, which needs space, and is well again if nothing else failed meanwhile either: since
// there were so many faults. It returns how many there are now.
func (d *disk) tryOnce(since int) (faults int) {
	d.mu.Lock()
	off, ill := d.away != nil || d.found.ReadOnly || d.untried != nil, d.failed != nil || d.probed != nil
	faults = d.faults
	d.mu.Unlock()
	if d.kept.Swap(false) && !ill || off || !d.pool.There() {
		return faults
	}
	try := d.pool.Probe
	if ill {
		try = d.pool.Test
	}
	err := d.probes.sync(d.load, try)
	if errors.Is(err, ErrAway) {
		return faults // the next look says it
	}
	d.mu.Lock()
	was := d.probed
	if d.probed = err; err == nil && faults == since && d.faults == since {
		d.failed = nil
	}
	d.mu.Unlock()
	if log := d.r.config.Log.With("pool", d.Name); err != nil && was == nil {
		log.Error("the disk of a media pool does not take what is written to it", "error", err)
	} else if err == nil && was != nil {
		log.Info("the disk of a media pool takes what is written to it again")
	}
	return faults
}

// keeps says that a clip was synced: the disk takes what is written to it.
func (d *disk) keeps() {
	d.kept.Store(true)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.probed = nil
}

// refuses is why nothing would be recorded to the pool now, as far as that was found out.
func (d *disk) refuses() error {
	if err := d.takes(); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.probed
}
