package control

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
)

func TestOrders(t *testing.T) {
	level := func(v float64) *float64 { return &v }
	id := ID("preset", "1")
	for name, c := range map[string]struct {
		o  Order
		ok bool
	}{
		"nothing":             {Order{}, false},
		"unknown":             {Order{Do: "explode"}, false},
		"show":                {Order{Do: ShowPTZ}, true},
		"stop":                {Order{Do: Stop}, true},
		"move":                {Order{Do: Move, Pan: -1, Tilt: 1, Zoom: 0.5, MS: 10_000}, true},
		"move for ever":       {Order{Do: Move, Pan: 1, MS: 10_001}, false},
		"move for no time":    {Order{Do: Move, Pan: 1}, false},
		"move back in time":   {Order{Do: Move, Pan: 1, MS: -1}, false},
		"move nowhere":        {Order{Do: Move, MS: 100}, false},
		"move too fast":       {Order{Do: Move, Tilt: -1.01, MS: 100}, false},
		"move by no number":   {Order{Do: Move, Zoom: math.NaN(), MS: 100}, false},
		"go to":               {Order{Do: GoTo, ID: id}, true},
		"go to no place":      {Order{Do: GoTo}, false},
		"go to a device word": {Order{Do: GoTo, ID: "preset_1"}, false},
		"upper case":          {Order{Do: Switch, ID: strings.ToUpper("abcdefabcdefabcd")}, false},
		"switch":              {Order{Do: Switch, ID: id, On: true}, true},
		"brighter":            {Order{Do: SetPicture, Change: Change{Brightness: level(-5)}}, true},
		"by night":            {Order{Do: SetPicture, Change: Change{Light: Night}}, true},
		"no change":           {Order{Do: SetPicture}, false},
		"endless":             {Order{Do: SetPicture, Change: Change{Contrast: level(math.Inf(1)), Light: Day}}, false},
		"at dusk":             {Order{Do: SetPicture, Change: Change{Light: "dusk"}}, false},
	} {
		if err := c.o.Check(); (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestIDs(t *testing.T) {
	if one := ID("relay", "1"); one == ID("command", "1") || one == ID("relay", "2") || !IsID(ID("relay", "\x00/../\xff")) {
		t.Error("ids do not tell things apart, or are none")
	}
	for _, bad := range []string{"", "0", strings.Repeat("0", 15), strings.Repeat("0", 17), strings.Repeat("g", 16), "ABCDEFABCDEFABCD"} {
		if IsID(bad) {
			t.Errorf("%q is one", bad)
		}
	}
}

func TestProblems(t *testing.T) {
	for _, p := range []Problem{Cannot, Unknown, Refused, Forbidden, Garbled, Silent, Busy} {
		if !p.Known() || !errors.Is(fmt.Errorf("worse: %w", p), p) {
			t.Errorf("%s is not told apart", p)
		}
	}
	if Problem("").Known() || Problem("rained off").Known() {
		t.Error("known what is not")
	}
	for l, ok := range map[Level]bool{{5, 0, 10}: true, {0, 0, 0}: false, {11, 0, 10}: false, {math.NaN(), 0, 10}: false, {0, -2e9, 10}: false, {0, 0, math.Inf(1)}: false} {
		if l.Sound() != ok {
			t.Errorf("%+v: not %v", l, ok)
		}
	}
}
