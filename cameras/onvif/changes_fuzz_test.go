package onvif

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"lares/cameras/clock"
)

// witness answers every request with the same bytes, and looks at each.
type witness struct {
	t      *testing.T
	answer []byte
}

func (a witness) RoundTrip(r *http.Request) (*http.Response, error) {
	sent, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	if r.URL.Hostname() != "192.0.2.7" {
		a.t.Fatalf("a request to %s", r.URL)
	}
	checkRequest(a.t, sent)
	return same(a.answer).RoundTrip(r)
}

// checkRequest demands an envelope whose body is one operation of ONVIF: what a
// device says in its answers does not come back as a request of its own.
func checkRequest(t *testing.T, sent []byte) {
	t.Helper()
	d := xml.NewDecoder(bytes.NewReader(sent))
	depth, calls, body := 0, 0, false
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("%v in %s", err, sent)
		}
		switch token := token.(type) {
		case xml.StartElement:
			depth++
			if depth == 2 {
				body = token.Name.Local == "Body"
			}
			if depth == 3 && body {
				calls++
				if !strings.HasPrefix(token.Name.Space, "http://www.onvif.org/") {
					t.Fatalf("an operation of %q in %s", token.Name.Space, sent)
				}
			}
		case xml.EndElement:
			depth--
		}
	}
	if calls != 1 {
		t.Fatalf("%d operations in %s", calls, sent)
	}
}

// FuzzChanges gives one and the same answer to all that changes a device: its
// clock and time servers, the fixes of warnings, its outputs.
func FuzzChanges(f *testing.F) {
	const (
		date    = `<GetSystemDateAndTimeResponse><SystemDateAndTime><DateTimeType>%s</DateTimeType><TimeZone><TZ>CET-1&lt;/TZ&gt;</TZ></TimeZone><UTCDateTime><Time><Hour>1</Hour></Time><Date><Year>2020</Year><Month>2</Month><Day>3</Day></Date></UTCDateTime></SystemDateAndTime></GetSystemDateAndTimeResponse>`
		set     = `<SetSystemDateAndTimeResponse/><SetNTPResponse/><SendAuxiliaryCommandResponse/><SetRelayOutputStateResponse/><SetVideoEncoderConfigurationResponse/>`
		encoder = `token="e" GovLength="500"><Encoding>H264</Encoding><Resolution><Width>2560</Width><Height>1440</Height></Resolution><RateControl><FrameRateLimit>25</FrameRateLimit></RateControl><H264><GovLength>500</GovLength></H264><a:b xmlns:a="&quot;&gt;" c="d"/>`
	)
	for _, seed := range []string{
		strings.Replace(date, "%s", "Manual", 1) + `<GetNTPResponse><NTPInformation><FromDHCP>false</FromDHCP><NTPFromDHCP><IPv4Address>192.0.2.1</IPv4Address></NTPFromDHCP></NTPInformation></GetNTPResponse>` + set,
		strings.Replace(date, "%s", "NTP", 1) + `<GetNTPResponse><NTPInformation><FromDHCP>1</FromDHCP><NTPManual><DNSname>::</DNSname></NTPManual></NTPInformation></GetNTPResponse>` + set,
		`<GetRelayOutputsResponse><RelayOutputs token="&lt;/RelayOutputToken&gt;"><Properties><Mode>Monostable</Mode></Properties></RelayOutputs></GetRelayOutputsResponse>` +
			`<GetServiceCapabilitiesResponse><Capabilities><Misc AuxiliaryCommands="tt:WhiteLight|On tt:Siren|on |On"/></Capabilities></GetServiceCapabilitiesResponse>` + set,
		strings.Replace(date, "%s", "Manual", 1) + `<GetProfilesResponse><Profiles token="1"><VideoEncoderConfiguration ` + encoder + `</VideoEncoderConfiguration></Profiles></GetProfilesResponse>` +
			`<GetVideoEncoderConfigurationResponse><Configuration ` + encoder + `</Configuration></GetVideoEncoderConfigurationResponse><GetStreamUriResponse><MediaUri><Uri>rtsp://x/y</Uri></MediaUri></GetStreamUriResponse>` +
			`<GetVideoEncoderConfigurationOptionsResponse><Options><H264><ResolutionsAvailable><Width>640</Width><Height>360</Height></ResolutionsAvailable><GovLengthRange><Min>1</Min><Max>100</Max></GovLengthRange></H264></Options></GetVideoEncoderConfigurationOptionsResponse>` + set,
		`<Fault><Code><Subcode><Value>ter:ActionNotSupported</Value></Subcode></Code></Fault>`,
	} {
		f.Add([]byte(`<e:Envelope xmlns:e="x"><e:Body>`+seed+`</e:Body></e:Envelope>`), "clock")
	}
	f.Fuzz(func(t *testing.T, answer []byte, fix string) {
		c, err := New(Config{URL: "http://192.0.2.7/onvif", Username: "u", Password: "p", Clock: clock.NewManual(time.Unix(1e9, 0))})
		if err != nil {
			t.Fatal(err)
		}
		c.http = &http.Client{Transport: witness{t, answer}}
		c.services = map[string]*url.URL{nsMedia: c.device, nsDeviceIO: c.device}
		changeAll(t, c, fix)
		c.services = map[string]*url.URL{nsMedia2: c.device, nsDeviceIO: c.device}
		changeAll(t, c, fix)
	})
}

// changeAll changes all that the device says it has.
func changeAll(t *testing.T, c *Client, fix string) {
	ctx := t.Context()
	_ = c.MendClock(ctx)
	if servers, err := c.timeServers(ctx); err != nil && servers != (timeServers{}) {
		t.Fatalf("%+v beside %v", servers, err)
	}
	s, _ := c.Survey(ctx)
	_ = c.Fix(ctx, s, fix)
	for _, w := range s.Warnings {
		_ = c.Fix(ctx, s, w.Fix)
	}
	outputs, _ := c.Outputs(ctx)
	for _, o := range outputs[:min(len(outputs), 3)] {
		_ = c.Switch(ctx, o, true)
		_ = c.Switch(ctx, o, false)
	}
}
