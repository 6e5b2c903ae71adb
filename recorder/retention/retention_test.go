package retention

import (
	"errors"
	"reflect"
	"slices"
	"testing"
	"time"

	"lares/cameras/media"
)

var t0 = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)

func daysAgo(n float64) time.Time { return t0.Add(-time.Duration(n * 24 * float64(time.Hour))) }

func TestValidate(t *testing.T) {
	for _, c := range []struct {
		name string
		of   Camera
		ok   bool
	}{
		{"nothing", Camera{}, true},
		{"all of it", Camera{Bytes: 1, Rule: Rule{30, 7}, Kinds: map[media.Kind]Rule{media.KindDoorbell: {90, 60}}}, true},
		{"days below nothing", Camera{Rule: Rule{Days: -1}}, false},
		{"too many days", Camera{Rule: Rule{Days: MaxDays + 1}}, false},
		{"at least below nothing", Camera{Rule: Rule{AtLeast: -1}}, false},
		{"at least as long as it may", Camera{Rule: Rule{7, 7}}, true},
		{"at least longer than it may", Camera{Rule: Rule{7, 8}}, false},
		{"of one kind", Camera{Rule: Rule{7, 0}, Kinds: map[media.Kind]Rule{media.KindDoorbell: {0, 8}}}, false},
		{"of one kind, by what holds for all", Camera{Rule: Rule{0, 8}, Kinds: map[media.Kind]Rule{media.KindMotion: {7, 0}}}, false},
		{"one kind stays longer", Camera{Rule: Rule{7, 0}, Kinds: map[media.Kind]Rule{media.KindDoorbell: {30, 8}}}, true},
		{"no such kind", Camera{Kinds: map[media.Kind]Rule{"lion": {1, 1}}}, false},
		{"the rule of all, as a kind", Camera{Kinds: map[media.Kind]Rule{"": {1, 1}}}, false},
		{"bytes below nothing", Camera{Bytes: -1}, false},
		{"a kind below nothing", Camera{Rule: Rule{7, 0}, Kinds: map[media.Kind]Rule{media.KindDoorbell: {-1, 0}}}, false},
	} {
		if err := c.of.Validate(); (err == nil) != c.ok || err != nil && !errors.Is(err, ErrRule) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestLanes(t *testing.T) {
	id := media.NewCameraID()
	but := func(k media.Kind) []media.Kind {
		return slices.DeleteFunc(slices.Clone(kinds), func(x media.Kind) bool { return x == k })
	}
	bell := func(days, atLeast int) map[media.Kind]Rule {
		return map[media.Kind]Rule{media.KindDoorbell: {days, atLeast}}
	}
	for _, c := range []struct {
		name        string
		of          Camera
		aged, loose []Lane
	}{
		{"nothing said", Camera{}, nil, []Lane{{id, nil, nil, time.Time{}}}},
		{"all for some days", Camera{Rule: Rule{Days: 7}}, []Lane{{id, nil, nil, daysAgo(7)}}, []Lane{{id, nil, nil, time.Time{}}}},
		{"one kind for some days", Camera{Kinds: bell(7, 0)}, []Lane{{id, nil, []media.Kind{media.KindDoorbell}, daysAgo(7)}}, []Lane{{id, nil, nil, time.Time{}}}},
		{"one kind longer", Camera{Rule: Rule{Days: 7}, Kinds: bell(30, 0)}, []Lane{{id, nil, but(media.KindDoorbell), daysAgo(7)}, {id, nil, []media.Kind{media.KindDoorbell}, daysAgo(30)}}, []Lane{{id, nil, nil, time.Time{}}}},
		{"all at least", Camera{Rule: Rule{AtLeast: 7}}, nil, []Lane{{id, nil, nil, daysAgo(7)}}},
		{"one kind at least", Camera{Kinds: bell(0, 14)}, nil, []Lane{{id, nil, but(media.KindDoorbell), time.Time{}}, {id, nil, []media.Kind{media.KindDoorbell}, daysAgo(14)}}},
	} {
		if got := c.of.aged(id, t0); len(got)+len(c.aged) > 0 && !reflect.DeepEqual(got, c.aged) {
			t.Errorf("%s: aged %v, want %v", c.name, got, c.aged)
		}
		if got := c.of.loose(id, t0); !reflect.DeepEqual(got, c.loose) {
			t.Errorf("%s: loose %v, want %v", c.name, got, c.loose)
		}
	}
}

// TestSteady: nothing is too old while it is not known how late it is.
func TestSteady(t *testing.T) {
	var s Steady
	for i, c := range []struct {
		wall, ran time.Duration
		want      bool
	}{
		{0, 0, false},
		{9 * time.Minute, 9 * time.Minute, false},
		{10 * time.Minute, 10 * time.Minute, true},
		{11*time.Minute + 100*time.Second, 11 * time.Minute, true}, // drift, and being set by a little
		{50 * 365 * 24 * time.Hour, 12 * time.Minute, false},       // years ahead
		{50*365*24*time.Hour + 9*time.Minute, 21 * time.Minute, false},
		{30 * time.Minute, 30 * time.Minute, false}, // and back
		{39 * time.Minute, 39 * time.Minute, false},
		{40 * time.Minute, 40 * time.Minute, true},
		{40*time.Minute - time.Hour, 41 * time.Minute, false}, // an hour back
	} {
		if got := s.Look(t0.Add(c.wall), c.ran); got != c.want {
			t.Errorf("reading %d: %v", i, got)
		}
	}
}

// TestWithBeside: what is recorded beside the main stream stays for longer, unless something
// else was said of it, and no longer than it may.
func TestWithBeside(t *testing.T) {
	own := func(r Rule) map[media.Kind]Rule { return map[media.Kind]Rule{KindBeside: r} }
	for name, c := range map[string]struct {
		of   Camera
		want Rule
	}{
		"nothing said":         {Camera{}, Rule{0, besideStays}},
		"all for longer":       {Camera{Rule: Rule{Days: 90}}, Rule{90, besideStays}},
		"all for a week":       {Camera{Rule: Rule{Days: 7}}, Rule{7, 7}},
		"that for longer":      {Camera{Rule: Rule{Days: 7}, Kinds: own(Rule{Days: 60})}, Rule{60, besideStays}},
		"at least, said of it": {Camera{Kinds: own(Rule{AtLeast: 3})}, Rule{0, 3}},
		"of other kinds":       {Camera{Kinds: map[media.Kind]Rule{media.KindDoorbell: {90, 60}}}, Rule{0, besideStays}},
	} {
		got := c.of.WithBeside()
		if got.Of(KindBeside) != c.want || got.Validate() != nil || got.Of(media.KindMotion) != c.of.Of(media.KindMotion) || got.Of(media.KindDoorbell) != c.of.Of(media.KindDoorbell) {
			t.Errorf("%s: %+v, %v", name, got.Of(KindBeside), got.Validate())
		}
		if _, said := c.of.Kinds[KindBeside]; said && len(c.of.Kinds) != 1 {
			t.Errorf("%s: what was given is another: %+v", name, c.of)
		}
	}
	// for want of room the main stream goes first
	r := (&rack{}).put(door, KindBeside, 20, 10, false).put(door, "", 5, 10, false).put(door, KindBeside, 40, 10, false).put(door, "", 4, 10, false)
	p := Pass{Policy: of(nil), Now: t0, Used: r.used(), Rooms: []Room{{Bytes: 10}}, Page: 2}
	p.Policy.Cameras[door] = p.Policy.Cameras[door].WithBeside()
	if _, err := p.Run(t.Context(), r); err != nil || !slices.Equal(ages(r.gone), []int{40, 5, 4}) {
		t.Errorf("gone %v, %v", ages(r.gone), err)
	}
}
