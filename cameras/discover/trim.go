package discover

import (
	"unicode/utf8"

	"lares/cameras/internal/wire"
)

// trim cuts what a device says to the bounds of the wire, which refuses longer
// ones: a device may be talkative, the worker may not.
func trim(s wire.Sighting) wire.Sighting {
	for _, w := range []*string{&s.UUID, &s.Serial, &s.Vendor, &s.Model, &s.Name} {
		*w = cut(*w, wire.MaxWord)
	}
	s.Speaks = first(s.Speaks, wire.MaxProtocols)
	return s
}

// cut shortens a text to most bytes, between two characters.
func cut(s string, most int) string {
	if len(s) <= most {
		return s
	}
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}
	return s[:most]
}
