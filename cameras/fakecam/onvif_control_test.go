package fakecam_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"lares/cameras/clock"
	"lares/cameras/fakecam"
)

// TestONVIFControl turns all that can be turned, by requests as they are in
// the specifications.
func TestONVIFControl(t *testing.T) {
	wall := clock.NewManual(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
	c := start(t, fakecam.Options{Name: "Front door", Clock: wall, Ahead: -24 * time.Hour, RefuseSubscriptions: 1})
	s := newSOAP(t)
	s.created = wall.Now().Add(-24 * time.Hour)
	url := c.ONVIFURL()
	const media2 = ` xmlns="http://www.onvif.org/ver20/media/wsdl"`
	text := s.call(t, url, `<GetProfiles`+media2+`><Type>All</Type></GetProfiles>`)
	for _, want := range []string{`<tr2:VideoEncoder token="profile_main_encoder" GovLength="20"`, "<tt:Encoding>H264<", "<tt:FrameRateLimit>10<", `<tr2:PTZ token=`} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in %s", want, text)
		}
	}
	if text := s.call(t, url, `<GetStreamUri`+media2+`><Protocol>RTSP</Protocol><ProfileToken>profile_sub</ProfileToken></GetStreamUri>`); between(t, text, "<tr2:Uri>", "<") != c.SubURL() {
		t.Error(text)
	}
	s.call(t, url, `<SetVideoEncoderConfiguration`+media2+`><Configuration token="profile_sub_encoder" GovLength="30"><Encoding>H264</Encoding><Resolution><Width>640</Width><Height>360</Height></Resolution></Configuration></SetVideoEncoderConfiguration>`)
	s.call(t, url, `<ContinuousMove><ProfileToken>profile_main</ProfileToken><Velocity><PanTilt x="0.5" y="-1"/></Velocity></ContinuousMove>`)
	s.call(t, url, `<SetImagingSettings><VideoSourceToken>video_source</VideoSourceToken><ImagingSettings><Contrast>7</Contrast></ImagingSettings></SetImagingSettings>`)
	s.call(t, url, `<SetRelayOutputState><RelayOutputToken>relay_2</RelayOutputToken><LogicalState>active</LogicalState></SetRelayOutputState>`)
	s.call(t, url, `<SendAuxiliaryCommand><AuxiliaryCommand>tt:Siren|On</AuxiliaryCommand></SendAuxiliaryCommand>`)
	s.call(t, url, `<SetNTP><FromDHCP>false</FromDHCP><NTPManual><Type>DNS</Type><DNSname>time.example</DNSname></NTPManual></SetNTP>`)
	d := c.Device()
	if d.Sub.GOP != 30 || d.Sub.Width != 640 || d.Pan != 0.5 || d.Tilt != -1 || d.Contrast != 7 || d.Brightness != 50 || strings.Join(d.Outputs, " ") != "relay_2 tt:Siren" || d.NTP != "time.example" {
		t.Errorf("%+v", d)
	}
	s.call(t, url, `<Stop><ProfileToken>profile_main</ProfileToken></Stop>`)
	s.call(t, url, `<SendAuxiliaryCommand><AuxiliaryCommand>tt:Siren|Off</AuxiliaryCommand></SendAuxiliaryCommand>`)
	if d := c.Device(); d.Pan != 0 || strings.Join(d.Outputs, " ") != "relay_2" {
		t.Errorf("%+v", d)
	}
	for _, bad := range []string{
		`<GetVideoEncoderConfiguration><ConfigurationToken>none</ConfigurationToken></GetVideoEncoderConfiguration>`,
		`<SetVideoEncoderConfiguration><Configuration token="profile_main_encoder"><Encoding>H265</Encoding></Configuration></SetVideoEncoderConfiguration>`,
		`<ContinuousMove><Velocity><PanTilt x="NaN" y="0"/></Velocity></ContinuousMove>`,
		`<GotoPreset><PresetToken>preset_9</PresetToken></GotoPreset>`,
		`<SetImagingSettings><VideoSourceToken>video_source</VideoSourceToken><ImagingSettings><Contrast>-1</Contrast></ImagingSettings></SetImagingSettings>`,
		`<SetImagingSettings><VideoSourceToken>video_source</VideoSourceToken><ImagingSettings><IrCutFilter>MAYBE</IrCutFilter></ImagingSettings></SetImagingSettings>`,
		`<SetRelayOutputState><RelayOutputToken>relay_9</RelayOutputToken><LogicalState>active</LogicalState></SetRelayOutputState>`,
		`<SendAuxiliaryCommand><AuxiliaryCommand>tt:Rocket|On</AuxiliaryCommand></SendAuxiliaryCommand>`,
		`<SetNTP/>`, `<SetSystemDateAndTime/>`, `<CreatePullPointSubscription/>`,
	} {
		if status, text, _ := s.post(t, url, s.token(), bad, ""); status != http.StatusBadRequest {
			t.Errorf("%s: %d %s", bad, status, text)
		}
	}
	if d := c.Device(); d.Refused != 1 || d.Subscriptions != 0 {
		t.Errorf("%+v", d)
	}
	s.call(t, url, `<CreatePullPointSubscription/>`)
	s.call(t, url, `<SetSystemDateAndTime><DateTimeType>Manual</DateTimeType><UTCDateTime><Time><Hour>3</Hour><Minute>4</Minute><Second>5</Second></Time><Date><Year>2026</Year><Month>1</Month><Day>2</Day></Date></UTCDateTime></SetSystemDateAndTime>`)
	s.created = wall.Now()
	s.call(t, url, `<SystemReboot/>`)
	if d := c.Device(); d.Reboots != 1 || d.Subscriptions != 0 {
		t.Errorf("%+v", d)
	}
}

// TestONVIFLies: each fault of the ONVIF side does what it is named after, and
// ends with it.
func TestONVIFLies(t *testing.T) {
	c := start(t, fakecam.Options{Name: "Front door"})
	s := newSOAP(t)
	s.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	for fault, want := range map[fakecam.ONVIFFault]string{
		fakecam.ONVIFBomb: "<!ENTITY a9", fakecam.ONVIFPage: "<html>", fakecam.ONVIFRedirect: "", fakecam.ONVIFNone: "GetDeviceInformationResponse",
	} {
		c.SetONVIFFault(fault)
		status, text, h := s.post(t, c.ONVIFURL(), s.token(), deviceInformation, "")
		if !strings.Contains(text, want) || (status == http.StatusTemporaryRedirect) != (fault == fakecam.ONVIFRedirect) ||
			fault == fakecam.ONVIFRedirect && !strings.HasPrefix(h.Get("Location"), c.ONVIFURL()) {
			t.Errorf("%v: %d %.200s", fault, status, text)
		}
	}
	c.SetONVIFFault(fakecam.ONVIFHuge)
	res, err := s.http.Post(c.ONVIFURL(), "application/soap+xml", strings.NewReader("<a/>"))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	const some = 8 << 20
	buf, read := make([]byte, 1<<20), 0
	for read < some {
		n, err := res.Body.Read(buf)
		if read += n; err != nil {
			t.Fatalf("ended after %d bytes: %v", read, err)
		}
	}
}
