package retention

import (
	"context"
	"errors"
	"slices"
	"time"

	"lares/cameras/media"
)

// item is a clip of the tests.
type item struct {
	Clip
	kind media.Kind
	star bool // or being written: it may not go
}

// rack is a Shelf in memory.
type rack struct {
	items  []item
	gone   []item
	passed int                   // clips that were looked at and may not go
	late   map[media.ClipID]bool // starred after they were listed
	fails  media.ClipID
	added  int  // how often clips were added up
	blind  bool // they cannot be
}

var errDisk = errors.New("disk")

func (r *rack) Clips(_ context.Context, l Lane, after Clip, most int) (list []Clip, err error) {
	for _, c := range r.items {
		switch {
		case c.star && c.Camera == l.Camera && older(after, c.Clip):
			r.passed++
		case c.star, c.Camera != l.Camera, l.Pools != nil && !slices.Contains(l.Pools, c.Pool), !older(after, c.Clip), !l.Until.IsZero() && !c.Start.Before(l.Until), l.Kinds != nil && !slices.Contains(l.Kinds, c.kind):
		default:
			list = append(list, c.Clip)
		}
	}
	slices.SortFunc(list, func(a, b Clip) int {
		if older(a, b) {
			return -1
		}
		return 1
	})
	return list[:min(len(list), most)], nil
}

func (r *rack) Remove(_ context.Context, c Clip) (bool, error) {
	if c.Clip == r.fails {
		return false, errDisk
	}
	i := slices.IndexFunc(r.items, func(x item) bool { return x.Clip.Clip == c.Clip })
	if i < 0 {
		panic("a clip goes twice")
	}
	if r.late[c.Clip] {
		r.items[i].star = true
		return false, nil
	}
	r.gone = append(r.gone, r.items[i])
	r.items = slices.Delete(r.items, i, i+1)
	return true, nil
}

func (r *rack) Newest(_ context.Context, l Lane, most int64) (since time.Time, bytes int64, err error) {
	if r.added++; r.blind {
		return t0, 0, errDisk
	}
	items := slices.Clone(r.items)
	slices.SortFunc(items, func(a, b item) int { return b.Start.Compare(a.Start) })
	for _, c := range items {
		if c.Camera != l.Camera || l.Pools != nil && !slices.Contains(l.Pools, c.Pool) || l.Kinds != nil && !slices.Contains(l.Kinds, c.kind) {
			continue
		}
		if bytes += c.Bytes; bytes >= most {
			return c.Start, bytes, nil
		}
	}
	return time.Time{}, bytes, nil
}

func (r *rack) used() map[Place]int64 {
	used := map[Place]int64{}
	for _, c := range r.items {
		used[Place{c.Camera, c.Pool, c.Beside}] += c.Bytes
	}
	return used
}

// put lays a clip on the rack.
func (r *rack) put(camera media.CameraID, kind media.Kind, age float64, bytes int64, star bool) *rack {
	c := Clip{Clip: media.NewClipID(), Camera: camera, Beside: kind == KindBeside, Start: daysAgo(age), Bytes: bytes}
	r.items = append(r.items, item{c, kind, star})
	return r
}

// ages are those of clips in days, in their order.
func ages(items []item) (list []int) {
	for _, c := range items {
		list = append(list, int(t0.Sub(c.Start)/(24*time.Hour)))
	}
	return list
}
