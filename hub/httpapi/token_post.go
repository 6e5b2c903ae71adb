package httpapi

import (
	"errors"
	"net/http"

	"lares/cameras/media"
	"lares/hub/account"
	"lares/hub/gate"
)

const (
	tokensPath      = scopePath + "/tokens"
	maxTokenCameras = 64
)

type tokenView struct {
	ID      gate.TokenID      `json:"id"`
	Name    string            `json:"name"`
	Cameras []tokenCameraView `json:"cameras"`
	Created moment            `json:"created"`
	Expires moment            `json:"expires,omitzero"`
	Used    moment            `json:"used,omitzero"`
	Away    bool              `json:"away"` // it may say whether its maker is away
}

type tokenCameraView struct {
	Camera      media.CameraID `json:"camera"`
	Actions     []gate.Action  `json:"actions"`
	HistoryFrom moment         `json:"history_from"`
}

func (s *Server) tokensGet(q *request) error {
	list, err := s.cfg.Gate.Tokens(q.ctx, q.caller)
	if err != nil {
		return err
	}
	views := make([]tokenView, len(list))
	for i, t := range list {
		views[i] = tokenView{
			ID: t.ID, Name: t.Name, Cameras: make([]tokenCameraView, len(t.Cameras)),
			Created: moment(t.Created), Expires: moment(t.Expires), Used: moment(t.Used), Away: t.Away,
		}
		for j, k := range t.Cameras {
			views[i].Cameras[j] = tokenCameraView{k.Camera, k.Actions, moment(k.HistoryFrom)}
		}
	}
	return q.answer(http.StatusOK, struct {
		Account account.ID  `json:"account"`
		Tokens  []tokenView `json:"tokens"`
	}{q.caller.Account, views})
}

// tokenGrant is one of the cameras that a token is asked for, as it is spelled.
type tokenGrant struct {
	camera, history string
	actions         []string
}

func (t tokenGrant) grant() (gate.TokenGrant, error) {
	id, err := media.ParseCameraID(t.camera)
	if err != nil {
		return gate.TokenGrant{}, gate.ErrNotFound
	}
	g := gate.TokenGrant{Camera: id, History: gate.HistoryFrom(t.history)}
	for _, a := range t.actions {
		g.Actions = append(g.Actions, gate.Action(a))
	}
	return g, nil
}

// tokensPost shows the token once: nobody can ask for it again.
func (s *Server) tokensPost(q *request) error {
	var name, expires string
	var away bool
	var asked []*tokenGrant
	next := func() []field {
		t := &tokenGrant{}
		asked = append(asked, t)
		return []field{{"camera", &t.camera, maxID, true}, {"actions", &t.actions, maxWord, true}, {"history", &t.history, maxWord, false}}
	}
	err := q.read(field{"name", &name, maxName, true}, field{"cameras", objects(next), maxTokenCameras, true}, field{"expires", &expires, maxTime, false}, field{"away", &away, 0, false})
	if err != nil {
		return err
	}
	r := gate.TokenRequest{Name: name, Away: away}
	for _, t := range asked {
		g, err := t.grant()
		if err != nil {
			return err
		}
		r.Cameras = append(r.Cameras, g)
	}
	if r.Expires, err = readTime("expires", expires); err != nil {
		return err
	}
	id, token, err := s.cfg.Gate.MakeToken(q.ctx, q.caller, r)
	if errors.Is(err, gate.ErrInput) {
		return badField("", "A token needs a name, own cameras with actions or the right to say whether one is away, and an end that is still to come, if any.")
	}
	if err != nil {
		return err
	}
	return q.answer(http.StatusCreated, struct {
		Account account.ID   `json:"account"`
		Nonce   string       `json:"nonce"`
		ID      gate.TokenID `json:"id"`
		Token   string       `json:"token"`
	}{q.caller.Account, q.nonce, id, token})
}

// tokenDelete ends a token and everything that runs with it.
func (s *Server) tokenDelete(q *request) error {
	if err := q.read(); err != nil {
		return err
	}
	var id gate.TokenID
	if err := q.id("token", &id); err != nil {
		return err
	}
	return q.done(s.cfg.Gate.EndToken(q.ctx, q.caller, id))
}

// tokenRoutes are the API tokens of a person. No token makes, lists or ends one.
func tokenRoutes() []route {
	return []route{
		{http.MethodGet, tokensPath, scoped, 0, none, "", noBody, (*Server).tokensGet},
		{http.MethodPost, tokensPath + "/new/:nonce", scoped, proven | secret, none, "", small, (*Server).tokensPost},
		{http.MethodDelete, tokensPath + "/:token", scoped, 0, none, "", small, (*Server).tokenDelete},
	}
}
