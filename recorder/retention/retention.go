// Package retention decides which clips go, and in which order: pure policy, without
// clock, disk or database. DESIGN.md of the recorder, "What stays", says the same in words.
package retention

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"time"

	"lares/cameras/media"
)

// Group is whose cameras share a quota. The zero Group is that of cameras of which
// nothing was said.
type Group [16]byte

const (
	// MaxDays bounds the days of a rule: a century.
	MaxDays = 36500
	// MaxBytes bounds its bytes: the largest whole number that all who read JSON understand.
	MaxBytes = 1<<53 - 1
)

var (
	// ErrRule says that a rule cannot be meant.
	ErrRule = errors.New("retention: no such rule")
	// ErrBytes is an ErrRule: more bytes are to stay than may.
	ErrBytes = fmt.Errorf("%w: more is to stay than may", ErrRule)
)

// Rule is how long clips stay, and how much of them.
type Rule struct {
	Days    int // what began longer ago goes; 0: nothing does
	AtLeast int // what began within so many days stays while anything else may go; 0: nothing does
	// Bytes they may take together: where they take more, the oldest go. 0 is no limit.
	Bytes int64
	// AtLeastBytes is how much of the newest of them stays while anything else may go, as what
	// began within AtLeast days does; 0: nothing does.
	AtLeastBytes int64
}

// Camera is what is kept of a camera.
type Camera struct {
	Group Group
	Rule  // of all its clips together, but for what Kinds says otherwise
	// Kinds are rules by the kind of event. Days of 0 are those of all others; bytes are of the
	// clips of that kind, and count in those of all.
	Kinds map[media.Kind]Rule
	// Beside is for how many days clips of KindBeside stay while anything else may go, as long as
	// they take no more than a besidePart of what all of the camera take; 0: they do not.
	Beside int
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
	r := c.Kinds[k]
	if r.Days == 0 {
		r.Days = c.Days
	}
	if r.AtLeast == 0 {
		r.AtLeast = c.AtLeast
	}
	return r
}

// besideStays is for how many days at least what is recorded beside the main stream stays: it
// takes little, and is what is left of a time when that is gone. Where it takes more than one of
// besidePart, as on a small disk, it goes as what else is old does: else nothing of the main stream
// would be left.
const (
	besideStays = 30
	besidePart  = 4
)

// WithBeside is what is kept of a camera whose sub stream is recorded beside the main one: that
// for longer, where nothing else was said of it.
func (c Camera) WithBeside() Camera {
	if own := c.Kinds[KindBeside]; own.AtLeast > 0 || own.AtLeastBytes > 0 {
		return c
	}
	c.Beside = besideStays
	if days := c.Of(KindBeside).Days; days > 0 {
		c.Beside = min(c.Beside, days)
	}
	return c
}

// Validate refuses what cannot be meant, with ErrRule: numbers out of bounds, kinds that
// there are not, and clips of which more is to stay, or for longer, than may.
func (c Camera) Validate() error {
	for k := range c.Kinds {
		if k == "" || !slices.Contains(kinds, k) {
			return ErrRule
		}
	}
	if !c.bounded() {
		return ErrRule
	}
	var least int64
	for _, k := range kinds {
		own, r := c.Kinds[k], c.Of(k)
		if !own.bounded() || r.Days > 0 && r.AtLeast > r.Days {
			return ErrRule
		}
		if own.Bytes > 0 && own.AtLeastBytes > own.Bytes {
			return ErrBytes
		}
		least += own.AtLeastBytes
	}
	if c.Bytes > 0 && max(least, c.AtLeastBytes) > c.Bytes {
		return ErrBytes
	}
	return nil
}

// bounded says whether numbers are such as there may be.
func (r Rule) bounded() bool {
	days := func(n int) bool { return n >= 0 && n <= MaxDays }
	bytes := func(n int64) bool { return n >= 0 && n <= MaxBytes }
	return days(r.Days) && days(r.AtLeast) && bytes(r.Bytes) && bytes(r.AtLeastBytes)
}

// Place is where clips of a camera lie: in a pool, by its number, and whether they are of KindBeside.
type Place struct {
	Camera media.CameraID
	Pool   int
	Beside bool
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
	return lanes(id, func(k media.Kind) edge {
		if days := c.Of(k).Days; days > 0 {
			return ago(now, days)
		}
		return edge{none: true}
	})
}

// edge is up to where something may go: the zero edge is all of it.
type edge struct {
	before time.Time // what began before; zero is all
	none   bool      // nothing may
}

// ago is an edge that lies some days back; 0 is none.
func ago(now time.Time, days int) edge {
	if days == 0 {
		return edge{}
	}
	return edge{before: now.Add(-time.Duration(days) * 24 * time.Hour)}
}

// and is what both let go.
func (e edge) and(other edge) edge {
	if e.none || other == (edge{}) || !e.before.IsZero() && e.before.Before(other.before) {
		return e
	}
	return other
}

// lanes puts kinds together that may go up to the same edge.
func lanes(id media.CameraID, of func(media.Kind) edge) (list []Lane) {
	for _, k := range kinds {
		e := of(k)
		if e.none {
			continue
		}
		i := slices.IndexFunc(list, func(l Lane) bool { return l.Until.Equal(e.before) })
		if i < 0 {
			i, list = len(list), append(list, Lane{Camera: id, Until: e.before})
		}
		list[i].Kinds = append(list[i].Kinds, k)
	}
	if len(list) == 1 && len(list[0].Kinds) == len(kinds) {
		list[0].Kinds = nil
	}
	return list
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
