package discover

import (
	"bytes"
	"encoding/xml"
	"io"
	"strings"
)

const (
	maxXMLDepth  = 24
	maxXMLTokens = 4096
	maxXMLText   = 4 << 10 // bytes of one element's text
)

// element is one element of a document, at its beginning (open) or its end.
type element struct {
	path []string // local names from the root, the element last
	text string   // at the end: what stands directly in it, trimmed
	open bool
}

// opens reports whether this is the beginning of an element of the name.
func (e element) opens(name string) bool { return e.open && e.path[len(e.path)-1] == name }

// is reports whether this is the end of an element whose path ends so.
func (e element) is(tail ...string) bool {
	if e.open || len(e.path) < len(tail) {
		return false
	}
	for i, name := range tail {
		if e.path[len(e.path)-len(tail)+i] != name {
			return false
		}
	}
	return true
}

// walkXML reads a document of a device without believing it: no entities but
// the five, no more depth, elements or text than anything real has. What was
// read before an error counts: some devices cut their own answers. Bytes that
// are no UTF-8, as of names in Latin-1, lose their meaning and hurt nothing.
func walkXML(b []byte, visit func(element)) {
	d := xml.NewDecoder(bytes.NewReader(bytes.ToValidUTF8(b, []byte("?"))))
	d.Strict = false
	d.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil }
	var path []string
	var texts [][]byte
	for range maxXMLTokens {
		t, err := d.RawToken()
		if err != nil {
			return
		}
		switch t := t.(type) {
		case xml.StartElement:
			if len(path) == maxXMLDepth {
				return
			}
			path, texts = append(path, t.Name.Local), append(texts, nil)
			visit(element{path: path, open: true})
		case xml.CharData:
			if n := len(texts); n > 0 && len(texts[n-1])+len(t) <= maxXMLText {
				texts[n-1] = append(texts[n-1], t...)
			}
		case xml.EndElement:
			n := len(path)
			if n == 0 || path[n-1] != t.Name.Local {
				return
			}
			visit(element{path: path, text: strings.TrimSpace(string(texts[n-1]))})
			path, texts = path[:n-1], texts[:n-1]
		}
	}
}
