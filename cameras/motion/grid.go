package motion

import "lares/cameras/h264"

// maxColumns is how wide a grid is at most, and how high: larger pictures join
// macroblocks, so that constants and zones mean the same on a sub stream and on a main
// stream.
const maxColumns = 48

// grid is the energy of a picture by cells.
type grid struct {
	columns, rows int
	join          int     // macroblocks to the side of a cell
	energy        []int32 // -1 where it is ignored
	seen          int     // cells that are not
}

// resize makes room for pictures of columns x rows macroblocks and says whether the
// cells changed.
func (g *grid) resize(columns, rows int) bool {
	join := (max(columns, rows) + maxColumns - 1) / maxColumns
	c, r := (columns+join-1)/join, (rows+join-1)/join
	if g.columns == c && g.rows == r && g.join == join {
		return false
	}
	*g = grid{columns: c, rows: r, join: join, energy: make([]int32, c*r)}
	return true
}

// load takes a picture's energies: a cell's is the mean of its macroblocks'.
func (g *grid) load(p *h264.Picture, ignored []bool) {
	g.joined(p)
	g.seen = len(g.energy)
	for i, not := range ignored {
		if not {
			g.energy[i] = -1
			g.seen--
		}
	}
}

func (g *grid) joined(p *h264.Picture) {
	if g.join == 1 {
		for i, e := range p.Energy {
			g.energy[i] = int32(e)
		}
		return
	}
	clear(g.energy)
	for y := range p.Rows {
		row := g.energy[y/g.join*g.columns:][:g.columns]
		for x, e := range p.Energy[y*p.Columns:][:p.Columns] {
			row[x/g.join] += int32(e)
		}
	}
	n := int32(g.join * g.join)
	for i := range g.energy {
		g.energy[i] /= n
	}
}

// level is the median of the cells that are not ignored, in steps of eight.
func (g *grid) level() int32 {
	const bins, width = 128, 8
	var histogram [bins]int
	for _, e := range g.energy {
		if e >= 0 {
			histogram[min(e/width, bins-1)]++
		}
	}
	seen := 0
	for bin, n := range histogram {
		if seen += n; 2*seen >= g.seen {
			return int32(bin * width)
		}
	}
	return 0
}
