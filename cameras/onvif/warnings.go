package onvif

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"
)

// Problem is the kind of a warning.
type Problem string

// What is warned of.
const (
	ProblemH265  Problem = "h265"       // main is H.265
	ProblemNoSub Problem = "no-sub"     // there is no sub stream
	ProblemSub   Problem = "sub-codec"  // sub is not H.264
	ProblemGOP   Problem = "gop"        // too long from one IDR to the next
	ProblemSmart Problem = "smart"      // GOPs are stretched as the camera likes
	ProblemClock Problem = "clock"      // the camera's time is wrong
	ProblemNone  Problem = "no-profile" // nothing can be recorded
)

// The names of what the hub can change through ONVIF when the user agrees.
const (
	FixMainGOP  = "main-gop"
	FixSubGOP   = "sub-gop"
	FixSubSize  = "sub-size"
	FixSubCodec = "sub-codec"
	FixClock    = "clock"
)

// Warning is something to know before a camera is added.
type Warning struct {
	Problem Problem
	// Text says what is so and what to change.
	Text string
	// Fix names what the hub can change by itself, "" for nothing.
	Fix string
	// Profile is the index of the profile it is about, -1 for the device.
	Profile int
}

// Warnings lists what is not well with a choice of the profiles. It depends on nothing
// but its arguments.
func Warnings(profiles []Profile, c Choice) []Warning {
	var out []Warning
	warn := func(w Warning) { out = append(out, w) }
	if c.Main < 0 {
		warn(Warning{ProblemNone, "The camera offers no stream that can be recorded: set it to H.264.", "", -1})
	} else if profiles[c.Main].Encoder.Codec == CodecH265 {
		warn(Warning{ProblemH265, "The main stream is H.265: it is recorded as it is, but not every browser plays it. Set it to H.264 in the camera if that matters more than room on the disk.", "", c.Main})
	}
	switch {
	case c.Main >= 0 && c.Sub < 0:
		warn(missingSub(profiles, c))
	case c.Sub >= 0 && profiles[c.Sub].Encoder.Codec != CodecH264:
		warn(Warning{ProblemSub, "The small stream is not H.264: the hub does not see what moves in it. Set it to H.264; what is recorded stays as it is.", FixSubCodec, c.Sub})
	}
	for i, fix := range map[int]string{c.Main: FixMainGOP, c.Sub: FixSubGOP} {
		if i < 0 {
			continue
		}
		switch e := profiles[i].Encoder; {
		case e.Smart:
			warn(Warning{ProblemSmart, fmt.Sprintf("The %s stream uses a smart codec, which leaves out key pictures as it likes: clips begin too early and seeking is slow. Switch it off in the camera (H.264+, H.265+, Smart Codec, Zipstream).", c.called(i)), "", i})
		case e.Period() > longestGOP:
			warn(Warning{ProblemGOP, fmt.Sprintf("The %s stream has a key picture each %s only: live pictures appear late and clips begin too early. Every %s is right.", c.called(i), seconds(e.Period()), seconds(bestGOP)), fix, i})
		}
	}
	slices.SortFunc(out, func(a, b Warning) int {
		return cmp.Or(cmp.Compare(slices.Index(worst, a.Problem), slices.Index(worst, b.Problem)), cmp.Compare(a.Profile, b.Profile))
	})
	return out
}

// clockWarnings is what is not well with a device's clock.
func clockWarnings(at Clock) []Warning {
	if at.Offset.Abs() <= clockSlack {
		return nil
	}
	why := "It asks no time server: set by hand, it goes wrong again. Name one in the camera's settings, such as the router, if the network tells it none."
	if at.NTP {
		why = "It is to ask a time server, and does not reach it: name one in the camera's settings that it reaches, such as the router."
	}
	return []Warning{{ProblemClock, fmt.Sprintf("The camera's clock is %s: the time in its pictures is wrong. The hub's recordings carry the hub's time. %s", off(at.Offset), why), FixClock, -1}}
}

// worst is the order in which problems are told.
var worst = []Problem{ProblemNone, ProblemNoSub, ProblemSub, ProblemH265, ProblemSmart, ProblemGOP, ProblemClock}

