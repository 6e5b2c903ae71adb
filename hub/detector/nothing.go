package detector

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
)

// nothing is a grey picture, to try a detector with: it shows nobody anything.
func nothing() ([]byte, error) {
	grey := image.NewGray(image.Rect(0, 0, 320, 180))
	draw.Draw(grey, grey.Rect, image.NewUniform(color.Gray{Y: 0x80}), image.Point{}, draw.Src)
	var b bytes.Buffer
	if err := jpeg.Encode(&b, grey, nil); err != nil {
		return nil, fmt.Errorf("detector: a picture to try with: %w", err)
	}
	return b.Bytes(), nil
}
