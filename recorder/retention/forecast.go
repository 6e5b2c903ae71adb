package retention

import (
	"maps"
	"math"
	"slices"

	"lares/cameras/media"
)

// Pace is how much of a camera comes in a day, in bytes, and where it goes.
type Pace struct {
	Pool   int
	PerDay float64 // but for what follows
	Beside float64 // of what is recorded beside the main stream
	// Kinds is that of kinds of events of which the camera has rules of their own.
	Kinds map[media.Kind]float64
}

// All is how much it is together.
func (p Pace) All() float64 {
	sum := p.PerDay + p.Beside
	for _, n := range p.Kinds {
		sum += n
	}
	return sum
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

// Reach is how many days back recordings will reach, infinite where nothing ends them, and what
// does.
type Reach struct {
	Days  float64
	Bound Bound
}

// Forecast says where it leads if as much is recorded as lately.
type Forecast struct {
	// Reach is that of each camera, but for what is recorded beside its main stream and for
	// kinds of events with a pace of their own.
	Reach, Beside map[media.CameraID]Reach
	Kinds         map[media.CameraID]map[media.Kind]Reach
	// Full is in how many days each room is used up, so that the oldest go for the newest;
	// infinite if rules and quotas keep it from that.
	Full []float64
}

// flow is what comes of a camera under one rule.
type flow struct {
	pool   int
	perDay float64
	most   float64 // days that it is kept at most; infinite for no such rule
	by     Bound   // what of the rule says so
	least  float64 // days that stay while anything else may go
	// stays is for how many days besides, as long as they take no more than a besidePart of what is
	// kept of the camera: rest is what else that is, and stars what of it is starred.
	stays, stars float64
	rest         []*flow
	edge         float64 // how far back it is kept as far as was looked; see kept
	why          Bound
}

// flows are those of a camera, by the kind: "" is all of its main stream but for kinds that have
// their own. Of what a kind may take its stars take a part for good.
func (o *outlook) flows(id media.CameraID, pace Pace) map[media.Kind]*flow {
	c := o.policy.Cameras[id]
	of := func(k media.Kind, perDay float64) *flow {
		r := c.Of(k)
		f := &flow{pool: pace.Pool, perDay: perDay, most: math.Inf(1), edge: math.Inf(1)}
		f.least = min(MaxDays, max(float64(r.AtLeast), lasts(r.AtLeastBytes, perDay), lasts(c.AtLeastBytes, pace.All())))
		if r.Days > 0 {
			f.most, f.by = float64(r.Days), BoundDays
		}
		if r.Bytes > 0 && k != "" {
			if days := lasts(max(0, r.Bytes-o.starred.of(id, k)), perDay); days < f.most {
				f.most, f.by = days, BoundBytes
			}
		}
		return f
	}
	list := map[media.Kind]*flow{"": of("", pace.PerDay)}
	for k, perDay := range pace.Kinds {
		list[k] = of(k, perDay)
	}
	beside := of(KindBeside, pace.Beside)
	beside.stays, beside.stars, beside.rest = float64(c.Beside), float64(o.starred.of(id, "")), slices.Collect(maps.Values(list))
	list[KindBeside] = beside
	return list
}

// lasts is how many days so many bytes are.
func lasts(bytes int64, perDay float64) float64 {
	if bytes == 0 {
		return 0
	}
	return float64(bytes) / perDay
}

// kept is how many days of something stay where everything in its scope goes up to an edge. What
// has to stay goes last: edges from MaxDays on spare it, and lie as many days back as they are
// above that. Smaller ones are of a scope in which nothing else is left.
func (f *flow) kept(edge float64) float64 {
	least := f.least
	if f.stays > 0 && f.perDay > 0 {
		least = max(least, min(f.stays, (sum(f.rest, edge)+f.stars)/(besidePart-1)/f.perDay))
	}
	days := min(edge, least)
	if edge >= MaxDays {
		days = max(edge-MaxDays, least)
	}
	return min(days, f.most)
}

// bytes are what it takes where everything goes up to an edge, and up to its own.
func (f *flow) bytes(edge float64) float64 {
	if f.perDay == 0 {
		return 0
	}
	return f.perDay * f.kept(min(edge, f.edge))
}

func (f *flow) reach() Reach {
	if f.perDay == 0 {
		f.edge, f.why = math.Inf(1), BoundNone
	}
	days := f.kept(f.edge)
	if days >= f.most {
		return Reach{days, f.by}
	}
	return Reach{days, f.why}
}

// sum is what flows will take.
func sum(flows []*flow, edge float64) (n float64) {
	for _, f := range flows {
		n += f.bytes(edge)
	}
	return n
}

// bound has flows of one scope take no more than most.
func bound(flows []*flow, most float64, why Bound) {
	if sum(flows, math.Inf(1)) <= most {
		return
	}
	edge := lastEdge(flows, most)
	for _, f := range flows {
		if edge < f.edge {
			f.edge, f.why = edge, why
		}
	}
}

// outlook is a forecast that is being made.
type outlook struct {
	policy  Policy
	used    map[Place]int64
	starred Starred
	paces   map[media.CameraID]Pace
	of      map[Group][]*flow
}

// Foresee makes a forecast of what there is and what comes. What is starred stays for good, and
// takes of the room of its kind, camera and group.
func Foresee(p Policy, used map[Place]int64, starred Starred, paces map[media.CameraID]Pace, rooms []Room) Forecast {
	o := outlook{p, used, starred, paces, map[Group][]*flow{}}
	flows := map[media.CameraID]map[media.Kind]*flow{}
	for at := range starred { // who records nothing now may have some
		o.of[p.group(at.Camera)] = nil
	}
	for id, pace := range paces {
		flows[id] = o.flows(id, pace)
		own := slices.Collect(maps.Values(flows[id]))
		if most := p.Cameras[id].Bytes; most > 0 {
			bound(own, float64(max(0, most-starred.of(id, ""))), BoundBytes)
		}
		o.of[p.group(id)] = append(o.of[p.group(id)], own...)
	}
	for g, flows := range o.of {
		bound(flows, float64(max(0, p.quota(g)-o.stars(g, Room{}))), BoundQuota)
	}
	f := Forecast{Reach: map[media.CameraID]Reach{}, Beside: map[media.CameraID]Reach{}, Kinds: map[media.CameraID]map[media.Kind]Reach{}}
	for _, room := range rooms {
		f.Full = append(f.Full, o.share(room))
	}
	for id, pace := range paces {
		f.Reach[id], f.Beside[id] = flows[id][""].reach(), flows[id][KindBeside].reach()
		f.Kinds[id] = map[media.Kind]Reach{}
		for k := range pace.Kinds {
			f.Kinds[id][k] = flows[id][k].reach()
		}
	}
	return f
}

// stars are what is starred of a group in a room.
func (o *outlook) stars(g Group, room Room) (sum int64) {
	for at, bytes := range o.starred {
		if room.Has(at.Pool) && o.policy.group(at.Camera) == g {
			sum += bytes
		}
	}
	return sum
}

// claim is what a group will take of a room: of it what is starred, whatever else comes.
type claim struct{ starred, all float64 }

// share has all that record to some pools take no more than the room there, and says when it
// is used up.
func (o *outlook) share(room Room) (full float64) {
	of, want, total := map[Group][]*flow{}, map[Group]claim{}, 0.0
	for g, flows := range o.of {
		for _, f := range flows {
			if room.Has(f.pool) {
				of[g] = append(of[g], f)
			}
		}
		stars := float64(o.stars(g, room))
		want[g] = claim{stars, stars + sum(of[g], math.Inf(1))}
		total += want[g].all
	}
	if total <= float64(room.Bytes) {
		return math.Inf(1)
	}
	full = o.full(room)
	for g, most := range within(want, float64(room.Bytes)) {
		if most < want[g].all {
			bound(of[g], most-want[g].starred, BoundRoom)
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
		if room.Has(at.Pool) {
			used += bytes
		}
	}
	if used >= room.Bytes {
		return 0
	}
	var grows float64
	for id, pace := range o.paces {
		if room.Has(pace.Pool) && float64(all[id]) < o.demand(id, pace) {
			grows += pace.All()
		}
	}
	return float64(room.Bytes-used) / grows
}

// demand is how much of a camera there will be, if nothing else were.
func (o *outlook) demand(id media.CameraID, pace Pace) float64 {
	all := float64(o.starred.of(id, ""))
	for _, f := range o.flows(id, pace) {
		all += f.bytes(math.Inf(1))
	}
	if most := o.policy.Cameras[id].Bytes; most > 0 {
		all = min(all, float64(most))
	}
	return all
}

// steps of halving are more than the digits of a number.
const steps = 64

// within is what each group will have of a room too small for all: what it wants, but none more
// than another that wants as much, and what it starred.
func within(want map[Group]claim, room float64) map[Group]float64 {
	have := func(most float64) (list map[Group]float64, sum float64) {
		list = map[Group]float64{}
		for g, w := range want {
			list[g] = max(w.starred, min(w.all, most))
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

// lastEdge is up to where flows have to go so that what stays of them is within most.
func lastEdge(flows []*flow, most float64) float64 {
	low, high := 0.0, 1.0
	for sum(flows, high) <= most && high < 2*MaxDays {
		high *= 2
	}
	for range steps {
		middle := (low + high) / 2
		if sum(flows, middle) > most {
			high = middle
		} else {
			low = middle
		}
	}
	return low
}
