package motion

import (
	"errors"
	"fmt"
	"slices"
)

// What is no shape to watch. Both are an ErrSettings, too.
var (
	// ErrNoInside says that a polygon covers less than a cell of the finest grid: its corners
	// lie in one place or in a line, or it is too small to hold anything.
	ErrNoInside = errors.New("a polygon that covers nothing, or next to nothing")
	// ErrNothingLeft says that masks leave nothing to watch of a zone or of the picture.
	ErrNothingLeft = errors.New("masks leave nothing to watch: switch motion off instead, or draw them smaller")
)

const (
	// finest is a picture's places to the side by which areas are measured: four to the side
	// of a cell of the finest grid.
	finest = 4 * maxColumns
	// leastPlaces is what a zone, a mask and what is left of a zone have at least: a cell.
	leastPlaces = (finest / maxColumns) * (finest / maxColumns)
)

// rounding is more than what crossings are off by, and far less than a place is wide.
const rounding = 1e-9

// places are those of a row of a picture, left to right.
type places [finest]bool

// row calls do for each place of a row that lies in a polygon, from the crossings of its
// sides with that row (see contains). crossings are reused.
func (p Polygon) row(y int, crossings []float64, do func(x int)) []float64 {
	middle := (float64(y) + 0.5) / finest
	crossings = crossings[:0]
	for i, a := range p {
		b := p[(i+1)%len(p)]
		if (a[1] > middle) != (b[1] > middle) {
			crossings = append(crossings, a[0]+(b[0]-a[0])*(middle-a[1])/(b[1]-a[1]))
		}
	}
	slices.Sort(crossings)
	for i := 0; i+1 < len(crossings); i += 2 {
		if crossings[i+1]-crossings[i] < rounding {
			continue // sides that lie on each other
		}
		for x := max(0, int(crossings[i]*finest-0.5)); x < finest && (float64(x)+0.5)/finest < crossings[i+1]; x++ {
			if (float64(x)+0.5)/finest >= crossings[i] {
				do(x)
			}
		}
	}
	return crossings
}

// covers says with ErrNoInside or ErrNothingLeft which shape is none to watch. Polygons are
// valid.
func (s Settings) covers() error {
	zones, left := make([]int, len(s.Zones)), make([]int, max(1, len(s.Zones)))
	masks := make([]int, len(s.Masks))
	crossings := make([]float64, 0, MaxCorners)
	for y := range finest {
		var masked places
		for i, m := range s.Masks {
			crossings = m.row(y, crossings, func(x int) { masks[i]++; masked[x] = true })
		}
		for i, z := range s.Zones {
			crossings = z.Polygon.row(y, crossings, func(x int) {
				zones[i]++
				if !masked[x] {
					left[i]++
				}
			})
		}
		if len(s.Zones) == 0 {
			for _, m := range masked {
				if !m {
					left[0]++
				}
			}
		}
	}
	few := func(n int) bool { return n < leastPlaces }
	if i := slices.IndexFunc(zones, few); i >= 0 {
		return fmt.Errorf("%w: polygon of zone %d: %w", ErrSettings, i+1, ErrNoInside)
	}
	if i := slices.IndexFunc(masks, few); i >= 0 {
		return fmt.Errorf("%w: polygon of mask %d: %w", ErrSettings, i+1, ErrNoInside)
	}
	switch i := slices.IndexFunc(left, few); {
	case i < 0:
		return nil
	case len(s.Zones) == 0:
		return fmt.Errorf("%w: %w", ErrSettings, ErrNothingLeft)
	default:
		return fmt.Errorf("%w: zone %d: %w", ErrSettings, i+1, ErrNothingLeft)
	}
}
