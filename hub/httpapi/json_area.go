package httpapi

import (
	"encoding/json"
	"fmt"

	"lares/cameras/motion"
)

// What a body holds beside flat fields: an object within it, and areas of a picture.

// members are the fields of an object within the object.
type members []field

func (f field) readObject(d *json.Decoder, into members) error {
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return badField(f.name, fmt.Sprintf("The field %q is not an object.", f.name))
	}
	seen := map[string]bool{}
	if err := readMembers(d, into, seen); err != nil {
		return err
	}
	return missing(into, seen)
}

// least is how many corners an area has at least.
const least = 3

// readArea reads the corners of an area: pairs of numbers from 0 to 1.
func (f field) readArea(d *json.Decoder, into *motion.Polygon) error {
	var area motion.Polygon
	err := f.each(d, func() error {
		if len(area) == motion.MaxCorners {
			return badField(f.name, fmt.Sprintf("The field %q has an area with more than %d corners.", f.name, motion.MaxCorners))
		}
		var corner []float64
		err := f.each(d, func() error {
			var number float64
			if len(corner) == len(motion.Point{}) {
				return f.noCorner()
			}
			if err := f.readPart(d, &number); err != nil {
				return err
			}
			corner = append(corner, number)
			return nil
		})
		switch {
		case err != nil:
			return err
		case len(corner) != len(motion.Point{}):
			return f.noCorner()
		}
		area = append(area, motion.Point(corner))
		return nil
	})
	if err == nil && len(area) < least {
		err = badField(f.name, fmt.Sprintf("The field %q has an area with fewer than %d corners.", f.name, least))
	}
	*into = area
	return err
}

func (f field) noCorner() error {
	return badField(f.name, fmt.Sprintf("The field %q has a corner that is not two numbers.", f.name))
}

// readAreas reads a list of areas, at most f.max.
func (f field) readAreas(d *json.Decoder, into *[]motion.Polygon) error {
	return f.each(d, func() error {
		if len(*into) == f.max {
			return badField(f.name, fmt.Sprintf("The field %q has more than %d entries.", f.name, f.max))
		}
		var area motion.Polygon
		err := f.readArea(d, &area)
		*into = append(*into, area)
		return err
	})
}

// readPart reads a number from 0 to 1.
func (f field) readPart(d *json.Decoder, into *float64) error {
	t, err := d.Token()
	number, ok := t.(float64)
	if err != nil || !ok || number < 0 || number > 1 {
		return badField(f.name, fmt.Sprintf("The field %q has what is not a number from 0 to 1.", f.name))
	}
	*into = number
	return nil
}

// each reads a list; next reads its next entry.
func (f field) each(d *json.Decoder, next func() error) error {
	if t, err := d.Token(); err != nil || t != json.Delim('[') {
		return badField(f.name, fmt.Sprintf("The field %q is not a list.", f.name))
	}
	for d.More() {
		if err := next(); err != nil {
			return err
		}
	}
	if _, err := d.Token(); err != nil {
		return badField(f.name, "The body is not valid JSON.")
	}
	return nil
}
