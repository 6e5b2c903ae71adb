package worker

import (
	"context"
	"fmt"
	"io"
	"net/http"

	"lares/cameras/internal/wire"
)

// The pages of DoorBird's LAN API that are asked for.
const (
	doorBirdVideo = "/bha-api/video.cgi"
	doorBirdInfo  = "/bha-api/info.cgi"
	doorBirdTalk  = "/bha-api/audio-transmit.cgi"
)

// doorBird is a door station of DoorBird: one request that goes on for as long as
// somebody speaks, whose body are samples of µ-law (DoorBird LAN API, Live Audio Transmit).
type doorBird struct{}

func newDoorBird() talker { return doorBird{} }

// ask implements talker: who has the page about itself is one of DoorBird's.
func (doorBird) ask(ctx context.Context, w *web) (codec string, err error) {
	if _, err := w.fetch(ctx, http.MethodGet, doorBirdInfo); err != nil {
		return "", w.missing(err)
	}
	return wire.TalkPCMU, nil
}

// begin implements talker. What a sign-in needs is asked for with another page, as the
// request itself is answered when it is over.
func (doorBird) begin(ctx context.Context, w *web) error {
	r, err := w.to(http.MethodGet, doorBirdInfo).exchange(ctx, "")
	if err != nil {
		return err
	}
	sign := ""
	w.to(http.MethodPost, doorBirdTalk)
	if r.StatusCode == http.StatusUnauthorized && w.signs() {
		if sign, err = w.sign(r); err != nil {
			return err
		}
		sign = "Authorization: " + sign + "\r\n"
	}
	if err := w.redial(ctx); err != nil {
		return err
	}
	w.live = w.conn
	const longest = 9_999_999 // octets, as their own program says: 20 min
	_, err = fmt.Fprintf(w.live, "POST %s HTTP/1.0\r\nHost: %s\r\n%sContent-Type: audio/basic\r\nContent-Length: %d\r\nConnection: Keep-Alive\r\nCache-Control: no-cache\r\n\r\n",
		doorBirdTalk, w.url.Host, sign, longest)
	return err
}

// ended implements talker: an answer before the end refuses the voice.
func (doorBird) ended(w *web) error {
	if _, err := w.br.Peek(1); err != nil {
		return err
	}
	w.head.left = maxHead
	r, err := http.ReadResponse(w.br, nil)
	switch {
	case err != nil && !isNetwork(err):
		return failed(wire.Incompatible, "Something answers at %s, but it does not speak HTTP. Check the port.", w.d.route.to.name)
	case err != nil:
		return err
	case r.StatusCode/100 == 2:
		return io.EOF
	}
	return w.refused(r.StatusCode)
}

// over implements talker: the end of the connection says it.
func (doorBird) over(context.Context, *web) {}
