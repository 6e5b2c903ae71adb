package media

import "slices"

// Kind is the clear kind of an event: what an index may show without a key.
type Kind string

// The kinds of DESIGN §7. The class (person, vehicle, glass …) is sealed.
const (
	KindMotion   Kind = "motion"
	KindSound    Kind = "sound"
	KindCamera   Kind = "camera"
	KindDoorbell Kind = "doorbell"
	KindTamper   Kind = "tamper"
	KindTrigger  Kind = "trigger"
)

// Kinds are all of them.
func Kinds() []Kind {
	return []Kind{KindMotion, KindSound, KindCamera, KindDoorbell, KindTamper, KindTrigger}
}

// Valid reports whether k is one of the kinds above.
func (k Kind) Valid() bool { return slices.Contains(Kinds(), k) }

// Source is who noticed something at a camera.
type Source string

// The sources.
const (
	SourceCamera Source = "camera" // the camera itself
	SourceMotion Source = "motion" // who looks for motion in its pictures
	SourceSound  Source = "sound"  // who listens to its sound
	// SourceDetector is the detector that the camera's owner set.
	SourceDetector Source = "detector"
)

// Box is a part of a picture: where it begins, from its left and top, and how large it
// is, in parts of the picture's width and height.
type Box struct {
	Left   float64 `json:"left"`
	Top    float64 `json:"top"`
	Width  float64 `json:"width"`
	Height float64 `json:"height"`
}

// Event is what a camera or the hub noticed, in the open; it travels sealed in
// a UnitEvent, of which only kind and state stay clear.
type Event struct {
	Kind  Kind   `json:"kind"`
	Class string `json:"class,omitempty"` // person, vehicle, animal …; "" unknown
	Topic string `json:"topic,omitempty"` // the camera's own name for it
	// Zones are the names of those that it was found in, the first one first.
	Zones []string `json:"zones,omitempty"`
	// Score is from 0 to 1: how sure; 0 unknown.
	Score float64 `json:"score,omitempty"`
	// Active says whether the state began (true) or ended; a moment such as a
	// doorbell press is a beginning without an end.
	Active bool `json:"active"`
	// Why is why motion counted, at its end; nil of all else.
	Why *Why `json:"why,omitempty"`
}
