package motion

import (
	"image"
	"math/bits"
)

// parts finds, for each zone, what hangs together among the blocks that changed by its
// scale, over corners too.
func (s *stills) parts(watches []watch) {
	for k := range s.found {
		s.found[k] = still{}
	}
	settled := s.seen-s.stirred > settledStills
	done := uint16(0)
	for k := range watches {
		if done>>k&1 != 0 {
			continue
		}
		same := uint16(0) // zones of this scale: found together
		for j := k; j < len(watches); j++ {
			if watches[j].scale == watches[k].scale {
				same |= 1 << j
			}
		}
		done |= same
		for i, v := range s.strength {
			s.changed[i] = v >= watches[k].scale
		}
		for i := range s.changed {
			if s.changed[i] {
				s.part(i, same, watches, settled)
			}
		}
	}
}

// part takes the part that a changed block belongs to for those zones. What counts is
// how much of it lies within; the box is around all of it. Where nothing has moved for some
// stills, what changes in a line of text does not.
func (s *stills) part(first int, zones uint16, watches []watch, settled bool) {
	var inside [MaxZones]int
	var box image.Rectangle
	s.changed[first] = false
	s.stack = append(s.stack[:0], int32(first))
	for len(s.stack) > 0 {
		i := int(s.stack[len(s.stack)-1])
		s.stack = s.stack[:len(s.stack)-1]
		x, y := i%s.columns, i/s.columns
		for z := s.cover.zones[i] & zones; z != 0; z &= z - 1 {
			inside[bits.TrailingZeros16(z)]++
		}
		box = box.Union(image.Rect(x, y, x+1, y+1))
		for yy := max(0, y-1); yy <= min(s.rows-1, y+1); yy++ {
			for xx := max(0, x-1); xx <= min(s.columns-1, x+1); xx++ {
				if j := yy*s.columns + xx; s.changed[j] {
					s.changed[j] = false
					s.stack = append(s.stack, int32(j))
				}
			}
		}
	}
	written := false
	for k := range watches {
		if n := inside[k]; n >= watches[k].blocks(len(s.changed)) {
			s.stirred = s.seen
			if written = written || settled && s.written(box, watches[k].scale); written {
				return
			}
			s.found[k].size = max(s.found[k].size, n)
			s.found[k].box = s.found[k].box.Union(box)
		}
	}
}
