package httpapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"lares/cameras/media"
	"lares/hub/account"
	"lares/hub/gate"
)

// surveyTimeout bounds the look at all clips of an export, before its first byte: longer than
// other work, for a day on a slow disk is very many heads.
const surveyTimeout = time.Minute

// What an export is.
const (
	exportVideo    = "video"
	exportLapse    = "time-lapse"
	exportEvidence = "evidence"
)

// faster is how many times faster a time-lapse is; 0 where nothing was said.
type faster int

var notFaster = fmt.Sprintf("A time-lapse is 2 to %d times faster.", gate.MaxSpeed)

// exportView says what an export holds.
type exportView struct {
	From   moment `json:"from"`
	To     moment `json:"to"`
	Length int64  `json:"length_ms"`
	Bytes  int64  `json:"bytes"`
	Clips  int    `json:"clips"`
	Left   int    `json:"left_out"`
}

// exportSpan is what a kind of export is of.
func exportSpan(camera media.CameraID, from, to time.Time, kind string, speed int) (gate.Span, error) {
	s := gate.Span{Camera: camera, From: from, To: to}
	switch kind {
	case exportVideo:
	case exportLapse:
		if s.Speed = speed; speed < 2 || speed > gate.MaxSpeed {
			return s, badField("speed", notFaster)
		}
	case exportEvidence:
		s.Evidence = true
	default:
		return s, badField("kind", "An export is a video, a time-lapse or evidence.")
	}
	if kind != exportLapse && speed != 0 {
		return s, badField("speed", "Only a time-lapse has a speed.")
	}
	return s, nil
}

// exportProblem says what was wrong with a span that is to be exported.
func exportProblem(s gate.Span, err error) error {
	var damaged gate.Damaged
	switch {
	case errors.As(err, &damaged):
		return damagedSpan(damaged)
	case errors.Is(err, gate.ErrInput):
		return badField("from", "An export is from a time to a later one.")
	case errors.Is(err, gate.ErrTooMany) && s.Evidence:
		return conflict("too-long", "This is more than fits into one bundle: 100 clips, or 4 GiB, of a day at most. Choose a shorter time.")
	case errors.Is(err, gate.ErrTooMany):
		return conflict("too-long", "This is more than fits into one export: a day, or 2,000 clips. Choose a shorter time.")
	case errors.Is(err, gate.ErrRecording):
		return conflict("recording", "Something of this time is still being recorded, and a bundle is of whole clips. Choose an earlier end, or wait until it is over.")
	}
	return err
}

// damagedSpan says how many clips are damaged, and what to do without them.
func damagedSpan(d gate.Damaged) error {
	clips, are, them := "A clip", "is", "it"
	if d.Clips != 1 {
		clips, are, them = fmt.Sprintf("%d clips", d.Clips), "are", "them"
	}
	if d.All {
		return conflict("damaged", fmt.Sprintf("%s of this time %s damaged or gone, and there is no other one. What is still there plays on the timeline.", clips, are))
	}
	return conflict("damaged", fmt.Sprintf("%s of this time %s not as written. Choose a time without %s, or save a video.", clips, are, them))
}

// exportEstimate says about how much an export would be.
func (s *Server) exportEstimate(q *request) error {
	var from, to time.Time
	kind, speed := exportVideo, 0
	for name, value := range q.Queries() {
		var err error
		switch name {
		case "from":
			from, err = instant(name, value)
		case "to":
			to, err = instant(name, value)
		case "kind":
			kind = value
		case "speed":
			if speed, err = strconv.Atoi(value); err != nil {
				err = badField(name, notFaster)
			}
		}
		if err != nil {
			return err
		}
	}
	span, err := exportSpan(q.camera, from, to, kind, speed)
	if err != nil {
		return err
	}
	e, err := s.cfg.Gate.Estimate(q.ctx, q.caller, span, s.cfg.Recorder.Clip)
	if err != nil {
		return exportProblem(span, err)
	}
	return q.answer(http.StatusOK, struct {
		Account account.ID `json:"account"`
		exportView
	}{q.caller.Account, exportView{moment(e.From), moment(e.To), e.Length.Milliseconds(), e.Bytes, e.Clips, e.Left}})
}

// exportPost makes an address that downloads a span of a camera.
func (s *Server) exportPost(q *request) error {
	var fromText, toText, kind string
	var speed faster
	err := q.read(field{"from", &fromText, maxTime, true}, field{"to", &toText, maxTime, true},
		field{"kind", &kind, maxWord, true}, field{"speed", &speed, gate.MaxSpeed, false})
	if err != nil {
		return err
	}
	from, err := instant("from", fromText)
	if err != nil {
		return err
	}
	to, err := instant("to", toText)
	if err != nil {
		return err
	}
	span, err := exportSpan(q.camera, from, to, kind, int(speed))
	if err != nil {
		return err
	}
	var url string
	var view *exportView
	if span.Evidence {
		bundle, err := s.cfg.Gate.SpanEvidence(q.ctx, q.caller, span, s.cfg.Recorder.Clip) // whether there is one
		if err != nil {
			return exportProblem(span, err)
		}
		bundle.Close()
		if url, err = s.downloads.offer(ticket{session: q.caller.Session, span: span}); err != nil {
			return err
		}
	} else {
		ctx, cancel := context.WithTimeout(s.life, surveyTimeout)
		defer cancel()
		film, err := s.cfg.Gate.Export(ctx, q.caller, span, s.cfg.Recorder.Clip)
		if err != nil {
			return exportProblem(span, err)
		}
		id := media.NewID[ticket]()
		if err := s.cfg.Gate.KeepExport(ctx, q.caller, id, film.Span); err != nil {
			return err
		}
		url = addressOf(id)
		clips, left := film.Clips()
		view = &exportView{moment(film.Begin()), moment(film.End()), film.Length().Milliseconds(), max(0, film.Size()), clips, left}
	}
	return q.answer(http.StatusOK, struct {
		Account account.ID  `json:"account"`
		URL     string      `json:"url"`
		Export  *exportView `json:"export,omitempty"`
	}{q.caller.Account, url, view})
}

// exportRoutes are spans of cameras.
func exportRoutes() []route {
	return []route{
		{http.MethodGet, cameraPath + "/export", scoped, tokensToo, camera, gate.Export, noBody, (*Server).exportEstimate},
		{http.MethodPost, cameraPath + "/export", scoped, tokensToo, camera, gate.Export, small, (*Server).exportPost},
	}
}
