package retention

import (
	"context"
	"errors"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"lares/cameras/media"
)

var (
	door, yard, shed = media.CameraID{1}, media.CameraID{2}, media.CameraID{3}
	ann, bob         = Group{1}, Group{2}
)

// of is a policy of three cameras: two of ann's and one of bob's.
func of(change func(doors *Camera)) Policy {
	c := Camera{Group: ann}
	if change != nil {
		change(&c)
	}
	return Policy{Cameras: map[media.CameraID]Camera{door: c, yard: {Group: ann}, shed: {Group: bob}}, Quotas: map[Group]int64{}}
}

// TestPass: which clips go, in which order, by their age in days.
func TestPass(t *testing.T) {
	quota := func(g Group, n int64) Policy {
		p := of(nil)
		p.Quotas[g] = n
		return p
	}
	bells := func(days, atLeast int) func(*Camera) {
		return func(c *Camera) { c.Kinds = map[media.Kind]Rule{media.KindDoorbell: {Days: days, AtLeast: atLeast}} }
	}
	rule := func(k media.Kind, r Rule) Policy {
		return of(func(c *Camera) { c.Kinds = map[media.Kind]Rule{k: r} })
	}
	one := func(id media.CameraID, kind media.Kind, ages ...float64) func(*rack) {
		return func(r *rack) {
			for _, a := range ages {
				r.put(id, kind, a, 10, false)
			}
		}
	}
	star := func(id media.CameraID, ages ...float64) func(*rack) {
		return func(r *rack) {
			for _, a := range ages {
				r.put(id, media.KindMotion, a, 10, true)
			}
		}
	}
	const noBound = 1 << 40
	for _, c := range []struct {
		name   string
		policy Policy
		room   int64
		lay    []func(*rack)
		gone   []int
		over   int64
	}{
		{"nothing said", of(nil), noBound, []func(*rack){one(door, media.KindMotion, 900, 1)}, nil, 0},
		{"exactly the room", of(nil), 20, []func(*rack){one(door, media.KindMotion, 9, 1)}, nil, 0},
		{"a byte over: one clip, the oldest", of(nil), 29, []func(*rack){one(door, media.KindMotion, 3, 1, 2)}, []int{3}, 0},
		{"the oldest of two cameras of one group", of(nil), 19, []func(*rack){one(door, media.KindMotion, 3, 1), one(yard, media.KindMotion, 2)}, []int{3, 2}, 0},
		{"too old", of(func(c *Camera) { c.Days = 7 }), noBound, []func(*rack){one(door, media.KindMotion, 8, 6, 9), one(yard, media.KindMotion, 100)}, []int{9, 8}, 0},
		{"too old, and starred", of(func(c *Camera) { c.Days = 7 }), noBound, []func(*rack){star(door, 8)}, nil, 0},
		{"one kind stays longer", of(func(c *Camera) { bells(30, 0)(c); c.Days = 7 }), noBound, []func(*rack){one(door, media.KindDoorbell, 31, 29), one(door, media.KindMotion, 8), one(door, "", 9)}, []int{9, 8, 31}, 0},
		{"the room of a camera", of(func(c *Camera) { c.Bytes = 15 }), noBound, []func(*rack){one(door, media.KindMotion, 3, 2), one(yard, media.KindMotion, 9, 8)}, []int{3}, 0},
		{"the quota of a group", quota(ann, 25), noBound, []func(*rack){one(door, media.KindMotion, 3), one(yard, media.KindMotion, 4, 1), one(shed, media.KindMotion, 9)}, []int{4}, 0},
		{"of all: who has most, the oldest of theirs", of(nil), 40, []func(*rack){one(door, media.KindMotion, 5, 4, 3), one(shed, media.KindMotion, 90, 80)}, []int{5}, 0},
		{"of all: until they have the same, then from both", of(nil), 20, []func(*rack){one(door, media.KindMotion, 5, 4, 3), one(shed, media.KindMotion, 90, 80)}, []int{5, 4, 90}, 0},
		{"a quota below the share", quota(ann, 10), 35, []func(*rack){one(door, media.KindMotion, 2, 1), one(shed, media.KindMotion, 9, 8, 7)}, []int{2, 9}, 0},
		{"a bell stays while anything else may go", of(bells(0, 14)), 15, []func(*rack){one(door, media.KindDoorbell, 13), one(door, media.KindMotion, 2), one(yard, media.KindMotion, 1)}, []int{2, 1}, 0},
		{"and no longer than it has to", of(bells(0, 14)), 25, []func(*rack){one(door, media.KindDoorbell, 15), one(door, media.KindMotion, 2), one(yard, media.KindMotion, 1)}, []int{15}, 0},
		{"and goes when nothing else is left", of(bells(0, 14)), 15, []func(*rack){one(door, media.KindDoorbell, 13, 12), one(yard, media.KindMotion, 1)}, []int{1, 13}, 0},
		{"another's goes for no bell", of(bells(0, 14)), 20, []func(*rack){one(door, media.KindDoorbell, 13, 12), one(shed, media.KindMotion, 9)}, []int{13}, 0},
		{"a star stays", of(nil), 15, []func(*rack){star(door, 9), one(door, media.KindMotion, 3, 2)}, []int{3, 2}, 0},
		{"stars alone", of(nil), 5, []func(*rack){star(door, 9, 8)}, nil, 15},
		{"stars of one leave the others what is left", of(nil), 45, []func(*rack){star(door, 9, 8, 7), one(shed, media.KindMotion, 5, 4)}, []int{5}, 0},
		{"a camera of nobody", of(nil), 15, []func(*rack){one(media.CameraID{9}, media.KindMotion, 5, 4), one(door, media.KindMotion, 1)}, []int{5, 4}, 0},
		{"the room of a kind", rule(media.KindMotion, Rule{Bytes: 25}), noBound, []func(*rack){one(door, media.KindMotion, 1, 2, 3, 4), one(door, media.KindDoorbell, 9), one(door, "", 8), one(yard, media.KindMotion, 7)}, []int{4, 3}, 0},
		{"exactly the room of a kind", rule(media.KindMotion, Rule{Bytes: 20}), noBound, []func(*rack){one(door, media.KindMotion, 1, 2)}, nil, 0},
		{"a star takes of it, and stays", rule(media.KindMotion, Rule{Bytes: 25}), noBound, []func(*rack){star(door, 9), one(door, media.KindMotion, 2, 1)}, []int{2}, 0},
		{"stars alone of it", rule(media.KindMotion, Rule{Bytes: 5}), noBound, []func(*rack){star(door, 9, 8)}, nil, 0},
		{"the room of a kind goes before days it stays at least", rule(media.KindMotion, Rule{Bytes: 15, AtLeast: 30}), noBound, []func(*rack){one(door, media.KindMotion, 2, 1)}, []int{2}, 0},
		{"the room of a kind, and what is too old", of(func(c *Camera) { c.Days, c.Kinds = 7, map[media.Kind]Rule{media.KindMotion: {Bytes: 15}} }), noBound, []func(*rack){one(door, media.KindMotion, 8, 2, 1), one(door, media.KindSound, 9, 6)}, []int{8, 2, 9}, 0},
		{"so many bytes of bells stay while anything else may go", rule(media.KindDoorbell, Rule{AtLeastBytes: 20}), 25, []func(*rack){one(door, media.KindDoorbell, 30, 20), one(door, media.KindMotion, 2), one(yard, media.KindMotion, 1)}, []int{2, 1}, 0},
		{"and no more of them", rule(media.KindDoorbell, Rule{AtLeastBytes: 10}), 35, []func(*rack){one(door, media.KindDoorbell, 30, 20), one(door, media.KindMotion, 2), one(yard, media.KindMotion, 1)}, []int{30}, 0},
		{"the one that makes it so many stays", rule(media.KindDoorbell, Rule{AtLeastBytes: 11}), 25, []func(*rack){one(door, media.KindDoorbell, 40, 30, 20), one(door, media.KindMotion, 2)}, []int{40, 2}, 0},
		{"they go when nothing else is left", rule(media.KindDoorbell, Rule{AtLeastBytes: 99}), 15, []func(*rack){one(door, media.KindDoorbell, 30, 20), one(yard, media.KindMotion, 1)}, []int{1, 30}, 0},
		{"another's goes for none of them", rule(media.KindDoorbell, Rule{AtLeastBytes: 99}), 20, []func(*rack){one(door, media.KindDoorbell, 30, 20), one(shed, media.KindMotion, 90)}, []int{30}, 0},
		{"days or bytes: what the days spare", rule(media.KindDoorbell, Rule{AtLeast: 25, AtLeastBytes: 10}), 25, []func(*rack){one(door, media.KindDoorbell, 30, 20, 10), one(door, media.KindMotion, 2)}, []int{30, 2}, 0},
		{"days or bytes: what the bytes spare", rule(media.KindDoorbell, Rule{AtLeast: 5, AtLeastBytes: 20}), 25, []func(*rack){one(door, media.KindDoorbell, 30, 20, 10), one(door, media.KindMotion, 2)}, []int{30, 2}, 0},
		{"so many bytes of a camera stay, of whatever kind", of(func(c *Camera) { c.AtLeastBytes = 20 }), 25, []func(*rack){one(door, media.KindDoorbell, 30), one(door, media.KindMotion, 20, 10), one(yard, media.KindMotion, 2, 1)}, []int{30, 2, 1}, 0},
		{"the room of a camera leaves what is too old gone", of(func(c *Camera) { c.Days, c.Bytes = 7, 15 }), noBound, []func(*rack){one(door, media.KindMotion, 8, 3, 2)}, []int{8, 3}, 0},
	} {
		r := &rack{}
		for _, lay := range c.lay {
			lay(r)
		}
		p := Pass{Policy: c.policy, Now: t0, Ages: true, Kinds: true, Used: r.used(), Rooms: []Room{{Bytes: c.room}}, Page: 2}
		over, err := p.Run(t.Context(), r)
		if err != nil || over != c.over || !slices.Equal(ages(r.gone), c.gone) {
			t.Errorf("%s: gone %v, over %d, %v; want %v, %d", c.name, ages(r.gone), over, err, c.gone, c.over)
		}
		if !maps.EqualFunc(p.Used, r.used(), func(a, b int64) bool { return a == b }) && len(r.items) > 0 {
			for id, n := range p.Used {
				if n != r.used()[id] {
					t.Errorf("%s: counts %d of %v, there are %d", c.name, n, id, r.used()[id])
				}
			}
		}
	}
}

