package retention

import (
	"math"

	"lares/cameras/media"
)

// Pace is how much of a camera there is, and how much comes.
type Pace struct {
	Bytes  int64
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
	// Full is in how many days the room is used up, so that the oldest go for the newest;
	// infinite if rules and quotas keep it from that.
	Full float64
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

// Foresee makes a forecast. What is starred counts as what is not, and rules of one kind
// of event are passed over.
func Foresee(p Policy, paces map[media.CameraID]Pace, room int64) Forecast {
	f := Forecast{Reach: map[media.CameraID]float64{}, Bound: map[media.CameraID]Bound{}, Full: math.Inf(1)}
	of := map[Group][]media.CameraID{}
	for _, c := range p.Cameras {
		of[c.Group] = nil
	}
	for id := range paces {
		of[p.group(id)] = append(of[p.group(id)], id)
	}
	want, most := map[Group]float64{}, map[Group]float64{} // without and with the quota
	total := 0.0
	for g, ids := range of {
		for _, id := range ids {
			want[g] += p.Cameras[id].demand(paces[id].PerDay, math.Inf(1))
		}
		most[g] = min(want[g], float64(p.quota(g)))
		total += most[g]
	}
	if total > float64(room) {
		f.Full = full(p, paces, room)
		most = within(most, float64(room))
	}
	for g, ids := range of {
		p.reach(f, ids, paces, most[g], most[g] < min(want[g], float64(p.quota(g))))
	}
	return f
}

// full is in how many days what grows has used up the room.
func full(p Policy, paces map[media.CameraID]Pace, room int64) float64 {
	var used int64
	var grows float64
	for id, pace := range paces {
		used += pace.Bytes
		if float64(pace.Bytes) < p.Cameras[id].demand(pace.PerDay, math.Inf(1)) {
			grows += pace.PerDay
		}
	}
	if used >= room {
		return 0
	}
	return float64(room-used) / grows
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

// reach says how far back the cameras of one group reach that may take so much together.
func (p Policy) reach(f Forecast, ids []media.CameraID, paces map[media.CameraID]Pace, most float64, shared bool) {
	sum := func(days float64) (n float64) {
		for _, id := range ids {
			n += p.Cameras[id].demand(paces[id].PerDay, days)
		}
		return n
	}
	together, bound := math.Inf(1), BoundNone
	if sum(together) > most {
		together, bound = lastDay(sum, most), BoundQuota
		if shared {
			bound = BoundRoom
		}
	}
	for _, id := range ids {
		c, pace := p.Cameras[id], paces[id]
		days, why := math.Inf(1), BoundNone
		if pace.PerDay > 0 {
			days, why = together, bound
		}
		if c.Bytes > 0 && pace.PerDay > 0 && float64(c.Bytes)/pace.PerDay < days {
			days, why = float64(c.Bytes)/pace.PerDay, BoundBytes
		}
		if c.Days > 0 && float64(c.Days) <= days {
			days, why = float64(c.Days), BoundDays
		}
		f.Reach[id], f.Bound[id] = days, why
	}
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
