package httpapi

import (
	"context"
	_ "embed" // the page of a bundle
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"net/http"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"lares/cameras/media"
	"lares/hub/account"
	"lares/hub/gate"
	"lares/hub/journal"
	"lares/recorder/evidence"
)

// evidencePage says to a person what a bundle is.
//
//go:embed evidence.html
var evidencePage string

// maxExtract is how many lines of the journal a bundle has at most, the newest.
const maxExtract = 2000

// evidencePost makes an address that downloads the event's evidence bundle.
func (s *Server) evidencePost(q *request) error {
	if err := q.read(); err != nil {
		return err
	}
	bundle, err := s.cfg.Gate.Evidence(q.ctx, q.caller, q.pass, s.cfg.Recorder.Clip) // whether there is one
	if err != nil {
		return evidenceProblem(err)
	}
	bundle.Close()
	url, err := s.downloads.offer(ticket{session: q.caller.Session, event: q.pass.Event()})
	if err != nil {
		return err
	}
	return q.answer(http.StatusOK, struct {
		Account account.ID `json:"account"`
		URL     string     `json:"url"`
	}{q.caller.Account, url})
}

func evidenceProblem(err error) error {
	if errors.Is(err, gate.ErrTooMany) {
		return conflict("too-long", "This is more than fits into one bundle: 100 clips, or 4 GiB. Download its clips one by one.")
	}
	return err
}

// evidenceGet sends the bundle of an event.
func (s *Server) evidenceGet(q *request, event media.EventID) (err error) {
	q.pass, err = s.cfg.Gate.AdmitEvent(q.ctx, q.caller, event, gate.Export)
	if errors.Is(err, gate.ErrNotFound) {
		s.cfg.Gate.DeniedEvent(q.ctx, q.caller, event)
	}
	if err != nil {
		return err
	}
	q.camera = q.pass.Camera()
	bundle, err := s.cfg.Gate.Evidence(q.ctx, q.caller, q.pass, s.cfg.Recorder.Clip)
	if err != nil {
		return evidenceProblem(err)
	}
	caller, heard := q.caller, q.pass.Heard()
	return s.sendEvidence(q, bundle, func(ctx context.Context) error {
		p, err := s.cfg.Gate.AdmitEvent(ctx, caller, event, gate.Export)
		return stillHeard(heard, p, err)
	})
}

// sendEvidence sends a bundle, which it closes, as long as may says that it may. No other request
// gets the same bytes, as each bundle says when it was made, so there are no ranges of one.
func (s *Server) sendEvidence(q *request, bundle *gate.Evidence, may func(context.Context) error) error {
	size, err := s.finishEvidence(q, bundle)
	if err == nil && q.Method() != http.MethodHead {
		err = bundle.Announce(q.ctx)
	}
	if err == nil {
		err = may(q.ctx) // a commit may have taken long
	}
	if err != nil {
		bundle.Close()
		return evidenceProblem(err)
	}
	m := bundle.Manifest()
	q.Set(fiber.HeaderContentType, "application/zip")
	q.Set(fiber.HeaderContentDisposition, attachment(m.Camera, m.Clips[0].Start, "zip"))
	if q.Method() == http.MethodHead {
		bundle.Close()
		return q.headed(size)
	}
	return s.streams.send(q, body{size: size, write: bundle.Write, may: may, done: bundle.Close})
}

// finishEvidence adds what people read, and returns how long the bundle is.
func (s *Server) finishEvidence(q *request, bundle *gate.Evidence) (int64, error) {
	m := bundle.Manifest()
	extract, err := s.extract(q, m.Clips[0])
	if err != nil {
		return 0, err
	}
	bundle.Add("index.html", []byte(pageOfEvidence(m)))
	bundle.Add("journal.json", extract)
	return bundle.Size()
}

func pageOfEvidence(m evidence.Manifest) string {
	var rows strings.Builder
	for _, c := range m.Clips {
		length := time.Duration(c.Millis) * time.Millisecond
		fmt.Fprintf(&rows, "<tr><td>%s</td><td>%s</td><td><a href=\"%s\">%s</a></td><td>%s</td></tr>\n",
			c.Start.UTC().Format(time.DateTime), length.Round(100*time.Millisecond), c.Video, c.Video, c.Original)
	}
	return strings.NewReplacer(
		"{{camera}}", html.EscapeString(m.Camera), "{{by}}", html.EscapeString(m.By), "{{made}}", m.Made.UTC().Format(time.DateTime),
		"{{clips}}", rows.String(), "{{key}}", m.Key.Pairs(),
	).Replace(evidencePage)
}

// extract is what the journal tells the caller of a camera since a clip of it began, newest
// first, as the API does.
func (s *Server) extract(q *request, since evidence.Clip) ([]byte, error) {
	list := struct {
		Entries []entryView `json:"entries"`
	}{[]entryView{}}
	filter := journal.Query{Account: q.caller.Account, Camera: since.Camera, Limit: journal.MaxPage}
	for more := true; more && len(list.Entries) < maxExtract; {
		page, err := s.cfg.Journal.List(q.ctx, filter)
		if err != nil {
			return nil, err
		}
		filter.Before, more = page.Next, page.Next != 0
		for _, e := range page.Entries {
			if e.At.Before(since.Start) {
				more = false
				break
			}
			v := viewOfEntry(e, page.Names)
			v.Seq = s.cfg.Journal.Number(filter.Account, e.Seq)
			list.Entries = append(list.Entries, v)
		}
	}
	b, err := json.MarshalIndent(list, "", " ")
	if err != nil {
		return nil, fmt.Errorf("httpapi: encoding an extract of the journal: %w", err)
	}
	return b, nil
}
