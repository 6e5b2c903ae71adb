package httpapi

import (
	"context"
	"errors"
	"net/http"

	"github.com/fasthttp/websocket"

	"lares/cameras"
	"lares/hub/account"
	"lares/hub/gate"
	"lares/hub/live"
)

// talkView says whether a camera takes a voice.
type talkView struct {
	Account account.ID `json:"account"`
	Takes   string     `json:"takes"`
}

// What talkView.Takes says.
const (
	takesTalk    = "yes"
	takesNoTalk  = "no"
	takesUnknown = "unknown" // the camera cannot be asked now
)

// talkGet upgrades to a WebSocket that carries a voice to the camera, and says
// otherwise whether the camera takes one. The rules of the upgrade are those of
// liveGet.
func (s *Server) talkGet(q *request) error {
	if !websocket.FastHTTPIsWebSocketUpgrade(q.Context()) {
		return s.takesTalk(q)
	}
	if !s.sameOrigin(q.Ctx, true) {
		return forbiddenOrigin()
	}
	// Copies: the request is gone while the socket lives.
	given, scope := q.credentials(), q.Params("scope")
	return s.cfg.Live.Talk(q.Context(), live.Viewer{
		Caller: q.caller, Conn: q.conn,
		Alive: func(ctx context.Context) error {
			_, err := s.authenticate(ctx, given, scope)
			return err
		},
	}, q.camera)
}

func (s *Server) takesTalk(q *request) error {
	if _, err := s.cfg.Gate.AdmitTalk(q.ctx, q.caller, q.camera); err != nil {
		return err
	}
	v := talkView{Account: q.caller.Account, Takes: takesTalk}
	switch err := s.cfg.Fleet.TakesTalk(q.ctx, q.camera); {
	case errors.Is(err, cameras.ErrNoTalk):
		v.Takes = takesNoTalk
	case err != nil:
		v.Takes = takesUnknown
	}
	return q.answer(http.StatusOK, v)
}

// talkRoutes are about speaking through a camera.
func talkRoutes() []route {
	return []route{
		{http.MethodGet, cameraPath + "/talk", scoped, tokensToo, camera, gate.Talk, noBody, (*Server).talkGet},
	}
}
