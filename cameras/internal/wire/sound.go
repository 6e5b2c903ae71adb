package wire

import "lares/cameras/sound"

// TypeSound tells the worker what to listen for from now on, hub to worker.
const TypeSound Type = 7 // Sound

// Sound is what to listen for. Unless it is On nobody listens.
type Sound struct {
	On       bool           `json:"on"`
	Settings sound.Settings `json:"settings"`
}
