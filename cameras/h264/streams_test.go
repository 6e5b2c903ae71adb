package h264

import "image"

// accessUnits puts the NAL units of a byte stream into access units: a slice whose
// first_mb_in_slice is 0 begins one, with what is before it.
func accessUnits(b []byte) (out [][][]byte) {
	var cur [][]byte
	had := false
	Split(b, func(u []byte) bool {
		starts := !IsSlice(u) || len(u) > 1 && u[1]&0x80 != 0
		if had && starts {
			out, cur, had = append(out, cur), nil, false
		}
		cur = append(cur, u)
		had = had || IsSlice(u)
		return true
	})
	return append(out, cur)
}

// planar is a picture as ffmpeg writes yuv420p.
func planar(img *image.YCbCr) []byte {
	var out []byte
	r := img.Rect
	for y := r.Min.Y; y < r.Max.Y; y++ {
		out = append(out, img.Y[img.YOffset(r.Min.X, y):][:r.Dx()]...)
	}
	for _, p := range [][]byte{img.Cb, img.Cr} {
		for y := r.Min.Y; y < r.Max.Y; y += 2 {
			out = append(out, p[img.COffset(r.Min.X, y):][:r.Dx()/2]...)
		}
	}
	return out
}
