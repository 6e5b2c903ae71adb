package worker

import (
	"bytes"
	"encoding/binary"

	"github.com/pion/rtp"

	"lares/cameras/media"
)

const (
	// maxSets bounds the parameter sets that one access unit may bring.
	maxSets = 8 << 10
	// maxNALs bounds the NAL units of an access unit. Real encoders stay below
	// 100, one for each row of blocks.
	maxNALs = 1024
)

// startCode is what begins a NAL unit of a byte stream (ITU-T H.264 annex B).
// No NAL unit holds it, but some cameras send theirs so.
var startCode = []byte{0, 0, 0, 1}

// unit is an access unit that comes together. Its memory is reused: whoever is
// given one keeps nothing of it.
type unit struct {
	time  uint32 // RTP
	begun bool
	// bad is set when a part is missing or makes no sense; cut, when packets are
	// missing right before the first.
	bad, cut bool
	data     []byte // NAL units, each behind its length in 4 bytes (ISO/IEC 14496-15 §5.3.3)
	sets     []byte // the parameter sets, taken out of data, in the same form
	open     int    // where in data the NAL unit of unfinished fragments begins; -1: none
	nals     int
}

func (u *unit) reset() {
	*u = unit{data: u.data[:0], sets: u.sets[:0], open: -1}
}

// shelf is where a NAL unit belongs.
type shelf int

const (
	inData  shelf = iota // in the sample
	inSets               // in the configuration
	nowhere              // delimiters and filler, which the container makes needless
)

// packing is how a codec's NAL units travel in packets, and where they belong.
type packing interface {
	// unpack adds the NAL units of a payload; false if it makes no sense. The
	// payload is not empty.
	unpack(a *assembler, payload []byte) bool
	shelf(nal []byte) shelf
}

// assembler puts RTP packets together to access units and throws away what is
// not whole. One goroutine uses it. It holds one access unit of at most
// media.MaxUnit bytes, whatever comes.
type assembler struct {
	packing packing
	emit    func(*unit)
	// lost and damaged count missing packets and access units thrown away.
	lost    func(packets int)
	damaged func()

	u       unit
	seq     sequence
	split   []byte // reused
	waiting bool   // for a picture that decoding can start with
}

func newAssembler(p packing, emit func(*unit), lost func(int), damaged func()) *assembler {
	a := &assembler{packing: p, emit: emit, lost: lost, damaged: damaged, waiting: true}
	a.u.reset()
	return a
}

// push takes the next packet and gives out the access units it completes: its
// own if it has the marker bit, and one before it if the camera sends none
// (RFC 6184 §5.1, RFC 7798 §4.1). It keeps nothing of the packet.
func (a *assembler) push(p *rtp.Packet) {
	missing, late := a.seq.next(p.SequenceNumber)
	if late {
		return
	}
	if missing > 0 {
		a.miss(missing)
	}
	if a.u.begun && a.u.time != p.Timestamp {
		if len(p.Payload) == 0 {
			return // padding, whatever its time
		}
		a.finish()
	}
	if !a.u.begun {
		a.u.begun, a.u.time, a.u.cut = true, p.Timestamp, missing > 0
	}
	if !a.u.bad && !a.add(p.Payload) {
		a.spoil()
	}
	if p.Marker {
		a.finish()
	}
}

// take takes an access unit that came in one piece; lost says that something is
// missing before it.
func (a *assembler) take(time uint32, lost bool, nals [][]byte) {
	if lost {
		a.miss(1)
	}
	a.u.begun, a.u.time, a.u.cut = true, time, lost
	for _, n := range nals {
		if !a.whole(n) {
			a.spoil()
			break
		}
	}
	a.finish()
}

// add takes the NAL units out of a payload; false if it makes no sense.
func (a *assembler) add(payload []byte) bool {
	switch {
	case len(payload) == 0:
		return true
	case bytes.HasPrefix(payload, startCode):
		return a.whole(payload) // no header begins so
	}
	return a.packing.unpack(a, payload)
}

// miss is called when packets are missing: nothing is given out until decoding
// can start again, and nothing of the access unit they may belong to.
func (a *assembler) miss(packets int) {
	if !a.seq.anew { // what a new count costs shows in the pictures thrown away
		a.lost(packets)
	}
	a.waiting = true
	if a.u.begun {
		a.spoil()
	}
}

func (a *assembler) spoil() {
	a.waiting, a.u.bad = true, true
	a.u.data, a.u.sets, a.u.open = a.u.data[:0], a.u.sets[:0], -1
}

// finish ends the access unit and gives it out if it is whole.
func (a *assembler) finish() {
	if a.u.open >= 0 {
		a.spoil() // the last fragment never came
	}
	switch {
	case a.u.bad:
		a.damaged()
	case len(a.u.data) > 0 || len(a.u.sets) > 0:
		a.emit(&a.u)
	}
	a.u.reset()
}

// room reports whether n bytes more of a NAL unit fit.
func (a *assembler) room(n int) bool { return len(a.u.data)+4+n <= media.MaxUnit }

// whole adds a NAL unit that came in one piece.
func (a *assembler) whole(nal []byte) bool {
	return a.begin(nal) && a.end()
}

// begin starts a NAL unit of which more may follow.
func (a *assembler) begin(head []byte) bool {
	if a.u.open >= 0 || !a.room(len(head)) || a.u.nals >= maxNALs {
		return false
	}
	a.u.open = len(a.u.data)
	a.u.data = append(a.u.data, 0, 0, 0, 0)
	a.u.data = append(a.u.data, head...)
	return true
}

// more adds to the NAL unit begun.
func (a *assembler) more(b []byte) bool {
	if a.u.open < 0 || !a.room(len(b)) {
		return false
	}
	a.u.data = append(a.u.data, b...)
	return true
}

// end completes the NAL unit begun and puts it where it belongs.
func (a *assembler) end() bool {
	if a.u.open < 0 {
		return false
	}
	at := a.u.open
	n := a.u.data[at+4:]
	if bytes.Contains(n, startCode) {
		return a.byteStream(at)
	}
	a.u.open = -1
	where := nowhere
	if len(n) > 0 {
		where = a.packing.shelf(n)
	}
	if where == inData {
		binary.BigEndian.PutUint32(a.u.data[at:], uint32(len(n)))
		a.u.nals++
		return true
	}
	if where == inSets {
		if len(a.u.sets)+4+len(n) > maxSets {
			return false
		}
		a.u.sets = binary.BigEndian.AppendUint32(a.u.sets, uint32(len(n)))
		a.u.sets = append(a.u.sets, n...)
	}
	a.u.data = a.u.data[:at]
	return true
}

// byteStream takes apart what a camera sent as one NAL unit and is several,
// with start codes between them.
func (a *assembler) byteStream(at int) bool {
	a.split = append(a.split[:0], a.u.data[at+4:]...)
	a.u.data, a.u.open = a.u.data[:at], -1
	for rest, found := a.split, true; found; {
		var nal []byte
		nal, rest, found = bytes.Cut(rest, startCode)
		if !a.whole(bytes.TrimRight(nal, "\x00")) {
			return false
		}
	}
	return true
}

// nals walks over NAL units behind 4-byte lengths, as the assembler made them.
func nals(b []byte) func(yield func([]byte) bool) {
	return func(yield func([]byte) bool) {
		for len(b) >= 4 {
			n := int(binary.BigEndian.Uint32(b))
			if !yield(b[4 : 4+n]) {
				return
			}
			b = b[4+n:]
		}
	}
}
