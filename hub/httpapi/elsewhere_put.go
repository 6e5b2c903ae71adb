package httpapi

import (
	"net/http"
	"net/netip"

	"lares/hub/gate"
)

// placeView is where a device claims to be a camera that does not answer.
type placeView struct {
	Address string `json:"address"`
	Name    string `json:"name,omitempty"`
	Vendor  string `json:"vendor,omitempty"`
	Model   string `json:"model,omitempty"`
}

func viewOfPlaces(list []gate.Place) (out []placeView) {
	for _, p := range list {
		out = append(out, placeView{p.Address.String(), p.Name, p.Vendor, p.Model})
	}
	return out
}

// elsewherePut is what the owner says of such a place.
func (s *Server) elsewherePut(q *request) error {
	var address string
	var mine bool
	if err := q.read(field{"address", &address, maxIP, true}, field{"mine", &mine, 0, true}); err != nil {
		return err
	}
	at, err := netip.ParseAddr(address)
	if err != nil {
		return badField("address", "This is not an address such as 192.168.1.20.")
	}
	return q.done(s.cfg.Gate.AnswerPlace(q.ctx, q.caller, q.camera, at, mine))
}

// elsewhereRoutes are about cameras that may be at another address. The gate asks
// for the owner in person.
func elsewhereRoutes() []route {
	return []route{{http.MethodPut, cameraPath + "/elsewhere", scoped, 0, camera, gate.Manage, small, (*Server).elsewherePut}}
}
