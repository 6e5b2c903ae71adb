package rtmp

import (
	"encoding/binary"
	"math"
)

// The markers of AMF 0 (Action Message Format 0, §2.1).
const (
	amfNumber  = 0
	amfBoolean = 1
	amfString  = 2
	amfObject  = 3
	amfNull    = 5
	amfUndef   = 6
	amfMap     = 8
	amfEnd     = 9
	amfArray   = 10
	amfDate    = 11
	amfLong    = 12
)

const (
	maxDepth  = 8
	maxValues = 1024 // of one message
)

// pair is a property of an object; pairs keep their order.
type pair struct {
	name  string
	value any
}

type pairs []pair

// values are those of a command: name, number, object, and more. A value is a
// float64, bool, string, pairs or nil.
type values []any

func (v values) at(i int) any {
	if i >= len(v) {
		return nil
	}
	return v[i]
}

// number is the first number behind the object of a command.
func (v values) number() (float64, bool) {
	n, ok := v.at(3).(float64)
	return n, ok
}

// code is what an answer's information says; "" if nothing.
func (v values) code() string {
	for _, x := range v {
		o, _ := x.(pairs)
		for _, p := range o {
			if s, ok := p.value.(string); ok && p.name == "code" {
				return s
			}
		}
	}
	return ""
}

func appendValues(b []byte, vs ...any) []byte {
	for _, v := range vs {
		switch v := v.(type) {
		case float64:
			b = binary.BigEndian.AppendUint64(append(b, amfNumber), math.Float64bits(v))
		case bool:
			b = append(b, amfBoolean, 0)
			if v {
				b[len(b)-1] = 1
			}
		case string:
			if len(v) > math.MaxUint16 {
				v = v[:math.MaxUint16]
			}
			b = appendName(append(b, amfString), v)
		case pairs:
			b = append(b, amfObject)
			for _, p := range v {
				b = appendValues(appendName(b, p.name), p.value)
			}
			b = append(b, 0, 0, amfEnd)
		default:
			b = append(b, amfNull)
		}
	}
	return b
}

func appendName(b []byte, s string) []byte {
	return append(binary.BigEndian.AppendUint16(b, uint16(len(s))), s...)
}

// parseValues reads a command's values.
func parseValues(b []byte) (vs values, ok bool) {
	d := decoder{b: b, left: maxValues}
	for len(d.b) > 0 {
		v, ok := d.value(0)
		if !ok {
			return nil, false
		}
		vs = append(vs, v)
	}
	return vs, true
}

// decoder reads values off the front of b.
type decoder struct {
	b    []byte
	left int // values that may still come
}

func (d *decoder) take(n int) ([]byte, bool) {
	if n < 0 || n > len(d.b) {
		return nil, false
	}
	t := d.b[:n]
	d.b = d.b[n:]
	return t, true
}

// text reads a string behind its length in size bytes.
func (d *decoder) text(size int) (string, bool) {
	head, ok := d.take(size)
	if !ok {
		return "", false
	}
	n := 0
	for _, v := range head {
		n = n<<8 | int(v)
	}
	t, ok := d.take(n)
	return string(t), ok
}

func (d *decoder) value(depth int) (any, bool) {
	if d.left--; d.left < 0 || depth > maxDepth {
		return nil, false
	}
	marker, ok := d.take(1)
	if !ok {
		return nil, false
	}
	switch marker[0] {
	case amfNumber:
		t, ok := d.take(8)
		if !ok {
			return nil, false
		}
		return math.Float64frombits(binary.BigEndian.Uint64(t)), true
	case amfBoolean:
		t, ok := d.take(1)
		return ok && t[0] != 0, ok
	case amfString:
		return d.textValue(2)
	case amfLong:
		return d.textValue(4)
	case amfObject:
		return d.object(depth)
	case amfMap:
		if _, ok := d.take(4); !ok {
			return nil, false
		}
		return d.object(depth)
	case amfArray:
		return nil, d.array(depth)
	case amfDate:
		_, ok := d.take(10)
		return nil, ok
	case amfNull, amfUndef:
		return nil, true
	}
	return nil, false
}

func (d *decoder) textValue(size int) (any, bool) {
	s, ok := d.text(size)
	return s, ok
}

func (d *decoder) object(depth int) (any, bool) {
	o := pairs{}
	for {
		name, ok := d.text(2)
		if !ok {
			return nil, false
		}
		if name == "" && len(d.b) > 0 && d.b[0] == amfEnd {
			d.b = d.b[1:]
			return o, true
		}
		v, ok := d.value(depth + 1)
		if !ok {
			return nil, false
		}
		o = append(o, pair{name, v})
	}
}

// array passes over an array: no answer that matters holds one.
func (d *decoder) array(depth int) bool {
	t, ok := d.take(4)
	if !ok {
		return false
	}
	for range binary.BigEndian.Uint32(t) {
		if _, ok := d.value(depth + 1); !ok {
			return false
		}
	}
	return true
}
