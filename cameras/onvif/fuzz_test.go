package onvif

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"lares/cameras/clock"
)

// same answers every request with the same bytes.
type same []byte

func (s same) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(bytes.NewReader(s)), Header: http.Header{}, Request: r}, nil
}

// FuzzAnswers gives every operation of the client one and the same answer.
func FuzzAnswers(f *testing.F) {
	for _, seed := range []string{
		`<GetServicesResponse><Service><Namespace>http://www.onvif.org/ver20/media/wsdl</Namespace><XAddr>http://x/m</XAddr></Service></GetServicesResponse>`,
		`<GetCapabilitiesResponse><Capabilities><Media><XAddr>/m</XAddr></Media></Capabilities></GetCapabilitiesResponse>`,
		`<GetProfilesResponse><Profiles token="1"><Configurations><VideoSource><SourceToken>v</SourceToken></VideoSource><VideoEncoder token="e" GovLength="50"><Encoding>H265</Encoding><Resolution><Width>640</Width><Height>360</Height></Resolution></VideoEncoder></Configurations></Profiles></GetProfilesResponse>`,
		`<GetProfilesResponse><Profiles token="1"><VideoEncoderConfiguration token="e"><Encoding>H264</Encoding><RateControl><FrameRateLimit>1e999</FrameRateLimit></RateControl><H264><GovLength>NaN</GovLength></H264></VideoEncoderConfiguration></Profiles></GetProfilesResponse>`,
		`<GetStreamUriResponse><Uri>rtsp://a:b@[::1]:99/x?y#z</Uri></GetStreamUriResponse>`,
		`<GetVideoEncoderConfigurationsResponse><Configurations token="e" GovLength="5"><a:b xmlns:a="c"/></Configurations></GetVideoEncoderConfigurationsResponse>`,
		`<GetVideoEncoderConfigurationOptionsResponse><Options GovLengthRange="1 400" FrameRatesSupported="30 25"><Encoding>H264</Encoding><ResolutionsAvailable><Width>1</Width><Height>2</Height></ResolutionsAvailable></Options></GetVideoEncoderConfigurationOptionsResponse>`,
		`<GetNodesResponse><PTZNode><HomeSupported>true</HomeSupported></PTZNode></GetNodesResponse>`,
		`<GetImagingSettingsResponse><ImagingSettings><Brightness>-5</Brightness></ImagingSettings></GetImagingSettingsResponse>`,
		`<GetRelayOutputsResponse><RelayOutputs token="1"/></GetRelayOutputsResponse>`,
		`<GetRulesResponse><Rule Name="a" Type="Human"/></GetRulesResponse>`,
		`<GetSystemDateAndTimeResponse><SystemDateAndTime><UTCDateTime><Date><Year>2020</Year><Month>99</Month></Date></UTCDateTime></SystemDateAndTime></GetSystemDateAndTimeResponse>`,
		`<CreatePullPointSubscriptionResponse><SubscriptionReference><Address>//x</Address><ReferenceParameters><a>b</a></ReferenceParameters></SubscriptionReference></CreatePullPointSubscriptionResponse>`,
		`<Fault><Code><Value>x</Value></Code></Fault>`,
	} {
		f.Add([]byte(`<e:Envelope xmlns:e="x"><e:Body>` + seed + `</e:Body></e:Envelope>`))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		c, err := New(Config{URL: "http://192.0.2.7/onvif", Username: "u", Password: "p", Clock: clock.NewManual(time.Unix(1e9, 0))})
		if err != nil {
			t.Fatal(err)
		}
		c.http = &http.Client{Transport: same(in)}
		_, _ = c.Services(t.Context())
		all := map[string]*url.URL{}
		for _, ns := range []string{nsMedia, nsMedia2, nsEvents, nsPTZ, nsImaging, nsDeviceIO, nsAnalytics} {
			all[ns] = c.device
		}
		c.services = all
		everything(t, c)
	})
}

// everything asks all there is to ask, and looks at what must hold of it.
func everything(t *testing.T, c *Client) {
	ctx := t.Context()
	profiles, _ := c.Profiles(ctx)
	if len(profiles) > maxList {
		t.Fatalf("%d profiles", len(profiles))
	}
	channels := Channels(profiles)
	for i, p := range profiles {
		at := slices.IndexFunc(channels, func(c Channel) bool { return c.Source == p.Source })
		if len(channels) < maxChannels && (at < 0 || channels[at].Reasons[i] == "") {
			t.Fatalf("no reason for %+v", p)
		}
	}
	for _, ch := range channels {
		if m, s := ch.Main, ch.Sub; m >= 0 && profiles[m].Source != ch.Source || s >= 0 && (m < 0 || profiles[s].Source != ch.Source) {
			t.Fatalf("%+v of another source", ch)
		}
		_ = Warnings(profiles, ch.Choice)
	}
	_ = clockWarnings(Clock{Offset: time.Hour})
	for _, p := range append(profiles[:min(len(profiles), 2)], Profile{Encoder: &Encoder{Token: "e"}, Media2: true}, Profile{Encoder: &Encoder{Token: "e"}}) {
		if u, err := c.StreamURI(ctx, p); err == nil {
			at, err := url.Parse(u)
			if err != nil || at.Hostname() != "192.0.2.7" || at.User != nil || !strings.HasPrefix(at.Scheme, "rtsp") {
				t.Fatalf("a stream at %s, %v", u, err)
			}
		}
		options, _ := c.EncoderOptions(ctx, p)
		if p.Encoder != nil {
			_, _ = SubInH264(p.Encoder, options)
		}
		_ = c.SetEncoder(ctx, p, EncoderChange{Codec: CodecH264, GOP: 20, Size: Size{640, 360}})
		_, _ = c.PTZ(ctx, p)
		_, _ = c.Imaging(ctx, p)
		_, _ = c.ImagingOptions(ctx, p)
	}
	_, _ = c.Device(ctx)
	_, _ = c.Clock(ctx)
	if outputs, _ := c.Outputs(ctx); len(outputs) > maxOutputs {
		t.Fatalf("%d outputs", len(outputs))
	}
	_, _ = c.RuleClasses(ctx)
	_, _ = c.Snapshot(ctx, Profile{Token: "a"})
	if sub, err := c.Subscribe(ctx); err == nil {
		if sub.at.Hostname() != "192.0.2.7" || sub.Lives <= 0 || sub.Lives > Term {
			t.Fatalf("a subscription at %s for %v", sub.at, sub.Lives)
		}
		_, _ = sub.Pull(ctx)
	}
}
