package motion

import (
	"bytes"
	"errors"
	"testing"

	"lares/cameras/media/costtest"
)

// TestHeatTravels: a heat comes out as it went in, and what is none is refused.
func TestHeatTravels(t *testing.T) {
	most := Heat{Columns: maxColumns, Rows: maxColumns, Wide: 1365, High: 64 * whole, Cells: bytes.Repeat([]byte{7}, maxColumns*maxColumns)}
	for _, h := range []Heat{{Columns: 3, Rows: 2, Wide: 20000, High: 1, Cells: []byte{0, 1, 2, 3, 4, 255}}, most} {
		b := h.Append(nil)
		got, err := ParseHeat(b)
		if err != nil || got.Columns != h.Columns || got.Rows != h.Rows || got.Wide != h.Wide || got.High != h.High || !bytes.Equal(got.Cells, h.Cells) || len(b) > MaxHeat {
			t.Errorf("%d x %d: %v, %d bytes", got.Columns, got.Rows, err, len(b))
		}
	}
	for _, bad := range []Heat{
		{}, {Columns: 5, Wide: 1, High: 1}, {Columns: 2, Rows: 2, Wide: 1, High: 1, Cells: make([]byte, 3)}, {Columns: 2, Rows: 1, Wide: 1, High: 1, Cells: make([]byte, 3)},
		{Columns: maxColumns + 1, Rows: 1, Wide: 1, High: 1, Cells: make([]byte, maxColumns+1)}, {Columns: 1, Rows: 1, High: 1, Cells: make([]byte, 1)},
		{Columns: 1, Rows: 1, Wide: -1, High: 1, Cells: make([]byte, 1)}, {Columns: 1, Rows: 1, Wide: 1, High: maxCell + 1, Cells: make([]byte, 1)},
	} {
		if h, err := ParseHeat(bad.Append(nil)); !errors.Is(err, ErrHeat) {
			t.Errorf("%+v is %+v", bad, h)
		}
	}
	for n := range heatHead {
		if h, err := ParseHeat(most.Append(nil)[:n]); !errors.Is(err, ErrHeat) {
			t.Errorf("%d bytes are %+v", n, h)
		}
	}
}

// FuzzParseHeat: what is read as a heat has a cell for each place, and writes as it was read.
func FuzzParseHeat(f *testing.F) {
	f.Add(Heat{Columns: 3, Rows: 2, Wide: 20000, High: 1, Cells: []byte{0, 1, 2, 3, 4, 255}}.Append(nil))
	f.Add(Heat{Columns: maxColumns, Rows: 1, Wide: 1, High: maxCell, Cells: make([]byte, maxColumns)}.Append(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		var h Heat
		var err error
		costtest.Within(t, func() { h, err = ParseHeat(b) })
		if err != nil {
			if !errors.Is(err, ErrHeat) {
				t.Error(err)
			}
			return
		}
		if len(h.Cells) != h.Columns*h.Rows || !bytes.Equal(h.Append(nil), b) {
			t.Errorf("%d x %d of %d cells", h.Columns, h.Rows, len(h.Cells))
		}
	})
}
