package wire

import (
	"lares/cameras/control"
	"lares/cameras/media"
)

const (
	// TypeOrder is hub to worker: Order.
	TypeOrder Type = 112
	// TypeDone is worker to hub: Done.
	TypeDone Type = 120
)

// The bounds of what a camera answers to an order.
const (
	MaxPresets = 64
	MaxOutputs = 32
	MaxLabel   = 64 // bytes of a name

	maxLights = 3
	maxDone   = 64 << 10
)

// Order asks the worker to do something at the camera; Done answers with its
// number.
type Order struct {
	Number uint32        `json:"number"`
	Order  control.Order `json:"order"`
}

// Done is what became of an Order.
type Done struct {
	Number  uint32          `json:"number"`
	Camera  media.CameraID  `json:"camera"`
	Problem control.Problem `json:"problem"` // "" if it was done
	Found   control.Found   `json:"found"`
}

// Check validates and cleans what a worker sent.
func (d *Done) Check() error {
	if d.Problem != "" && !d.Problem.Known() {
		return violated("an order with an unknown end")
	}
	f := &d.Found
	if len(f.PTZ.Presets) > MaxPresets || len(f.Outputs) > MaxOutputs || len(f.Picture.Lights) > maxLights {
		return violated("an answer to an order, out of bounds")
	}
	for i := range f.PTZ.Presets {
		p := &f.PTZ.Presets[i]
		if !control.IsID(p.ID) {
			return violated("a preset without a name of ours")
		}
		p.Name = Clean(p.Name, MaxLabel)
	}
	for i := range f.Outputs {
		o := &f.Outputs[i]
		if !control.IsID(o.ID) {
			return violated("an output without a name of ours")
		}
		o.Name = Clean(o.Name, MaxLabel)
	}
	return checkPicture(f.Picture)
}

func checkPicture(p control.Picture) error {
	for _, l := range []*control.Level{p.Brightness, p.Contrast, p.Saturation, p.Sharpness} {
		if l != nil && !l.Sound() {
			return violated("a level out of its bounds")
		}
	}
	if p.Light != "" && !p.Light.Known() {
		return violated("an unknown light")
	}
	for _, l := range p.Lights {
		if !l.Known() {
			return violated("an unknown light")
		}
	}
	return nil
}