// TestPassOfPools: rooms are each pool's own, all else counts wherever it lies, and what lies
// in a pool that is away is left as it is.
func TestPassOfPools(t *testing.T) {
	type lain struct {
		camera media.CameraID
		pool   int
		ages   []float64
	}
	two := func(a, b int64) []Room { return []Room{{[]int{0}, a}, {[]int{1}, b}} }
	quota := of(nil)
	quota.Quotas[ann] = 25
	for _, c := range []struct {
		name   string
		policy Policy
		pools  []int
		rooms  []Room
		lain   []lain
		gone   []int
	}{
		{"one is full", of(nil), nil, two(20, 100), []lain{{door, 0, []float64{3, 2, 1}}, {yard, 1, []float64{9, 8}}}, []int{3}},
		{"both are", of(nil), nil, two(20, 10), []lain{{door, 0, []float64{3, 2, 1}}, {yard, 1, []float64{9, 8}}}, []int{3, 9}},
		{"a camera went over to the other", of(nil), nil, two(100, 10), []lain{{door, 0, []float64{9, 8}}, {door, 1, []float64{3, 2}}}, []int{3}},
		{"shares are of one pool", of(nil), nil, two(20, 100), []lain{{door, 0, []float64{3, 2}}, {shed, 0, []float64{9}}, {shed, 1, []float64{7, 6, 5}}}, []int{3}},
		{"a quota is of both: the oldest goes", quota, nil, two(100, 100), []lain{{door, 0, []float64{3, 1}}, {yard, 1, []float64{9, 2}}}, []int{9, 3}},
		{"days are everywhere", of(func(c *Camera) { c.Days = 5 }), nil, two(100, 100), []lain{{door, 0, []float64{6, 1}}, {door, 1, []float64{7}}}, []int{7, 6}},
		{"a limit of all", of(nil), nil, append(two(100, 100), Room{Bytes: 20}), []lain{{door, 0, []float64{3, 1}}, {door, 1, []float64{9}}}, []int{9}},
		{"so many bytes of both stay, wherever they lie", of(func(c *Camera) { c.AtLeastBytes = 20 }), nil, two(10, 100), []lain{{door, 0, []float64{9, 8}}, {door, 1, []float64{7}}, {yard, 0, []float64{1}}}, []int{9, 1}},
		{"what is away is none of them", of(func(c *Camera) { c.AtLeastBytes = 20 }), []int{0}, []Room{{[]int{0}, 20}}, []lain{{door, 0, []float64{9, 8}}, {door, 1, []float64{7}}, {yard, 0, []float64{1}}}, []int{1}},
		{"nor of what a kind takes", of(func(c *Camera) { c.Kinds = map[media.Kind]Rule{media.KindMotion: {Bytes: 15}} }), []int{0}, nil, []lain{{door, 0, []float64{9, 8}}, {door, 1, []float64{99, 1}}}, []int{9}},
		{"what is away neither counts nor goes", quota, []int{1}, []Room{{[]int{1}, 100}}, []lain{{door, 0, []float64{9, 8, 7}}, {door, 1, []float64{3, 2, 1}}}, []int{3}},
		{"nor when it is too old", of(func(c *Camera) { c.Days = 5 }), []int{1}, nil, []lain{{door, 0, []float64{9}}, {door, 1, []float64{8, 1}}}, []int{8}},
	} {
		r := &rack{}
		for _, l := range c.lain {
			for _, age := range l.ages {
				r.put(l.camera, media.KindMotion, age, 10, false).items[len(r.items)-1].Pool = l.pool
			}
		}
		used := r.used()
		maps.DeleteFunc(used, func(at Place, _ int64) bool { return !in(c.pools, at.Pool) })
		p := Pass{Policy: c.policy, Now: t0, Ages: true, Kinds: true, Pools: c.pools, Used: used, Rooms: c.rooms, Page: 2, Left: map[LaneKey]Clip{}}
		if over, err := p.Run(t.Context(), r); err != nil || over != 0 || !slices.Equal(ages(r.gone), c.gone) {
			t.Errorf("%s: gone %v, over %d, %v; want %v", c.name, ages(r.gone), over, err, c.gone)
		}
	}
}

