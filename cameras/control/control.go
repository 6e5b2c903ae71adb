// Package control holds the words for what is asked of a camera beside its
// pictures: to turn, to look otherwise, to switch something, to start again.
//
// What a device calls its places and outputs stays in the camera's worker;
// everybody else knows them by IDs, which no device can choose.
package control

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"time"
)

// Verb is what is to be done.
type Verb string

// The verbs.
const (
	ShowPTZ     Verb = "show ptz"
	Move        Verb = "move"
	Stop        Verb = "stop"
	GoTo        Verb = "go to"
	GoHome      Verb = "go home"
	ShowPicture Verb = "show picture"
	SetPicture  Verb = "set picture"
	ShowOutputs Verb = "show outputs"
	Switch      Verb = "switch"
	Reboot      Verb = "reboot"
)

// OfPTZ reports whether the verb is about where the camera looks.
func (v Verb) OfPTZ() bool { return v == ShowPTZ || v.Turns() }

// Turns reports whether the verb makes the camera move or stand. Of several
// such orders the newest counts.
func (v Verb) Turns() bool { return v == Move || v == Stop || v == GoTo || v == GoHome }

const (
	// MaxMove is how long one Move lasts at most: the camera then stops by itself,
	// whatever became of who asked.
	MaxMove = 10 * time.Second

	maxLevel = 1e9 // what the numbers of a picture are within
)

// Order is one thing that is to be done.
type Order struct {
	Do Verb `json:"do"`
	// Pan, Tilt and Zoom are the speed of Move, from -1 to 1: left to right, down
	// to up, wide to near. MS is how long it goes on, in milliseconds.
	Pan  float64 `json:"pan"`
	Tilt float64 `json:"tilt"`
	Zoom float64 `json:"zoom"`
	MS   int64   `json:"ms"`
	// ID is the preset of GoTo or the output of Switch, On what becomes of that.
	ID string `json:"id"`
	On bool   `json:"on"`
	// Change is what SetPicture changes.
	Change Change `json:"change"`
}

// Check refuses an order that cannot be meant.
func (o Order) Check() error {
	ok := true
	switch o.Do {
	case ShowPTZ, Stop, GoHome, ShowPicture, ShowOutputs, Reboot:
	case Move:
		for _, v := range []float64{o.Pan, o.Tilt, o.Zoom} {
			ok = ok && math.Abs(v) <= 1 // not NaN either
		}
		ok = ok && o.MS > 0 && o.MS <= MaxMove.Milliseconds() && (o.Pan != 0 || o.Tilt != 0 || o.Zoom != 0)
	case GoTo, Switch:
		ok = IsID(o.ID)
	case SetPicture:
		ok = o.Change.meant()
	default:
		ok = false
	}
	if !ok {
		return fmt.Errorf("control: %.20q is not an order as it is", o.Do)
	}
	return nil
}

// PTZ is how a camera can be turned.
type PTZ struct {
	Continuous bool     `json:"continuous"` // moves as long as it is told to
	Zoom       bool     `json:"zoom"`
	Home       bool     `json:"home"` // has a place of rest
	Presets    []Preset `json:"presets"`
}

// Preset is a place that a camera finds again. The name may be empty.
type Preset struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Light says how a camera deals with day and night.
type Light string

// By day infrared is kept out and the picture has colours.
const (
	Day   Light = "day"
	Night Light = "night"
	Auto  Light = "auto" // as the camera finds it
)

// Known reports whether there is such a Light.
func (l Light) Known() bool { return l == Day || l == Night || l == Auto }

// Picture is how a camera looks, and what may be set: a nil level, and a light
// without choices, cannot be.
type Picture struct {
	Brightness *Level  `json:"brightness"`
	Contrast   *Level  `json:"contrast"`
	Saturation *Level  `json:"saturation"`
	Sharpness  *Level  `json:"sharpness"`
	Light      Light   `json:"light"` // "" if it is not told
	Lights     []Light `json:"lights"`
}

// Level is a number and what it may be.
type Level struct {
	Value float64 `json:"value"`
	Min   float64 `json:"min"`
	Max   float64 `json:"max"`
}

// Sound reports whether the level is one.
func (l Level) Sound() bool {
	return l.Min < l.Max && l.Min >= -maxLevel && l.Max <= maxLevel && l.Value >= l.Min && l.Value <= l.Max
}

// Change is what is to be another in a Picture; nil and "" stay.
type Change struct {
	Brightness *float64 `json:"brightness"`
	Contrast   *float64 `json:"contrast"`
	Saturation *float64 `json:"saturation"`
	Sharpness  *float64 `json:"sharpness"`
	Light      Light    `json:"light"`
}

func (c Change) meant() bool {
	some := c.Light != ""
	for _, v := range []*float64{c.Brightness, c.Contrast, c.Saturation, c.Sharpness} {
		if v != nil && !(math.Abs(*v) <= maxLevel) {
			return false
		}
		some = some || v != nil
	}
	return some && (c.Light == "" || c.Light.Known())
}

// Output is something a camera switches. Whether it is on, cameras do not tell.
type Output struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	// Momentary says that it falls back by itself.
	Momentary bool `json:"momentary"`
}

// Found is what a camera answered, as far as the order asks for something.
type Found struct {
	PTZ     PTZ      `json:"ptz"`
	Picture Picture  `json:"picture"`
	Outputs []Output `json:"outputs"`
}

// Problem is why an order was not carried out, or not for certain.
type Problem string

// The problems.
const (
	Cannot    Problem = "cannot"    // the camera has no such thing
	Unknown   Problem = "unknown"   // the preset or output is not there
	Refused   Problem = "refused"   // the camera answered, and will not
	Forbidden Problem = "forbidden" // the camera's user may not
	Garbled   Problem = "garbled"   // the answer makes no sense
	Silent    Problem = "silent"    // no answer; it may have been done
	Busy      Problem = "busy"      // as much is asked of the camera as may be
)

// Known reports whether there is such a problem.
func (p Problem) Known() bool {
	switch p {
	case Cannot, Unknown, Refused, Forbidden, Garbled, Silent, Busy:
		return true
	}
	return false
}

// Error makes a problem an error.
func (p Problem) Error() string { return "control: not done: " + string(p) }

const idBytes = 8

// ID is what something of a kind is called outside of its device, whose own
// word for it is the token.
func ID(kind, token string) string {
	sum := sha256.Sum256([]byte(kind + "\x00" + token))
	return hex.EncodeToString(sum[:idBytes])
}

// IsID reports whether ID makes such words.
func IsID(s string) bool {
	b, err := hex.DecodeString(s)
	return err == nil && len(b) == idBytes && hex.EncodeToString(b) == s
}
