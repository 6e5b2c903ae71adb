package fakecam

import (
	"image/color"
	"math"
)

// The colours of a card.
const (
	inkPaper = iota // the background
	inkText
	inkChanging // text that changes
	inkMark     // the moving mark
	inkBand     // the stripe at the bottom
	inkVisitor  // who walks through the picture
	inks
)

// palette holds a card's colours.
type palette [inks]color.RGBA

// CardColor is the background of a test card without a colour of its own: one
// of twelve hues, chosen by the camera's name.
func CardColor(name string) color.RGBA {
	return hue(float64(MarkName(name)[0]%12)*30, 0.8, 0.55)
}

// makePalette derives the card's other colours from the background and name.
func makePalette(paper color.RGBA, name string) palette {
	band := hue(float64(MarkName(name)[2]%12)*30, 0.7, 0.85)
	p := palette{inkPaper: paper, inkText: {250, 250, 250, 255}, inkChanging: opposite(paper), inkBand: band, inkVisitor: {250, 250, 250, 255}}
	p[inkMark] = p[inkChanging]
	if narrow(paper).y > 128 {
		p[inkVisitor] = color.RGBA{10, 10, 10, 255}
	}
	return p
}

// opposite is a colour as bright as another and of the opposite hue.
func opposite(c color.RGBA) color.RGBA {
	const white = 255
	low, high := min(c.R, c.G, c.B), max(c.R, c.G, c.B)
	channel := func(v uint8) float64 {
		if low == high {
			return white
		}
		return white * float64(high-v) / float64(high-low)
	}
	r, g, b := channel(c.R), channel(c.G), channel(c.B)
	bright := func(r, g, b float64) float64 { return 0.299*r + 0.587*g + 0.114*b } // ITU-R BT.601
	have, want := bright(r, g, b), bright(float64(c.R), float64(c.G), float64(c.B))
	mix := func(v float64) uint8 {
		if want <= have {
			return uint8(math.Round(v * want / have))
		}
		return uint8(math.Round(v + (white-v)*(want-have)/(white-have)))
	}
	return color.RGBA{mix(r), mix(g), mix(b), white}
}

// hue converts hue in degrees, saturation and value to red, green and blue.
func hue(h, s, v float64) color.RGBA {
	channel := func(n float64) uint8 {
		k := math.Mod(n+h/60, 6)
		return uint8(math.Round(255 * (v - v*s*max(0, min(k, 4-k, 1)))))
	}
	return color.RGBA{channel(5), channel(3), channel(1), 255}
}

// yuv is a colour as H.264 carries it: ITU-R BT.601, narrow range (luma 16
// to 235). No sample is zero.
type yuv struct{ y, u, v byte }

func narrow(c color.RGBA) yuv {
	y, u, v := color.RGBToYCbCr(c.R, c.G, c.B)
	return yuv{
		y: byte(16 + int(y)*219/255),
		u: byte(128 + (int(u)-128)*224/255),
		v: byte(128 + (int(v)-128)*224/255),
	}
}
