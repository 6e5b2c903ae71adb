package fakecam

import (
	"fmt"
	"strconv"
	"strings"
)

// channel is one of a recorder's cameras beside the first: its own profiles, source and
// encoders, and the pictures of the first.
type channel struct {
	number    int // from 2 on
	main, sub Encoding
}

// profile is what GetProfiles tells of one profile.
type profile struct {
	token, source, config, name string
	e                           *Encoding
}

const (
	channelPrefix = "channel_" // of the tokens, paths and snapshots of channels
	// maxChannels is what the largest recorders have.
	maxChannels = 64
)

func (c channel) token(role string) string { return fmt.Sprint(channelPrefix, c.number, role) }

// offered are all profiles of the device; for who holds mu.
func (s *onvifServer) offered() (out []profile) {
	o := s.cam.o
	if o.Neighbour {
		out = append(out, profile{neighbour, neighbour, neighbour, neighbour, &s.device.Main})
	}
	out = append(out, profile{mainProfile, videoSource, videoConfig, videoConfig, &s.device.Main})
	if !o.NoSub {
		out = append(out, profile{subProfile, videoSource, videoConfig, videoConfig, &s.device.Sub})
	}
	for i := range s.channels {
		c := &s.channels[i]
		source, name := c.token("_source"), fmt.Sprint("Input ", c.number)
		out = append(out, profile{c.token("_main"), source, source + "_config", name, &c.main})
		if !o.NoSub {
			out = append(out, profile{c.token("_sub"), source, source + "_config", name, &c.sub})
		}
	}
	return out
}

// channelOf takes a profile's token of a further channel apart.
func (c *Camera) channelOf(token string) (number int, sub, ok bool) {
	rest, ok := strings.CutPrefix(token, channelPrefix)
	digits, role, _ := strings.Cut(rest, "_")
	number, err := strconv.Atoi(digits)
	if !ok || err != nil || number < 2 || number > c.o.Channels || role != "main" && role != "sub" {
		return 0, false, false
	}
	return number, role == "sub", true
}

// path is where the stream of a profile is; "" for no such profile.
func (c *Camera) path(token string) string {
	if _, _, ok := c.channelOf(token); ok {
		return "/" + token
	}
	return map[string]string{mainProfile: c.o.MainPath, subProfile: c.o.SubPath, neighbour: "/" + neighbour}[token]
}

// plays is which of the device's two streams is played at a path: a further channel
// shows the pictures of the first.
func (c *Camera) plays(path string) string {
	_, sub, ok := c.channelOf(strings.TrimPrefix(path, "/"))
	switch {
	case ok && sub:
		return c.o.SubPath
	case ok:
		return c.o.MainPath
	}
	return path
}

// ChannelURL is the address of a stream of a channel, the main or the sub stream,
// without credentials; the first is 1.
func (c *Camera) ChannelURL(number int, sub bool) string {
	base, own, role := strings.TrimSuffix(c.MainURL(), c.o.MainPath), c.MainURL(), "_main"
	if sub {
		own, role = c.SubURL(), "_sub"
	}
	if number == 1 {
		return own
	}
	return base + "/" + channel{number: number}.token(role)
}
