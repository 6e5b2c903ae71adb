package probe

import "lares/cameras/internal/wire"

// The words of a look that the hub asks for.
const (
	RoleMain      = wire.RoleMain
	RoleSub       = wire.RoleSub
	Found         = wire.Live
	WrongPassword = wire.WrongPassword
	Unreachable   = wire.Unreachable
)

// Warning is what is not well with a device.
type Warning = wire.ProbedWarning

// Stream is one stream that a device offers.
type Stream = wire.ProbedStream

// Channel is one video source of a device: of a recorder one of its cameras.
type Channel = wire.ProbedChannel

// Met is who answered a look, before anything else is known of the device.
type Met = wire.Met

// MetChannel is one channel of it.
type MetChannel = wire.MetChannel

// Shown says of which stream a picture is: of which channel, counted from 1, and its
// role.
type Shown struct {
	Channel uint8
	Role    string
}

// Look is what a probe found. Its texts are cleaned and bounded, and what the
// device says of itself is not to be believed.
type Look struct {
	wire.Probed

	// TLS is what its encrypted streams are recognised by, as in Met.
	TLS string
	// Pictures are sealed under the key that was given: of a camera one of each stream,
	// of a recorder one of some channels.
	Pictures map[Shown][]byte
}

// tells reports whether the look says anything of the device itself.
func (l Look) tells() bool {
	return l.Code == wire.Live || l.Code == wire.NoVideo || l.Clock || l.ONVIF+l.Vendor+l.Model+l.Firmware+l.Serial != "" ||
		len(l.Channels)+len(l.Streams)+len(l.Warnings)+len(l.Fixed)+len(l.Unfixed) > 0
}

// Met is who answered, as far as the whole look tells: without a channel where it tells
// nothing.
func (l Look) Met() Met {
	m := Met{ONVIF: l.ONVIF, Vendor: l.Vendor, Model: l.Model, Serial: l.Serial, TLS: l.TLS}
	for _, c := range l.Channels {
		main, _, _ := l.Taken(c.Source)
		m.Channels = append(m.Channels, wire.MetChannel{Source: c.Source, URL: main.URL})
	}
	if len(m.Channels) == 0 && l.tells() {
		m.Channels = []wire.MetChannel{{}}
	}
	return m
}

// Taken are the streams to take of a channel; false for one of which there are none.
func (l Look) Taken(source string) (main, sub Stream, ok bool) {
	for _, s := range l.Streams {
		switch {
		case s.Source != source:
		case s.Role == RoleMain:
			main, ok = s, true
		case s.Role == RoleSub:
			sub = s
		}
	}
	return main, sub, ok
}

// Offered are the channels of which there is something to take.
func (l Look) Offered() (out []Channel) {
	for _, c := range l.Channels {
		if c.Reason == "" {
			out = append(out, c)
		}
	}
	return out
}
