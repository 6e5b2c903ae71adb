package httpapi

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"lares/cameras"
	"lares/cameras/media"
	"lares/cameras/onvif"
	"lares/cameras/probe"
	"lares/hub/account"
	"lares/hub/gate"
)

const (
	probePath = scopePath + "/probes/:probe"
	// maxFixes bounds the changes that are asked for at a time.
	maxFixes = 8
	// probeWithin is a little more than the look itself may take.
	probeWithin = probe.Within + 15*time.Second
)

// looking suits an answer that a device is waited for.
var looking = limits{read: readTimeout, write: probeWithin + writeTimeout, body: 4 << 10}

// probeView is what a look at a device found. What the device says of itself is
// cleaned, bounded and not to be believed.
type probeView struct {
	Account  account.ID    `json:"account"`
	ID       media.ProbeID `json:"id"`
	State    string        `json:"state"`
	Message  string        `json:"message,omitempty"`
	Device   deviceView    `json:"device"`
	OffsetMS *int64        `json:"clock_offset_ms,omitempty"` // where the device tells its time
	Channels []channelView `json:"channels"`
	Streams  []offeredView `json:"streams"`
	Warnings []warningView `json:"warnings"`
	Fixed    []string      `json:"fixed"`
	Unfixed  []unfixedView `json:"unfixed"`
}

type deviceView struct {
	Vendor   string `json:"vendor"`
	Model    string `json:"model"`
	Firmware string `json:"firmware"`
	Serial   string `json:"serial"`
}

// channelView is one of the device's cameras; Number counts from 1.
type channelView struct {
	Number int    `json:"number"`
	Source string `json:"source"`
	Name   string `json:"name"`
	Added  bool   `json:"added"`
	Reason string `json:"reason,omitempty"`
}

type offeredView struct {
	Channel int     `json:"channel"`
	Role    string  `json:"role,omitempty"`
	Codec   string  `json:"codec"`
	Width   int     `json:"width"`
	Height  int     `json:"height"`
	FPS     float64 `json:"fps,omitempty"`
	Kbps    int     `json:"bitrate_kbps,omitempty"`
	GOP     int     `json:"gop,omitempty"`
	Reason  string  `json:"reason"`
	Picture bool    `json:"picture"`
}

type warningView struct {
	Kind string `json:"kind"`
	Text string `json:"text"`
	Fix  string `json:"fix,omitempty"`
}

type unfixedView struct {
	Fix string `json:"fix"`
	Why string `json:"why"`
}

func viewOfProbe(of account.ID, p gate.Probe) probeView {
	v := probeView{
		Account: of, ID: p.ID, State: "ready", Message: p.Message,
		Device:   deviceView{p.Vendor, p.Model, p.Firmware, p.Serial},
		Channels: []channelView{}, Streams: []offeredView{}, Warnings: []warningView{}, Fixed: []string{}, Unfixed: []unfixedView{},
	}
	if p.Code != probe.Found {
		v.State = p.Code
	}
	if p.Clock {
		v.OffsetMS = &p.OffsetMS
	}
	numbers := map[string]int{}
	for i, c := range p.Channels {
		numbers[c.Source] = i + 1
		v.Channels = append(v.Channels, channelView{i + 1, c.Source, c.Name, p.Added[c.Source], c.Reason})
	}
	for _, s := range p.Streams {
		number := numbers[s.Source]
		_, picture := p.Pictures[probe.Shown{Channel: uint8(number), Role: s.Role}]
		v.Streams = append(v.Streams, offeredView{number, s.Role, onvif.SpellCodec(s.Codec), s.Width, s.Height, s.FPS, s.Kbps, s.GOP, s.Reason, picture})
	}
	for _, w := range p.Warnings {
		v.Warnings = append(v.Warnings, warningView{w.Kind, w.Text, w.Fix})
	}
	v.Fixed = append(v.Fixed, p.Fixed...)
	for _, u := range p.Unfixed {
		v.Unfixed = append(v.Unfixed, unfixedView{u.Fix, u.Why})
	}
	return v
}

