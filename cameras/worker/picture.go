package worker

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/bluenviron/gortsplib/v5/pkg/format"
	"github.com/bluenviron/gortsplib/v5/pkg/format/rtph264"
	"github.com/bluenviron/mediacommon/v2/pkg/codecs/h264"
	"github.com/pion/rtp"
)

// NAL unit types of ITU-T H.264 table 7-1.
const (
	nalSlice     = 1
	nalPartition = 2
	nalIDR       = 5
	nalSPS       = 7
	nalPPS       = 8
	nalSPSExt    = 13
)

// assembler turns RTP packets into whole access units and throws away what is
// not whole. One goroutine uses it.
type assembler struct {
	format *format.H264
	dec    *rtph264.Decoder

	seq     uint16 // of the last packet
	last    uint32 // its time
	marker  bool   // and whether it ended an access unit
	begun   bool
	pending bool // the decoder holds NAL units of the access unit at since
	since   uint32

	// broken is the time of an access unit that lost a packet.
	broken    uint32
	hasBroken bool
	waiting   bool // for an IDR
}

func newAssembler(f *format.H264) (*assembler, error) {
	a := &assembler{format: f, waiting: true}
	return a, a.reset()
}

func (a *assembler) reset() (err error) {
	a.pending = false
	if a.dec, err = a.format.CreateDecoder(); err != nil {
		return fmt.Errorf("worker: making an H.264 decoder: %w", err)
	}
	return nil
}

// lost is called when a packet is missing or wrong: nothing is given out until
// the next IDR, and nothing of the access unit it belonged to.
func (a *assembler) lost(time uint32, sameUnit bool) error {
	a.waiting = true
	if sameUnit {
		a.broken, a.hasBroken = time, true
	}
	return a.reset()
}

// push takes the next packet and returns an access unit and its RTP time when
// one is complete, or nil. Its NAL units alias packets and are the caller's.
func (a *assembler) push(p *rtp.Packet) (au [][]byte, time uint32, err error) {
	if a.begun && p.SequenceNumber != a.seq+1 {
		// The missing packets belong to this access unit if the previous packet
		// did and had not ended it.
		if err := a.lost(p.Timestamp, p.Timestamp == a.last && !a.marker); err != nil {
			return nil, 0, err
		}
	}
	a.begun, a.seq, a.last, a.marker = true, p.SequenceNumber, p.Timestamp, p.Marker

	au, derr := a.dec.Decode(p)
	switch {
	case errors.Is(derr, rtph264.ErrMorePacketsNeeded):
		if completesNAL(p.Payload) {
			a.pending, a.since = true, p.Timestamp
		}
		return nil, 0, nil
	case derr != nil:
		return nil, 0, a.lost(p.Timestamp, true)
	}
	time = p.Timestamp
	if a.pending && a.since != p.Timestamp {
		// Cameras without marker bits: the packet began the next access unit
		// and the decoder gave out the one before (RFC 6184 §5.1).
		time = a.since
		a.since = p.Timestamp
	} else {
		a.pending = false
	}
	if a.hasBroken && a.broken == time {
		return nil, 0, nil
	}
	a.hasBroken = false
	return au, time, nil
}

// completesNAL reports whether a payload ends a NAL unit: all do but the
// fragments of FU-A without the end bit (RFC 6184 §5.8).
func completesNAL(b []byte) bool {
	const fuA, end = 28, 0x40
	return len(b) < 2 || b[0]&0x1f != fuA || b[1]&end != 0
}

// whole tells about the pictures in an access unit: whether it has any, starts
// with its first macroblock and refers to parameter sets that are there, and is
// an IDR. A slice header begins with first_mb_in_slice, slice_type and
// pic_parameter_set_id, all ue(v) (ITU-T H.264 §7.3.3).
func whole(au [][]byte, sets *paramSets) (picture, ok, idr bool) {
	ok = true
	for _, n := range au {
		if len(n) == 0 || n[0]&0x80 != 0 { // forbidden_zero_bit
			ok = false
			continue
		}
		switch t := n[0] & 0x1f; t {
		case nalSlice, nalPartition, nalIDR:
			b := bits{data: n[1:]}
			first, kind, pps := b.ue(), b.ue(), b.ue()
			if !picture {
				ok = ok && first == 0
			}
			ok = ok && kind <= 9 && sets.hasPPS(pps) && (t != nalIDR || n[0]&0x60 != 0)
			picture, idr = true, idr || t == nalIDR
		}
	}
	return picture, picture && ok, idr
}

// pack appends the access unit as length-prefixed NAL units (ISO/IEC 14496-15
// §5.3.3), without parameter sets, delimiters and filler, which the sample entry
// and the container make needless.
func pack(dst []byte, au [][]byte) []byte {
	for _, n := range au {
		if len(n) == 0 {
			continue
		}
		if t := n[0] & 0x1f; t >= nalSPS && t <= nalSPSExt {
			continue // 7 SPS, 8 PPS, 9 AUD, 10/11 ends, 12 filler, 13 SPS extension
		}
		dst = binary.BigEndian.AppendUint32(dst, uint32(len(n)))
		dst = append(dst, n...)
	}
	return dst
}

// decodingTime gives each access unit the time it is to be decoded at, always
// later than the one before. B pictures make it differ from pts.
type decodingTime struct {
	extractor h264.DTSExtractor
	spare     [][]byte
	last      int64
}

func newDecodingTime(last int64) *decodingTime {
	d := &decodingTime{last: last}
	d.extractor.Initialize()
	return d
}

// next takes an access unit of at least one picture; sps is the parameter set
// in force, which the extractor needs at an IDR. It may move pts, which never
// comes before dts.
func (d *decodingTime) next(au [][]byte, sps []byte, pts int64, idr bool) (newPTS, dts int64) {
	units := d.spare[:0]
	if idr {
		units = append(units, sps)
	}
	for _, n := range au {
		if len(n) > 1 && n[0]&0x1f != nalSPS { // the extractor reads n[0] unseen
			units = append(units, n)
		}
	}
	dts, err := d.extractor.Extract(units, pts)
	clear(units)
	d.spare = units
	if err != nil {
		// Picture order count type 1 and interlaced oddities: without B pictures
		// the order of arrival is the order of time.
		dts = pts
	}
	if dts <= d.last {
		dts = d.last + 1
	}
	d.last = dts
	return max(pts, dts), dts
}
