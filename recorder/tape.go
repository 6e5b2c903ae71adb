package recorder

import (
	"slices"
	"sync"
	"time"
)

const (
	// together is how long after a file something begins that goes on in time from it, however
	// the clock was set in between. What begins later, where another recording has the clock's
	// date, begins as long behind that: so what is missing in between has a place.
	together = 10 * time.Second
	// restarted is how far behind another recording the first file of a process begins: nobody knows for
	// how long nothing was recorded. A gap has a place there, and it takes about as long until pictures
	// come again, so a hub that crashes again and again is not further ahead of the clock with each start.
	restarted = gapLeast + 500*time.Millisecond
	// chainsMost is how many chains of recordings a tape knows of, the newest. The shortest time
	// that is between two is ten minutes.
	chainsMost = 2000
)

// chain is a time in which something is recorded again and again.
type chain struct{ from, to time.Time }

// holds says whether a date lies in it.
func (c chain) holds(date time.Time) bool { return !date.Before(c.from) && date.Before(c.to) }

// tape gives the files of one kind of a camera their dates, those of the main stream or those
// beside it: the clock's, but where something is recorded at that date already, for the
// clock was put back. Then it is the end of that. So no two files of a tape overlap, but by
// pictures that both hold. Times "at" are of the clock that nobody sets. Safe for concurrent use.
type tape struct {
	room time.Duration // what is free is at least so long

	mu     sync.Mutex // guards following
	chains []chain    // in order; what is between two is free
	at     time.Time  // when the newest file began
	date   time.Time  // what that is called; zero without
	slew   slewing
	slewed bool      // that is some, or that of the file before was
	open   bool      // it goes on
	ended  time.Time // up to when all came that it holds, unless it goes on
	until  time.Time // what that is called, or what comes now if it goes on
	back   time.Time // from when on its dates are as far apart as what came was
	reach  time.Time // up to when what led up to it reaches: cameras' clocks are not the hub's
	former []filed   // the files before it, at most formerMost
}

// filed is a file that is over.
type filed struct {
	at, date time.Time
	slew     slewing
	ended    time.Time
}

// formerMost is how many files a tape remembers for what leads up to an event: a pre-roll reaches back as
// far as its last picture that stands alone.
const formerMost = 4

// recorded says that something is recorded from one date to another.
func (t *tape) recorded(from, to time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.add(chain{from, to})
}

// add joins what is recorded with what is closer to it than what is free has to be; t.mu is held.
func (t *tape) add(c chain) {
	if c.to.Before(c.from) {
		c.to = c.from
	}
	first := t.behind(c.from.Add(-t.room))
	last := first
	for ; last < len(t.chains) && t.chains[last].from.Before(c.to.Add(t.room)); last++ {
		if t.chains[last].from.Before(c.from) {
			c.from = t.chains[last].from
		}
		if t.chains[last].to.After(c.to) {
			c.to = t.chains[last].to
		}
	}
	t.chains = slices.Replace(t.chains, first, last, c)
	if len(t.chains) > chainsMost { // of what was between those nobody knows any more whether it is free
		t.chains[1].from = t.chains[0].from
		t.chains = slices.Delete(t.chains, 0, 1)
	}
}

// within are the chains that reach into a time.
func (t *tape) within(c chain) []chain {
	t.mu.Lock()
	defer t.mu.Unlock()
	first := t.behind(c.from)
	last := first
	for last < len(t.chains) && t.chains[last].from.Before(c.to) {
		last++
	}
	return slices.Clone(t.chains[first:last])
}

// behind is the first chain that ends after a date; t.mu is held.
func (t *tape) behind(date time.Time) int {
	i, _ := slices.BinarySearchFunc(t.chains, date, func(c chain, date time.Time) int {
		if c.to.After(date) {
			return 1
		}
		return -1
	})
	return i
}

// place is the first date from one on at which there is room, as far behind another recording as
// is said; t.mu is held.
func (t *tape) place(date time.Time, apart time.Duration) time.Time {
	for _, c := range t.chains[t.behind(date):] {
		if !date.Add(t.room).After(c.from) {
			break
		}
		date = c.to.Add(apart)
	}
	return date
}

// apart is how far behind another recording something begins that does not go on from a file; t.mu is held.
func (t *tape) apart() time.Duration {
	if t.date.IsZero() {
		return restarted
	}
	return together
}

