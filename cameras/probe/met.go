package probe

import (
	"context"
	"net"
	"net/url"
	"slices"

	"lares/cameras/internal/serials"
	"lares/cameras/internal/wire"
	"lares/cameras/onvif"
	"lares/cameras/worker"
)

// hub is the other end of a look's socket.
type hub struct {
	conn net.Conn
	says chan wire.May // has room for one
}

// listen takes the hub's answers until it closes the socket, or says what it does not.
func (h *hub) listen(r *wire.Reader) {
	for {
		t, body, err := r.Next()
		if err != nil || t != wire.TypeMay {
			return
		}
		may, err := wire.Parse[wire.May](body)
		if err != nil {
			return
		}
		select {
		case h.says <- may:
		default: // nobody asked
		}
	}
}

// may tells the hub who answered, and waits for what of it may be looked at: it compares
// the device with the cameras that it has. false says that there is nothing more to do:
// the hub is gone, or wants nothing of this device.
func (h *hub) may(ctx context.Context, met wire.Met) (without []string, ok bool) {
	if wire.Send(h.conn, wire.TypeMet, met) != nil {
		return nil, false
	}
	select {
	case m := <-h.says:
		return m.Without, true
	case <-ctx.Done():
		return nil, false
	}
}

// meet is may for a device that does not say who it is: its key and its addresses have to
// do, before it gets the password. more says that it tells its channels once it has that.
// The error is that nobody answers.
func (h *hub) meet(ctx context.Context, e *worker.Enquiry, at wire.Target, more bool) (gone bool, err error) {
	key, err := e.Meet(ctx, at.URL)
	if err != nil {
		return false, err
	}
	_, ok := h.may(ctx, wire.Met{TLS: key, More: more, Channels: []wire.MetChannel{{URL: at.URL}}})
	return !ok, nil
}

// metOver is who answered over ONVIF. The key of its streams is asked for where its serial
// number says nothing.
func metOver(ctx context.Context, ask wire.Probe, s onvif.Survey) wire.Met {
	m := wire.Met{ONVIF: ask.ONVIF.URL, Vendor: s.Device.Manufacturer, Model: s.Device.Model, Serial: s.Device.Serial}
	for _, ch := range s.Channels {
		c := wire.MetChannel{Source: ch.Source}
		if ch.Main >= 0 && !ch.Late {
			c.URL = s.Streams[ch.Main]
		}
		m.Channels = append(m.Channels, c)
		if u, err := url.Parse(c.URL); err == nil && u.Scheme == "rtsps" && m.TLS == "" && serials.Weak(m.Serial) {
			if dial, err := beside(ask, u); err == nil {
				m.TLS, _ = worker.NewEnquiry(dial, "", "", true).Meet(ctx, c.URL)
			}
		}
	}
	return m
}

// leave leaves channels out of which the hub wants nothing: nothing of them is told,
// fetched or changed, but that they are there, nor is what concerns the whole device.
func leave(s *onvif.Survey, without []string) {
	for i, ch := range s.Channels {
		if slices.Contains(without, ch.Source) {
			s.Channels[i] = onvif.Channel{Source: ch.Source, Choice: onvif.Choice{Main: -1, Sub: -1, Reasons: make([]string, len(s.Profiles))}}
			for j := range s.Warnings {
				s.Warnings[j].Fix = ""
			}
		}
	}
}
