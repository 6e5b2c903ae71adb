package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"lares/hub/journal"
	"lares/hub/store"
	"lares/recorder"
)

const (
	// diskAfter is how long the disk for recordings has to be in trouble, and diskBack how long
	// it has to be well again, until those who run the hub are told.
	diskAfter = 5 * time.Second
	diskBack  = 10 * time.Second
)

// diskWatch knows how the disk for recordings is, and since when.
type diskWatch struct {
	is    recorder.DiskState
	since time.Time
}

// look says for how long the disk has been as it is.
func (d *diskWatch) look(is recorder.DiskState, now time.Time) time.Duration {
	if is != d.is || d.since.IsZero() {
		d.is, d.since = is, now
	}
	return now.Sub(d.since)
}

// diskTold is what those who run the hub were told of the disk: it outlives the hub.
type diskTold struct {
	State recorder.DiskState `json:"state"`
	Since time.Time          `json:"since"`
}

// tellDisk tells those who run the hub of the disk, and of no camera.
func (h *house) tellDisk(ctx context.Context, d *diskWatch, is recorder.DiskState) error {
	now := h.clock.Now()
	lasts := d.look(is, now)
	told, err := h.diskTold(ctx)
	if err != nil || is == told.State || lasts < diskAfter || is == "" && lasts < diskBack {
		return err
	}
	kind, detail := journal.NoticeDisk, map[string]any{"state": string(is), "count": int64(1)}
	next := diskTold{is, told.Since}
	if told.State == "" {
		next.Since = d.since
	}
	if is == "" {
		kind, detail = journal.NoticeDiskBack, map[string]any{"span_ms": now.Sub(told.Since).Milliseconds(), "count": int64(1)}
	}
	operators, err := h.store.Operators(ctx)
	if err != nil {
		return fmt.Errorf("app: telling of the disk: %w", err)
	}
	note := func(tx *store.Tx) error { return putDiskTold(ctx, tx, next) }
	for _, who := range operators {
		err = errors.Join(err, h.journal.TellWith(ctx, journal.Notice{Account: who, Kind: kind, Detail: detail}, note))
	}
	return err
}

func (h *house) diskTold(ctx context.Context) (told diskTold, err error) {
	b, err := h.store.Setting(ctx, store.SettingDisk)
	switch {
	case errors.Is(err, store.ErrNoRow):
		return diskTold{}, nil
	case err != nil:
		return diskTold{}, fmt.Errorf("app: reading what was told of the disk: %w", err)
	case json.Unmarshal(b, &told) != nil:
		return diskTold{}, nil // it is told again
	}
	return told, nil
}

func putDiskTold(ctx context.Context, tx *store.Tx, told diskTold) error {
	if told.State == "" {
		return tx.RemoveSetting(ctx, store.SettingDisk)
	}
	b, err := json.Marshal(told)
	if err != nil {
		return err
	}
	return tx.PutSetting(ctx, store.SettingDisk, b)
}
