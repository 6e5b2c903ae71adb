package motion

import (
	"errors"
	"math"
	"testing"
)

// TestInside: a zone or a mask that covers nothing is refused, by its number, and so are masks
// that leave nothing of a zone or of the picture; what covers a cell is taken, also where
// its sides cross.
func TestInside(t *testing.T) {
	t.Parallel()
	const cell = 1.0 / maxColumns
	all, gate := square(0, 0, 1, 1), Zone{Name: "gate", Polygon: square(0.5, 0.5, 1, 1)}
	zone := func(p Polygon) Settings {
		return Settings{Zones: []Zone{{Name: "a", Polygon: all}, {Name: "b", Polygon: p}}}
	}
	for name, c := range map[string]struct {
		s    Settings
		want error
		says string
	}{
		"one place":            {zone(Polygon{{0, 0}, {0, 0}, {0, 0}}), ErrNoInside, "motion: settings that cannot be: polygon of zone 2: a polygon that covers nothing, or next to nothing"},
		"a line":               {zone(Polygon{{0, 0}, {0.5, 0.5}, {1, 1}}), ErrNoInside, ""},
		"a line of four":       {zone(Polygon{{0, 0.3}, {0.5, 0.3}, {1, 0.3}, {0.2, 0.3}}), ErrNoInside, ""},
		"twice around":         {zone(Polygon{{0, 0}, {1, 0}, {1, 1}, {0, 0}, {1, 0}, {1, 1}}), ErrNoInside, ""},
		"less than a cell":     {zone(square(0.3, 0.3, 0.3+0.7*cell, 0.3+0.7*cell)), ErrNoInside, ""},
		"a cell":               {zone(square(0.3, 0.3, 0.3+cell, 0.3+cell)), nil, ""},
		"a cell in the corner": {zone(square(1-cell, 1-cell, 1, 1)), nil, ""},
		"a bow":                {zone(Polygon{{0, 0}, {1, 1}, {1, 0}, {0, 1}}), nil, ""}, // whose halves cancel each other in a signed area
		"a mask of one place":  {Settings{Masks: []Polygon{square(0, 0, 0.1, 0.1), {{1, 1}, {1, 1}, {1, 1}}}}, ErrNoInside, "motion: settings that cannot be: polygon of mask 2: a polygon that covers nothing, or next to nothing"},
		"all under a mask":     {Settings{Masks: []Polygon{all}}, ErrNothingLeft, "motion: settings that cannot be: masks leave nothing to watch: switch motion off instead, or draw them smaller"},
		"all under two":        {Settings{Masks: []Polygon{square(0, 0, 0.6, 1), square(0.5, 0, 1, 1)}}, ErrNothingLeft, ""},
		"nearly all":           {Settings{Masks: []Polygon{square(0, 0, 1-2*cell, 1)}}, nil, ""},
		"a zone under masks":   {Settings{Zones: []Zone{{Name: "a", Polygon: all}, gate}, Masks: []Polygon{square(0.4, 0.4, 1, 1)}}, ErrNothingLeft, "motion: settings that cannot be: zone 2: masks leave nothing to watch: switch motion off instead, or draw them smaller"},
		"half of a zone":       {Settings{Zones: []Zone{gate}, Masks: []Polygon{square(0.4, 0.4, 0.7, 1)}}, nil, ""},
		"no settings":          {Settings{}, nil, ""},
	} {
		err := c.s.Validate()
		if !errors.Is(err, c.want) || (c.want != nil) != errors.Is(err, ErrSettings) || c.says != "" && err.Error() != c.says {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestInsideAlike: what is measured lies in a polygon as the cells of a grid do.
func TestInsideAlike(t *testing.T) {
	t.Parallel()
	star := Polygon{{0.5, 0}, {0.8, 1}, {0, 0.4}, {1, 0.35}, {0.2, 0.97}}
	measured, counted := 0, 0
	for y := range finest {
		star.row(y, nil, func(int) { measured++ })
		for x := range finest {
			if star.contains((2*x+1)*whole/(2*finest), (2*y+1)*whole/(2*finest)) {
				counted++
			}
		}
	}
	if counted == 0 || math.Abs(float64(measured-counted)) > float64(counted)/100 {
		t.Errorf("%d places, want %d", measured, counted)
	}
}
