package motion

import (
	"encoding/binary"
	"errors"
	"time"
)

// MaxHeat is how many bytes a Heat has at most, as Append makes them.
const MaxHeat = heatHead + maxColumns*maxColumns

// maxCell bounds the sides of a cell: one that is larger than the whole picture lies over
// one of few samples.
const maxCell = 64 * whole

// ErrHeat says that bytes are no Heat.
var ErrHeat = errors.New("motion: what is no heat")

// Heat is how much moves in each part of a picture, for people who draw zones: at most
// 48 x 48 cells of the same size.
type Heat struct {
	At            time.Duration
	Columns, Rows int
	// Wide and High are the sides of a cell, in 65536ths of the picture's: cells begin in its
	// upper left corner, and those of the last row and column may reach over its edge.
	Wide, High int
	// Still says that it is of a picture that stands alone, where 100 and more count if
	// enough of that hangs together, or as much less as the sensitivity is greater. Between those cells say only when something moves.
	Still bool
	// Cells has a byte for each cell, row by row: hundredths of what counts there at the
	// usual sensitivity, 255 at most; nothing under masks. It is the detector's own and
	// holds during the call.
	Cells []byte
}

// heatHead leads a Heat as bytes: columns u8, rows u8, wide u32, high u32, big-endian.
const heatHead = 1 + 1 + 4 + 4

// Append appends what stays of a heat when it travels: all but its time and kind.
func (h Heat) Append(b []byte) []byte {
	b = append(b, byte(h.Columns), byte(h.Rows))
	b = binary.BigEndian.AppendUint32(b, uint32(h.Wide))
	return append(binary.BigEndian.AppendUint32(b, uint32(h.High)), h.Cells...)
}

// ParseHeat reads what Append made, or returns ErrHeat. The cells are part of b.
func ParseHeat(b []byte) (Heat, error) {
	if len(b) < heatHead {
		return Heat{}, ErrHeat
	}
	h := Heat{Columns: int(b[0]), Rows: int(b[1]), Wide: int(int32(binary.BigEndian.Uint32(b[2:]))), High: int(int32(binary.BigEndian.Uint32(b[6:]))), Cells: b[heatHead:]}
	if h.Columns == 0 || h.Columns > maxColumns || h.Rows == 0 || h.Rows > maxColumns || len(h.Cells) != h.Columns*h.Rows ||
		h.Wide <= 0 || h.Wide > maxCell || h.High <= 0 || h.High > maxCell {
		return Heat{}, ErrHeat
	}
	return h, nil
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
	return Heat{At: at, Columns: l.grid.columns, Rows: l.grid.rows, Wide: l.raster.side * whole / l.raster.width, High: l.raster.side * whole / l.raster.height, Cells: cells}
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
	side := 2 * s.side
	return Heat{At: at, Columns: columns, Rows: rows, Wide: side * whole / s.raster.width, High: side * whole / s.raster.height, Still: true, Cells: cells}
}
