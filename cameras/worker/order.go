package worker

import (
	"math"
	"slices"

	"github.com/bluenviron/mediacommon/v2/pkg/codecs/h264"
)

const (
	// maxReorder is the most pictures that a decoder may hold back
	// (ITU-T H.264 §A.3.1, H.265 §A.4.2: the picture buffer holds 16).
	maxReorder = 16
	// pictureTime is what the pictures before the first known decoding time are
	// apart, in ticks of 90 kHz: it only has to be small.
	pictureTime = 90_000 / 30
)

// decodingTime gives each picture the time it is to be decoded at, always later
// than the one before. B pictures make it differ from the time it is shown at.
//
// When at most depth pictures come before one that is shown before them, the
// picture shown depth places ago is known for certain, and its time is early
// enough: the times come out as the pictures' own in rising order, depth late.
type decodingTime struct {
	depth int
	held  []int64 // the latest depth times shown so far, rising
	last  int64
	shown int64 // the time of those held that was given out last

	// Where the parameter sets do not tell the depth, the library counts picture
	// order instead.
	counting *h264.DTSExtractor
	sps      []byte
	spare    [][]byte
}

// newOrder begins with nothing decoded; all times will be above last.
func newOrder(depth int, last int64) *decodingTime {
	return &decodingTime{depth: depth, held: make([]int64, 0, maxReorder+2), last: last, shown: math.MinInt64}
}

// newCountingOrder is for H.264 whose sequence parameter set does not tell the
// depth.
func newCountingOrder(sps []byte, last int64) *decodingTime {
	d := newOrder(0, last)
	d.sps, d.counting = sps, &h264.DTSExtractor{}
	d.counting.Initialize()
	return d
}

// next takes a picture to be shown at pts; its data is behind 4-byte lengths. It
// may move pts, which never comes before dts.
func (d *decodingTime) next(pts int64, data []byte, sync bool) (newPTS, dts int64) {
	if d.counting != nil {
		dts = d.count(pts, data, sync)
	} else {
		dts = d.hold(pts)
	}
	if dts <= d.last {
		dts = d.last + 1
	}
	d.last = dts
	return max(pts, dts), dts
}

// hold adds a time to those held, and gives out the earliest once depth others
// are.
func (d *decodingTime) hold(pts int64) int64 {
	if pts < d.shown && d.depth < maxReorder {
		d.depth++ // the camera said less than it does: that one was early
		d.put(d.shown)
	}
	d.put(pts)
	if missing := d.depth + 1 - len(d.held); missing > 0 {
		return d.held[0] - int64(missing)*pictureTime
	}
	d.shown = d.held[0]
	d.held = slices.Delete(d.held, 0, 1)
	return d.shown
}

func (d *decodingTime) put(pts int64) {
	at, _ := slices.BinarySearch(d.held, pts)
	d.held = slices.Insert(d.held, at, pts)
}

// count asks the library. It reads the first byte of each NAL unit unseen, which
// the assembler made sure of, and numbers of up to 16 bits, as pictureSize checked.
func (d *decodingTime) count(pts int64, data []byte, sync bool) int64 {
	units := d.spare[:0]
	if sync {
		units = append(units, d.sps)
	}
	for n := range nals(data) {
		units = append(units, n)
	}
	dts, err := d.counting.Extract(units, pts)
	clear(units)
	d.spare = units
	if err != nil {
		// Picture order count type 1 and interlaced oddities: without B pictures
		// the order of arrival is the order of time.
		return pts
	}
	return dts
}
