package mpegts

import "encoding/binary"

// maxSection is the longest section of the tables read here (§2.4.4.5), with its
// head.
const maxSection = 1021 + 3

// section puts a section of a table together.
type section struct {
	data  []byte // reused
	begun bool
}

// add takes a packet's payload and gives the section that it completes, without
// its head and checksum; valid until the next call.
func (s *section) add(b []byte, start bool) []byte {
	if start {
		if len(b) == 0 || int(b[0]) > len(b)-1 {
			s.begun = false
			return nil
		}
		b = b[1+int(b[0]):] // the pointer field
		s.data, s.begun = s.data[:0], true
	}
	if !s.begun {
		return nil
	}
	s.data = append(s.data, b[:min(len(b), maxSection-len(s.data))]...)
	if len(s.data) < 3 {
		return nil
	}
	// The section's length, from behind it: 5 bytes of head and the checksum at
	// least.
	n := int(binary.BigEndian.Uint16(s.data[1:]) & 0xfff)
	if n < 9 || 3+n > maxSection {
		s.begun = false
		return nil
	}
	if len(s.data) < 3+n {
		return nil
	}
	s.begun = false
	return s.data[8 : 3+n-4]
}

// readPAT finds the first program (§2.4.4.4).
func (r *Reader) readPAT(b []byte) {
	for ; len(b) >= 4; b = b[4:] {
		if number := binary.BigEndian.Uint16(b); number != 0 {
			r.pmtPID = int(binary.BigEndian.Uint16(b[2:]) & 0x1fff)
			return
		}
	}
}

// readPMT finds the first picture and the first sound of the program (§2.4.4.9).
func (r *Reader) readPMT(b []byte) {
	if len(b) < 4 {
		return
	}
	n := int(binary.BigEndian.Uint16(b[2:]) & 0xfff)
	if n > len(b)-4 {
		return
	}
	for b = b[4+n:]; len(b) >= 5; {
		pid := int(binary.BigEndian.Uint16(b[1:]) & 0x1fff)
		n := int(binary.BigEndian.Uint16(b[3:]) & 0xfff)
		if n > len(b)-5 {
			return
		}
		switch k := kindOf(b[0]); {
		case k == None:
		case k.video() && r.video.kind == None:
			r.video.kind, r.video.pid = k, pid
		case !k.video() && (r.audio.kind == None || r.audio.kind == OtherSound):
			r.audio.kind, r.audio.pid = k, pid
		}
		b = b[5+n:]
	}
	r.known = r.video.kind != None || r.audio.kind != None
}

// kindOf reads a stream_type (table 2-34); 0x90 is what Chinese makers use.
func kindOf(streamType byte) Kind {
	switch streamType {
	case 0x1b:
		return H264
	case 0x24:
		return H265
	case 0x0f:
		return AAC
	case 0x90:
		return PCMA
	case 0x03, 0x04, 0x11, 0x81, 0x83, 0x91, 0x92, 0x93:
		return OtherSound
	}
	return None
}

// elementary puts the PES packets of one stream together.
type elementary struct {
	kind Kind
	pid  int

	begun   bool
	lost    bool // something is missing before what comes together
	bad     bool // what comes together is not whole
	counted bool
	counter byte
	data    []byte
	out     []byte // what was given out last; the two change places
}

// add takes a packet's payload and gives the unit that it completes: its own
// where the stream says how long it is, and otherwise the one before.
func (e *elementary) add(b []byte, start, broken bool, counter byte) (u Unit, ok bool) {
	switch {
	case e.counted && counter == e.counter:
		return u, false // a packet may come twice (§2.4.3.3)
	case broken, e.counted && counter != (e.counter+1)&0xf:
		e.bad = true
	}
	e.counted, e.counter = true, counter
	if start {
		bad := e.bad && !broken
		u, ok = e.finish()
		e.begun, e.bad = true, broken
		if bad && !ok {
			e.lost = true
		}
	}
	if !e.begun {
		return u, ok
	}
	if len(e.data)+len(b) > MaxUnit {
		e.bad = true
	}
	if e.bad {
		e.data = e.data[:0]
		return u, ok
	}
	e.data = append(e.data, b...)
	if !ok && e.full() {
		return e.finish()
	}
	return u, ok
}

// full reports whether the packet is as long as it says. Pictures mostly do not
// say (§2.4.3.7).
func (e *elementary) full() bool {
	if len(e.data) < 6 {
		return false
	}
	n := int(binary.BigEndian.Uint16(e.data[4:]))
	return n > 0 && len(e.data) >= 6+n
}

// finish ends the packet that came together and gives what it holds.
func (e *elementary) finish() (u Unit, ok bool) {
	begun, bad := e.begun, e.bad
	e.begun, e.bad = false, false
	b := e.data
	e.data, e.out = e.out[:0], b
	if !begun {
		return u, false
	}
	if bad {
		e.lost = true
		return u, false
	}
	if u, ok = parsePES(b); !ok {
		e.lost = true
		return u, false
	}
	u.Kind, u.Lost = e.kind, e.lost
	e.lost = false
	return u, true
}

// parsePES reads a packet's head (§2.4.3.6).
func parsePES(b []byte) (u Unit, ok bool) {
	if len(b) < 9 || b[0] != 0 || b[1] != 0 || b[2] != 1 || b[6]&0xc0 != 0x80 {
		return u, false
	}
	n := 9 + int(b[8])
	if n > len(b) {
		return u, false
	}
	if b[7]&0x80 != 0 && b[8] >= 5 {
		t := b[9:]
		u.PTS = int64(t[0]>>1&7)<<30 | int64(t[1])<<22 | int64(t[2]>>1)<<15 | int64(t[3])<<7 | int64(t[4]>>1)
		u.Timed = true
	}
	end := len(b)
	if size := int(binary.BigEndian.Uint16(b[4:])); size > 0 {
		end = max(n, min(end, 6+size))
	}
	u.Data = b[n:end]
	return u, true
}
