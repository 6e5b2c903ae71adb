package httpapi

import (
	"context"
	"net/http"

	"lares/cameras"
	"lares/hub/account"
	"lares/hub/gate"
)

// accessView is how a camera is reached. The password is shown to nobody.
type accessView struct {
	Main      string `json:"main"`
	Sub       string `json:"sub"`
	ONVIF     string `json:"onvif"`
	Transport string `json:"transport"`
	Username  string `json:"username"`
	Password  bool   `json:"password"` // there is one
}

// accessGet tells the owner how a camera is reached, as far as it is shown.
func (s *Server) accessGet(q *request) error {
	a, password, err := s.cfg.Gate.Access(q.ctx, q.caller, q.camera)
	if err != nil {
		return err
	}
	return q.answer(http.StatusOK, struct {
		Account account.ID `json:"account"`
		Access  accessView `json:"access"`
	}{q.caller.Account, accessView{a.Main, a.Sub, a.ONVIF, transportName(a.Transport), a.Username, password}})
}

// trying is small for what waits for a device.
var trying = limits{read: readTimeout, write: probeWithin + writeTimeout, body: small.body}

// accessPut changes how a camera is reached, if the device answers and takes the
// password, or if nobody shall try. The addresses are read as those of a new camera are;
// a password that is left out stays.
func (s *Server) accessPut(q *request) error {
	var a cameras.Access
	var username string
	var password wording
	var untried bool
	err := q.read(field{"main", &a.Main, maxAddress, true}, field{"sub", &a.Sub, maxAddress, false}, field{"onvif", &a.ONVIF, maxAddress, false},
		field{"transport", &a.Transport, maxTransport, false}, field{"username", &username, maxCredential, false}, field{"password", &password, maxCredential, false},
		field{"untried", &untried, 0, false})
	if err != nil {
		return err
	}
	if err := s.mine(q); err != nil { // before anything is said about its addresses
		return err
	}
	if password.given {
		a.Username, a.Password = username, password.value
	}
	if err := clean(&a); err != nil {
		return err
	}
	n := gate.NewAccess{Main: a.Main, Sub: a.Sub, ONVIF: a.ONVIF, Transport: a.Transport, Username: username}
	if password.given || a.Username != "" || a.Password != "" { // or in an address
		n.Username, n.Password = a.Username, &a.Password
	}
	if !untried {
		if err := s.tried(q, n); err != nil {
			return err
		}
	}
	return q.done(s.guarded(q, func() error { // q.ctx may have ended while the device was asked
		ctx, cancel := context.WithTimeout(s.life, workTimeout)
		defer cancel()
		return s.cfg.Gate.SetAccess(ctx, q.caller, q.camera, n)
	}))
}

// tried asks the device whether it takes a new access.
func (s *Server) tried(q *request, n gate.NewAccess) error {
	ctx, cancel := context.WithTimeout(s.life, probeWithin)
	defer cancel()
	return s.cfg.Gate.TryAccess(ctx, q.caller, q.camera, n)
}

// namePut calls a camera something else.
func (s *Server) namePut(q *request) error {
	var name string
	err := q.read(field{"name", &name, maxName, true})
	if err != nil {
		return err
	}
	if name, err = cleanName(name); err != nil {
		return err
	}
	return q.done(s.cfg.Gate.Rename(q.ctx, q.pass, name))
}

// accessRoutes are about a camera's name and how it is reached. The gate asks for
// the owner in person for the latter.
func accessRoutes() []route {
	return []route{
		{http.MethodGet, cameraPath + "/access", scoped, 0, camera, gate.Manage, noBody, (*Server).accessGet},
		{http.MethodPut, cameraPath + "/access", scoped, proven, camera, gate.Manage, trying, (*Server).accessPut},
		{http.MethodPut, cameraPath + "/device", scoped, proven, camera, gate.Manage, small, (*Server).devicePut},
		{http.MethodPut, cameraPath + "/name", scoped, 0, camera, gate.Manage, small, (*Server).namePut},
	}
}
