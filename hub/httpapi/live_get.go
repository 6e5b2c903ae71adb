package httpapi

import (
	"context"
	"net/http"

	"github.com/fasthttp/websocket"
	"github.com/gofiber/fiber/v2"

	"lares/cameras/media"
	"lares/hub/gate"
	"lares/hub/live"
)

// liveGet upgrades to the page's one WebSocket. A browser sends cookies with a
// foreign page's upgrade as well, so the origin decides first.
func (s *Server) liveGet(q *request) error {
	if !websocket.FastHTTPIsWebSocketUpgrade(q.Context()) {
		return fiber.ErrUpgradeRequired
	}
	if !s.sameOrigin(q.Ctx, true) {
		return forbiddenOrigin()
	}
	// Copies: the request is gone while the socket lives.
	given, scope := q.credentials(), q.Params("scope")
	return s.cfg.Live.Upgrade(q.Context(), live.Viewer{
		Caller: q.caller, Conn: q.conn,
		Alive: func(ctx context.Context) error {
			_, err := s.authenticate(ctx, given, scope)
			return err
		},
		Show: func(e gate.Event) any { return viewOfEvent(e) },
		ShowRecording: func(camera media.CameraID, r gate.Recording) any {
			return struct {
				Camera media.CameraID `json:"camera"`
				recordingView
			}{camera, viewOfRecording(r)}
		},
		ShowGap: func(camera media.CameraID, g gate.Gap) any {
			return struct {
				Camera media.CameraID `json:"camera"`
				gapView
			}{camera, viewOfGap(g)}
		},
	})
}

// liveRoutes are the page's one WebSocket.
func liveRoutes() []route {
	return []route{
		{http.MethodGet, scopePath + "/live", scoped, tokensToo, none, "", noBody, (*Server).liveGet},
	}
}
