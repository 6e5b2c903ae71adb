package worker

import (
	"context"
	"encoding/xml"
	"net/http"
	"strconv"
	"strings"

	"lares/cameras/internal/wire"
)

// The pages of Hikvision's ISAPI that are asked for.
const (
	isapiDevice   = "/ISAPI/System/deviceInfo"
	isapiChannels = "/ISAPI/System/TwoWayAudio/channels"
)

// isapi is a camera or door station of Hikvision's: a channel that is opened, samples
// behind one request, and closed again (ISAPI, Two-Way Audio).
type isapi struct{ channel string }

func newISAPI() talker { return &isapi{} }

// ask implements talker: the first channel whose codec can be made. A recorder has one,
// too, beside the screen on which all its cameras are.
func (s *isapi) ask(ctx context.Context, w *web) (codec string, err error) {
	w.digests = true
	body, err := w.fetch(ctx, http.MethodGet, isapiDevice)
	if err != nil {
		return "", w.missing(err)
	}
	var device struct {
		Type string `xml:"deviceType"`
	}
	if xml.Unmarshal(body, &device) != nil || device.Type == "" || strings.Contains(strings.ToUpper(device.Type), "VR") {
		return "", nil // NVR, DVR, hybrid ones
	}
	if body, err = w.fetch(ctx, http.MethodGet, isapiChannels); err != nil {
		return "", w.missing(err)
	}
	s.channel, codec = isapiTakes(body)
	return codec, nil
}

// isapiTakes is the first channel of a list that takes G.711, and which; none where there
// is no such channel.
func isapiTakes(list []byte) (channel, codec string) {
	var all struct {
		Channels []struct {
			ID    string `xml:"id"`
			Codec string `xml:"audioCompressionType"`
		} `xml:"TwoWayAudioChannel"`
	}
	if xml.Unmarshal(list, &all) != nil {
		return "", ""
	}
	for _, c := range all.Channels {
		n, err := strconv.ParseUint(strings.TrimSpace(c.ID), 10, 8)
		if err != nil {
			continue
		}
		switch strings.TrimSpace(c.Codec) {
		case "G.711ulaw":
			return strconv.FormatUint(n, 10), wire.TalkPCMU
		case "G.711alaw":
			return strconv.FormatUint(n, 10), wire.TalkPCMA
		}
	}
	return "", ""
}

// begin implements talker. A channel that somebody left open is not opened again: it is
// closed first.
func (s *isapi) begin(ctx context.Context, w *web) error {
	s.over(ctx, w)
	if _, err := w.fetch(ctx, http.MethodPut, s.page("open")); err != nil {
		return err
	}
	if err := w.redial(ctx); err != nil { // one of its own, which answers do not end
		return err
	}
	_, err := w.to(http.MethodPut, s.page("audioData")).ask(ctx)
	return err
}

// ended implements talker: what the camera hears itself comes back, and is not wanted.
func (s *isapi) ended(w *web) error {
	if _, err := w.br.Peek(1); err != nil {
		return err
	}
	_, err := w.br.Discard(w.br.Buffered())
	return err
}

// over implements talker.
func (s *isapi) over(ctx context.Context, w *web) {
	w.digests = true
	_, _ = w.fetch(ctx, http.MethodPut, s.page("close")) // of one that is closed it is an error
}

func (s *isapi) page(of string) string { return isapiChannels + "/" + s.channel + "/" + of }
