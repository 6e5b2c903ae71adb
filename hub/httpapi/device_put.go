package httpapi

import (
	"lares/cameras"
	"lares/hub/gate"
)

// strangerView is a device that answers where a camera was, and is not recognised as
// it. Vendor, model and number are the device's own words.
type strangerView struct {
	ID     string `json:"id"`
	By     string `json:"by"` // what it would be recognised by
	Vendor string `json:"vendor,omitempty"`
	Model  string `json:"model,omitempty"`
	Number string `json:"number,omitempty"`
}

// stranger is such a device, for the camera's owner, unless it is somebody else's
// camera.
func (s *Server) stranger(q *request, c gate.Camera) *strangerView {
	now, ok := s.cfg.Fleet.Status(c.ID)
	if !ok || !c.Mine || now.Stranger.IsZero() || !s.cfg.Gate.MayAccept(q.ctx, q.caller, c.ID, now.Stranger) {
		return nil
	}
	p := now.Stranger
	v := strangerView{ID: p.ID(), By: p.Kind, Vendor: p.Vendor, Model: p.Model}
	if p.Kind != cameras.PinTLS {
		v.Number = p.Value
	}
	return &v
}

// devicePut is what the owner says of such a device: it is the camera. The device is
// named, for another one may answer there by now.
func (s *Server) devicePut(q *request) error {
	var device string
	if err := q.read(field{"device", &device, maxID, true}); err != nil {
		return err
	}
	if err := s.mine(q); err != nil {
		return err
	}
	now, ok := s.cfg.Fleet.Status(q.camera)
	if !ok || now.Stranger.IsZero() || now.Stranger.ID() != device {
		return gate.ErrNotFound
	}
	return q.done(s.guarded(q, func() error { return s.cfg.Gate.AcceptDevice(q.ctx, q.caller, q.camera, now.Stranger) }))
}
