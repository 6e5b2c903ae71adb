package fakecam

import (
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"lares/cameras/media/g711"
)

// The pages of DoorBird's LAN API, and of Hikvision's ISAPI, about who is at the door and
// what is said there.
const (
	doorBirdInfo  = "/bha-api/info.cgi"
	doorBirdVideo = "/bha-api/video.cgi"
	doorBirdTalk  = "/bha-api/audio-transmit.cgi"
	isapiDevice   = "/ISAPI/System/deviceInfo"
	isapiChannels = "/ISAPI/System/TwoWayAudio/channels"
	isapiChannel  = isapiChannels + "/1/"
)

const (
	hikvisionNS  = `version="2.0" xmlns="http://www.hikvision.com/ver20/XMLSchema"`
	doorBirdRate = 5 // pictures a second
)

// intercom is the loudspeaker of such a door station.
type intercom struct {
	mu       sync.Mutex // guards following
	open     bool
	speakers int
}

// SpokenTo reports whether somebody speaks through these pages, or holds their channel open.
func (c *Camera) SpokenTo() bool {
	i := &c.onvif.intercom
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.open || i.speakers > 0
}

// speaks counts speakers.
func (i *intercom) speaks(n int) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.speakers += n
}

// intercoms adds the pages to what the server answers. Those of ISAPI are Hikvision's
// alone: hubs look for them by others.
func (s *onvifServer) intercoms(mux *http.ServeMux) {
	pages := map[string]http.HandlerFunc{
		"GET " + doorBirdInfo:  func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"BHA":{"RETURNCODE":"1"}}`) },
		"GET " + doorBirdVideo: s.doorBirdVideo,
		"POST " + doorBirdTalk: func(w http.ResponseWriter, r *http.Request) { s.hear(g711.Mu, r.Body) },
	}
	if s.cam.maker != nil && s.cam.maker.key == "hikvision" {
		kind := "IPCamera"
		if s.cam.o.Channels > 1 {
			kind = "NVR"
		}
		pages["GET "+isapiDevice] = func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprintf(w, `<?xml version="1.0" encoding="UTF-8"?><DeviceInfo %s><deviceType>%s</deviceType></DeviceInfo>`, hikvisionNS, kind)
		}
		pages["GET "+isapiChannels] = s.isapiList
		pages["PUT "+isapiChannel+"open"] = func(w http.ResponseWriter, _ *http.Request) { s.isapiOpen(w, true) }
		pages["PUT "+isapiChannel+"close"] = func(w http.ResponseWriter, _ *http.Request) { s.isapiOpen(w, false) }
		pages["PUT "+isapiChannel+"audioData"] = s.isapiSound
	}
	for pattern, page := range pages {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			if !s.allowed(r, wsToken{}) {
				s.refuse(w, r, s.challenge())
				return
			}
			page(w, r)
		})
	}
}

// hear takes samples until they end.
func (s *onvifServer) hear(law g711.Law, from io.Reader) {
	s.intercom.speaks(1)
	defer s.intercom.speaks(-1)
	b := make([]byte, 1<<10)
	for {
		n, err := from.Read(b)
		s.cam.voice.takeBare(law, b[:n])
		if err != nil {
			return
		}
	}
}

// doorBirdVideo serves M-JPEG.
func (s *onvifServer) doorBirdVideo(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "multipart/x-mixed-replace; boundary=my-boundary")
	tick := time.NewTicker(time.Second / doorBirdRate)
	defer tick.Stop()
	for {
		picture, err := s.cam.program.snapshot(ask{now: s.cam.o.Clock.Now(), frame: s.cam.LastMark().Frame, view: s.looks(), visited: s.cam.visited.Load()})
		if err != nil {
			return
		}
		fmt.Fprintf(w, "--my-boundary\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n%s\r\n", len(picture), picture)
		if http.NewResponseController(w).Flush() != nil {
			return
		}
		select {
		case <-tick.C:
		case <-r.Context().Done():
			return
		case <-s.ctx.Done():
			return
		}
	}
}

// isapiList tells the channel of the loudspeaker, none of a camera without one.
func (s *onvifServer) isapiList(w http.ResponseWriter, _ *http.Request) {
	channel := ""
	if codec := map[string]string{TalkMu: "G.711ulaw", TalkA: "G.711alaw", TalkAAC: "AAC"}[s.cam.o.Hears]; !s.cam.o.NoIntercom {
		channel = "<TwoWayAudioChannel><id>1</id><enabled>true</enabled><audioCompressionType>" + codec + "</audioCompressionType></TwoWayAudioChannel>"
	}
	fmt.Fprintf(w, `<?xml version="1.0" encoding="UTF-8"?><TwoWayAudioChannelList %s>%s</TwoWayAudioChannelList>`, hikvisionNS, channel)
}

// isapiOpen opens or closes the channel: one that is open already is not opened again.
func (s *onvifServer) isapiOpen(w http.ResponseWriter, open bool) {
	s.intercom.mu.Lock()
	defer s.intercom.mu.Unlock()
	if open && s.intercom.open {
		http.Error(w, "deviceBusy", http.StatusServiceUnavailable)
		return
	}
	s.intercom.open = open
	fmt.Fprintf(w, `<?xml version="1.0" encoding="UTF-8"?><ResponseStatus %s><statusCode>1</statusCode></ResponseStatus>`, hikvisionNS)
}

// isapiSound answers at once; the samples follow behind the request, and what the camera
// hears behind the answer.
func (s *onvifServer) isapiSound(w http.ResponseWriter, _ *http.Request) {
	s.intercom.mu.Lock()
	open := s.intercom.open
	s.intercom.mu.Unlock()
	if !open {
		http.Error(w, "notOpened", http.StatusForbidden)
		return
	}
	conn, rw, done, err := s.hijack(w)
	if err != nil {
		return
	}
	defer done()
	over := make(chan struct{})
	defer close(over)
	s.conns.Go(func() {
		select {
		case <-s.ctx.Done():
			conn.Close()
		case <-over:
		}
	})
	fmt.Fprint(rw, "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n\r\nwhat it hears")
	if rw.Flush() != nil {
		return
	}
	law := g711.Mu
	if s.cam.o.Hears == TalkA {
		law = g711.A
	}
	s.hear(law, rw)
}
