package httpapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strings"
	"unicode"
	"unicode/utf8"

	"lares/cameras/motion"
	"lares/hub/gate"
)

// field is one value of a request body. One strict reader serves all bodies of this
// interface: they are flat objects, but for what json_area.go reads.
type field struct {
	name     string
	into     any // *string, *wording, *[]string, *bool, *int, *int64 of bytes, *quantity, *faster, *float64 from 0 to 1, objects, members, *motion.Polygon or some
	max      int // characters of a text, also of each in a list; the largest number, of a quantity also below 0; the most objects or areas
	required bool
}

// Most texts are one of these, and at most so many characters long.
const (
	maxID       = 32 // hexadecimal digits
	maxSecret   = 64 // likewise
	maxName     = 64
	maxPassword = 1024
	maxCode     = 64 // of an app, an invitation, a recovery
	maxWord     = 16 // from a closed set
	maxIP       = 64 // of either kind, with a zone
	maxTime     = 40 // as in RFC 3339
)

// maxList bounds the texts of a list.
const maxList = 100

// readObject reads a JSON object into fields. It refuses what json.Unmarshal
// lets pass: unknown and repeated names, names in another case, nulls, invalid
// UTF-8, control characters, anything after the object. An empty body is an
// empty object. The error is a problem that names the field.
func readObject(body []byte, fields ...field) error {
	seen := map[string]bool{}
	if len(body) > 0 {
		if !utf8.Valid(body) {
			return badField("", "The body is not UTF-8.")
		}
		d := json.NewDecoder(bytes.NewReader(body))
		if t, err := d.Token(); err != nil || t != json.Delim('{') {
			return badField("", "The body is not a JSON object.")
		}
		if err := readMembers(d, fields, seen); err != nil {
			return err
		}
		if _, err := d.Token(); err != io.EOF {
			return badField("", "Something follows the JSON object.")
		}
	}
	return missing(fields, seen)
}

// readMembers reads what stands between the braces of an object.
func readMembers(d *json.Decoder, fields []field, seen map[string]bool) error {
	for d.More() {
		if err := readField(d, fields, seen); err != nil {
			return err
		}
	}
	if _, err := d.Token(); err != nil {
		return badField("", "The body is not a whole JSON object.")
	}
	return nil
}

func missing(fields []field, seen map[string]bool) error {
	for _, f := range fields {
		if f.required && (!seen[f.name] || f.empty()) {
			return badField(f.name, fmt.Sprintf("The field %q is missing or empty.", f.name))
		}
	}
	return nil
}

// quantity is a number that may be left out.
type quantity struct {
	value float64
	given bool
}

// wording is a text that may be left out, which is something else than an empty one.
type wording struct {
	value string
	given bool
}

// ifGiven is nil where the number was left out.
func (q quantity) ifGiven() *float64 {
	if !q.given {
		return nil
	}
	return &q.value
}

// objects is a list of flat objects: it gives the fields of the next one.
type objects func() []field

func (f field) empty() bool {
	switch into := f.into.(type) {
	case *string:
		return *into == ""
	case *[]string:
		return len(*into) == 0
	}
	return false
}

func readField(d *json.Decoder, fields []field, seen map[string]bool) error {
	t, err := d.Token()
	name, ok := t.(string)
	if err != nil || !ok {
		return badField("", "The body is not valid JSON.")
	}
	if seen[name] {
		return badField(short(name), fmt.Sprintf("The field %q is given twice.", short(name)))
	}
	seen[name] = true
	for _, f := range fields {
		if f.name == name {
			return f.read(d)
		}
	}
	return badField(short(name), fmt.Sprintf("There is no field %q here.", short(name)))
}

func (f field) read(d *json.Decoder) error {
	switch into := f.into.(type) {
	case members:
		return f.readObject(d, into)
	case *motion.Polygon:
		return f.readArea(d, into)
	case *[]motion.Polygon:
		return f.readAreas(d, into)
	case *float64:
		return f.readPart(d, into)
	}
	return f.readFlat(d)
}

