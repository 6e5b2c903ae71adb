package wire

import "lares/cameras/motion"

// TypeMotion tells the worker what to look for from now on, hub to worker.
const TypeMotion Type = 6 // Motion

// maxMotion bounds settings of motion as JSON: with as many zones, masks and corners as
// there may be, each corner two numbers of 25 characters.
const maxMotion = 64 << 10

// Motion is what to look for in the pictures.
type Motion struct {
	Off      bool            `json:"off"`
	Settings motion.Settings `json:"settings"`
}
