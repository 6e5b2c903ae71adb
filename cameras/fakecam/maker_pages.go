package fakecam

import (
	"fmt"
	"net/http"
)

// settings answers what a maker's own pages say of its cloud and of UPnP, to who may
// read it.
func (s *onvifServer) settings(w http.ResponseWriter, r *http.Request) {
	page := s.setting(r.URL.RequestURI())
	switch {
	case page == "":
		http.NotFound(w, r)
	case !s.allowed(r, wsToken{}):
		s.refuse(w, r, s.challenge())
	default:
		fmt.Fprint(w, page) // the client may be gone
	}
}

// setting is the page of a maker at a path; "" for none.
func (s *onvifServer) setting(path string) string {
	if s.cam.maker == nil {
		return ""
	}
	const xml = `<?xml version="1.0" encoding="UTF-8"?><%s version="2.0" xmlns="http://www.hikvision.com/ver20/XMLSchema"><enabled>%t</enabled><x><enabled>%t</enabled></x></%s>`
	o, said := s.cam.o, map[bool]string{false: "no", true: "yes"}
	switch s.cam.maker.key {
	case "hikvision":
		return map[string]string{
			"/ISAPI/System/Network/EZVIZ": fmt.Sprintf(xml, "EZVIZ", o.Cloud, !o.Cloud, "EZVIZ"),
			"/ISAPI/System/Network/UPnP":  fmt.Sprintf(xml, "UPnP", o.UPnP, !o.UPnP, "UPnP"),
		}[path]
	case "dahua", "amcrest":
		const cgi = "/cgi-bin/configManager.cgi?action=getConfig&name="
		return map[string]string{
			cgi + "T2UServer": fmt.Sprintf("table.T2UServer[0].Enable=%t\r\ntable.T2UServer[0].Port=8800\r\n", o.Cloud),
			cgi + "UPnP":      fmt.Sprintf("table.UPnP.Enable=%t\r\ntable.UPnP.MapTable[0].Enable=true\r\n", o.UPnP),
		}[path]
	case "axis":
		const cgi = "/axis-cgi/param.cgi?action=list&group="
		return map[string]string{
			cgi + "RemoteService":             "root.RemoteService.DSCP=0\nroot.RemoteService.Enabled=" + said[o.Cloud] + "\n",
			cgi + "Network.UPnP.NATTraversal": "root.Network.UPnP.NATTraversal.Active=no\nroot.Network.UPnP.NATTraversal.Enabled=" + said[o.UPnP] + "\n",
		}[path]
	}
	return ""
}
