package onvif

import (
	"encoding/xml"
	"strings"
)

// tree is XML that is changed in a few places and sent back: a device expects
// a whole configuration, with what only it knows of.
type tree struct {
	name     xml.Name
	attrs    []xml.Attr // without namespaces of their own
	text     string
	children []*tree
}

// UnmarshalXML reads one element with what is in it; decode bounds it.
func (t *tree) UnmarshalXML(d *xml.Decoder, start xml.StartElement) error {
	t.name = start.Name
	for _, a := range start.Attr {
		if a.Name.Space == "" && a.Name.Local != "xmlns" {
			t.attrs = append(t.attrs, a)
		}
	}
	for {
		token, err := d.Token()
		if err != nil {
			return err
		}
		switch token := token.(type) {
		case xml.StartElement:
			child := &tree{}
			if err := child.UnmarshalXML(d, token); err != nil {
				return err
			}
			t.children = append(t.children, child)
		case xml.CharData:
			t.text += strings.TrimSpace(string(token))
		case xml.EndElement:
			return nil
		}
	}
}

// child finds an element by local names, one below the other; nil if there is
// none.
func (t *tree) child(path ...string) *tree {
	for _, name := range path {
		var found *tree
		for _, c := range t.children {
			if c.name.Local == name {
				found = c
				break
			}
		}
		if found == nil {
			return nil
		}
		t = found
	}
	return t
}

// set changes the text of an element that is there.
func (t *tree) set(value string, path ...string) bool {
	c := t.child(path...)
	if c == nil {
		return false
	}
	c.text = value
	return true
}

func (t *tree) attr(name string) (value string, ok bool) {
	for _, a := range t.attrs {
		if a.Name.Local == name {
			return a.Value, true
		}
	}
	return "", false
}

// setAttr changes an attribute that is there.
func (t *tree) setAttr(name, value string) bool {
	for i, a := range t.attrs {
		if a.Name.Local == name {
			t.attrs[i].Value = value
			return true
		}
	}
	return false
}

// write spells the content of t under a name of the caller's.
func (t *tree) write(b *strings.Builder, name, space, outer string) {
	b.WriteString("<" + name)
	if space != outer {
		b.WriteString(` xmlns="` + escape(space) + `"`)
	}
	for _, a := range t.attrs {
		if isName(a.Name.Local) {
			b.WriteString(" " + a.Name.Local + `="` + escape(a.Value) + `"`)
		}
	}
	b.WriteString(">" + escape(t.text))
	for _, c := range t.children {
		if isName(c.name.Local) {
			c.write(b, c.name.Local, c.name.Space, space)
		}
	}
	b.WriteString("</" + name + ">")
}

// isName keeps a device from writing requests of its own: names are letters,
// digits and few signs.
func isName(s string) bool {
	return s != "" && strings.IndexFunc(s, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' || r == '-' || r == '.')
	}) < 0
}
