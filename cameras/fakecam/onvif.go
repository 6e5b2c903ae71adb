package fakecam

import (
	"context"
	"crypto/rand"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	devicePath   = "/onvif/device_service"
	mediaPath    = "/onvif/media_service"
	media2Path   = "/onvif/media2_service"
	eventsPath   = "/onvif/event_service"
	ptzPath      = "/onvif/ptz_service"
	imagingPath  = "/onvif/imaging_service"
	deviceIOPath = "/onvif/deviceio_service"
	pullPath     = "/onvif/subscription/" // and a number
	snapshotPath = "/snapshot.jpg"
)

const (
	maxRequest  = 64 << 10 // bytes of a SOAP request; real ones have two thousand
	httpTimeout = 10 * time.Second
)

// onvifServer speaks as much ONVIF (Core, Media, Media2, Events, PTZ, Imaging,
// DeviceIO) as a hub needs of a camera, or plays a recorded conversation.
type onvifServer struct {
	cam    *Camera
	gate   *gate
	server *http.Server
	served chan struct{}  // closed when Serve has returned
	conns  sync.WaitGroup // connections and what runs on them
	nonce  string         // how those of HTTP digest authentication begin
	asked  atomic.Int64   // how often somebody was challenged
	ctx    context.Context
	cancel context.CancelFunc // ends long polls
	clock  *wall
	fault  atomic.Int32
	player *player // nil without a recording

	intercom intercom

	mu     sync.Mutex // guards following
	subs   map[string]*subscription
	nextID int
	moving bool
	device Device
	look   look
	on     map[string]bool // outputs
	// channels are those beside the first.
	channels []channel
}

func newONVIF(c *Camera) (*onvifServer, error) {
	g, err := listen(c.o.HTTPAddr)
	if err != nil {
		return nil, err
	}
	s := &onvifServer{
		cam: c, gate: g, served: make(chan struct{}), nonce: rand.Text(), subs: map[string]*subscription{}, clock: c.clock, player: c.player, on: map[string]bool{},
		device: Device{
			Brightness: 50, Contrast: 50, Saturation: 50, Sharpness: 50, IrCut: "AUTO",
			Main: told(c.o, c.o.Main, c.program.main), Sub: told(c.o, c.o.Sub, c.program.sub), ByHand: c.o.ByHand,
		},
	}
	for n := 2; n <= c.o.Channels; n++ {
		s.channels = append(s.channels, channel{n, s.device.Main, s.device.Sub})
	}
	if s.player != nil {
		s.player.lend = s.lend
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	mux := http.NewServeMux()
	mux.HandleFunc("POST /", s.soap)
	mux.HandleFunc("GET "+snapshotPath, s.snapshot)
	mux.HandleFunc("GET "+descriptionPath, s.description)
	mux.HandleFunc("GET "+eseeMain, s.eseecloud)
	mux.HandleFunc("GET "+eseeSub, s.eseecloud)
	mux.HandleFunc("GET "+kasaPath, s.kasa)
	s.intercoms(mux)
	mux.HandleFunc("GET /", s.settings)
	s.server = &http.Server{
		Handler: mux, ReadHeaderTimeout: httpTimeout, ConnState: s.connState,
		ErrorLog: slog.NewLogLogger(c.o.Log.Handler(), slog.LevelDebug),
	}
	go func() {
		defer close(s.served)
		if err := s.run(); !errors.Is(err, http.ErrServerClosed) {
			c.o.Log.Error("ONVIF ended", "error", err)
		}
	}()
	return s, nil
}

// run serves until the server is closed.
func (s *onvifServer) run() error {
	if !s.cam.o.HTTPS {
		return s.server.Serve(s.gate)
	}
	s.server.TLSConfig = s.cam.tlsConfig()
	return s.server.ServeTLS(s.gate, "", "")
}

// connState counts connections: the server itself does not wait for them.
func (s *onvifServer) connState(_ net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		s.conns.Add(1)
	case http.StateClosed, http.StateHijacked:
		s.conns.Done()
	}
}

