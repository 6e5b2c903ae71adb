package fakecam

import (
	"bytes"
	"encoding/xml"
	"net/http"
)

// answersLike reports whether a recording has an answer to the operation, in this or
// another service: GetProfiles of Media says what GetProfiles of Media2 would.
func (p *player) answersLike(what action) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for known := range p.answers {
		if known.operation == what.operation {
			return true
		}
	}
	return false
}

// lend answers for a recording what it has no answer to, and without which nobody can
// add its camera: many begin once the hub knew the streams. The camera shows the
// pictures of this one.
func (s *onvifServer) lend(r *http.Request, what action, request []byte) (answer string, ok bool) {
	e, err := parseCall(bytes.NewReader(request))
	if err != nil {
		return "", false
	}
	c := e.Body.Call
	c.XMLName = xml.Name{Space: what.space, Local: what.operation}
	media := what.space == nsMedia || what.space == nsMedia2
	if media && s.cam.path(c.ProfileToken) == "" {
		c.ProfileToken = mainProfile // one of the recording's own profiles
	}
	switch {
	case what == action{nsDevice, "GetSystemDateAndTime"}:
		answer, err = s.dateAndTime(r, c)
	case media && what.operation == "GetProfiles":
		answer, err = s.profiles(r, c)
	case media && what.operation == "GetStreamUri":
		answer, err = s.streamURI(r, c)
	case media && what.operation == "GetSnapshotUri":
		answer, err = s.snapshotURI(r, c)
	default:
		return "", false
	}
	return answer, err == nil
}
