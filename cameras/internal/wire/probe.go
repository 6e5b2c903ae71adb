package wire

import (
	"slices"

	"lares/cameras/media"
)

// Hub to probe worker.
const (
	TypeProbe Type = 64 // Probe, the first frame
	TypeMay   Type = 65 // May, for each Met
)

// Probe worker to hub, beside TypeHello.
const (
	TypeGlimpse Type = 72 // a role, a channel and a sealed picture, binary
	TypeProbed  Type = 73 // Probed, the last frame
	TypeMet     Type = 74 // Met, before any picture and anything that is found
)

// The bounds of what a probe tells.
const (
	MaxChannels = 64 // of one device: the largest recorders
	MaxStreams  = 2 * MaxChannels
	MaxWarnings = 16
	MaxFixes    = 8
	MaxURL      = 512  // bytes of a stream's address
	MaxAddress  = 1100 // bytes of a device service's, which people type
	MaxMet      = 4    // how often a look may meet the device: once by each language, twice by DVRIP
	// MaxGlimpse is the bytes of a sealed picture, MaxGlimpses how many there are, and
	// MaxPictures the bytes of their frames in all: of a recorder each has the same part.
	MaxGlimpse    = 3<<20 - glimpseHead
	MaxGlimpses   = 8
	MaxPictures   = 6 << 20
	MaxOfRecorder = MaxPictures/MaxGlimpses - glimpseHead

	glimpseHead = 2 // its role's initial and its channel
	// maxProbed holds two streams for each channel, with all that is told of them.
	maxProbed = 256 << 10
	mostFPS   = 1000
	mostKbps  = 1 << 24
	mostSize  = 1 << 16
	// mostOffset is what a clock may be off: a camera that counts from 1970, or
	// to 2100.
	mostOffset = 200 * 366 * 24 * 60 * 60 * 1000
)

// Probe asks for one look at one device, which is no camera yet.
type Probe struct {
	Version int `json:"version"`
	// ONVIF is the device service; zero for a device that is known to have none.
	// Anywhere says that its port is not known.
	ONVIF    Target `json:"onvif"`
	Anywhere bool   `json:"anywhere"`
	// RTSP is where to look for streams if ONVIF finds none, its path the first
	// to try; zero for nowhere. Vendor says whose paths come first.
	RTSP   Target `json:"rtsp"`
	Vendor string `json:"vendor"`
	// DVRIP is a device that speaks DVRIP and nothing else; zero for others.
	DVRIP Target `json:"dvrip"`
	// Router is a literal address and port of SSDP, to be asked what it lets in from
	// the internet; "" for none.
	Router   string `json:"router"`
	Username string `json:"username"`
	Password string `json:"password"`
	// Digest says that streams get the password as a digest or not at all, encrypted
	// or not. Over ONVIF it never goes otherwise.
	Digest bool `json:"digest"`
	// Fixes are names of warnings' fixes, to be made before the look.
	Fixes []string `json:"fixes"`
	// ID and role are bound into the pictures, which Key seals.
	ID  media.ProbeID `json:"id"`
	Key []byte        `json:"key"`
}

// Met is who answered a look, as far as it is known by what the camera would be
// recognised by. Before the hub has said May no picture is asked for, nothing is changed,
// and a device without ONVIF gets no password.
type Met struct {
	ONVIF  string `json:"onvif"` // the device service that answered; "" for none
	Vendor string `json:"vendor"`
	Model  string `json:"model"`
	Serial string `json:"serial"`
	TLS    string `json:"tls"` // hex SHA-256 of the key of its encrypted streams
	// More says that its channels are told after the sign-in, in another Met: this one is
	// about the device, and nothing may be fetched after it.
	More bool `json:"more"`
	// Channels are its video sources, one at least: without a name where it tells none.
	Channels []MetChannel `json:"channels"`
}

// MetChannel is one video source of a device, with the address of its main stream; ""
// where nothing of it can be taken.
type MetChannel struct {
	Source string `json:"source"`
	URL    string `json:"url"`
}