// TestAgesRest: without a clock that can be believed nothing is too old, and what there is
// no room for goes all the same.
func TestAgesRest(t *testing.T) {
	r := (&rack{}).put(door, media.KindMotion, 900, 10, false).put(door, media.KindMotion, 800, 10, false)
	p := Pass{Policy: of(func(c *Camera) { c.Days = 1 }), Now: t0, Used: r.used(), Rooms: []Room{{Bytes: 15}}, Page: 2}
	if _, err := p.Run(t.Context(), r); err != nil || !slices.Equal(ages(r.gone), []int{900}) {
		t.Errorf("gone %v, %v", ages(r.gone), err)
	}
}

// TestLeft: passes that follow each other do not look again through what may not go, find
// what came since, and begin anew when nothing is remembered.
func TestLeft(t *testing.T) {
	r := &rack{late: map[media.ClipID]bool{}}
	for range 50 {
		r.put(door, media.KindMotion, 9, 10, false)
		r.late[r.items[len(r.items)-1].Clip.Clip] = true
	}
	left := map[LaneKey]Clip{}
	r.put(door, media.KindMotion, 8, 10, false).put(door, media.KindMotion, 7, 10, false)
	run := func(left map[LaneKey]Clip, room int64) (passed int) {
		r.passed = 0
		p := Pass{Policy: of(nil), Now: t0, Used: r.used(), Rooms: []Room{{Bytes: room}}, Page: 8, Left: left}
		if _, err := p.Run(t.Context(), r); err != nil {
			t.Fatal(err)
		}
		return r.passed
	}
	if run(left, 510); !slices.Equal(ages(r.gone), []int{8}) {
		t.Errorf("gone %v", ages(r.gone))
	}
	if passed := run(left, 500); passed != 0 || !slices.Equal(ages(r.gone), []int{8, 7}) {
		t.Errorf("behind those that stay: %d passed, gone %v", passed, ages(r.gone))
	}
	run(left, 495) // nothing may go
	for range 50 {
		r.put(door, media.KindMotion, 6, 10, true)
	}
	r.put(door, media.KindMotion, -0.01, 10, false)
	if passed := run(left, 1005); passed != 0 || !slices.Equal(ages(r.gone), []int{8, 7, 0}) {
		t.Errorf("what came since: %d passed, gone %v", passed, ages(r.gone))
	}
	for i := range r.items { // somebody takes the stars away again
		r.items[i].star, r.late = false, nil
	}
	run(map[LaneKey]Clip{}, 995)
	if !slices.Equal(ages(r.gone), []int{8, 7, 0, 9}) {
		t.Errorf("anew: gone %v", ages(r.gone))
	}
}

