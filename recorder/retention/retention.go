// Package retention decides which clips go, and in which order: pure policy, without
// clock, disk or database. DESIGN.md of the recorder, "What stays", says the same in words.
package retention

import (
	"bytes"
	"errors"
	"maps"
	"slices"
	"time"

	"lares/cameras/media"
)

// Group is whose cameras share a quota. The zero Group is that of cameras of which
// nothing was said.
type Group [16]byte

// MaxDays bounds the days of a rule: a century.
const MaxDays = 36500

// ErrRule says that a rule cannot be meant.
var ErrRule = errors.New("retention: no such rule")

// Rule is how long clips stay.
type Rule struct {
	Days    int // what began longer ago goes; 0: nothing does
	AtLeast int // what began within so many days stays while anything else may go; 0: nothing does
}

// Camera is what is kept of a camera.
type Camera struct {
	Group Group
	Bytes int64 // its clips may take together; 0 is no limit
	Rule        // of its clips, but for what Kinds says otherwise
	// Kinds are rules by the kind of event; a field of 0 is that of all others.
	Kinds map[media.Kind]Rule
}

// Policy is what is kept of all cameras. The zero Policy knows ages and quotas of none.
type Policy struct {
	Cameras map[media.CameraID]Camera
	Quotas  map[Group]int64 // bytes; a group without one has none
}

// KindBeside is of what is recorded of a sub stream beside the main one, whose clips are of no
// event.
const KindBeside media.Kind = "beside"

// Kinds are those that there may be rules for.
func Kinds() []media.Kind { return append(media.Kinds(), KindBeside) }

// kinds are those that a clip may be of: that of its event, or "" where no event is listed.
var kinds = append([]media.Kind{""}, Kinds()...)

// Of is the rule of one kind.
func (c Camera) Of(k media.Kind) Rule {
	r := c.Rule
	own := c.Kinds[k]
	if own.Days > 0 {
		r.Days = own.Days
	}
	if own.AtLeast > 0 {
		r.AtLeast = own.AtLeast
	}
	return r
}

// besideStays is for how many days at least what is recorded beside the main stream stays: it
// takes little, and is what is left of a time when that is gone.
const besideStays = 30

// WithBeside is what is kept of a camera whose sub stream is recorded beside the main one: that
// for longer, where nothing else was said of it.
func (c Camera) WithBeside() Camera {
	own := c.Kinds[KindBeside]
	if own.AtLeast > 0 {
		return c
	}
	own.AtLeast = besideStays
	if days := c.Of(KindBeside).Days; days > 0 {
		own.AtLeast = min(own.AtLeast, days)
	}
	all := maps.Clone(c.Kinds)
	if all == nil {
		all = map[media.Kind]Rule{}
	}
	all[KindBeside] = own
	c.Kinds = all
	return c
}

// Validate refuses what cannot be meant, with ErrRule: numbers out of bounds, kinds that
// there are not, and clips that are to stay for longer than they may.
func (c Camera) Validate() error {
	if c.Bytes < 0 {
		return ErrRule
	}
	for k := range c.Kinds {
		if k == "" || !slices.Contains(kinds, k) {
			return ErrRule
		}
	}
	for _, k := range kinds {
		for _, r := range [...]Rule{c.Kinds[k], c.Of(k)} {
			if r.Days < 0 || r.Days > MaxDays || r.AtLeast < 0 || r.AtLeast > MaxDays {
				return ErrRule
			}
		}
		if r := c.Of(k); r.Days > 0 && r.AtLeast > r.Days {
			return ErrRule
		}
	}
	return nil
}

// Place is where clips of a camera lie: in a pool, by its number.
type Place struct {
	Camera media.CameraID
	Pool   int
}

// Room is what all clips in some pools may take together, in bytes.
type Room struct {
	Pools []int // nil is all
	Bytes int64
}

// in says whether a pool is one of some; nil is all.
func in(pools []int, pool int) bool { return pools == nil || slices.Contains(pools, pool) }

// Lane is clips of one camera that are looked at together.
type Lane struct {
	Camera media.CameraID
	Pools  []int        // that lie in these; nil is in all
	Kinds  []media.Kind // of these; nil is of all
	Until  time.Time    // that began before; zero is all
}

// aged are the lanes of what is too old.
func (c Camera) aged(id media.CameraID, now time.Time) []Lane {
	return slices.DeleteFunc(c.lanes(id, now, func(r Rule) int { return r.Days }), func(l Lane) bool { return l.Until.IsZero() })
}

// loose are the lanes of what does not have to stay for its days.
func (c Camera) loose(id media.CameraID, now time.Time) []Lane {
	return c.lanes(id, now, func(r Rule) int { return r.AtLeast })
}

// lanes puts kinds of the same number of days together: what is older than those, or all
// where the number is 0.
func (c Camera) lanes(id media.CameraID, now time.Time, of func(Rule) int) []Lane {
	by := map[int][]media.Kind{}
	for _, k := range kinds {
		days := of(c.Of(k))
		by[days] = append(by[days], k)
	}
	var lanes []Lane
	for _, days := range slices.Sorted(maps.Keys(by)) {
		l := Lane{Camera: id, Kinds: by[days]}
		if len(by) == 1 {
			l.Kinds = nil
		}
		if days > 0 {
			l.Until = now.Add(-time.Duration(days) * 24 * time.Hour)
		}
		lanes = append(lanes, l)
	}
	return lanes
}

// group is whose a camera is.
func (p Policy) group(id media.CameraID) Group { return p.Cameras[id].Group }

// noQuota is that of a group without one.
const noQuota = 1<<63 - 1

func (p Policy) quota(g Group) int64 {
	if q := p.Quotas[g]; q > 0 {
		return q
	}
	return noQuota
}

func compareGroups(a, b Group) int { return bytes.Compare(a[:], b[:]) }