// missingSub says what keeps the other streams from being the sub stream; where
// one is only too large, or has only too many bits, the hub can make it smaller.
func missingSub(profiles []Profile, c Choice) Warning {
	for i, p := range profiles {
		if i != c.Main && playable(p) && p.Encoder.Codec != CodecJPEG && p.Source == profiles[c.Main].Source && p.Encoder.Token != profiles[c.Main].Encoder.Token {
			return Warning{ProblemNoSub, fmt.Sprintf("There is no small stream to search for motion: the second one is %s. %s", p.Encoder.shape(), tooMuch(p.Encoder, profiles[c.Main].Encoder)), FixSubSize, i}
		}
	}
	if profiles[c.Main].Encoder.Codec != CodecH264 {
		return Warning{ProblemNoSub, "There is no second, small stream, and the hub does not see what moves in one that is not H.264: it goes by the camera's own events and by how large pictures are. Switch it on in the camera, which may call it sub stream (H.264, 640×360).", "", -1}
	}
	return Warning{ProblemNoSub, "There is no second, small stream: motion is searched in the main stream, which costs more, and grids show it whole. Switch it on in the camera, which may call it sub stream (H.264, 640×360).", "", -1}
}

// tooMuch says what is right in place of what keeps a stream from being the sub stream of
// main: size, bitrate, or both.
func tooMuch(e, main *Encoder) string {
	switch {
	case light(e, main):
		return "640×360 is right."
	case smaller(e, main):
		return fmt.Sprintf("Its bitrate is too high: %d kbit/s at 640×360 is right.", rightKbps(e))
	}
	return fmt.Sprintf("640×360 at %d kbit/s is right.", rightKbps(e))
}

func seconds(d time.Duration) string {
	s := math.Round(d.Seconds()*10) / 10
	if s == 1 {
		return "second"
	}
	return fmt.Sprintf("%g seconds", s)
}

// off spells an offset in the largest unit that says enough.
func off(d time.Duration) string {
	side := "ahead"
	if d < 0 {
		side = "behind"
	}
	d = d.Abs()
	const day, year = 24 * time.Hour, 8766 * time.Hour
	n, unit := d.Seconds(), "second"
	switch {
	case d >= 2*year:
		n, unit = d.Hours()/year.Hours(), "year"
	case d >= 2*day:
		n, unit = d.Hours()/day.Hours(), "day"
	case d >= 2*time.Hour:
		n, unit = d.Hours(), "hour"
	case d >= 2*time.Minute:
		n, unit = d.Minutes(), "minute"
	}
	return fmt.Sprintf("%.0f %ss %s", n, unit, side)
}

// SubInH264 is what to change of a sub stream's encoder so that it sends H.264, if it can:
// the size stays if it can be had.
func SubInH264(e *Encoder, options []EncoderOptions) (EncoderChange, bool) {
	change := EncoderChange{Codec: CodecH264}
	if e.GOP > 0 {
		change.GOP = BestGOP(e, CodecH264, options)
	}
	now := Size{e.Width, e.Height}
	for _, o := range options {
		if o.Codec == CodecH264 && (len(o.Sizes) == 0 || slices.Contains(o.Sizes, now)) {
			return change, true
		}
	}
	size, ok := BestSubSize(CodecH264, options)
	change.Size = size
	return change, ok
}

// BestGOP is the GOP to set for an encoder, within what it can do with a codec.
func BestGOP(e *Encoder, codec string, options []EncoderOptions) int {
	gop := int(math.Round(bestGOP.Seconds() * cmp.Or(e.FPS, 15)))
	for _, o := range options {
		if o.Codec == codec && o.GOPMax > 0 {
			gop = min(max(gop, o.GOPMin), o.GOPMax)
		}
	}
	return max(gop, 1)
}

// BestSubSize is the size to set for a sub stream: of those its encoder can do with a
// codec, the one nearest to 640×360 that is fit; false if none is.
func BestSubSize(codec string, options []EncoderOptions) (Size, bool) {
	best, found := Size{}, false
	for _, o := range options {
		if o.Codec != codec {
			continue
		}
		for _, s := range o.Sizes {
			x, y := &Encoder{Width: s.Width, Height: s.Height}, &Encoder{Width: best.Width, Height: best.Height}
			if x.pixels() <= mostSubPixels && (!found || far(x) < far(y)) {
				best, found = s, true
			}
		}
	}
	return best, found
}

// rightKbps is the bitrate of a small stream at the picture rate that it has.
func rightKbps(e *Encoder) int {
	return min(int(math.Round(bestSubKbps*max(e.FPS, bestSubFPS)/bestSubFPS)), mostSubKbps)
}

// BestSubKbps is the bitrate to set for a sub stream, within what its encoder can do with a
// codec; false if that is not low enough.
func BestSubKbps(e *Encoder, codec string, options []EncoderOptions) (int, bool) {
	kbps := rightKbps(e)
	for _, o := range options {
		if o.Codec == codec && o.KbpsMax > 0 {
			kbps = min(max(kbps, o.KbpsMin), o.KbpsMax)
		}
	}
	return kbps, kbps <= mostSubKbps
}