// Check validates and cleans what a probe worker sent. Whether the addresses lead to the
// device that was asked is the hub's to look.
func (m *Met) Check() error {
	if len(m.Channels) == 0 || len(m.Channels) > MaxChannels || len(m.ONVIF) > MaxAddress || Clean(m.ONVIF, MaxAddress) != m.ONVIF {
		return violated("a device out of bounds")
	}
	for _, w := range []*string{&m.Vendor, &m.Model, &m.Serial} {
		*w = Clean(*w, maxFact)
	}
	m.TLS = Clean(m.TLS, maxKey)
	for i := range m.Channels {
		c := &m.Channels[i]
		if len(c.URL) > MaxURL || Clean(c.URL, MaxURL) != c.URL {
			return violated("an address that cannot be one")
		}
		c.Source = Clean(c.Source, MaxWord)
	}
	return nil
}

// May is the hub's answer to Met: nothing is to be asked, fetched or changed of the
// channels of these sources. A device of which nothing may be shown gets no answer.
type May struct {
	Without []string `json:"without"`
}

// Probed is what a look at a device found.
type Probed struct {
	// Code is Live if there is a stream to take, or why not; Message says it in
	// plain words.
	Code    string `json:"code"`
	Message string `json:"message"`
	// Bare says that the streams were found without ONVIF, which the device does
	// not speak.
	Bare bool `json:"bare"`
	// ONVIF is the address of the device service that answered; "" for none.
	ONVIF string `json:"onvif"`

	Vendor   string `json:"vendor"`
	Model    string `json:"model"`
	Firmware string `json:"firmware"`
	Serial   string `json:"serial"`
	// OffsetMS is how far the device's clock is ahead of the hub's; Clock says
	// whether it told.
	OffsetMS int64 `json:"offset_ms"`
	Clock    bool  `json:"clock"`

	// Channels are the device's video sources, in the order in which it tells of them,
	// and Streams what there is of each: of a recorder only what is taken.
	Channels []ProbedChannel `json:"channels"`
	Streams  []ProbedStream  `json:"streams"`
	Warnings []ProbedWarning `json:"warnings"`
	Fixed    []string        `json:"fixed"`
	Unfixed  []Unfixed       `json:"unfixed"`
}

// The roles of a ProbedStream, "" beside them.
const (
	RoleMain = "main"
	RoleSub  = "sub"
)

// ProbedChannel is one video source of a device: a camera has one, a recorder one for
// each of its cameras.
type ProbedChannel struct {
	Source string `json:"source"` // the device's token; "" where it tells none
	Name   string `json:"name"`   // what the device calls it
	Reason string `json:"reason"` // why nothing of it can be taken; "" where it can
}

// ProbedStream is one stream a device offers. Numbers that are not told are 0.
type ProbedStream struct {
	Token  string  `json:"token"`
	Source string  `json:"source"` // the video source that it shows; "" where that is not told
	Role   string  `json:"role"`
	URL    string  `json:"url"` // without credentials; "" for one that cannot be read
	Codec  string  `json:"codec"`
	Width  int     `json:"width"`
	Height int     `json:"height"`
	FPS    float64 `json:"fps"`
	Kbps   int     `json:"kbps"`
	GOP    int     `json:"gop"` // pictures from one key picture to the next
	Reason string  `json:"reason"`
}

// ProbedWarning is what is not well, and what changes it.
type ProbedWarning struct {
	Kind string `json:"kind"`
	Text string `json:"text"`
	Fix  string `json:"fix"` // what the hub can change by itself, "" for nothing
}

// Unfixed is a fix that the device did not take.
type Unfixed struct {
	Fix string `json:"fix"`
	Why string `json:"why"`
}