// of is what at is called, which the clock calls clock.
func (t *tape) of(at, clock time.Time) time.Time {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.goes(at) {
		return t.place(clock, t.apart())
	}
	t.upTo(at)
	follows := t.follows(at)
	if !clock.Before(follows) || t.place(clock, 0).Equal(clock) {
		follows = clock
	}
	return t.near(at, follows)
}

// fits is what is called date, of an event that has its date, or has to be called if there
// is no room for that.
func (t *tape) fits(at, date time.Time) time.Time {
	t.mu.Lock()
	defer t.mu.Unlock()
	if held, ok := t.held(at); ok {
		return held
	}
	date = t.near(at, date)
	if i := t.behind(date); i < len(t.chains) && !t.chains[i].from.After(date) { // pictures of before a jump
		return later(date, t.back)
	}
	return date
}

// held is what at is called in a file that is over, and behind which nothing was recorded for a while: what
// begins there does not go on any further than that file, and holds the same; t.mu is held.
func (t *tape) held(at time.Time) (date time.Time, ok bool) {
	next := t.at
	for _, f := range slices.Backward(t.former) {
		if !at.Before(f.at) {
			return f.date.Add(f.slew.of(at.Sub(f.at))), at.Before(f.ended) && next.Sub(f.ended) > stall
		}
		next = f.at
	}
	return time.Time{}, false
}

// near is a date, unless there is no room for it: but for what the newest file holds as well;
// t.mu is held.
func (t *tape) near(at, date time.Time) time.Time {
	if t.date.IsZero() || !t.open && !at.Before(t.ended) {
		return t.place(date, 0)
	}
	i := t.behind(date)
	switch {
	case i == len(t.chains):
		return date
	case t.chains[i].from.After(date) && at.Before(t.at) && !t.chains[i].from.After(t.date): // before what led up to that file
	case t.chains[i].from.After(date): // half of what was free when that file began
		if date.Add(t.room / 2).After(t.chains[i].from) {
			return t.place(date, 0)
		}
	case t.chains[i].to.After(later(t.until, t.reach)): // it ran into another one
		return t.place(date, 0)
	case date.Before(t.follows(at)): // but not of the same date
		return t.follows(at)
	}
	return date
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// follows is what at is called by the newest file; t.mu is held.
func (t *tape) follows(at time.Time) time.Time {
	since := at.Sub(t.at)
	if since < 0 && t.slewed { // in the file before, perhaps
		since -= since / slewPart
	}
	return t.date.Add(t.slew.of(since))
}

// goes says whether what came at a time goes on from the newest file; t.mu is held.
func (t *tape) goes(at time.Time) bool {
	return !t.date.IsZero() && (t.open || at.Sub(t.ended) <= together)
}

// upTo says that the newest file goes on up to a time, at least; t.mu is held.
func (t *tape) upTo(at time.Time) {
	if until := t.follows(at); t.open && until.After(t.until) {
		t.until = until
		t.add(chain{t.date, until})
	}
}

// begins says that a file did, and what that is called.
func (t *tape) begins(at, date time.Time, s slewing) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.slewed = s != 0 || t.slew != 0
	jumped := !t.date.IsZero() && date.Sub(t.follows(at)).Abs() >= slewLeast
	if jumped {
		t.back = date
	}
	if t.reach = later(t.until, t.reach); jumped || !t.goes(at) {
		t.reach = time.Time{}
	}
	if !t.date.IsZero() {
		t.former = append(t.former, filed{t.at, t.date, t.slew, t.ended})
		t.former = t.former[max(0, len(t.former)-formerMost):]
	}
	t.at, t.date, t.slew, t.open, t.ended, t.until = at, date, s, true, time.Time{}, date
	t.add(chain{date, date})
}

// ends says that the newest file did: up to when all came that it holds, and what its end is called.
func (t *tape) ends(at, until time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	told := t.until
	t.open, t.ended, t.until = false, at, until.Truncate(time.Millisecond) // as it is told
	if i := t.behind(t.date); told.After(t.until) && i < len(t.chains) && t.chains[i].to.Equal(told) {
		t.chains[i].to = later(t.until, t.reach) // what came last is not in it
	}
	t.add(chain{t.date, t.until})
}

// ahead is by how much what comes now is called later than the clock calls it, if something is recorded.
func (t *tape) ahead(at, clock time.Time) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.open {
		return 0
	}
	return max(0, t.follows(at).Sub(clock))
}
