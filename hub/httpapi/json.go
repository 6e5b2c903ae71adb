package httpapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// field is one text of a request body. All bodies of this interface are flat
// objects of texts, so one strict reader serves them all.
type field struct {
	name     string
	into     *string
	max      int // in characters
	required bool
}

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
		for d.More() {
			if err := readField(d, fields, seen); err != nil {
				return err
			}
		}
		if _, err := d.Token(); err != nil {
			return badField("", "The body is not a whole JSON object.")
		}
		if _, err := d.Token(); err != io.EOF {
			return badField("", "Something follows the JSON object.")
		}
	}
	for _, f := range fields {
		if f.required && *f.into == "" {
			return badField(f.name, fmt.Sprintf("The field %q is missing or empty.", f.name))
		}
	}
	return nil
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
	t, err := d.Token()
	if err != nil {
		return badField(f.name, "The body is not valid JSON.")
	}
	text, ok := t.(string)
	if !ok {
		return badField(f.name, fmt.Sprintf("The field %q is not a text.", f.name))
	}
	if utf8.RuneCountInString(text) > f.max {
		return badField(f.name, fmt.Sprintf("The field %q has more than %d characters.", f.name, f.max))
	}
	if strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) || r == utf8.RuneError }) {
		return badField(f.name, fmt.Sprintf("The field %q holds control characters.", f.name))
	}
	*f.into = text
	return nil
}

// short cuts what a stranger named before it is said back.
func short(s string) string {
	const most = 64
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
