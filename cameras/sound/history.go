package sound

// levels is how many there are, in whole dB: from -96 dB of full scale, the least that
// 16 bits tell, to 0.
const levels = 97

// history is the levels of the last windows, as many as its ring holds.
type history struct {
	ring   []uint8
	next   int // where the next one goes
	filled int
	counts [levels]int // how many of the ring are of each level
}

func (h *history) add(level uint8) {
	if h.filled == len(h.ring) {
		h.counts[h.ring[h.next]]--
	} else {
		h.filled++
	}
	h.ring[h.next] = level
	h.counts[level]++
	if h.next++; h.next == len(h.ring) {
		h.next = 0
	}
}

// quarter is the level that so many quarters of the windows reach at most.
func (h *history) quarter(quarters int) int {
	need := (h.filled*quarters + 3) / 4
	for level, n := range h.counts {
		if need -= n; need <= 0 {
			return level
		}
	}
	return levels - 1
}
