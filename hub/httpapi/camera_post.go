package httpapi

import (
	"errors"
	"net/http"
	"strings"
	"unicode"

	"lares/cameras"
	"lares/cameras/media"
	"lares/hub/account"
	"lares/hub/gate"
	"lares/recorder"
)

const (
	maxAddress    = 1024
	maxCredential = 256
	maxTransport  = 8
	maxSource     = 96 // of a token of a channel, as a probe tells it
)

// tcp is what this interface calls the transport that cameras.Access leaves
// unnamed.
const tcp = "tcp"

func transportName(of string) string {
	if of == "" {
		return tcp
	}
	return of
}

func (s *Server) camerasPost(q *request) error {
	var n gate.NewCamera
	var probe, source string
	a := &n.Access
	err := q.read(field{"name", &n.Name, maxName, true}, field{"probe", &probe, maxID, false}, field{"source", &source, maxSource, false}, field{"main", &a.Main, maxAddress, false},
		field{"sub", &a.Sub, maxAddress, false}, field{"onvif", &a.ONVIF, maxAddress, false},
		field{"username", &a.Username, maxCredential, false}, field{"password", &a.Password, maxCredential, false},
		field{"transport", &a.Transport, maxTransport, false})
	if err != nil {
		return err
	}
	if n.Name, err = cleanName(n.Name); err != nil {
		return err
	}
	switch {
	case probe != "" && *a != (cameras.Access{}):
		return badField("probe", "A camera is added by its probe or by its addresses, not by both.")
	case probe != "":
		err = s.probed(q, probe, source, a)
	case source != "":
		return badField("source", "A channel is named of a probe.")
	case a.Main == "":
		err = badField("main", `The field "main" is missing or empty.`)
	}
	if err != nil {
		return err
	}
	if err := clean(a); err != nil {
		return err
	}
	var id media.CameraID
	err = s.guarded(q, func() (err error) {
		id, err = s.cfg.Gate.AddCamera(q.ctx, q.caller, n)
		return err
	})
	if err != nil {
		return err
	}
	c, err := s.cfg.Gate.Camera(q.ctx, q.caller, id)
	if err != nil {
		return err
	}
	return q.answer(http.StatusCreated, cameraAnswer{q.caller.Account, s.viewOfCamera(c)})
}

// cleanName is what a camera may be called.
func cleanName(name string) (string, error) {
	if name = strings.TrimSpace(name); name == "" {
		return "", badField("name", "The camera needs a name.")
	}
	if strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return "", badField("name", "This name has characters that cannot be shown.")
	}
	return name, nil
}

// guarded enters a camera, or its password. That it has the password of somebody else's is a hit, and
// counted by account as wrong passwords are; the gate bounds how many are tried (ErrGuesses).
func (s *Server) guarded(q *request, enter func() error) error {
	right, err := s.cfg.Accounts.Attempt(q.caller.Account, "camera password")
	if err != nil {
		return err
	}
	err = enter()
	if !errors.Is(err, gate.ErrSharedPassword) {
		right()
	}
	return err
}

const (
	// maxClass and maxWords bound what is said of an event by who begins it, in characters: one
	// word or two, and a line.
	maxClass = 32
	maxWords = 200
)

// triggerPost starts a recording: a moment without an end of its own.
func (s *Server) triggerPost(q *request) error {
	kind, class, words := string(media.KindTrigger), "", ""
	err := q.read(
		field{name: "kind", into: &kind, max: maxWord},
		field{name: "class", into: &class, max: maxClass},
		field{name: "text", into: &words, max: maxWords},
	)
	if err != nil {
		return err
	}
	if !media.Kind(kind).Valid() {
		return badField("kind", "There is no such kind of event.")
	}
	event, err := s.cfg.Recorder.Trigger(q.camera, recorder.Trigger{
		Kind: media.Kind(kind), Active: true, Hold: true, At: s.cfg.Clock.Now(), Class: strings.TrimSpace(class), Text: strings.TrimSpace(words),
	})
	if errors.Is(err, recorder.ErrNotWatched) {
		return conflict("private", "The camera is off the air.")
	}
	if err != nil {
		return err
	}
	if event.IsZero() {
		return conflict("no-events", "No events are recorded of this camera now.")
	}
	return q.answer(http.StatusAccepted, struct {
		Account account.ID    `json:"account"`
		Event   media.EventID `json:"event"`
	}{q.caller.Account, event})
}
