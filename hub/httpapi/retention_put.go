package httpapi

import (
	"errors"
	"net/http"
	"slices"

	"lares/cameras/media"
	"lares/hub/account"
	"lares/hub/gate"
	"lares/recorder/retention"
)

// retentionView is retention.Camera as it is said and shown: numbers of 0 are not said.
type retentionView struct {
	ruleView
	Kinds []*kindView `json:"kinds"`
}

type kindView struct {
	Kind media.Kind `json:"kind"`
	ruleView
}

// ruleView is retention.Rule.
type ruleView struct {
	Days         int   `json:"days"`
	AtLeast      int   `json:"at_least"`
	Bytes        int64 `json:"bytes"`
	AtLeastBytes int64 `json:"at_least_bytes"`
}

func viewOfRetention(c retention.Camera) retentionView {
	v := retentionView{ruleView(c.Rule), []*kindView{}}
	for _, k := range retention.Kinds() {
		if r, ok := c.Kinds[k]; ok {
			v.Kinds = append(v.Kinds, &kindView{k, ruleView(r)})
		}
	}
	return v
}

// fields are where a rule is read.
func (r *ruleView) fields() []field {
	return []field{
		{"days", &r.Days, retention.MaxDays, false}, {"at_least", &r.AtLeast, retention.MaxDays, false}, {"bytes", &r.Bytes, 0, false}, {"at_least_bytes", &r.AtLeastBytes, 0, false},
	}
}

// retentionGet tells how long recordings of a camera stay.
func (s *Server) retentionGet(q *request) error {
	c, err := s.cfg.Gate.CameraRetention(q.ctx, q.pass)
	if err != nil {
		return err
	}
	return q.answer(http.StatusOK, struct {
		Account   account.ID    `json:"account"`
		Retention retentionView `json:"retention"`
	}{q.caller.Account, viewOfRetention(c)})
}

// readRetention reads how long recordings are to stay. To who only manages the camera
// nothing is said of that.
func (s *Server) readRetention(q *request) (c retention.Camera, err error) {
	if err := s.mine(q); err != nil {
		return c, err
	}
	var v retentionView
	err = q.read(append(v.fields(), field{"kinds", objects(func() []field {
		k := &kindView{}
		v.Kinds = append(v.Kinds, k)
		return append(k.fields(), field{"kind", (*string)(&k.Kind), maxWord, true})
	}), len(retention.Kinds()), false})...)
	if err != nil {
		return c, err
	}
	c.Rule = retention.Rule(v.ruleView)
	for _, k := range v.Kinds {
		if _, twice := c.Kinds[k.Kind]; twice || !slices.Contains(retention.Kinds(), k.Kind) {
			return c, badField("kind", "This is no kind of recording, or one that was named before.")
		}
		if c.Kinds == nil {
			c.Kinds = map[media.Kind]retention.Rule{}
		}
		c.Kinds[k.Kind] = retention.Rule(k.ruleView)
	}
	switch err := c.Validate(); {
	case errors.Is(err, retention.ErrBytes):
		return c, badField("at_least_bytes", "More cannot be kept at least than recordings may take. Choose less, or let them take more.")
	case err != nil:
		return c, badField("at_least", "Recordings cannot be kept for at least longer than they are kept. Choose fewer days, or keep them longer.")
	}
	return c, nil
}

// retentionPut says how long they stay from now on.
func (s *Server) retentionPut(q *request) error {
	c, err := s.readRetention(q)
	if err != nil {
		return err
	}
	return q.done(s.cfg.Gate.SetRetention(q.ctx, q.caller, q.camera, c))
}

// retentionPreview tells what that would delete now.
func (s *Server) retentionPreview(q *request) error {
	c, err := s.readRetention(q)
	if err != nil {
		return err
	}
	clips, bytes, err := s.cfg.Gate.PreviewRetention(q.ctx, q.caller, q.camera, c)
	if err != nil {
		return err
	}
	return q.answer(http.StatusOK, struct {
		Account account.ID `json:"account"`
		Clips   int        `json:"clips"`
		Bytes   int64      `json:"bytes"`
	}{q.caller.Account, clips, bytes})
}

// quotaPut says how much the recordings of somebody may take.
func (s *Server) quotaPut(q *request) error {
	var id account.ID
	if err := q.id("account", &id); err != nil {
		return err
	}
	var bytes int64
	if err := q.read(field{"bytes", &bytes, 0, true}); err != nil {
		return err
	}
	return q.done(s.cfg.Gate.SetQuota(q.ctx, q.caller, id, bytes))
}

// retentionRoutes are about how long recordings stay. The gate asks for the owner in person
// where it is said.
func retentionRoutes() []route {
	return []route{
		{http.MethodGet, scopePath + "/storage", scoped, 0, none, "", noBody, (*Server).storageGet},
		{http.MethodGet, cameraPath + "/retention", scoped, tokensToo, camera, gate.Manage, noBody, (*Server).retentionGet},
		{http.MethodPut, cameraPath + "/retention", scoped, 0, camera, gate.Manage, small, (*Server).retentionPut},
		{http.MethodPost, cameraPath + "/retention/preview", scoped, 0, camera, gate.Manage, small, (*Server).retentionPreview},
		{http.MethodPut, scopePath + "/accounts/:account/quota", scoped, operators | proven, none, "", small, (*Server).quotaPut},
	}
}
