package mpegts

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"testing"
)

// muxer writes packets by hand.
type muxer struct {
	bytes.Buffer
	counters map[int]byte
}

// packet writes payload, as much as fits, behind a stuffed adaptation field, and
// gives the rest.
func (m *muxer) packet(pid int, start bool, payload []byte) []byte {
	if m.counters == nil {
		m.counters = map[int]byte{}
	}
	n := min(len(payload), packetSize-4)
	head := []byte{syncByte, byte(pid >> 8), byte(pid), 0x10 | m.counters[pid]&0xf}
	m.counters[pid]++
	if start {
		head[1] |= 0x40
	}
	if pad := packetSize - 4 - n; pad > 0 {
		head[3] |= 0x20
		head = append(head, byte(pad-1))
		head = append(head, bytes.Repeat([]byte{0xff}, pad-1)...)
		if pad > 1 {
			head[5] = 0
		}
	}
	m.Write(append(head, payload[:n]...))
	return payload[n:]
}

// table writes a section with a head and no true checksum.
func (m *muxer) table(pid int, id byte, body []byte) {
	n := len(body) + 9
	s := append([]byte{0, id, 0xb0 | byte(n>>8), byte(n), 0, 1, 0xc1, 0, 0}, body...)
	m.packet(pid, true, append(s, 0, 0, 0, 0))
}

func (m *muxer) tables(streams ...byte) {
	m.table(0, 0, []byte{0, 0, 0xe0, 16, 0, 1, 0xe1, 0})
	body := []byte{0xe1, 1, 0xf0, 0}
	for i, s := range streams {
		body = append(body, s, 0xe1, byte(1+i), 0xf0, 0)
	}
	m.table(256, 2, body)
}

// pes writes a packet of an elementary stream; one of known length if sized.
func (m *muxer) pes(pid int, pts int64, sized bool, data []byte) {
	b := []byte{0, 0, 1, 0xe0, 0, 0, 0x80, 0x80, 5,
		0x21 | byte(pts>>29)&0xe, byte(pts >> 22), byte(pts>>14) | 1, byte(pts >> 7), byte(pts<<1) | 1}
	b = append(b, data...)
	if sized {
		binary.BigEndian.PutUint16(b[4:], uint16(len(b)-6))
	}
	for start := true; start || len(b) > 0; start = false {
		b = m.packet(pid, start, b)
	}
}

// film is a stream of two pictures and some sound.
func film() *muxer {
	m := &muxer{}
	m.Write([]byte("junk before"))
	m.tables(0x1b, 0x0f)
	m.pes(257, 90_000, false, bytes.Repeat([]byte{1}, 400))
	m.pes(258, 91_000, true, []byte("sound"))
	m.pes(257, 1<<33-1, false, []byte{2})
	m.pes(257, 97_200, false, nil) // ends the one before
	return m
}

func TestReader(t *testing.T) {
	r := NewReader(film())
	for i, want := range []Unit{
		{Kind: AAC, PTS: 91_000, Timed: true, Data: []byte("sound")},
		{Kind: H264, PTS: 90_000, Timed: true, Data: bytes.Repeat([]byte{1}, 400)},
		{Kind: H264, PTS: 1<<33 - 1, Timed: true, Data: []byte{2}},
	} {
		u, err := r.Next()
		if err != nil || u.Kind != want.Kind || u.PTS != want.PTS || u.Timed != want.Timed || u.Lost || !bytes.Equal(u.Data, want.Data) {
			t.Fatalf("%d: %v %+v", i, err, u)
		}
	}
	if v, a, known := r.Streams(); v != H264 || a != AAC || !known {
		t.Error(v, a, known)
	}
	if _, err := r.Next(); !errors.Is(err, io.EOF) {
		t.Error(err)
	}
}

// A picture of which a packet is missing is not given out, and the next one says
// so. One that does not end is given up.
func TestMissing(t *testing.T) {
	m := &muxer{}
	m.tables(0x24)
	m.pes(257, 1, false, bytes.Repeat([]byte{1}, 600))
	whole := m.Len()
	m.pes(257, 2, false, bytes.Repeat([]byte{2}, 600))
	m.pes(257, 3, false, []byte{3})
	m.pes(257, 4, false, nil)
	b := m.Bytes()
	b = append(b[:whole+packetSize:whole+packetSize], b[whole+2*packetSize:]...)
	r := NewReader(bytes.NewReader(b))
	first, err := r.Next()
	if err != nil || first.PTS != 1 || first.Kind != H265 {
		t.Fatalf("%v %+v", err, first)
	}
	if second, err := r.Next(); err != nil || second.PTS != 3 || !second.Lost {
		t.Fatalf("%v %+v", err, second)
	}

	m = &muxer{}
	m.tables(0x1b)
	m.pes(257, 1, false, make([]byte, 3*MaxUnit))
	m.pes(257, 2, false, []byte{2})
	m.pes(257, 3, false, nil)
	r = NewReader(m)
	if u, err := r.Next(); err != nil || u.PTS != 2 || !u.Lost {
		t.Fatalf("%v, at %d, %d bytes", err, u.PTS, len(u.Data))
	}
	if held := cap(r.video.data) + cap(r.video.out); held > 3*MaxUnit {
		t.Errorf("%d bytes held", held)
	}
}

func TestNoTransportStream(t *testing.T) {
	if _, err := NewReader(bytes.NewReader(make([]byte, 2*maxJunk))).Next(); !errors.Is(err, ErrFormat) {
		t.Error(err)
	}
}

// FuzzReader reads arbitrary streams.
func FuzzReader(f *testing.F) {
	f.Add(film().Bytes())
	m := &muxer{}
	m.tables(0x24, 0x90, 0x11)
	m.pes(258, 5, true, make([]byte, 300))
	f.Add(m.Bytes())
	f.Fuzz(func(t *testing.T, in []byte) {
		r := NewReader(bytes.NewReader(in))
		for {
			u, err := r.Next()
			if err != nil {
				return
			}
			if u.Kind == None || len(u.Data) > MaxUnit || u.PTS < 0 || u.PTS >= 1<<33 {
				t.Fatalf("%+v", u)
			}
		}
	})
}
