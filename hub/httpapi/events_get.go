package httpapi

import (
	"errors"
	"net/http"
	"strconv"
	"unicode/utf8"

	"lares/cameras/media"
	"lares/cameras/motion"
	"lares/hub/account"
	"lares/hub/gate"
)

const (
	maxPage   = 200
	maxCursor = 128
)

type eventView struct {
	ID        media.EventID  `json:"id"`
	Camera    media.CameraID `json:"camera"`
	Clip      media.ClipID   `json:"clip,omitzero"` // the first of Clips
	Clips     []eventClip    `json:"clips"`
	Kind      media.Kind     `json:"kind"`
	Class     string         `json:"class,omitempty"`
	Text      string         `json:"text,omitempty"`
	Zone      string         `json:"zone,omitempty"`
	Score     float64        `json:"score,omitempty"`
	Labels    []string       `json:"labels,omitempty"`
	Sources   []media.Source `json:"sources,omitempty"`
	Box       *media.Box     `json:"box,omitempty"`
	Star      bool           `json:"star,omitempty"`
	Start     moment         `json:"start"`
	End       moment         `json:"end,omitzero"`
	Duration  int64          `json:"duration_ms,omitempty"`
	Thumbnail bool           `json:"thumbnail"`
	Picture   media.ClipID   `json:"picture,omitzero"` // whose it is
	Preview   bool           `json:"preview,omitempty"`
	Recording bool           `json:"recording"`
}

// eventClip is one part of an event.
type eventClip struct {
	ID        media.ClipID `json:"id"`
	Start     moment       `json:"start"`
	Duration  int64        `json:"duration_ms"`
	Recording bool         `json:"recording"`
	Damaged   bool         `json:"damaged,omitempty"`
}

func viewOfEvent(e gate.Event) eventView {
	v := eventView{
		ID: e.ID, Camera: e.Camera, Clips: make([]eventClip, len(e.Clips)), Kind: e.Kind,
		Class: e.Class, Text: e.Text, Zone: e.Zone, Score: e.Score, Labels: e.Labels, Sources: e.Sources, Box: e.Box, Star: e.Star,
		Start: moment(e.Start), End: moment(e.End), Duration: e.Duration.Milliseconds(),
		Thumbnail: !e.Picture.IsZero(), Picture: e.Picture, Preview: e.Preview, Recording: e.Recording,
	}
	for i, c := range e.Clips {
		v.Clips[i] = eventClip{ID: c.ID, Start: moment(c.Start), Duration: c.Duration.Milliseconds(), Recording: c.Recording, Damaged: c.Damaged}
	}
	if len(e.Clips) > 0 {
		v.Clip = e.Clips[0].ID
	}
	return v
}

func (s *Server) eventsGet(q *request) error {
	filter, err := q.eventFilter()
	if err != nil {
		return err
	}
	page, err := s.cfg.Gate.Events(q.ctx, q.caller, filter)
	if errors.Is(err, gate.ErrInput) {
		return badField("before", "This is not the next of a page.")
	}
	if err != nil {
		return err
	}
	views := make([]eventView, 0, len(page.Events))
	for _, e := range page.Events {
		views = append(views, viewOfEvent(e))
	}
	return q.answer(http.StatusOK, struct {
		Account account.ID  `json:"account"`
		Events  []eventView `json:"events"`
		Next    string      `json:"next,omitempty"`
	}{q.caller.Account, views, page.Next})
}

// eventFilter reads the query.
func (q *request) eventFilter() (gate.EventFilter, error) {
	var f gate.EventFilter
	var err error
	for name, value := range q.Queries() {
		switch name {
		case "camera":
			id, err := media.ParseCameraID(value)
			if err != nil {
				return f, notFound()
			}
			f.Camera = &id
		case "before":
			if f.Before = value; len(value) > maxCursor {
				return f, badField("before", "This is not the next of a page.")
			}
		case "kind":
			if f.Kind = media.Kind(value); !f.Kind.Valid() {
				return f, badField("kind", "There is no such kind of event.")
			}
		case "star":
			if f.Star = value == "true"; !f.Star && value != "false" {
				return f, badField("star", "The star is neither true nor false.")
			}
		case "class":
			f.Class, err = searched(name, value)
		case "zone":
			f.Zone, err = searched(name, value)
		case "text":
			f.Text, err = searched(name, value)
		case "since":
			f.Since, err = instant(name, value)
		case "until":
			f.Until, err = instant(name, value)
		case "limit":
			n, err := strconv.Atoi(value)
			if err != nil || n < 1 || n > maxPage {
				return f, badField("limit", "The limit is a number from 1 to 200.")
			}
			f.Limit = n
		}
		if err != nil {
			return f, err
		}
	}
	return f, nil
}

// maxSearch bounds a text that is looked for, in bytes.
const maxSearch = 256

func searched(name, value string) (string, error) {
	if len(value) > maxSearch || !utf8.ValidString(value) {
		return "", badField(name, "This is too long to look for, or no text.")
	}
	return value, nil
}

// eventGet answers one event as the list does, and why it was recorded.
func (s *Server) eventGet(q *request) error {
	e, err := s.cfg.Gate.Event(q.ctx, q.caller, q.pass.Event())
	if err != nil {
		return err
	}
	return q.answer(http.StatusOK, struct {
		Account account.ID `json:"account"`
		Event   eventView  `json:"event"`
		Why     *media.Why `json:"why,omitempty"`
	}{q.caller.Account, viewOfEvent(e), e.Why})
}

// ignoringGet tells the smallest change by which an event would not have been one. Nothing
// is changed: who wants it puts the settings.
func (s *Server) ignoringGet(q *request) error {
	by, m, ok, err := s.cfg.Gate.Ignoring(q.ctx, q.caller, q.pass.Event())
	if err != nil {
		return err
	}
	answer := struct {
		Account account.ID   `json:"account"`
		By      motion.Limit `json:"by,omitempty"`
		Zones   []string     `json:"zones,omitempty"`
		Motion  *motionView  `json:"motion,omitempty"`
	}{Account: q.caller.Account}
	if ok {
		view := motionView(m)
		answer.By, answer.Zones, answer.Motion = by.By, by.Zones, &view
	}
	return q.answer(http.StatusOK, answer)
}

func (s *Server) eventDelete(q *request) error {
	return q.done(s.cfg.Gate.Discard(q.ctx, q.pass))
}

func (s *Server) starPut(q *request) error    { return s.star(q, true) }
func (s *Server) starDelete(q *request) error { return s.star(q, false) }

func (s *Server) star(q *request, on bool) error {
	return q.done(s.cfg.Gate.Star(q.ctx, q.pass, on))
}

// eventRoutes are what was noticed.
func eventRoutes() []route {
	return []route{
		{http.MethodGet, scopePath + "/events", scoped, tokensToo, none, "", noBody, (*Server).eventsGet},
		{http.MethodGet, eventPath, scoped, tokensToo, event, gate.History, noBody, (*Server).eventGet},
		{http.MethodGet, eventPath + "/ignoring", scoped, tokensToo, event, gate.History, noBody, (*Server).ignoringGet},
		{http.MethodPost, eventPath + "/evidence", scoped, tokensToo, event, gate.Export, small, (*Server).evidencePost},
		{http.MethodDelete, eventPath, scoped, tokensToo, event, gate.Delete, noBody, (*Server).eventDelete},
		{http.MethodPut, eventPath + "/star", scoped, tokensToo, event, gate.Star, noBody, (*Server).starPut},
		{http.MethodDelete, eventPath + "/star", scoped, tokensToo, event, gate.Star, noBody, (*Server).starDelete},
	}
}
