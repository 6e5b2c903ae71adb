package fakecam

import (
	"io"
	"net/http"
	"strings"
)

const hugeAnswer = 1 << 30 // bytes

// misanswer answers instead of the camera while its ONVIF side lies; false
// means that it does not.
func (s *onvifServer) misanswer(w http.ResponseWriter, r *http.Request) bool {
	switch {
	case s.faulty(ONVIFBomb):
		w.Header().Set("Content-Type", "application/soap+xml; charset=utf-8")
		io.WriteString(w, bomb())
	case s.faulty(ONVIFHuge):
		w.Header().Set("Content-Type", "application/soap+xml; charset=utf-8")
		io.WriteString(w, `<?xml version="1.0"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body>`)
		io.CopyN(w, spaces{}, hugeAnswer) // until the client is tired of it
	case s.faulty(ONVIFPage):
		w.Header().Set("Content-Type", "text/html")
		io.WriteString(w, "<html><head><title>404 File Not Found</title></head>\n<body>The requested URL was not found on this server</body></html>\n")
	case s.faulty(ONVIFRedirect):
		http.Redirect(w, r, s.cam.web()+r.Host+r.URL.Path+"?again="+r.URL.RawQuery, http.StatusTemporaryRedirect)
	case s.faulty(ONVIFSilent):
		io.Copy(io.Discard, io.LimitReader(r.Body, maxRequest)) // so that the client's going is noticed
		select {
		case <-r.Context().Done():
		case <-s.ctx.Done():
		}
		panic(http.ErrAbortHandler)
	default:
		return false
	}
	return true
}

// bomb is XML that unfolds: each entity is ten of the one before, and the rest
// is elements within elements, as many as fit.
func bomb() string {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0"?><!DOCTYPE b [<!ENTITY a0 "lol">`)
	for i := '1'; i <= '9'; i++ {
		name, part := string(i), "&a"+string(i-1)+";"
		b.WriteString(`<!ENTITY a` + name + ` "` + strings.Repeat(part, 10) + `">`)
	}
	b.WriteString(`]><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body><tds:GetDeviceInformationResponse xmlns:tds="x"><tds:Model>&a9;</tds:Model>`)
	const depth = 100_000
	b.WriteString(strings.Repeat("<a>", depth))
	return b.String()
}

// spaces never ends.
type spaces struct{}

// Read fills b.
func (spaces) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = ' '
	}
	return len(b), nil
}
