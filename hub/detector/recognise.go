package detector

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"lares/cameras/media"
	"lares/recorder"
)

// maxLabels bounds what is told of a picture beside its class.
const maxLabels = 8

// recognised is what counts of a detector's answer about a picture: the class that it is
// surest of, with its box, and as labels the other classes, and what the detector calls
// the things where that says more. False where nothing counts.
func (s Settings) recognised(p recorder.Picture, list []prediction) (recorder.Recognised, bool) {
	list = slices.DeleteFunc(slices.Clone(list), func(x prediction) bool {
		class := classOf(x.label)
		return class == "" || !s.counts(class) || x.confidence < s.confidence()
	})
	if len(list) == 0 {
		return recorder.Recognised{}, false
	}
	slices.SortStableFunc(list, func(a, b prediction) int { return cmp.Compare(b.confidence, a.confidence) })
	best := list[0]
	seen := recorder.Recognised{
		Camera: p.Camera, Event: p.Event, Run: p.Unit.Run, Source: media.SourceDetector,
		Class: classOf(best.label), Score: best.confidence, Box: best.box(p.Width, p.Height),
	}
	for _, x := range list {
		for _, label := range []string{classOf(x.label), strings.ToLower(x.label)} {
			if label != seen.Class && !slices.Contains(seen.Labels, label) && len(seen.Labels) < maxLabels {
				seen.Labels = append(seen.Labels, label)
			}
		}
	}
	return seen, true
}

// box is where it is, in parts of a picture of that size; nil where that is not known, or
// makes no sense.
func (x prediction) box(width, height int) *media.Box {
	if width <= 0 || height <= 0 {
		return nil
	}
	part := func(pixels float64, of int) float64 {
		return math.Round(min(max(pixels/float64(of), 0), 1)*1e4) / 1e4
	}
	left, top, right, bottom := part(x.left, width), part(x.top, height), part(x.right, width), part(x.bottom, height)
	if !(left < right && top < bottom) {
		return nil
	}
	return &media.Box{Left: left, Top: top, Width: math.Round((right-left)*1e4) / 1e4, Height: math.Round((bottom-top)*1e4) / 1e4}
}
