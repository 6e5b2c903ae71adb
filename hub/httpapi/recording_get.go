package httpapi

import (
	"errors"
	"net/http"

	"lares/cameras/media"
	"lares/hub/account"
	"lares/hub/gate"
	"lares/recorder"
)

// recordingView is one clip by its time.
type recordingView struct {
	Clip      media.ClipID       `json:"clip"`
	Kind      string             `json:"kind"`
	Event     media.EventID      `json:"event,omitzero"`
	Start     moment             `json:"start"`
	Duration  int64              `json:"duration_ms"`
	State     recorder.ClipState `json:"state"`
	Thumbnail bool               `json:"thumbnail"`
	Preview   bool               `json:"preview"`
}

// span is what a page of recordings or gaps is asked about.
func (q *request) span() (gate.RecordingFilter, error) {
	f := gate.RecordingFilter{Camera: q.camera}
	for name, value := range q.Queries() {
		var err error
		switch name {
		case "from":
			f.From, err = instant(name, value)
		case "to":
			f.To, err = instant(name, value)
		case "after":
			if f.After = value; len(value) > maxCursor {
				err = badField("after", "This is not the next of a page.")
			}
		}
		if err != nil {
			return f, err
		}
	}
	return f, nil
}

// spanError says what was wrong with a span.
func spanError(err error) error {
	if errors.Is(err, gate.ErrInput) {
		return badField("from", "A span is from a time to a later one, 32 days at most, and goes on after the next of a page.")
	}
	return err
}

// recordingsGet lists what is recorded of a camera in a span.
func (s *Server) recordingsGet(q *request) error {
	f, err := q.span()
	if err != nil {
		return err
	}
	page, err := s.cfg.Gate.Recordings(q.ctx, q.caller, f)
	if err != nil {
		return spanError(err)
	}
	views := make([]recordingView, 0, len(page.Recordings))
	for _, r := range page.Recordings {
		views = append(views, viewOfRecording(r))
	}
	return q.answer(http.StatusOK, struct {
		Account    account.ID      `json:"account"`
		Recordings []recordingView `json:"recordings"`
		Next       string          `json:"next,omitempty"`
	}{q.caller.Account, views, page.Next})
}

func viewOfRecording(r gate.Recording) recordingView {
	return recordingView{
		Clip: r.Clip, Kind: recordingKind(r), Event: r.Event, Start: moment(r.Start), Duration: r.Duration.Milliseconds(),
		State: r.State, Thumbnail: r.Thumbnail, Preview: r.Preview,
	}
}

// recordingKind says what a clip is of.
func recordingKind(r gate.Recording) string {
	switch {
	case r.Beside:
		return "beside"
	case r.Event.IsZero():
		return "continuous"
	}
	return "event"
}

// gapView is a span in which nothing could be recorded although all was to be, or every event.
type gapView struct {
	From  moment            `json:"from"`
	To    moment            `json:"to,omitzero"`
	Cause recorder.GapCause `json:"cause"`
	Event media.EventID     `json:"event,omitzero"`
	Count int               `json:"count"`
}

func viewOfGap(g gate.Gap) gapView {
	return gapView{moment(g.From), moment(g.To), g.Cause, g.Event, g.Count}
}

// gapsGet lists what is not recorded of a camera in a span.
func (s *Server) gapsGet(q *request) error {
	f, err := q.span()
	if err != nil {
		return err
	}
	page, err := s.cfg.Gate.Gaps(q.ctx, q.caller, f)
	if err != nil {
		return spanError(err)
	}
	views := make([]gapView, 0, len(page.Gaps))
	for _, g := range page.Gaps {
		views = append(views, viewOfGap(g))
	}
	return q.answer(http.StatusOK, struct {
		Account account.ID `json:"account"`
		Gaps    []gapView  `json:"gaps"`
		Next    string     `json:"next,omitempty"`
	}{q.caller.Account, views, page.Next})
}

// recordingRoutes are about what is recorded.
func recordingRoutes() []route {
	return []route{
		{http.MethodPut, cameraPath + "/recording-plan", scoped, tokensToo, camera, gate.Manage, small, (*Server).recordingPlanPut},
		{http.MethodPut, cameraPath + "/pool", scoped, tokensToo, camera, gate.Manage, small, (*Server).cameraPoolPut},
		{http.MethodGet, cameraPath + "/recordings", scoped, tokensToo, camera, gate.History, noBody, (*Server).recordingsGet},
		{http.MethodGet, cameraPath + "/gaps", scoped, tokensToo, camera, gate.History, noBody, (*Server).gapsGet},
	}
}
