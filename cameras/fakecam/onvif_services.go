package fakecam

import (
	"encoding/binary"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// Profile tokens and the video source they share.
const (
	mainProfile = "profile_main"
	subProfile  = "profile_sub"
	videoSource = "video_source"
	videoConfig = "video_source_config"
)

// base is the address the client used, as cameras build their answers.
func (s *onvifServer) base(r *http.Request) string {
	return s.cam.web() + escape(r.Host)
}

// dateAndTime is GetSystemDateAndTime (ONVIF Core §8.2.6).
func (s *onvifServer) dateAndTime(*http.Request, call) (string, error) {
	t := s.cam.o.Clock.Now().UTC()
	kind := "NTP"
	s.mu.Lock()
	if s.device.ByHand {
		kind = "Manual"
	}
	s.mu.Unlock()
	return fmt.Sprintf(`<tds:GetSystemDateAndTimeResponse><tds:SystemDateAndTime><tt:DateTimeType>%s</tt:DateTimeType>`+
		`<tt:DaylightSavings>false</tt:DaylightSavings><tt:TimeZone><tt:TZ>UTC0</tt:TZ></tt:TimeZone><tt:UTCDateTime>`+
		`<tt:Time><tt:Hour>%d</tt:Hour><tt:Minute>%d</tt:Minute><tt:Second>%d</tt:Second></tt:Time>`+
		`<tt:Date><tt:Year>%d</tt:Year><tt:Month>%d</tt:Month><tt:Day>%d</tt:Day></tt:Date>`+
		`</tt:UTCDateTime></tds:SystemDateAndTime></tds:GetSystemDateAndTimeResponse>`,
		kind, t.Hour(), t.Minute(), t.Second(), t.Year(), t.Month(), t.Day()), nil
}

// capabilities is GetCapabilities (ONVIF Core §8.1.2).
func (s *onvifServer) capabilities(r *http.Request, _ call) (string, error) {
	at := s.base(r)
	more := ""
	if !s.cam.o.without(ServicePTZ) {
		more += `<tt:PTZ><tt:XAddr>` + at + ptzPath + `</tt:XAddr></tt:PTZ>`
	}
	if !s.cam.o.without(ServiceImaging) {
		more += `<tt:Imaging><tt:XAddr>` + at + imagingPath + `</tt:XAddr></tt:Imaging>`
	}
	return fmt.Sprintf(`<tds:GetCapabilitiesResponse><tds:Capabilities><tt:Device><tt:XAddr>%s</tt:XAddr></tt:Device>`+
		`<tt:Events><tt:XAddr>%s</tt:XAddr><tt:WSSubscriptionPolicySupport>false</tt:WSSubscriptionPolicySupport>`+
		`<tt:WSPullPointSupport>true</tt:WSPullPointSupport>`+
		`<tt:WSPausableSubscriptionManagerInterfaceSupport>false</tt:WSPausableSubscriptionManagerInterfaceSupport></tt:Events>`+
		`<tt:Media><tt:XAddr>%s</tt:XAddr><tt:StreamingCapabilities><tt:RTPMulticast>false</tt:RTPMulticast><tt:RTP_TCP>true</tt:RTP_TCP>`+
		`<tt:RTP_RTSP_TCP>true</tt:RTP_RTSP_TCP></tt:StreamingCapabilities></tt:Media>%s</tds:Capabilities></tds:GetCapabilitiesResponse>`,
		at+devicePath, at+eventsPath, at+mediaPath, more), nil
}

// services is GetServices (ONVIF Core §8.1.1).
func (s *onvifServer) services(r *http.Request, _ call) (string, error) {
	var b strings.Builder
	for _, v := range []struct{ ns, path, name string }{
		{nsDevice, devicePath, ""},
		{nsMedia, mediaPath, ""},
		{nsMedia2, media2Path, ServiceMedia2},
		{"http://www.onvif.org/ver10/events/wsdl", eventsPath, ""},
		{"http://www.onvif.org/ver20/ptz/wsdl", ptzPath, ServicePTZ},
		{"http://www.onvif.org/ver20/imaging/wsdl", imagingPath, ServiceImaging},
		{nsDeviceIO, deviceIOPath, ServiceDeviceIO},
	} {
		if v.name != "" && s.cam.o.without(v.name) {
			continue
		}
		fmt.Fprintf(&b, `<tds:Service><tds:Namespace>%s</tds:Namespace><tds:XAddr>%s</tds:XAddr>`+
			`<tds:Version><tt:Major>2</tt:Major><tt:Minor>60</tt:Minor></tds:Version></tds:Service>`, v.ns, s.base(r)+v.path)
	}
	return `<tds:GetServicesResponse>` + b.String() + `</tds:GetServicesResponse>`, nil
}

// deviceInformation is GetDeviceInformation (ONVIF Core §8.1.3).
func (s *onvifServer) deviceInformation(*http.Request, call) (string, error) {
	vendor, model := "Lares", s.cam.o.Name
	if m := s.cam.maker; m != nil {
		vendor, model = m.vendor, m.model
	}
	return fmt.Sprintf(`<tds:GetDeviceInformationResponse><tds:Manufacturer>%s</tds:Manufacturer><tds:Model>%s</tds:Model>`+
		`<tds:FirmwareVersion>1</tds:FirmwareVersion><tds:SerialNumber>%s</tds:SerialNumber>`+
		`<tds:HardwareId>fakecam</tds:HardwareId></tds:GetDeviceInformationResponse>`,
		escape(vendor), escape(model), escape(s.cam.o.Serial)), nil
}

// scopes is GetScopes (ONVIF Core §8.2.15).
func (s *onvifServer) scopes(*http.Request, call) (string, error) {
	var b strings.Builder
	for _, v := range []string{"type/video_encoder", "Profile/Streaming", "hardware/fakecam", "name/" + url.PathEscape(s.cam.o.Name)} {
		fmt.Fprintf(&b, `<tds:Scopes><tt:ScopeDef>Fixed</tt:ScopeDef><tt:ScopeItem>onvif://www.onvif.org/%s</tt:ScopeItem></tds:Scopes>`, escape(v))
	}
	return `<tds:GetScopesResponse>` + b.String() + `</tds:GetScopesResponse>`, nil
}

func noProfile() error {
	return &soapFault{http.StatusBadRequest, "ter:InvalidArgVal", "There is no such profile."}
}

// streamURI is GetStreamUri (ONVIF Media §5.15.1).
func (s *onvifServer) streamURI(r *http.Request, c call) (string, error) {
	path := s.cam.path(c.ProfileToken)
	if path == "" {
		return "", noProfile()
	}
	host, _, err := net.SplitHostPort(r.Host)
	if err != nil {
		host = strings.Trim(r.Host, "[]")
	}
	return s.mediaURI(c, s.cam.scheme()+"://"+net.JoinHostPort(host, fmt.Sprint(s.cam.rtsp.gate.at().Port))+path), nil
}

// snapshotURI is GetSnapshotUri (ONVIF Media §5.15.2).
func (s *onvifServer) snapshotURI(r *http.Request, c call) (string, error) {
	if s.cam.path(c.ProfileToken) == "" {
		return "", noProfile()
	}
	at := s.cam.web() + r.Host + snapshotPath
	if c.ProfileToken == neighbour {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.device.Strayed++
	} else if number, _, ok := s.cam.channelOf(c.ProfileToken); ok {
		at += "?" + channelKey + "=" + strconv.Itoa(number)
	}
	return s.mediaURI(c, at), nil
}

func (s *onvifServer) mediaURI(c call, uri string) string {
	if c.XMLName.Space == nsMedia2 {
		return s.media(c, `<tr2:Uri>`+escape(uri)+`</tr2:Uri>`)
	}
	return s.media(c, `<trt:MediaUri><tt:Uri>`+escape(uri)+`</tt:Uri><tt:InvalidAfterConnect>false</tt:InvalidAfterConnect>`+
		`<tt:InvalidAfterReboot>false</tt:InvalidAfterReboot><tt:Timeout>PT0S</tt:Timeout></trt:MediaUri>`)
}

// channelKey says in a snapshot's address which channel's it is.
const channelKey = "channel"

// snapshot serves the current picture as a JPEG whose comment is the mark; that of a
// recorder's further channel has another one with its number.
func (s *onvifServer) snapshot(w http.ResponseWriter, r *http.Request) {
	if !s.allowed(r, wsToken{}) {
		s.refuse(w, r, s.challenge())
		return
	}
	mark := s.cam.LastMark()
	picture, err := s.cam.program.snapshot(ask{now: s.cam.o.Clock.Now(), frame: mark.Frame, view: s.looks(), visited: s.cam.visited.Load()})
	if err != nil {
		http.Error(w, "no picture", http.StatusInternalServerError)
		return
	}
	if number := r.URL.Query().Get(channelKey); number != "" {
		picture = withComment(picture, []byte(channelPrefix+number))
	}
	w.Header().Set("Content-Type", "image/jpeg")
	w.Write(withComment(picture, mark.Bytes())) // the client may be gone
}

// withComment puts a COM segment (ITU-T T.81 §B.2.4.5) behind the start of
// image.
func withComment(picture, text []byte) []byte {
	const startOfImage = 2 // bytes
	out := append([]byte{}, picture[:startOfImage]...)
	out = append(out, 0xff, 0xfe)
	out = binary.BigEndian.AppendUint16(out, uint16(2+len(text)))
	return append(append(out, text...), picture[startOfImage:]...)
}

// onvifEncoding is what cameras call their codecs in the Media service. H.265
// belongs to Media2; cameras without that say it here all the same.
var onvifEncoding = map[videoCodec]string{codecH264: "H264", codecH265: "H265", codecJPEG: "JPEG"}