// TestLeftBehind: what was being written while a pass looked through all, or removed what is
// younger, is found when it has ended.
func TestLeftBehind(t *testing.T) {
	r := (&rack{}).put(door, media.KindMotion, 9, 10, true)
	left := map[LaneKey]Clip{}
	run := func() {
		p := Pass{Policy: of(nil), Now: t0, Used: r.used(), Rooms: []Room{{Bytes: 5}}, Page: 8, Left: left, Writing: 10 * time.Minute}
		if _, err := p.Run(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	run()
	for _, minutes := range []float64{1, 2} { // the second ended last: an event begins with a pre-roll
		r.put(door, media.KindMotion, minutes/24/60, 10, false)
		run()
	}
	if !slices.Equal(ages(r.gone), []int{0, 0}) {
		t.Errorf("gone %v", ages(r.gone))
	}
}

// TestSince: passes that follow each other do not add up again what is to stay by its bytes, and
// one that nobody remembers anything for does.
func TestSince(t *testing.T) {
	r := (&rack{}).put(door, media.KindDoorbell, 9, 10, false).put(door, media.KindDoorbell, 8, 10, false).put(door, media.KindMotion, 7, 10, false)
	p := Pass{Policy: of(func(c *Camera) { c.Kinds = map[media.Kind]Rule{media.KindDoorbell: {AtLeastBytes: 10}} }), Now: t0, Used: r.used(), Page: 2}
	since := map[LaneKey]time.Time{}
	for i, c := range []struct {
		since map[LaneKey]time.Time
		room  int64
		added int
		gone  []int
	}{{since, 30, 0, nil}, {since, 20, 1, []int{9}}, {since, 10, 1, []int{9, 7}}, {nil, 0, 2, []int{9, 7, 8}}} {
		p.Since, p.Rooms = c.since, []Room{{Bytes: c.room}}
		if _, err := p.Run(t.Context(), r); err != nil || r.added != c.added || !slices.Equal(ages(r.gone), c.gone) {
			t.Errorf("pass %d: added up %d times, gone %v, %v; want %d, %v", i, r.added, ages(r.gone), err, c.added, c.gone)
		}
	}
}

// TestMissed: where clips cannot be added up none goes for the bytes of its kind, what might have
// to stay goes last, and there is room all the same.
func TestMissed(t *testing.T) {
	for name, c := range map[string]struct {
		rule Rule
		room int64
		gone []int
	}{
		"at most":                            {Rule{Bytes: 5}, 30, nil},
		"at most, and there is no room":      {Rule{Bytes: 5}, 20, []int{9}},
		"at least":                           {Rule{AtLeastBytes: 5}, 20, []int{1}},
		"at least, and nothing else is left": {Rule{AtLeastBytes: 5}, 10, []int{1, 9}},
	} {
		r := (&rack{blind: true}).put(door, media.KindDoorbell, 9, 10, false).put(door, media.KindDoorbell, 8, 10, false).put(yard, media.KindMotion, 1, 10, false)
		p := Pass{Policy: of(func(d *Camera) { d.Kinds = map[media.Kind]Rule{media.KindDoorbell: c.rule} }), Now: t0, Kinds: true, Used: r.used(), Rooms: []Room{{Bytes: c.room}}, Page: 2}
		if over, err := p.Run(t.Context(), r); err != nil || over != 0 || !errors.Is(p.Missed, errDisk) || !slices.Equal(ages(r.gone), c.gone) {
			t.Errorf("%s: gone %v, over %d, %v, missed %v; want %v", name, ages(r.gone), over, err, p.Missed, c.gone)
		}
	}
}

// TestPassStops: what cannot be removed costs nothing younger.
func TestPassStops(t *testing.T) {
	r := (&rack{}).put(door, media.KindMotion, 9, 10, false).put(door, media.KindMotion, 8, 10, false)
	r.fails = r.items[0].Clip.Clip
	p := Pass{Policy: of(nil), Now: t0, Used: r.used(), Rooms: []Room{{Bytes: 5}}, Page: 8}
	if _, err := p.Run(t.Context(), r); !errors.Is(err, errDisk) || len(r.gone) != 0 {
		t.Errorf("gone %v, %v", ages(r.gone), err)
	}
}

// TestNobodyIsPushedOut: whatever is there and was said, no starred clip goes, nothing goes
// of a group that takes no more than its share while another takes more than its own and has
// anything that may go, each group gives its oldest first, and the room holds as soon as
// enough may go.
func TestNobodyIsPushedOut(t *testing.T) {
	for seed := range uint64(400) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		p := Policy{Cameras: map[media.CameraID]Camera{}, Quotas: map[Group]int64{}}
		r := &rack{}
		for i := range 1 + rnd.IntN(5) {
			g := Group{byte(1 + rnd.IntN(3))}
			id := media.CameraID{byte(i + 1)}
			p.Cameras[id] = Camera{Group: g}
			for range rnd.IntN(30) {
				r.put(id, media.KindMotion, rnd.Float64()*30, 1+rnd.Int64N(40), rnd.IntN(4) == 0)
			}
		}
		room := rnd.Int64N(800)
		before := slices.Clone(r.items)
		watch := &watched{rack: r, policy: p, room: room, t: t, seed: seed}
		pass := Pass{Policy: p, Now: t0, Used: r.used(), Rooms: []Room{{Bytes: room}}, Page: 1 + rnd.IntN(5)}
		over, err := pass.Run(t.Context(), watch)
		if err != nil {
			t.Fatal(err)
		}
		var left, stars int64
		for _, c := range r.items {
			left += c.Bytes
			if c.star {
				stars += c.Bytes
			}
		}
		if over != max(0, left-room) || left > room && left > stars {
			t.Errorf("seed %d: %d left of %d, of these %d starred, told %d over", seed, left, room, stars, over)
		}
		for _, c := range before {
			if c.star && !slices.Contains(r.items, c) {
				t.Errorf("seed %d: a star went", seed)
			}
		}
	}
}

// watched looks at each removal.
type watched struct {
	*rack
	policy Policy
	room   int64
	t      *testing.T
	seed   uint64
}

func (w *watched) Remove(ctx context.Context, c Clip) (bool, error) {
	used, may := map[Group]int64{}, map[Group]bool{}
	var groups []Group
	for _, cam := range w.policy.Cameras {
		if !slices.Contains(groups, cam.Group) {
			groups = append(groups, cam.Group)
		}
	}
	own := w.policy.group(c.Camera)
	for _, x := range w.items {
		g := w.policy.group(x.Camera)
		used[g] += x.Bytes
		may[g] = may[g] || !x.star
		if g == own && !x.star && older(x.Clip, c) {
			w.t.Errorf("seed %d: a younger clip goes before an older one", w.seed)
		}
	}
	share := w.room / int64(len(groups))
	for _, g := range groups {
		if used[own] <= share && used[g] > share && may[g] {
			w.t.Errorf("seed %d: a clip of %v goes, which has %d of %d, while %v has %d", w.seed, own, used[own], share, g, used[g])
		}
	}
	return w.rack.Remove(ctx, c)
}