func (f field) readFlat(d *json.Decoder) error {
	t, err := d.Token()
	if err != nil {
		return badField(f.name, "The body is not valid JSON.")
	}
	switch into := f.into.(type) {
	case *bool:
		yes, ok := t.(bool)
		if !ok {
			return badField(f.name, fmt.Sprintf("The field %q is neither true nor false.", f.name))
		}
		*into = yes
		return nil
	case *[]string:
		if t != json.Delim('[') {
			return badField(f.name, fmt.Sprintf("The field %q is not a list.", f.name))
		}
		return f.readList(d, into)
	case *string:
		*into, err = f.text(t)
		return err
	case *wording:
		text, err := f.text(t)
		*into = wording{text, err == nil}
		return err
	case *int:
		number, ok := t.(float64)
		if !ok || number != math.Trunc(number) || number < 0 || number > float64(f.max) {
			return badField(f.name, fmt.Sprintf("The field %q is not a whole number from 0 to %d.", f.name, f.max))
		}
		*into = int(number)
		return nil
	case *int64:
		number, ok := t.(float64)
		if !ok || number != math.Trunc(number) || number < 0 || number > gate.MaxBytes {
			return badField(f.name, fmt.Sprintf("The field %q is not a whole number from 0 to %d.", f.name, int64(gate.MaxBytes)))
		}
		*into = int64(number)
		return nil
	case *faster:
		number, ok := t.(float64)
		if !ok || number != math.Trunc(number) || number < 2 || number > float64(f.max) {
			return badField(f.name, notFaster)
		}
		*into = faster(number)
		return nil
	case *quantity:
		number, ok := t.(float64)
		if !ok || math.Abs(number) > float64(f.max) {
			return badField(f.name, fmt.Sprintf("The field %q is not a number from -%d to %d.", f.name, f.max, f.max))
		}
		*into = quantity{number, true}
		return nil
	case objects:
		if t != json.Delim('[') {
			return badField(f.name, fmt.Sprintf("The field %q is not a list.", f.name))
		}
		return f.readObjects(d, into)
	}
	return fmt.Errorf("httpapi: field %q is read into a %T", f.name, f.into)
}

func (f field) readList(d *json.Decoder, into *[]string) error {
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return badField(f.name, "The body is not valid JSON.")
		}
		text, err := f.text(t)
		if err != nil {
			return err
		}
		if len(*into) >= maxList {
			return badField(f.name, fmt.Sprintf("The field %q has more than %d entries.", f.name, maxList))
		}
		*into = append(*into, text)
	}
	if _, err := d.Token(); err != nil {
		return badField(f.name, "The body is not valid JSON.")
	}
	return nil
}

func (f field) readObjects(d *json.Decoder, next objects) error {
	for n := 0; d.More(); n++ {
		if n >= f.max {
			return badField(f.name, fmt.Sprintf("The field %q has more than %d entries.", f.name, f.max))
		}
		if t, err := d.Token(); err != nil || t != json.Delim('{') {
			return badField(f.name, fmt.Sprintf("The field %q does not list objects.", f.name))
		}
		fields, seen := next(), map[string]bool{}
		if err := readMembers(d, fields, seen); err != nil {
			return err
		}
		if err := missing(fields, seen); err != nil {
			return err
		}
	}
	if _, err := d.Token(); err != nil {
		return badField(f.name, "The body is not valid JSON.")
	}
	return nil
}

// text checks one text.
func (f field) text(t json.Token) (string, error) {
	text, ok := t.(string)
	if !ok {
		return "", badField(f.name, fmt.Sprintf("The field %q is not a text.", f.name))
	}
	if utf8.RuneCountInString(text) > f.max {
		return "", badField(f.name, fmt.Sprintf("The field %q has more than %d characters.", f.name, f.max))
	}
	if strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) || r == utf8.RuneError }) {
		return "", badField(f.name, fmt.Sprintf("The field %q holds control characters.", f.name))
	}
	return text, nil
}

// short cuts what a stranger named before it is said back.
func short(s string) string {
	const most = 64
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
