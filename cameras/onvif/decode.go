package onvif

import (
	"bytes"
	"context"
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"strings"
)

const (
	// maxList bounds every list of an answer: a recorder with 64 channels of
	// four streams stays below it.
	maxList = 256
	// maxElements, maxAttrs and maxDepth bound one answer: within maxAnswer
	// bytes a device could otherwise make the reader build 40 times as much.
	maxElements = 50_000
	maxAttrs    = 100_000
	maxDepth    = 64
)

// decode reads XML leniently: cameras send what no schema allows. Entities of a
// device's own are not expanded (encoding/xml knows none), numbers of elements
// and their depth are bounded.
func decode(b []byte, v any) error {
	raw := xml.NewDecoder(bytes.NewReader(b))
	raw.Strict = false
	raw.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	d := xml.NewTokenDecoder(&meter{raw: raw})
	d.Strict = false
	if err := d.Decode(v); err != nil {
		return ErrMalformed
	}
	return nil
}

// meter counts what passes from the raw reader to the decoder.
type meter struct {
	raw                    *xml.Decoder
	elements, attrs, depth int
}

// Token implements xml.TokenReader; the decoder above resolves namespaces.
func (m *meter) Token() (xml.Token, error) {
	t, err := m.raw.RawToken()
	if err != nil {
		return t, err
	}
	switch t := t.(type) {
	case xml.StartElement:
		m.elements++
		m.depth++
		m.attrs += len(t.Attr)
		if m.elements > maxElements || m.depth > maxDepth || m.attrs > maxAttrs {
			return nil, ErrMalformed
		}
	case xml.EndElement:
		m.depth--
	}
	return t, nil
}

// list is a list of an answer, of which what is above maxList is skipped.
type list[T any] []T

// UnmarshalXML takes one more element.
func (l *list[T]) UnmarshalXML(d *xml.Decoder, start xml.StartElement) error {
	if len(*l) >= maxList {
		return d.Skip()
	}
	var v T
	if err := d.DecodeElement(&v, &start); err != nil {
		return err
	}
	*l = append(*l, v)
	return nil
}

// body is the content of a SOAP body, if it is the one that was asked for.
type body[T any] struct {
	name  string
	value *T
}

// UnmarshalXML looks for the element by its local name: devices differ in
// their namespaces.
func (b *body[T]) UnmarshalXML(d *xml.Decoder, _ xml.StartElement) error {
	for {
		t, err := d.Token()
		if err != nil {
			return err
		}
		switch t := t.(type) {
		case xml.StartElement:
			if t.Name.Local != b.name || b.value != nil {
				if err := d.Skip(); err != nil {
					return err
				}
				continue
			}
			b.value = new(T)
			if err := d.DecodeElement(b.value, &t); err != nil {
				return err
			}
		case xml.EndElement:
			return nil
		}
	}
}

// read takes the named content out of an answer.
func read[T any](answer []byte, name string) (*T, error) {
	var a struct {
		Body body[T] `xml:"Body"`
	}
	a.Body.name = name
	if err := decode(answer, &a); err != nil {
		return nil, err
	}
	if a.Body.value == nil {
		return nil, fmt.Errorf("%w: no %s", ErrMalformed, name)
	}
	return a.Body.value, nil
}

// ask calls an operation of a service and reads its answer.
func ask[T any](ctx context.Context, c *Client, ns, operation, arguments string) (*T, error) {
	at := c.device
	if ns != nsDevice {
		var err error
		if at, err = c.service(ctx, ns); err != nil {
			return nil, err
		}
	}
	b, err := c.call(ctx, at, ns+"/"+operation, "<"+operation+` xmlns="`+ns+`" xmlns:tt="`+nsSchema+`">`+arguments+"</"+operation+">", true)
	if err != nil {
		return nil, err
	}
	return read[T](b, operation+"Response")
}

// tell calls an operation whose answer says nothing.
func tell(ctx context.Context, c *Client, ns, operation, arguments string) error {
	_, err := ask[struct{}](ctx, c, ns, operation, arguments)
	return err
}

// element is a simple argument of an operation.
func element(name, value string) string { return "<" + name + ">" + escape(value) + "</" + name + ">" }

// text bounds what a device says about itself.
func text(s string) string { return bounded(s, maxText) }

func bounded(s string, most int) string {
	s = strings.Join(strings.Fields(strings.ToValidUTF8(s, "")), " ")
	return strings.ToValidUTF8(s[:min(len(s), most)], "")
}

// number is a number as devices write it: 25, 25.0, " 25 ", empty. What is none
// is 0; the limits are those of sizes, rates and settings.
type number float64

// UnmarshalText never fails: one odd number does not cost the whole answer.
func (n *number) UnmarshalText(b []byte) error {
	const most = 1e9
	v, err := strconv.ParseFloat(strings.TrimSpace(string(b)), 64)
	if err != nil || !(v >= -most && v <= most) {
		v = 0
	}
	*n = number(v)
	return nil
}

// flag is a boolean as devices write it.
type flag bool

// UnmarshalText takes what is not true for false.
func (f *flag) UnmarshalText(b []byte) error {
	s := strings.ToLower(strings.TrimSpace(string(b)))
	*f = s == "true" || s == "1"
	return nil
}
