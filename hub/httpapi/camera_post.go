package httpapi

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

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
	var probe string
	a := &n.Access
	err := q.read(field{"name", &n.Name, maxName, true}, field{"probe", &probe, maxID, false}, field{"main", &a.Main, maxAddress, false},
		field{"sub", &a.Sub, maxAddress, false}, field{"onvif", &a.ONVIF, maxAddress, false},
		field{"username", &a.Username, maxCredential, false}, field{"password", &a.Password, maxCredential, false},
		field{"transport", &a.Transport, maxTransport, false})
	if err != nil {
		return err
	}
	if n.Name = strings.TrimSpace(n.Name); n.Name == "" {
		return badField("name", "The camera needs a name.")
	}
	if strings.ContainsFunc(n.Name, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return badField("name", "This name has characters that cannot be shown.")
	}
	switch {
	case probe != "" && *a != (cameras.Access{}):
		return badField("probe", "A camera is added by its probe or by its addresses, not by both.")
	case probe != "":
		err = s.probed(q, probe, a)
	case a.Main == "":
		err = badField("main", `The field "main" is missing or empty.`)
	}
	if err != nil {
		return err
	}
	if err := clean(a); err != nil {
		return err
	}
	id, err := s.cfg.Gate.AddCamera(q.ctx, q.caller, n)
	if err != nil {
		return err
	}
	c, err := s.cfg.Gate.Camera(q.ctx, q.caller, id)
	if err != nil {
		return err
	}
	return q.answer(http.StatusCreated, cameraAnswer{q.caller.Account, s.viewOfCamera(c)})
}

// clean checks the addresses and takes credentials out of them: those of the
// fields come first, then those of main, sub and onvif.
func clean(a *cameras.Access) error {
	for _, f := range []struct {
		name    string
		address *string
		schemes []string
	}{
		{"main", &a.Main, []string{"rtsp", "rtsps"}},
		{"sub", &a.Sub, []string{"rtsp", "rtsps"}},
		{"onvif", &a.ONVIF, []string{"http", "https"}},
	} {
		*f.address = strings.TrimSpace(*f.address)
		if *f.address == "" && f.name != "main" {
			continue
		}
		u, err := cleanAddress(f.name, *f.address, f.schemes)
		if err != nil {
			return err
		}
		if u.User != nil {
			if a.Username == "" && a.Password == "" {
				a.Username = u.User.Username()
				a.Password, _ = u.User.Password()
			}
			u.User = nil
		}
		*f.address = u.String()
	}
	if err := cleanTransport(a); err != nil {
		return err
	}
	if utf8.RuneCountInString(a.Username) > maxCredential || utf8.RuneCountInString(a.Password) > maxCredential {
		return badField("main", "The credentials in this address are too long.")
	}
	return nil
}

// cleanTransport accepts the names of transports, and UDP only where nothing
// is encrypted: few cameras encrypt datagrams, and none says so before it is
// asked.
func cleanTransport(a *cameras.Access) error {
	switch a.Transport {
	case "", tcp:
		a.Transport = ""
		return nil
	case cameras.TransportUDP:
	default:
		return badField("transport", "The transport is tcp or udp.")
	}
	for _, address := range []string{a.Main, a.Sub} {
		if strings.HasPrefix(address, "rtsps:") {
			return badField("transport", "An encrypted address (rtsps://) sends over TCP.")
		}
	}
	return nil
}

// cleanAddress accepts the camera protocols only: every other scheme that some
// program once opened (exec, file, ffmpeg …) ends here (HAZARDS I4). What url
// says about a bad address may hold the password, so it is not said again.
func cleanAddress(name, address string, schemes []string) (*url.URL, error) {
	u, err := url.Parse(address)
	if err != nil || !slices.Contains(schemes, u.Scheme) || u.Hostname() == "" || u.Fragment != "" || u.Opaque != "" {
		return nil, badField(name, fmt.Sprintf("This is not an address that begins with %s://, with a host.", schemes[0]))
	}
	if port := u.Port(); port != "" {
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return nil, badField(name, "The port in this address is not between 1 and 65535.")
		}
	}
	return u, nil
}

// triggerPost starts a recording: a moment without an end of its own.
func (s *Server) triggerPost(q *request) error {
	if err := q.read(); err != nil {
		return err
	}
	event, err := s.cfg.Recorder.Trigger(q.camera, recorder.Trigger{
		Kind: media.KindTrigger, Active: true, Hold: true, At: s.cfg.Clock.Now(),
	})
	if errors.Is(err, recorder.ErrNotWatched) {
		return conflict("private", "The camera is off the air.")
	}
	if err != nil {
		return err
	}
	return q.answer(http.StatusAccepted, struct {
		Account account.ID    `json:"account"`
		Event   media.EventID `json:"event"`
	}{q.caller.Account, event})
}
