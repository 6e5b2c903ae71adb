//go:build bench

package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"lares/cameras/clock"
	"lares/cameras/media"
	"lares/cameras/seal"
	"lares/recorder/sealed"
)

const (
	layCameras = 4
	layClip    = 10 * time.Second
	layYear    = 365 * 24 * time.Hour
)

// inMemory is a clip file that no disk has.
type inMemory struct{ bytes.Buffer }

func (*inMemory) Sync() error          { return nil }
func (*inMemory) Truncate(int64) error { return errors.New("nothing fails in memory") }

// LayClips makes a stopped hub with about so many clips of a year and no database, and says how many events
// they are of: in turn an event of two parts, and two stretches. Header and end are signed and hold what true
// ones do, but the clips of a camera have one key, which nothing that lists them opens, and one fragment without pictures: so a million
// of them are 4 GB of disk, of which most is not used.
func LayClips(t *testing.T, data string, clips int) (made, events int) {
	t.Helper()
	h := stopped(t, data)
	each := clips / layCameras / 4 * 4
	var all sync.WaitGroup
	failed := make([]error, layCameras)
	for n := range layCameras {
		camera := inhabit(t, h, fmt.Sprint("keeper ", n))
		all.Go(func() { failed[n] = h.layYear(t.Context(), camera, each) })
	}
	all.Wait()
	if err := errors.Join(append(failed, h.close())...); err != nil {
		t.Fatal(err)
	}
	LoseDatabase(t, data)
	return layCameras * each, layCameras * each / 4
}

func (h *house) layYear(ctx context.Context, camera media.CameraID, clips int) error {
	public, kid, err := h.vault.StoreKey(ctx, camera)
	if err != nil {
		return err
	}
	head := sealed.Header{Hub: h.vault.Hub(), Camera: camera, KID: kid}
	key, sealedKey, err := seal.NewClipKey(public, seal.ClipBinding(head.Hub, camera, kid, media.NewClipID()))
	if err != nil {
		return err
	}
	head.SealedKey = sealedKey
	began := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	month := ""
	for n := range clips {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		head.Clip = media.NewClipID()
		head.Start = began.Add(time.Duration(n/2)*(layYear/time.Duration(clips/2)) + time.Duration(n%2)*layClip)
		dir := filepath.Join(h.cfg.Media, "clips", camera.String(), head.Start.Format("2006-01"))
		if dir != month {
			if err := os.MkdirAll(dir, 0o700); err != nil {
				return err
			}
			month = dir
		}
		var f inMemory
		w := sealed.NewWriter(&f, head, key, h.vault.Sign, clock.System{})
		err := errors.Join(w.Record(sealed.Head{Type: sealed.TypeInit, Stretch: n/2%2 == 1}, nil),
			w.Record(sealed.Head{Type: sealed.TypeFragment, Sync: true, Duration: uint32(layClip/time.Second) * 90_000}, nil), w.End(sealed.Complete))
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, head.Clip.String()+".lar"), f.Bytes(), 0o600)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// LoseDatabase removes a stopped hub's.
func LoseDatabase(t *testing.T, data string) {
	t.Helper()
	for _, end := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(filepath.Join(data, "lares.db"+end)); err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
	}
}
