package httpapi

import (
	"context"
	"errors"
	"net/http"
	"time"

	"lares/cameras/control"
	"lares/hub/account"
	"lares/hub/gate"
)

// controlWithin is a little more than a camera's worker gives an order.
const controlWithin = 22 * time.Second

// controlling suits an answer that a camera is waited for.
var controlling = limits{read: readTimeout, write: controlWithin + writeTimeout, body: 4 << 10}

type ptzView struct {
	Account    account.ID       `json:"account"`
	Continuous bool             `json:"continuous"`
	Zoom       bool             `json:"zoom"`
	Home       bool             `json:"home"`
	Presets    []control.Preset `json:"presets"`
}

// control has the camera of the request do something. A camera may be slow, so
// it does not count as work of the hub.
func (s *Server) control(q *request, o control.Order) (control.Found, error) {
	ctx, cancel := context.WithTimeout(s.life, controlWithin)
	defer cancel()
	return s.cfg.Gate.Control(ctx, q.pass, o)
}

// ask is control for a question: what a camera does not have is nothing, and no
// problem.
func (s *Server) ask(q *request, do control.Verb) (control.Found, error) {
	found, err := s.control(q, control.Order{Do: do})
	if errors.Is(err, control.Cannot) {
		return control.Found{}, nil
	}
	return found, err
}

// ptzGet says how a camera can be turned; one that cannot has none of it.
func (s *Server) ptzGet(q *request) error {
	found, err := s.ask(q, control.ShowPTZ)
	if err != nil {
		return err
	}
	p := found.PTZ
	if p.Presets == nil {
		p.Presets = []control.Preset{}
	}
	return q.answer(http.StatusOK, ptzView{q.caller.Account, p.Continuous, p.Zoom, p.Home, p.Presets})
}

// ptzPost turns a camera: for a while, to a place, or not any more.
func (s *Server) ptzPost(q *request) error {
	o, err := readTurn(q)
	if err != nil {
		return err
	}
	_, err = s.control(q, o)
	return q.done(err)
}

// readTurn reads the one of several orders that a body is.
func readTurn(q *request) (control.Order, error) {
	var o control.Order
	var pan, tilt, zoom quantity
	var ms int
	var home, stop bool
	err := q.read(field{"pan", &pan, 1, false}, field{"tilt", &tilt, 1, false}, field{"zoom", &zoom, 1, false},
		field{"ms", &ms, int(control.MaxMove.Milliseconds()), false}, field{"preset", &o.ID, maxID, false},
		field{"home", &home, 0, false}, field{"stop", &stop, 0, false})
	if err != nil {
		return o, err
	}
	move := pan.given || tilt.given || zoom.given || ms != 0
	kinds := 0
	for do, yes := range map[control.Verb]bool{control.Move: move, control.GoTo: o.ID != "", control.GoHome: home, control.Stop: stop} {
		if yes {
			kinds, o.Do = kinds+1, do
		}
	}
	o.Pan, o.Tilt, o.Zoom, o.MS = pan.value, tilt.value, zoom.value, int64(ms)
	switch {
	case kinds != 1:
		return o, badField("", "One of a move, a preset, home and stop is needed.")
	case move && ms == 0:
		return o, badField("ms", "How long the camera is to move is missing.")
	case move && o.Check() != nil:
		return o, badField("pan", "This is no move.")
	case o.Do == control.GoTo && !control.IsID(o.ID):
		return o, control.Unknown
	}
	return o, nil
}

// ofControl are the problems of cameras that are asked to do something.
func ofControl() []outcome {
	return []outcome{
		{gate.ErrPrivate, conflict("private", "The camera is off the air.")},
		{control.Unknown, notFound()},
		{control.Cannot, conflict("camera-cannot", "The camera cannot do this.")},
		{control.Refused, conflict("camera-refuses", "The camera refuses this.")},
		{control.Forbidden, conflict("camera-forbids", "The camera does not let its user name do this. Look in the camera's own settings.")},
		{control.Garbled, conflict("camera-garbled", "The camera's answer makes no sense.")},
		{control.Silent, conflict("camera-silent", "The camera does not answer. Whether it was done is not known.")},
		{control.Busy, &problem{
			status: http.StatusTooManyRequests, kind: "camera-busy", retryAfter: time.Second,
			detail: "As much is asked of the camera as may be at a time. Try again in a moment.",
		}},
	}
}

// controlRoutes have cameras do something beside sending pictures.
func controlRoutes() []route {
	return []route{
		{http.MethodGet, cameraPath + "/ptz", scoped, tokensToo, camera, gate.PTZ, controlling, (*Server).ptzGet},
		{http.MethodPost, cameraPath + "/ptz", scoped, tokensToo, camera, gate.PTZ, controlling, (*Server).ptzPost},
		{http.MethodGet, cameraPath + "/imaging", scoped, tokensToo, camera, gate.Manage, controlling, (*Server).imagingGet},
		{http.MethodPut, cameraPath + "/imaging", scoped, tokensToo, camera, gate.Manage, controlling, (*Server).imagingPut},
		{http.MethodGet, cameraPath + "/outputs", scoped, tokensToo, camera, gate.Manage, controlling, (*Server).outputsGet},
		{http.MethodPost, cameraPath + "/outputs/:output", scoped, tokensToo, camera, gate.Manage, controlling, (*Server).outputPost},
		{http.MethodPost, cameraPath + "/reboot", scoped, proven, camera, gate.Manage, controlling, (*Server).rebootPost},
	}
}
