package recorder

import (
	"time"

	"lares/cameras/media"
)

// Trigger says that something began, went on or ended at a camera.
type Trigger struct {
	Kind media.Kind
	// Active is the state of the kind: true holds the recording until false
	// comes, plus the post-roll. Hold marks a moment instead, such as an API
	// call or a doorbell press: the recording lasts the post-roll from At.
	Active, Hold bool
	At           time.Time   // zero is now
	Unit         *media.Unit // the camera's sealed UnitEvent, if there is one
}
