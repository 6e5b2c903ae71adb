package probe

import (
	"bytes"
	"encoding/xml"
	"io"
	"slices"
	"strings"
)

// Documents of devices are read token by token and kept nowhere: depth and entities
// cost nothing.

// reader is a lenient one, whatever the document says of its letters.
func reader(page []byte) *xml.Decoder {
	d := xml.NewDecoder(bytes.NewReader(page))
	d.Strict = false
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	return d
}

// child is the text of an element directly in a document's root, "" for none; entities
// and depth cost nothing, for only the reader's place is kept.
func child(page []byte, name string) string {
	d := reader(page)
	depth, in := 0, false
	text := ""
	for {
		t, err := d.RawToken()
		if err != nil {
			return ""
		}
		switch t := t.(type) {
		case xml.StartElement:
			depth++
			in = depth == 2 && t.Name.Local == name
		case xml.CharData:
			if in {
				text += string(t)
			}
		case xml.EndElement:
			if in {
				return strings.TrimSpace(text)
			}
			depth--
		}
	}
}

// elements are the texts of the named elements of a document.
func elements(page []byte, names ...string) map[string]string {
	out := map[string]string{}
	each(page, func(name, text string) {
		if slices.Contains(names, name) {
			out[name] = text
		}
	})
	return out
}

// each tells of all elements that hold nothing but text.
func each(page []byte, tell func(name, text string)) {
	d := reader(page)
	name, text := "", ""
	for {
		t, err := d.RawToken()
		if err != nil {
			return
		}
		switch t := t.(type) {
		case xml.StartElement:
			name, text = t.Name.Local, ""
		case xml.CharData:
			text += string(t)
		case xml.EndElement:
			if name == t.Name.Local {
				tell(name, strings.TrimSpace(text))
			}
			name = ""
		}
	}
}
