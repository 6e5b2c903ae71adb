package fakecam

import (
	"errors"
	"fmt"
	"image"
	"image/color"
	"math"
	"time"
)

// TestCard is a source that needs no encoder: the camera's name, its wall
// clock, the number of the access unit (Mark.Frame) and a mark that moves with
// every picture, on a background that belongs to the name. What changes is as
// bright as the background: who looks for motion sees none but visitors
// (Camera.Visit). Zero fields mean the defaults.
type TestCard struct {
	Width, Height       int           // main stream, pixels, even; 640×360
	SubWidth, SubHeight int           // sub stream; 320×180
	FPS                 int           // pictures per second of both; 10
	GOP                 time.Duration // time from IDR to IDR; 2 s
	Color               color.RGBA    // background; CardColor of the name if its alpha is zero
}

// cellSize is the side of a cell in pixels: one macroblock.
const cellSize = 16

const (
	minWidth, minHeight = 160, 96 // room for the clock and the number
	maxWidth, maxHeight = 1920, 1088
	maxFPS              = 60
)

var errCard = errors.New("fakecam: test card out of bounds (even, 160×96 to 1920×1088, up to 60 pictures per second)")

func (t TestCard) withDefaults(name string) (TestCard, error) {
	def := func(v *int, d int) {
		if *v == 0 {
			*v = d
		}
	}
	def(&t.Width, 640)
	def(&t.Height, 360)
	def(&t.SubWidth, 320)
	def(&t.SubHeight, 180)
	def(&t.FPS, 10)
	if t.GOP == 0 {
		t.GOP = 2 * time.Second
	}
	if t.Color.A == 0 {
		t.Color = CardColor(name)
	}
	for _, s := range [][2]int{{t.Width, t.Height}, {t.SubWidth, t.SubHeight}} {
		if s[0] < minWidth || s[0] > maxWidth || s[1] < minHeight || s[1] > maxHeight || s[0]%2+s[1]%2 != 0 {
			return t, errCard
		}
	}
	if t.FPS < 1 || t.FPS > maxFPS || t.GOP < 0 {
		return t, errCard
	}
	return t, nil
}

// cell is what one macroblock shows; equal cells have equal pixels.
type cell struct {
	glyph      byte
	size, part uint8 // how many cells wide and high the glyph is, and which of them this is; 0: the whole glyph
	ink, paper uint8
}

func (c cell) flat() bool { return c.glyph == ' ' }

// dot reports whether the glyph covers a pixel. Dots cover whole chroma
// samples: they are at least 2×2 pixels, on even coordinates.
func (c cell) dot(x, y int) bool {
	if k, part := int(c.size), int(c.part); k > 1 {
		x, y = (x+part%k*cellSize)/k, (y+part/k*cellSize)/k
	}
	return dot(c.glyph, x, y)
}

// card draws the pictures of one stream as cells.
type card struct {
	name          string
	width, height int // pixels
	cols, rows    int // macroblocks, the last row and column maybe cropped
	colours       palette
}

func newCard(name string, width, height int, paper color.RGBA) *card {
	return &card{
		name: name, width: width, height: height,
		cols: (width + cellSize - 1) / cellSize, rows: (height + cellSize - 1) / cellSize,
		colours: makePalette(paper, name),
	}
}

// draw makes the picture of one access unit. The slice is the caller's.
func (c *card) draw(a ask) []cell {
	cells := make([]cell, c.cols*c.rows)
	for i := range cells {
		cells[i] = cell{glyph: ' ', paper: inkPaper, ink: inkText}
	}
	whole := c.height / cellSize // rows that are not cropped
	for row := whole - 1; row < c.rows; row++ {
		for col := range c.cols {
			cells[row*c.cols+col].paper = inkBand
		}
	}
	c.mark(cells, a.frame, whole)
	now := a.now.UTC()
	lines := []string{c.name, now.Format("15:04:05.0"), fmt.Sprintf("#%d", a.frame)}
	if whole >= 8 {
		lines = append(lines, now.Format("2006-01-02"))
	}
	for i, text := range lines {
		c.text(cells, i, text, a.view)
	}
	if a.visited {
		c.visitor(cells, a.frame, whole)
	}
	return cells
}

// scale is the size of the text: large where there is room for it.
func (c *card) scale() int {
	if c.cols >= 40 && c.rows >= 20 {
		return 2
	}
	return 1
}

// mark draws the block that moves one cell to the right with every picture and
// one line down with every pass.
func (c *card) mark(cells []cell, frame uint64, whole int) {
	const wide, high = 3, 2
	top := textTop + 4*c.scale()
	lines := uint64(max(1, whole-1-high-top+1))
	span := uint64(c.cols - wide + 1)
	col, row := int(frame%span), min(top+int(frame/span%lines), whole-2)
	for y := row; y < min(row+high, whole-1); y++ {
		for x := col; x < col+wide; x++ {
			cells[y*c.cols+x].paper = inkMark
		}
	}
}

// visitor draws who walks through the picture, a cell to the side with every
// picture.
func (c *card) visitor(cells []cell, frame uint64, whole int) {
	wide, high := max(2, c.cols/10), max(2, whole/2)
	left := int(frame % uint64(c.cols-wide+1))
	for y := whole - 1 - high; y < whole-1; y++ {
		for x := left; x < left+wide; x++ {
			cells[y*c.cols+x] = cell{glyph: ' ', paper: inkVisitor, ink: inkVisitor}
		}
	}
}

// textTop is the row where text begins: players round corners and cut edges.
const textTop = 1

// text writes one line of text, where it is from a view; what does not fit is
// cut.
func (c *card) text(cells []cell, line int, text string, v view) {
	k := max(1, c.scale()+int(math.Round(v.z)))
	left, top := k-int(math.Round(v.x*float64(c.cols))), textTop+line*k+int(math.Round(v.y*float64(c.rows)))
	for i := 0; i < len(text) && (i+2)*k <= c.cols; i++ {
		for part := range k * k {
			row, col := top+part/k, left+i*k+part%k
			if row < 0 || row >= c.height/cellSize-1 || col < 0 || col >= c.cols {
				continue
			}
			at := &cells[row*c.cols+col]
			at.glyph, at.size, at.part = glyph(text[i]), uint8(k), uint8(part)
			if line > 0 {
				at.ink = inkChanging
			}
		}
	}
}

// image draws the cells for a still picture, in the colours of a JPEG (full
// range).
func (c *card) image(cells []cell) image.Image {
	img := image.NewRGBA(image.Rect(0, 0, c.width, c.height))
	for y := range c.height {
		for x := range c.width {
			cl := cells[y/cellSize*c.cols+x/cellSize]
			ink := cl.paper
			if cl.dot(x%cellSize, y%cellSize) {
				ink = cl.ink
			}
			img.SetRGBA(x, y, c.colours[ink])
		}
	}
	return img
}
