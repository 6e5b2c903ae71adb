package httpapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"lares/hub/account"
	"lares/hub/detector"
	"lares/hub/gate"
)

// tryDetectorWithin is a little more than a detector has for its answer.
const tryDetectorWithin = 12 * time.Second

// detectorView is detector.Settings with all of its fields.
type detectorView struct {
	Address       string   `json:"address"`
	MinConfidence int      `json:"min_confidence"`
	Classes       []string `json:"classes"`
}

func viewOfDetector(d detector.Settings) detectorView {
	v := detectorView{d.Address, d.MinConfidence, d.Classes}
	if v.MinConfidence == 0 {
		v.MinConfidence = detector.UsualConfidence
	}
	if len(v.Classes) == 0 {
		v.Classes = detector.Classes()
	}
	return v
}

// detectorStatus is how a detector answers.
type detectorStatus struct {
	Asked moment         `json:"asked,omitzero"`
	Took  int64          `json:"took_ms,omitempty"`
	Fault detector.Fault `json:"fault,omitempty"`
	Since moment         `json:"since,omitzero"`
	Next  moment         `json:"next,omitzero"`
}

// detectorGet tells the owner where pictures of a camera go, and how that answers.
func (s *Server) detectorGet(q *request) error {
	d, err := s.cfg.Gate.Detector(q.ctx, q.caller, q.camera)
	if err != nil {
		return err
	}
	answer := struct {
		Account  account.ID      `json:"account"`
		Allowed  bool            `json:"allowed"`
		Detector *detectorView   `json:"detector,omitempty"`
		Status   *detectorStatus `json:"status,omitempty"`
	}{Account: q.caller.Account, Allowed: s.cfg.Gate.Detectors()}
	if d != nil {
		view := viewOfDetector(*d)
		answer.Detector = &view
		if st, ok := s.cfg.Detector.Status(q.camera); ok {
			answer.Status = &detectorStatus{moment(st.Asked), st.Took.Milliseconds(), st.Fault, moment(st.Since), moment(st.Next)}
		}
	}
	return q.answer(http.StatusOK, answer)
}

// readDetector reads where pictures shall go. To who only manages the camera nothing is
// said about the address.
func (s *Server) readDetector(q *request, fields ...field) (d detector.Settings, err error) {
	if err := q.read(append(fields, field{"address", &d.Address, detector.MaxAddress, true})...); err != nil {
		return d, err
	}
	if err := s.mine(q); err != nil {
		return d, err
	}
	if d.Address, err = detector.ParseAddress(d.Address); err != nil {
		return d, badField("address", "This is not an address such as http://192.168.1.20:32168.")
	}
	return d, nil
}

// detectorPut has pictures of a camera go to a detector from now on.
func (s *Server) detectorPut(q *request) error {
	var confidence int
	var classes []string
	d, err := s.readDetector(q, field{"min_confidence", &confidence, 100, false}, field{"classes", &classes, maxWord, false})
	if err != nil {
		return err
	}
	if detector.Abroad(d.Address) {
		return badField("address", "This is no address of this house: pictures go to a detector on the hub's own networks alone.")
	}
	d.MinConfidence, d.Classes = confidence, classes
	if errors.Is(d.Validate(), detector.ErrClass) {
		return badField("classes", fmt.Sprintf("The classes are some of %s, each once.", strings.Join(detector.Classes(), ", ")))
	}
	return q.done(s.cfg.Gate.SetDetector(q.ctx, q.caller, q.camera, d))
}

// detectorDelete has none go there any more.
func (s *Server) detectorDelete(q *request) error {
	return q.done(s.cfg.Gate.RemoveDetector(q.ctx, q.caller, q.camera))
}

// detectorTry asks a detector about a picture of nothing.
func (s *Server) detectorTry(q *request) error {
	d, err := s.readDetector(q)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(s.life, tryDetectorWithin)
	defer cancel()
	took, err := s.cfg.Gate.TryDetector(ctx, q.caller, q.camera, d)
	var fault detector.Fault
	if err != nil && !errors.As(err, &fault) {
		return err
	}
	return q.answer(http.StatusOK, struct {
		Account account.ID     `json:"account"`
		Took    int64          `json:"took_ms"`
		Fault   detector.Fault `json:"fault,omitempty"`
	}{q.caller.Account, took.Milliseconds(), fault})
}

// detectorRoutes are about where pictures of a camera go. The gate asks for the owner in
// person; to end it takes no password.
func detectorRoutes() []route {
	return []route{
		{http.MethodGet, cameraPath + "/detector", scoped, 0, camera, gate.Manage, noBody, (*Server).detectorGet},
		{http.MethodPut, cameraPath + "/detector", scoped, proven, camera, gate.Manage, small, (*Server).detectorPut},
		{http.MethodDelete, cameraPath + "/detector", scoped, 0, camera, gate.Manage, noBody, (*Server).detectorDelete},
		{http.MethodPost, cameraPath + "/detector/try", scoped, proven, camera, gate.Manage, trying, (*Server).detectorTry},
	}
}