// close ends the server and waits for its goroutines.
func (s *onvifServer) close() {
	s.cancel()
	s.server.Close()
	s.gate.Close()
	<-s.served
	s.conns.Wait()
}

// envelope is a SOAP 1.2 request, as far as a camera looks.
type envelope struct {
	XMLName xml.Name `xml:"http://www.w3.org/2003/05/soap-envelope Envelope"`
	Token   wsToken  `xml:"Header>Security>UsernameToken"`
	Body    struct {
		Call call `xml:",any"`
	} `xml:"Body"`
}

// call is the operation with the arguments of all operations.
type call struct {
	XMLName                xml.Name
	ProfileToken           string
	Timeout                string
	MessageLimit           int
	InitialTerminationTime string
	TerminationTime        string
	ConfigurationToken     string
	PresetToken            string
	VideoSourceToken       string
	RelayOutputToken       string
	LogicalState           string
	AuxiliaryCommand       string
	DateTimeType           string
	FromDHCP               bool
	NTPManual              struct{ DNSname, IPv4Address, IPv6Address string }
	Configuration          struct {
		Token    string `xml:"token,attr"`
		GOP2     int    `xml:"GovLength,attr"`
		GOP1     int    `xml:"H264>GovLength"`
		Width    int    `xml:"Resolution>Width"`
		Height   int    `xml:"Resolution>Height"`
		Kbps     int    `xml:"RateControl>BitrateLimit"`
		Encoding string
	}
	Velocity struct {
		PanTilt, Zoom struct {
			X float64 `xml:"x,attr"`
			Y float64 `xml:"y,attr"`
		}
	}
	ImagingSettings struct {
		Brightness, Contrast, ColorSaturation, Sharpness *float64
		IrCutFilter                                      string
	}
	UTCDateTime struct {
		Time struct{ Hour, Minute, Second int }
		Date struct{ Year, Month, Day int }
	}
}

// soapFault is an answer that refuses (SOAP 1.2 part 1 §5.4).
type soapFault struct {
	status  int
	subcode string
	reason  string
}

func (f *soapFault) Error() string { return f.reason }

func parseCall(r io.Reader) (envelope, error) {
	var e envelope
	if err := xml.NewDecoder(io.LimitReader(r, maxRequest)).Decode(&e); err != nil {
		return e, &soapFault{http.StatusBadRequest, "ter:WellFormed", "The request is not a SOAP envelope."}
	}
	return e, nil
}

// operations by name; those without authentication belong to the access class
// PRE_AUTH (ONVIF Core §5.9.4.3).
var operations = map[string]struct {
	open bool
	do   func(s *onvifServer, r *http.Request, c call) (string, error)
}{
	"GetSystemDateAndTime":        {true, (*onvifServer).dateAndTime},
	"GetCapabilities":             {true, (*onvifServer).capabilities},
	"GetServices":                 {true, (*onvifServer).services},
	"GetDeviceInformation":        {false, (*onvifServer).deviceInformation},
	"GetScopes":                   {false, (*onvifServer).scopes},
	"GetProfiles":                 {false, (*onvifServer).profiles},
	"GetVideoSources":             {false, (*onvifServer).videoSources},
	"GetStreamUri":                {false, (*onvifServer).streamURI},
	"GetSnapshotUri":              {false, (*onvifServer).snapshotURI},
	"CreatePullPointSubscription": {false, (*onvifServer).createPullPoint},
	"PullMessages":                {false, (*onvifServer).pullMessages},
	"Renew":                       {false, (*onvifServer).renew},
	"Unsubscribe":                 {false, (*onvifServer).unsubscribe},

	"GetServiceCapabilities": {true, (*onvifServer).serviceCapabilities},
	"SetSystemDateAndTime":   {false, (*onvifServer).setDateAndTime},
	"GetNTP":                 {false, (*onvifServer).timeServers},
	"SetNTP":                 {false, (*onvifServer).setNTP},
	"GetUsers":               {false, (*onvifServer).users},
	"SystemReboot":           {false, (*onvifServer).reboot},
	"GetRelayOutputs":        {false, (*onvifServer).relayOutputs},
	"SetRelayOutputState":    {false, (*onvifServer).setRelay},
	"SendAuxiliaryCommand":   {false, (*onvifServer).auxiliary},

	"GetVideoEncoderConfiguration":        {false, (*onvifServer).encoder},
	"GetVideoEncoderConfigurations":       {false, (*onvifServer).encoders},
	"GetVideoEncoderConfigurationOptions": {false, (*onvifServer).encoderOptions},
	"SetVideoEncoderConfiguration":        {false, (*onvifServer).setEncoder},

	"GetNodes":         {false, (*onvifServer).ptzNodes},
	"GetPresets":       {false, (*onvifServer).ptzPresets},
	"ContinuousMove":   {false, (*onvifServer).ptzMove},
	"Stop":             {false, (*onvifServer).ptzStop},
	"GotoPreset":       {false, (*onvifServer).ptzPreset},
	"GotoHomePosition": {false, (*onvifServer).ptzHome},

	"GetImagingSettings": {false, (*onvifServer).imaging},
	"GetOptions":         {false, (*onvifServer).imagingOptions},
	"SetImagingSettings": {false, (*onvifServer).setImaging},
}

