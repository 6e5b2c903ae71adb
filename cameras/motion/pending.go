package motion

import (
	"time"

	"lares/cameras/h264"
)

const (
	// maxPending bounds what is kept of pictures between two stills, in bytes, and
	// maxLooks how many they are.
	maxPending = 512 << 10
	maxLooks   = 16
)

// pending keeps the slices of pictures between two stills until it is known whether they
// have to be looked at.
type pending struct {
	data  []byte
	ends  []int // of the slices, in data
	looks []waiting
	// pictures are what looks said that were taken apart. Their energies are used again.
	pictures [maxLooks]h264.Picture
}

// waiting is a picture: its slices end before ends[last].
type waiting struct {
	at     time.Duration
	last   int
	old    bool // of the gap before: it says only what was active there
	parsed bool
}

// add keeps a picture; false says that there is no room.
func (p *pending) add(units [][]byte, at time.Duration) bool {
	n := len(p.data)
	for _, u := range units {
		if h264.IsSlice(u) {
			n += len(u)
		}
	}
	if n > maxPending || len(p.looks) == maxLooks {
		return false
	}
	for _, u := range units {
		if h264.IsSlice(u) {
			p.data = append(p.data, u...)
			p.ends = append(p.ends, len(p.data))
		}
	}
	p.looks = append(p.looks, waiting{at: at, last: len(p.ends)})
	return true
}

// units are the slices of picture i, appended to out.
func (p *pending) units(i int, out [][]byte) [][]byte {
	first, from := 0, 0
	if i > 0 {
		first = p.looks[i-1].last
		from = p.ends[first-1]
	}
	for _, end := range p.ends[first:p.looks[i].last] {
		out = append(out, p.data[from:end])
		from = end
	}
	return out
}

// keep keeps what picture i said.
func (p *pending) keep(i int, said *h264.Picture) {
	to := &p.pictures[i]
	*to = h264.Picture{
		SPS: said.SPS, Columns: said.Columns, Rows: said.Rows, Count: said.Count, IDR: said.IDR, Intra: said.Intra,
		Energy: append(to.Energy[:0], said.Energy...),
	}
	p.looks[i].parsed = true
}

// parsed is what picture i said, nil if it was not taken apart yet.
func (p *pending) parsed(i int) *h264.Picture {
	if !p.looks[i].parsed {
		return nil
	}
	return &p.pictures[i]
}

// carry forgets all but the last one, which is from before the next still.
func (p *pending) carry() {
	n := len(p.looks)
	if n == 0 {
		return
	}
	units := p.units(n-1, nil)
	last := p.looks[n-1]
	p.clear()
	p.add(units, last.at) // moves bytes to the front
	p.looks[0].old, p.looks[0].parsed = true, last.parsed
	p.pictures[0], p.pictures[n-1] = p.pictures[n-1], p.pictures[0]
}

// clear forgets all.
func (p *pending) clear() { p.data, p.ends, p.looks = p.data[:0], p.ends[:0], p.looks[:0] }
