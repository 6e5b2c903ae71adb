package motion

import "time"

// Heat is how much moves in each part of a picture, for people who draw zones: at most
// 48 x 48 cells of the same size, which cover the picture.
type Heat struct {
	At            time.Duration
	Columns, Rows int
	// Cells has a byte for each cell, row by row: hundredths of what counts there at the
	// usual sensitivity, 255 at most; nothing under masks. It is the detector's own and
	// holds during the call.
	Cells []byte
}

// heat is where one is made.
type heat struct{ cells []byte }

// clear makes room for cells that are cold.
func (h *heat) clear(n int) []byte {
	if cap(h.cells) < n {
		h.cells = make([]byte, n)
	}
	h.cells = h.cells[:n]
	clear(h.cells)
	return h.cells
}

// ofLook is that of the energies that were taken last.
func (h *heat) ofLook(l *looks, at time.Duration) Heat {
	cells := h.clear(len(l.relative))
	for i, x := range l.relative {
		if l.grid.energy[i] >= 0 {
			cells[i] = byte(min(255, x*100/(2*(l.base[i]>>8)+activeOffset)))
		}
	}
	return Heat{at, l.grid.columns, l.grid.rows, cells}
}

// ofStill is that of the still that was compared last: a cell is the warmest of four
// blocks.
func (h *heat) ofStill(s *stills, at time.Duration) Heat {
	columns, rows := (s.columns+1)/2, (s.rows+1)/2
	cells := h.clear(columns * rows)
	for y := range s.rows {
		for x := range s.columns {
			i, cell := y*s.columns+x, &cells[y/2*columns+x/2]
			*cell = max(*cell, byte(min(255, s.strength[i]*100>>8)))
		}
	}
	return Heat{at, columns, rows, cells}
}