func (s *onvifServer) soap(w http.ResponseWriter, r *http.Request) {
	switch {
	case s.misanswer(w, r):
		return
	case s.player != nil:
		s.player.serve(w, r)
		return
	case !strings.HasPrefix(r.URL.Path, "/onvif/"):
		http.NotFound(w, r)
		return
	}
	body, err := s.answer(r)
	status := http.StatusOK
	if err != nil {
		var f *soapFault
		if !errors.As(err, &f) {
			f = &soapFault{http.StatusInternalServerError, "ter:Action", err.Error()}
		}
		status = f.status
		if status == http.StatusUnauthorized {
			w.Header().Set("WWW-Authenticate", s.challenge())
		}
		body = fmt.Sprintf(`<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>%s</s:Value></s:Subcode></s:Code>`+
			`<s:Reason><s:Text xml:lang="en">%s</s:Text></s:Reason></s:Fault>`, f.subcode, escape(f.reason))
	}
	w.Header().Set("Content-Type", "application/soap+xml; charset=utf-8")
	w.WriteHeader(status)
	fmt.Fprintf(w, soapFrame, body)
}

func (s *onvifServer) answer(r *http.Request) (string, error) {
	e, err := parseCall(r.Body)
	if err != nil {
		return "", err
	}
	op, ok := operations[e.Body.Call.XMLName.Local]
	if !ok {
		return "", &soapFault{http.StatusBadRequest, "ter:ActionNotSupported", "This camera cannot do that."}
	}
	if !op.open && !s.allowed(r, e.Token) {
		if r.Header.Get("Authorization") != "" || e.Token.Username != "" {
			s.cam.wrong.Add(1)
		}
		return "", &soapFault{http.StatusUnauthorized, "ter:NotAuthorized", "Sender not Authorized"}
	}
	return op.do(s, r, e.Body.Call)
}

const soapFrame = `<?xml version="1.0" encoding="UTF-8"?>
<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:ter="http://www.onvif.org/ver10/error"
 xmlns:tds="http://www.onvif.org/ver10/device/wsdl" xmlns:trt="http://www.onvif.org/ver10/media/wsdl"
 xmlns:tr2="http://www.onvif.org/ver20/media/wsdl" xmlns:tptz="http://www.onvif.org/ver20/ptz/wsdl"
 xmlns:timg="http://www.onvif.org/ver20/imaging/wsdl" xmlns:tmd="http://www.onvif.org/ver10/deviceIO/wsdl"
 xmlns:tev="http://www.onvif.org/ver10/events/wsdl" xmlns:tt="http://www.onvif.org/ver10/schema"
 xmlns:wsnt="http://docs.oasis-open.org/wsn/b-2" xmlns:wsa5="http://www.w3.org/2005/08/addressing"
 xmlns:tns1="http://www.onvif.org/ver10/topics"><s:Body>%s</s:Body></s:Envelope>`

func escape(s string) string {
	var b strings.Builder
	xml.EscapeText(&b, []byte(s)) // a Builder takes everything
	return b.String()
}
