package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"time"

	"lares/hub/journal"
	"lares/hub/store"
	"lares/recorder"
)

const (
	// diskAfter is how long a disk for recordings has to be in trouble, and diskBack how long
	// it has to be well again, until those who run the hub are told.
	diskAfter = 3 * time.Second
	diskBack  = 10 * time.Second
)

// diskWatch knows how each disk for recordings is, by the name of its pool, and since when.
type diskWatch map[string]diskTold

// look says for how long a disk has been as it is.
func (d diskWatch) look(p recorder.PoolState, now time.Time) time.Duration {
	if was, known := d[p.Name]; !known || was.State != p.Trouble {
		d[p.Name] = diskTold{p.Trouble, now}
	}
	return now.Sub(d[p.Name].Since)
}

// diskTold is what those who run the hub were told of a disk: it outlives the hub.
type diskTold struct {
	State recorder.PoolTrouble `json:"state"`
	Since time.Time            `json:"since"`
}

// tellDisks tells those who run the hub of the disks for recordings, and of no camera.
func (h *house) tellDisks(ctx context.Context, d diskWatch, pools []recorder.PoolState) error {
	told, err := h.disksTold(ctx)
	if err != nil {
		return err
	}
	for _, p := range pools {
		err = errors.Join(err, h.tellDisk(ctx, d, told, p, len(pools) > 1))
	}
	return err
}

// tellDisk tells of one; its name is told where there are several.
func (h *house) tellDisk(ctx context.Context, d diskWatch, all map[string]diskTold, p recorder.PoolState, several bool) error {
	now := h.clock.Now()
	is, told, lasts := p.Trouble, all[p.Name], d.look(p, now)
	if is == told.State || lasts < diskAfter || is == "" && lasts < diskBack {
		return nil
	}
	kind, detail := journal.NoticeDisk, map[string]any{"state": string(is), "count": int64(1)}
	next := diskTold{is, told.Since}
	if told.State == "" {
		next.Since = d[p.Name].Since
	}
	if is == "" {
		kind, detail = journal.NoticeDiskBack, map[string]any{"span_ms": now.Sub(told.Since).Milliseconds(), "count": int64(1)}
	}
	if all[p.Name] = next; is == "" {
		delete(all, p.Name)
	}
	if several {
		detail["pool"] = p.Name
	}
	return h.tellOperators(ctx, kind, detail, all)
}

// tellOperators tells those who run the hub, and notes with that what they were told of disks.
func (h *house) tellOperators(ctx context.Context, kind journal.NoticeKind, detail map[string]any, all map[string]diskTold) error {
	operators, err := h.store.Operators(ctx)
	if err != nil {
		return fmt.Errorf("app: telling of a disk: %w", err)
	}
	note := func(tx *store.Tx) error { return putDisksTold(ctx, tx, all) }
	for _, who := range operators { // each has a count of their own in it
		err = errors.Join(err, h.journal.TellWith(ctx, journal.Notice{Account: who, Kind: kind, Detail: maps.Clone(detail)}, note))
	}
	return err
}

func (h *house) disksTold(ctx context.Context) (map[string]diskTold, error) {
	told := map[string]diskTold{}
	b, err := h.store.Setting(ctx, store.SettingDisk)
	switch {
	case errors.Is(err, store.ErrNoRow):
	case err != nil:
		return nil, fmt.Errorf("app: reading what was told of disks: %w", err)
	case json.Unmarshal(b, &told) != nil:
		return map[string]diskTold{}, nil // it is told again
	}
	return told, nil
}

func putDisksTold(ctx context.Context, tx *store.Tx, told map[string]diskTold) error {
	if len(told) == 0 {
		return tx.RemoveSetting(ctx, store.SettingDisk)
	}
	b, err := json.Marshal(told)
	if err != nil {
		return err
	}
	return tx.PutSetting(ctx, store.SettingDisk, b)
}
