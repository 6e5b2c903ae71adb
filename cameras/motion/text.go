package motion

import "image"

const (
	// settledStills is in how many stills before it nothing may have moved for a change beside
	// restless blocks to be text: who walks there is hidden in one still at most, and the
	// minute of a clock changes more seldom.
	settledStills = 4
	// lineRows and linePart are how high a line of text is at most: so many blocks, or that
	// part of the picture. lineShape is how many times wider than high what changes in it is
	// at most: hour and minute together are, and a date beside them.
	lineRows, linePart, lineShape = 6, 6, 4
)

// written says that what changed within a box belongs to a line of text that the camera
// writes into the picture, a clock: the line's seconds change in each still, which is learnt,
// but its minutes and hours so rarely that they never are. The box, with what else changed
// beside it, has to lie beside a restless place that is no higher than a line, a colon between
// them at most, and reach no further up or down than that does.
func (s *stills) written(box image.Rectangle, scale int32) bool {
	most := max(lineRows, s.rows/linePart)
	for grown := true; grown && box.Dy() <= most && box.Dx() <= lineShape*box.Dy(); {
		grown = false
		beside := box.Inset(-1)
		beside.Min.X, beside.Max.X = beside.Min.X-box.Dy()/2, beside.Max.X+box.Dy()/2
		beside = beside.Intersect(image.Rect(0, 0, s.columns, s.rows))
		for y := beside.Min.Y; y < beside.Max.Y; y++ {
			for x := beside.Min.X; x < beside.Max.X; x++ {
				i, block := y*s.columns+x, image.Rect(x, y, x+1, y+1)
				switch {
				case block.In(box):
				case s.restless(i):
					if line := s.line(x, y, most); line.Dy() <= most && box.Min.Y >= line.Min.Y-1 && box.Max.Y <= line.Max.Y+1 {
						return true
					}
				case 2*s.strength[i] >= scale:
					box, grown = box.Union(block), true
				}
			}
		}
	}
	return false
}

// restless says that a block usually changes by as much as one that never did may.
func (s *stills) restless(i int) bool { return s.deviation[i]*unusual>>2 >= tolerance }

// line is a box around the restless blocks that hang together with one, as far as it is no
// higher than most: what is higher is no line.
func (s *stills) line(x, y, most int) image.Rectangle {
	box := image.Rect(x, y, x+1, y+1)
	for grown := true; grown && box.Dy() <= most; {
		grown = false
		around := box.Inset(-1).Intersect(image.Rect(0, 0, s.columns, s.rows))
		for yy := around.Min.Y; yy < around.Max.Y; yy++ {
			for xx := around.Min.X; xx < around.Max.X; xx++ {
				if at := (image.Point{X: xx, Y: yy}); !at.In(box) && s.restless(yy*s.columns+xx) {
					box, grown = box.Union(image.Rectangle{Min: at, Max: at.Add(image.Pt(1, 1))}), true
				}
			}
		}
	}
	return box
}
