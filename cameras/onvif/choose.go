package onvif

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// What a good sub stream is: motion is read from its bitstream and grids show
// it (640×360 at 10 pictures and 400 kbit/s is the measure), so it is small,
// slow and H.264.
const (
	bestSubPixels = 640 * 360
	bestSubFPS    = 10
	bestSubKbps   = 400
	mostSubPixels = 1280 * 720
	mostSubKbps   = 1500
	// longestGOP is how long a viewer may have to wait for the first picture,
	// and by how much a clip may begin too early.
	longestGOP = 4 * time.Second
	bestGOP    = 2 * time.Second
	// clockSlack is what a clock may be off before pictures carry a time that
	// misleads.
	clockSlack = 5 * time.Second
)

// Role is what a stream is taken for.
type Role string

// The roles. A stream without one is not taken.
const (
	RoleMain Role = "main" // recorded, and shown full-screen
	RoleSub  Role = "sub"  // searched for motion, and shown in grids
)

// Choice is which streams to take, and why in plain words.
type Choice struct {
	// Main and Sub are indexes into the profiles; -1 is none.
	Main, Sub int
	// Reasons has one sentence per profile.
	Reasons []string
}

// Role is what the i-th profile is taken for, "" for nothing.
func (c Choice) Role(i int) Role {
	switch i {
	case c.Main:
		return RoleMain
	case c.Sub:
		return RoleSub
	}
	return ""
}

// called is what people call the main or the sub stream.
func (c Choice) called(i int) string {
	if i == c.Sub {
		return "small"
	}
	return "main"
}

// Choose picks the main and the sub stream of one source: main is the largest picture
// that can be recorded, sub the H.264 stream nearest to 640×360 that is clearly
// smaller than main. It depends on nothing but its argument.
func Choose(profiles []Profile) Choice {
	c := Choice{Main: -1, Sub: -1, Reasons: make([]string, len(profiles))}
	for i, p := range profiles {
		if c.Main < 0 && playable(p) || c.Main >= 0 && playable(p) && betterMain(p.Encoder, profiles[c.Main].Encoder) {
			c.Main = i
		}
	}
	for i, p := range profiles {
		if c.Main >= 0 && subOf(p, profiles[c.Main]) && (c.Sub < 0 || betterSub(p.Encoder, profiles[c.Sub].Encoder)) {
			c.Sub = i
		}
	}
	for i, p := range profiles {
		c.Reasons[i] = c.reason(profiles, i, p)
	}
	return c
}

// playable is what the product records: Motion JPEG too, though it is large.
func playable(p Profile) bool {
	return p.Encoder != nil && (p.Encoder.Codec == CodecH264 || p.Encoder.Codec == CodecH265 || p.Encoder.Codec == CodecJPEG)
}

func (e *Encoder) pixels() int { return e.Width * e.Height }

// betterMain prefers the larger picture; of equals the codec that every browser
// plays, then the higher rates. JPEG is the last resort.
func betterMain(a, b *Encoder) bool {
	return cmp.Or(
		cmp.Compare(isVideo(a), isVideo(b)),
		cmp.Compare(a.pixels(), b.pixels()),
		cmp.Compare(codecRank(a), codecRank(b)),
		cmp.Compare(a.FPS, b.FPS),
		cmp.Compare(a.Kbps, b.Kbps),
	) > 0
}

func isVideo(e *Encoder) int {
	if e.Codec == CodecJPEG {
		return 0
	}
	return 1
}

// codecRank puts what every browser plays, and in which motion is found, first.
func codecRank(e *Encoder) int { return slices.Index([]string{CodecH265, CodecH264}, e.Codec) }

// subOf says whether p is fit to be the sub stream of main.
func subOf(p, main Profile) bool {
	if !playable(p) || p.Token == main.Token || p.Encoder.Codec == CodecJPEG {
		return false
	}
	e, m := p.Encoder, main.Encoder
	if e.Token != "" && e.Token == m.Token {
		return false // the same pictures under another name
	}
	return smaller(e, m) && light(e, m)
}

// smaller and light say whether a stream's picture is small enough beside main's, and its
// bitrate low enough.
func smaller(e, main *Encoder) bool { return e.pixels() < main.pixels() && e.pixels() <= mostSubPixels }

func light(e, main *Encoder) bool { return e.Kbps <= max(mostSubKbps, main.Kbps/2) }

// betterSub prefers H.264, in which motion is found; then the size nearest to
// the best one, then the lower bitrate.
func betterSub(a, b *Encoder) bool {
	return cmp.Or(
		cmp.Compare(codecRank(a), codecRank(b)),
		cmp.Compare(far(b), far(a)),
		cmp.Compare(b.Kbps, a.Kbps),
	) > 0
}

// far is how many times too large or too small a picture is.
func far(e *Encoder) float64 {
	return math.Abs(math.Log(float64(max(e.pixels(), 1)) / bestSubPixels))
}

func (c Choice) reason(profiles []Profile, i int, p Profile) string {
	e := p.Encoder
	switch {
	case e == nil:
		return "It has no video."
	case !playable(p):
		return fmt.Sprintf("%s cannot be recorded.", cmp.Or(SpellCodec(e.Codec), "An unknown codec"))
	case i == c.Main && e.Codec == CodecH265:
		return fmt.Sprintf("The largest picture, %s. It is H.265, which not every browser plays.", e.shape())
	case i == c.Main && e.Codec == CodecJPEG:
		return fmt.Sprintf("The largest picture, %s. It is Motion JPEG, which needs much room.", e.shape())
	case i == c.Main:
		return fmt.Sprintf("The largest picture, %s: recorded, and shown full-screen.", e.shape())
	case i == c.Sub && e.Codec == CodecH265:
		return fmt.Sprintf("A small picture, %s. It is H.265, in which the hub finds no motion by itself.", e.shape())
	case i == c.Sub:
		return fmt.Sprintf("A small H.264 picture, %s: searched for motion, and shown in grids.", e.shape())
	case e.Token != "" && e.Token == profiles[c.Main].Encoder.Token:
		return "It shows the pictures of the main stream under another name."
	case e.Codec == CodecJPEG:
		return "Motion JPEG needs much room and shows no motion to the hub."
	case e.pixels() >= profiles[c.Main].Encoder.pixels():
		return "Another stream has a picture at least as large."
	case e.pixels() > mostSubPixels:
		return fmt.Sprintf("Too large to search for motion, %s.", e.shape())
	case !light(e, profiles[c.Main].Encoder):
		return fmt.Sprintf("Its bitrate is too high to search it for motion, %s.", e.shape())
	}
	return "Another small stream fits better."
}

// shape spells size and rates, as far as they are told.
func (e *Encoder) shape() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d×%d", e.Width, e.Height)
	if e.FPS > 0 {
		fmt.Fprintf(&b, ", %g pictures per second", math.Round(e.FPS*10)/10)
	}
	if e.Kbps > 0 {
		fmt.Fprintf(&b, ", %d kbit/s", e.Kbps)
	}
	return b.String()
}

// Period is the time from one IDR to the next; 0 where it is not told.
func (e *Encoder) Period() time.Duration {
	if e == nil || e.GOP <= 0 || e.FPS <= 0 {
		return 0
	}
	return time.Duration(float64(e.GOP) / e.FPS * float64(time.Second))
}
