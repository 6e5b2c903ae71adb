package retention

import (
	"errors"
	"reflect"
	"slices"
	"strings"
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
		{"all of it", Camera{Rule: Rule{30, 7, 9, 3}, Kinds: map[media.Kind]Rule{media.KindDoorbell: {90, 60, 8, 5}, media.KindMotion: {0, 0, 50, 4}}}, true},
		{"days below nothing", Camera{Rule: Rule{Days: -1}}, false},
		{"too many days", Camera{Rule: Rule{Days: MaxDays + 1}}, false},
		{"at least below nothing", Camera{Rule: Rule{AtLeast: -1}}, false},
		{"at least as long as it may", Camera{Rule: Rule{Days: 7, AtLeast: 7}}, true},
		{"at least longer than it may", Camera{Rule: Rule{Days: 7, AtLeast: 8}}, false},
		{"of one kind", Camera{Rule: Rule{Days: 7}, Kinds: map[media.Kind]Rule{media.KindDoorbell: {AtLeast: 8}}}, false},
		{"of one kind, by what holds for all", Camera{Rule: Rule{AtLeast: 8}, Kinds: map[media.Kind]Rule{media.KindMotion: {Days: 7}}}, false},
		{"one kind stays longer", Camera{Rule: Rule{Days: 7}, Kinds: map[media.Kind]Rule{media.KindDoorbell: {Days: 30, AtLeast: 8}}}, true},
		{"no such kind", Camera{Kinds: map[media.Kind]Rule{"lion": {Days: 1, AtLeast: 1}}}, false},
		{"the rule of all, as a kind", Camera{Kinds: map[media.Kind]Rule{"": {Days: 1, AtLeast: 1}}}, false},
		{"bytes below nothing", Camera{Rule: Rule{Bytes: -1}}, false},
		{"bytes at least below nothing", Camera{Rule: Rule{AtLeastBytes: -1}}, false},
		{"bytes of a kind below nothing", Camera{Kinds: map[media.Kind]Rule{media.KindMotion: {Bytes: -1}}}, false},
		{"too many bytes", Camera{Kinds: map[media.Kind]Rule{media.KindMotion: {AtLeastBytes: MaxBytes + 1}}}, false},
		{"at least as much as it may", Camera{Rule: Rule{Bytes: 7, AtLeastBytes: 7}, Kinds: map[media.Kind]Rule{media.KindMotion: {Bytes: 4, AtLeastBytes: 4}, media.KindDoorbell: {AtLeastBytes: 3}}}, true},
		{"at least more than it may", Camera{Rule: Rule{Bytes: 7, AtLeastBytes: 8}}, false},
		{"at least more of a kind than it may", Camera{Kinds: map[media.Kind]Rule{media.KindMotion: {Bytes: 7, AtLeastBytes: 8}}}, false},
		{"at least more of kinds than all may", Camera{Rule: Rule{Bytes: 7}, Kinds: map[media.Kind]Rule{media.KindMotion: {AtLeastBytes: 4}, media.KindDoorbell: {AtLeastBytes: 4}}}, false},
		{"a kind below nothing", Camera{Rule: Rule{Days: 7}, Kinds: map[media.Kind]Rule{media.KindDoorbell: {Days: -1}}}, false},
	} {
		if err := c.of.Validate(); (err == nil) != c.ok || err != nil && !errors.Is(err, ErrRule) || errors.Is(err, ErrBytes) != strings.HasPrefix(c.name, "at least more") {
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
		return map[media.Kind]Rule{media.KindDoorbell: {Days: days, AtLeast: atLeast}}
	}
	for _, c := range []struct {
		name        string
		of          Camera
		aged, loose []Lane
		bound       bool // something has to stay
	}{
		{"nothing said", Camera{}, nil, []Lane{{id, nil, nil, time.Time{}}}, false},
		{"all for some days", Camera{Rule: Rule{Days: 7}}, []Lane{{id, nil, nil, daysAgo(7)}}, []Lane{{id, nil, nil, time.Time{}}}, false},
		{"one kind for some days", Camera{Kinds: bell(7, 0)}, []Lane{{id, nil, []media.Kind{media.KindDoorbell}, daysAgo(7)}}, []Lane{{id, nil, nil, time.Time{}}}, false},
		{"one kind longer", Camera{Rule: Rule{Days: 7}, Kinds: bell(30, 0)}, []Lane{{id, nil, but(media.KindDoorbell), daysAgo(7)}, {id, nil, []media.Kind{media.KindDoorbell}, daysAgo(30)}}, []Lane{{id, nil, nil, time.Time{}}}, false},
		{"all at least", Camera{Rule: Rule{AtLeast: 7}}, nil, []Lane{{id, nil, nil, daysAgo(7)}}, true},
		{"one kind at least", Camera{Kinds: bell(0, 14)}, nil, []Lane{{id, nil, but(media.KindDoorbell), time.Time{}}, {id, nil, []media.Kind{media.KindDoorbell}, daysAgo(14)}}, true},
		{"so many bytes of one kind at least, of which there are fewer", Camera{Kinds: map[media.Kind]Rule{media.KindDoorbell: {AtLeastBytes: 5}}}, nil, []Lane{{id, nil, but(media.KindDoorbell), time.Time{}}}, true},
		{"and of all", Camera{Rule: Rule{AtLeastBytes: 5}}, nil, nil, true},
	} {
		if got := c.of.aged(id, t0); len(got)+len(c.aged) > 0 && !reflect.DeepEqual(got, c.aged) {
			t.Errorf("%s: aged %v, want %v", c.name, got, c.aged)
		}
		p := Pass{Policy: Policy{Cameras: map[media.CameraID]Camera{id: c.of}}, Now: t0}
		if got, _, bound := p.loose(t.Context(), &rack{}, id); bound != c.bound || !reflect.DeepEqual(got, c.loose) {
			t.Errorf("%s: loose %v, %v, want %v", c.name, got, bound, c.loose)
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
		want int
	}{
		"nothing said":         {Camera{}, besideStays},
		"all for longer":       {Camera{Rule: Rule{Days: 90}}, besideStays},
		"all for a week":       {Camera{Rule: Rule{Days: 7}}, 7},
		"that for longer":      {Camera{Rule: Rule{Days: 7}, Kinds: own(Rule{Days: 60})}, besideStays},
		"at least, said of it": {Camera{Kinds: own(Rule{AtLeast: 3})}, 0},
		"bytes, said of it":    {Camera{Kinds: own(Rule{AtLeastBytes: 3})}, 0},
		"bytes at most":        {Camera{Kinds: own(Rule{Bytes: 3})}, besideStays},
		"of other kinds":       {Camera{Kinds: map[media.Kind]Rule{media.KindDoorbell: {Days: 90, AtLeast: 60}}}, besideStays},
	} {
		if got := c.of.WithBeside(); got.Beside != c.want || got.Validate() != nil {
			t.Errorf("%s: for %d days, want %d, %v", name, got.Beside, c.want, got.Validate())
		}
	}
}

// TestBesideStays: for want of room the main stream goes before what is beside it, while that is not too old
// and takes no more than its part of all; what all is to stay for holds for it, too.
func TestBesideStays(t *testing.T) {
	for name, c := range map[string]struct {
		keep   Camera
		beside int64 // bytes of each
		room   int64
		gone   []int // how old, in days
	}{
		"the main stream goes first":        {Camera{}, 1, 44, []int{40, 9, 8}},
		"but for more than its part of all": {Camera{}, 5, 45, []int{40, 28, 24, 9, 8, 20}},
		"but where all is to stay":          {Camera{Rule: Rule{AtLeast: 25}}, 5, 50, []int{40, 28, 7, 6, 24}},
		"not for longer than it may":        {Camera{Kinds: map[media.Kind]Rule{KindBeside: {Days: 22}}}, 1, 42, []int{40, 28, 24, 9, 8}},
	} {
		r := (&rack{}).put(door, "", 9, 10, false).put(door, "", 8, 10, false).put(door, "", 5, 10, false).put(door, "", 4, 10, false).put(yard, "", 7, 10, false).put(yard, "", 6, 10, false)
		for _, age := range []float64{40, 28, 24, 20, 10} {
			r.put(door, KindBeside, age, c.beside, false)
		}
		p := Pass{Policy: of(nil), Now: t0, Used: r.used(), Rooms: []Room{{Bytes: c.room}}, Page: 2}
		p.Policy.Cameras[door] = c.keep.WithBeside()
		p.Policy.Cameras[yard] = Camera{}
		if _, err := p.Run(t.Context(), r); err != nil || !slices.Equal(ages(r.gone), c.gone) {
			t.Errorf("%s: gone %v, want %v, %v", name, ages(r.gone), c.gone, err)
		}
	}
}