// probesPost looks at a device and answers when that is done.
func (s *Server) probesPost(q *request) error {
	var r gate.ProbeRequest
	err := q.read(field{"candidate", &r.Candidate, maxID, false}, field{"address", &r.Address, maxAddress, false},
		field{"username", &r.Username, maxCredential, false}, field{"password", &r.Password, maxCredential, false})
	if err != nil {
		return err
	}
	if r.Address = strings.TrimSpace(r.Address); (r.Address == "") == (r.Candidate == "") {
		return badField("address", "Either an address or a candidate of the list is needed.")
	}
	ctx, cancel := context.WithTimeout(s.life, probeWithin)
	defer cancel()
	p, err := s.cfg.Gate.Probe(ctx, q.caller, r)
	if errors.Is(err, gate.ErrInput) {
		return badField("address", "This is not the address of a device. It is a host, with a port where it has one of its own, such as 192.168.1.20 or 192.168.1.20:8899. User name and password have fields of their own; the address of a stream is entered as that of a stream.")
	}
	if err != nil {
		return err
	}
	return q.answer(http.StatusOK, viewOfProbe(q.caller.Account, p))
}

// probeFix changes settings of the device that a probe warned of, and looks
// again.
func (s *Server) probeFix(q *request) error {
	var fixes []string
	if err := q.read(field{"fixes", &fixes, maxName, true}); err != nil {
		return err
	}
	if len(fixes) > maxFixes {
		return badField("fixes", "These are too many changes at a time.")
	}
	var id media.ProbeID
	if err := q.id("probe", &id); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(s.life, probeWithin)
	defer cancel()
	p, err := s.cfg.Gate.FixProbe(ctx, q.caller, id, fixes)
	if err != nil {
		return err
	}
	return q.answer(http.StatusOK, viewOfProbe(q.caller.Account, p))
}

// probePicture answers what a stream of a channel of a probe shows.
func (s *Server) probePicture(q *request) error {
	var id media.ProbeID
	if err := q.id("probe", &id); err != nil {
		return err
	}
	channel, err := strconv.ParseUint(q.Params("channel"), 10, 8)
	if err != nil {
		return gate.ErrNotFound
	}
	var b bytes.Buffer
	wire := q.conn.Wire(q.caller.Session, &b)
	defer wire.End()
	if err := s.cfg.Gate.Glimpse(q.ctx, q.caller, id, probe.Shown{Channel: uint8(channel), Role: q.Params("role")}, wire); err != nil {
		return err
	}
	q.Set(fiber.HeaderContentType, imageJPEG)
	q.Context().Response.SetBodyRaw(b.Bytes())
	return nil
}

// probed fills in how to reach the camera of a channel of a probe.
func (s *Server) probed(q *request, probe, source string, a *cameras.Access) error {
	of := gate.ProbeChannel{Source: source}
	if of.Probe.UnmarshalText([]byte(probe)) != nil {
		return badField("probe", "This is not the name of a probe.")
	}
	found, err := s.cfg.Gate.Probed(q.ctx, q.caller, of)
	switch {
	case errors.Is(err, gate.ErrUnavailable), errors.Is(err, gate.ErrKnownDevice), errors.Is(err, gate.ErrPrivate):
		return err
	case errors.Is(err, gate.ErrWhichChannel) && source == "":
		return badField("source", "The device is a recorder of several cameras. Say which of its channels is meant.")
	case errors.Is(err, gate.ErrWhichChannel):
		return badField("source", "The device offers nothing to record at this channel.")
	case err != nil:
		return badField("probe", "This probe is too old, or found nothing to record. Look at the device again.")
	}
	*a = found
	return nil
}

// probeRoutes look at a device before it is a camera.
func probeRoutes() []route {
	return []route{
		{http.MethodPost, scopePath + "/probes", scoped, 0, none, "", looking, (*Server).probesPost},
		{http.MethodPost, probePath + "/fix", scoped, 0, none, "", looking, (*Server).probeFix},
		{http.MethodGet, probePath + "/pictures/:channel/:role", scoped, 0, none, "", streaming, (*Server).probePicture},
	}
}
