package worker

import (
	"encoding/binary"
	"hash/maphash"

	"github.com/bluenviron/gortsplib/v5/pkg/format"

	"lares/cameras/h264"
	"lares/cameras/media"
)

// NAL unit types of ITU-T H.264 table 7-1 and of RFC 6184 table 1.
const (
	nalSlice     = 1
	nalPartition = 2
	nalIDR       = 5
	nalSEI       = 6
	nalSPS       = 7
	nalPPS       = 8
	nalDelimiter = 9
	nalFiller    = 12
	nalSPSExt    = 13
	nalSTAPA     = 24
	nalFUA       = 28
	nalReserved  = 30
)

// look is what a codec finds in an access unit.
type look struct {
	picture bool // it has one
	// whole: the picture begins with its first block, and refers to parameter
	// sets that are there.
	whole bool
	sync  bool // decoding can start with it
	// skip: its references are not there, though nothing was lost. Leaving it
	// out harms no other picture.
	skip bool
	// refresh: decoding could start here and be right some pictures later.
	refresh bool
}

// coding is what ingest needs to know of a video codec made of NAL units.
type coding interface {
	packing
	telling
	// look inspects an access unit; fresh is whether decoding would start with it.
	look(u *unit, fresh bool) look
	// content writes what a picture that decoding can start with holds behind the
	// headers that count on; false if they cannot be read.
	content(u *unit, to *maphash.Hash) bool
	// order makes what knows the order of decoding; last is the time to stay above.
	order(last int64) *decodingTime
}

// telling is what parameter sets tell.
type telling interface {
	// learn takes the parameter sets of an access unit; changed tells that the
	// track is another one from here on.
	learn(sets []byte) (changed bool)
	// complete reports whether the parameter sets of an access unit are all that
	// a picture needs, or come apart from the pictures.
	complete(sets []byte) bool
	// track describes the video; ok is false while the parameter sets make no sense.
	track(id uint8) (t media.Track, ok bool)
}

// avc is H.264 in RTP, RFC 6184.
type avc struct {
	sets     paramSets
	clock    int
	contents h264.Contents
}

func newAVC(f *format.H264) *avc {
	c := &avc{clock: f.ClockRate()}
	if isSPS(f.SPS) && isPPS(f.PPS) {
		c.sets.sps, c.sets.pps = [][]byte{f.SPS}, [][]byte{f.PPS}
	}
	return c
}

// unpack implements packing: single NAL units, STAP-A and FU-A (RFC 6184 §5.6,
// §5.7.1, §5.8).
func (c *avc) unpack(a *assembler, b []byte) bool {
	switch t := b[0] & 0x1f; {
	case t == 0 || t >= nalReserved:
		return true // to be ignored, RFC 6184 §5.4
	case t < nalSTAPA:
		return a.whole(b)
	case t == nalSTAPA:
		return unpackMany(a, b[1:])
	case t != nalFUA || len(b) < 2:
		return false // interleaved, which was not agreed on, or cut off
	}
	const start, end = 0x80, 0x40
	if b[1]&start != 0 {
		if !a.begin([]byte{b[0]&0xe0 | b[1]&0x1f}) {
			return false
		}
	}
	// Start and end in one packet is against §5.8, but some cameras do it.
	return a.more(b[2:]) && (b[1]&end == 0 || a.end())
}

// unpackMany adds the NAL units of an aggregation packet, each behind its
// length in 2 bytes. Zeros may pad it.
func unpackMany(a *assembler, b []byte) bool {
	some := false
	for len(b) >= 2 {
		n := int(binary.BigEndian.Uint16(b))
		if n > len(b)-2 {
			return false
		}
		if n > 0 {
			if !a.whole(b[2 : 2+n]) {
				return false
			}
			some = true
		}
		b = b[2+n:]
	}
	return some
}

// shelf implements packing.
func (c *avc) shelf(n []byte) shelf {
	switch t := n[0] & 0x1f; {
	case t == nalSPS, t == nalPPS:
		return inSets
	case t >= nalDelimiter && t <= nalSPSExt:
		return nowhere // 9 delimiter, 10 and 11 ends, 12 filler, 13 SPS extension
	}
	return inData
}

func (c *avc) learn(sets []byte) bool { return len(sets) > 0 && c.sets.add(sets) }

func (c *avc) complete(sets []byte) bool {
	var sps, pps bool
	for n := range nals(sets) {
		sps, pps = sps || isSPS(n), pps || isPPS(n)
	}
	return sps && pps || !c.sets.inBand
}

// look implements coding. A slice header begins with first_mb_in_slice,
// slice_type and pic_parameter_set_id, all ue(v) (ITU-T H.264 §7.3.3).
func (c *avc) look(u *unit, _ bool) (l look) {
	l.whole = true
	for n := range nals(u.data) {
		if n[0]&0x80 != 0 { // forbidden_zero_bit
			l.whole = false
			continue
		}
		switch t := n[0] & 0x1f; t {
		case nalSlice, nalPartition, nalIDR:
			b := bits{data: n[1:]}
			first, kind, pps := b.ue(), b.ue(), b.ue()
			if !l.picture {
				l.whole = l.whole && first == 0
			}
			l.whole = l.whole && kind <= 9 && c.sets.hasPPS(pps) && (t != nalIDR || intra(kind) && n[0]&0x60 != 0)
			l.picture, l.sync = true, l.sync || t == nalIDR
		case nalSEI:
			const recoveryPoint = 6 // ITU-T H.264 §D.2.8
			l.refresh = l.refresh || len(n) > 1 && n[1] == recoveryPoint
		}
	}
	l.whole = l.whole && l.picture
	return l
}

// intra says that a slice_type is I or SI, which alone are in an IDR picture (ITU-T
// H.264 §7.4.1.2.4, table 7-6).
func intra(kind uint32) bool {
	const si, i = 4, 2
	return kind%5 == si || kind%5 == i
}

func (c *avc) track(id uint8) (media.Track, bool) { return c.sets.track(id, c.clock) }

func (c *avc) order(last int64) *decodingTime {
	depth, known := c.sets.reorder()
	if !known {
		return newCountingOrder(c.sets.sps[0], last)
	}
	return newOrder(depth, last)
}
