package retention

import (
	"math"

	"lares/cameras/media"
)

// Pace is how much of a camera comes, and where it goes.
type Pace struct {
	Pool   int
	PerDay float64 // bytes
}

// Bound says what ends a camera's recordings.
type Bound string

// The bounds.
const (
	BoundNone  Bound = ""      // nothing
	BoundDays  Bound = "days"  // its rule
	BoundBytes Bound = "bytes" // its room
	BoundQuota Bound = "quota" // that of its group
	BoundRoom  Bound = "room"  // what all may take
)

// Forecast says where it leads if as much is recorded as lately.
type Forecast struct {
	// Reach is how many days back the recordings of a camera will reach; infinite where
	// nothing ends them.
	Reach map[media.CameraID]float64
	Bound map[media.CameraID]Bound
	// Full is in how many days each room is used up, so that the oldest go for the newest;
	// infinite if rules and quotas keep it from that.
	Full []float64
}

// demand is how much of a camera there will be, if nothing else were: at most so many days
// of it.
func (c Camera) demand(perDay, days float64) float64 {
	if c.Days > 0 {
		days = min(days, float64(c.Days))
	}
	if perDay == 0 {
		return 0
	}
	if c.Bytes > 0 {
		return min(perDay*days, float64(c.Bytes))
	}
	return perDay * days
}

// outlook is a forecast that is being made.
type outlook struct {
	policy Policy
	used   map[Place]int64
	paces  map[media.CameraID]Pace
	of     map[Group][]media.CameraID
	last   map[Group]map[int]float64 // how many days are kept in a pool, as far as was looked
	why    map[Group]map[int]Bound
}

// Foresee makes a forecast of what there is and what comes. What is starred counts as what is
// not, and rules of one kind of event are passed over.
func Foresee(p Policy, used map[Place]int64, paces map[media.CameraID]Pace, rooms []Room) Forecast {
	o := outlook{p, used, paces, map[Group][]media.CameraID{}, map[Group]map[int]float64{}, map[Group]map[int]Bound{}}
	for id := range paces {
		o.of[p.group(id)] = append(o.of[p.group(id)], id)
	}
	f := Forecast{Reach: map[media.CameraID]float64{}, Bound: map[media.CameraID]Bound{}}
	for g, ids := range o.of {
		o.bound(g, ids, float64(p.quota(g)), BoundQuota)
	}
	for _, room := range rooms {
		f.Full = append(f.Full, o.share(room))
	}
	for id := range paces {
		f.Reach[id], f.Bound[id] = o.reach(id)
	}
	return f
}

// days is for how many days a camera is kept as far as was looked.
func (o *outlook) days(id media.CameraID) float64 {
	if days, ok := o.last[o.policy.group(id)][o.paces[id].Pool]; ok {
		return days
	}
	return math.Inf(1)
}

// sum is what some cameras will take if they are kept for so many days, and no longer than
// was found before.
func (o *outlook) sum(ids []media.CameraID, days float64) (n float64) {
	for _, id := range ids {
		n += o.policy.Cameras[id].demand(o.paces[id].PerDay, min(days, o.days(id)))
	}
	return n
}

// bound has some cameras of a group, all that record to the same pools, take no more than most.
func (o *outlook) bound(g Group, ids []media.CameraID, most float64, why Bound) {
	if o.sum(ids, math.Inf(1)) <= most {
		return
	}
	day := lastDay(func(days float64) float64 { return o.sum(ids, days) }, most)
	if o.last[g] == nil {
		o.last[g], o.why[g] = map[int]float64{}, map[int]Bound{}
	}
	for _, id := range ids {
		if pool := o.paces[id].Pool; day < o.days(id) {
			o.last[g][pool], o.why[g][pool] = day, why
		}
	}
}

// share has all that record to some pools take no more than the room there, and says when it
// is used up.
func (o *outlook) share(room Room) (full float64) {
	of, want, total := map[Group][]media.CameraID{}, map[Group]float64{}, 0.0
	for g, ids := range o.of {
		for _, id := range ids {
			if in(room.Pools, o.paces[id].Pool) {
				of[g] = append(of[g], id)
			}
		}
		want[g] = o.sum(of[g], math.Inf(1))
		total += want[g]
	}
	if total <= float64(room.Bytes) {
		return math.Inf(1)
	}
	full = o.full(room)
	for g, most := range within(want, float64(room.Bytes)) {
		if most < want[g] {
			o.bound(g, of[g], most, BoundRoom)
		}
	}
	return full
}

// full is in how many days what grows has used up the room.
func (o *outlook) full(room Room) float64 {
	var used int64
	all := map[media.CameraID]int64{}
	for at, bytes := range o.used {
		all[at.Camera] += bytes
		if in(room.Pools, at.Pool) {
			used += bytes
		}
	}
	if used >= room.Bytes {
		return 0
	}
	var grows float64
	for id, pace := range o.paces {
		if in(room.Pools, pace.Pool) && float64(all[id]) < o.policy.Cameras[id].demand(pace.PerDay, math.Inf(1)) {
			grows += pace.PerDay
		}
	}
	return float64(room.Bytes-used) / grows
}

// reach says how far back a camera will reach, and what ends it there.
func (o *outlook) reach(id media.CameraID) (days float64, why Bound) {
	c, perDay := o.policy.Cameras[id], o.paces[id].PerDay
	days = math.Inf(1)
	if perDay > 0 {
		if g, pool := o.policy.group(id), o.paces[id].Pool; o.why[g][pool] != BoundNone {
			days, why = o.last[g][pool], o.why[g][pool]
		}
		if c.Bytes > 0 && float64(c.Bytes)/perDay < days {
			days, why = float64(c.Bytes)/perDay, BoundBytes
		}
	}
	if c.Days > 0 && float64(c.Days) <= days {
		days, why = float64(c.Days), BoundDays
	}
	return days, why
}

// steps of halving are more than the digits of a number.
const steps = 64

// within is what each group will have of a room too small for all: what it wants, but none more
// than another that wants as much.
func within(want map[Group]float64, room float64) map[Group]float64 {
	have := func(most float64) (list map[Group]float64, sum float64) {
		list = map[Group]float64{}
		for g, w := range want {
			list[g] = min(w, most)
			sum += list[g]
		}
		return list, sum
	}
	low, high := 0.0, room
	for range steps {
		middle := (low + high) / 2
		if _, sum := have(middle); sum > room {
			high = middle
		} else {
			low = middle
		}
	}
	list, _ := have(high)
	return list
}

// lastDay is for how many days the sum stays within most.
func lastDay(sum func(days float64) float64, most float64) float64 {
	low, high := 0.0, 1.0
	for sum(high) <= most && high < MaxDays {
		high *= 2
	}
	for range steps {
		middle := (low + high) / 2
		if sum(middle) > most {
			high = middle
		} else {
			low = middle
		}
	}
	return low
}