// Check validates and cleans what a probe worker sent. Whether an address leads
// to the device that was asked is the hub's to look.
func (p *Probed) Check() error {
	switch p.Code {
	case Live, NoVideo, WrongPassword, Unreachable, Incompatible:
	default:
		return violated("a probe with an unknown end")
	}
	if len(p.Channels) > MaxChannels || len(p.Streams) > MaxStreams || len(p.Warnings) > MaxWarnings || len(p.Fixed) > MaxFixes || len(p.Unfixed) > MaxFixes ||
		p.OffsetMS < -mostOffset || p.OffsetMS > mostOffset {
		return violated("a probe out of bounds")
	}
	if len(p.ONVIF) > MaxAddress || Clean(p.ONVIF, MaxAddress) != p.ONVIF {
		return violated("an address that cannot be one")
	}
	p.Message = Clean(p.Message, MaxText)
	for _, w := range []*string{&p.Vendor, &p.Model, &p.Firmware, &p.Serial} {
		*w = Clean(*w, maxFact)
	}
	if err := p.checkChannels(); err != nil {
		return err
	}
	for i := range p.Warnings {
		w := &p.Warnings[i]
		w.Kind, w.Text, w.Fix = Clean(w.Kind, MaxWord), Clean(w.Text, MaxText), Clean(w.Fix, MaxWord)
	}
	for i := range p.Fixed {
		p.Fixed[i] = Clean(p.Fixed[i], MaxWord)
	}
	for i := range p.Unfixed {
		p.Unfixed[i] = Unfixed{Clean(p.Unfixed[i].Fix, MaxWord), Clean(p.Unfixed[i].Why, MaxText)}
	}
	return nil
}

// checkChannels looks whether each channel has at most one stream of each role, and a
// large one if there is a small one or nothing that speaks against it.
func (p *Probed) checkChannels() error {
	type taken struct{ main, sub int }
	channels := map[string]taken{}
	for i := range p.Channels {
		c := &p.Channels[i]
		c.Source, c.Name, c.Reason = Clean(c.Source, MaxWord), Clean(c.Name, MaxWord), Clean(c.Reason, MaxText)
		channels[c.Source] = taken{}
	}
	if len(channels) != len(p.Channels) {
		return violated("two channels of one source")
	}
	live := false
	for i := range p.Streams {
		s := &p.Streams[i]
		if err := s.check(); err != nil {
			return err
		}
		t, ok := channels[s.Source]
		if !ok {
			return violated("a stream of no channel")
		}
		switch s.Role {
		case RoleMain:
			live, t.main = true, t.main+1
		case RoleSub:
			t.sub++
		}
		channels[s.Source] = t
	}
	for _, c := range p.Channels {
		if t := channels[c.Source]; t.main > 1 || t.sub > t.main || (t.main == 1) == (c.Reason != "") {
			return violated("a channel whose streams have other roles")
		}
	}
	if live != (p.Code == Live) {
		return violated("a probe whose streams have other roles")
	}
	return nil
}

func (s *ProbedStream) check() error {
	if !slices.Contains([]string{"", RoleMain, RoleSub}, s.Role) || len(s.URL) > MaxURL || s.Role != "" && s.URL == "" {
		return violated("a stream of an unknown role")
	}
	inside := func(n, most int) bool { return n >= 0 && n <= most }
	if !inside(s.Width, mostSize) || !inside(s.Height, mostSize) || !inside(s.Kbps, mostKbps) || !inside(s.GOP, mostSize) || !(s.FPS >= 0 && s.FPS <= mostFPS) {
		return violated("a stream out of bounds")
	}
	if Clean(s.URL, MaxURL) != s.URL {
		return violated("an address that cannot be one")
	}
	s.Source = Clean(s.Source, MaxWord)
	s.Token, s.Codec, s.Reason = Clean(s.Token, MaxWord), Clean(s.Codec, 64), Clean(s.Reason, MaxText)
	return nil
}

// Glimpse puts a sealed picture behind its role's initial and its channel, the first
// of which is 1.
func Glimpse(channel uint8, role string, sealed []byte) []byte {
	return append([]byte{role[0], channel}, sealed...)
}

// ParseGlimpse takes them apart again.
func ParseGlimpse(body []byte) (channel uint8, role string, sealed []byte, err error) {
	if len(body) <= glimpseHead {
		return 0, "", nil, violated("a picture of nothing")
	}
	channel, sealed = body[1], body[glimpseHead:]
	if channel < 1 || channel > MaxChannels {
		return 0, "", nil, violated("a picture of no channel")
	}
	switch body[0] {
	case RoleMain[0]:
		return channel, RoleMain, sealed, nil
	case RoleSub[0]:
		return channel, RoleSub, sealed, nil
	}
	return 0, "", nil, violated("a picture of an unknown stream")
}
