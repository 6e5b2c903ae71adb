package fakecam

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

const (
	nsDevice     = "http://www.onvif.org/ver10/device/wsdl"
	nsMedia      = "http://www.onvif.org/ver10/media/wsdl"
	nsMedia2     = "http://www.onvif.org/ver20/media/wsdl"
	encoderOf    = "_encoder" // follows the profile's token
	presetPrefix = "preset_"
	neighbour    = "neighbour" // its profile, source, configuration and path
	ptzConfig    = "ptz_config"
	rulesConfig  = "analytics"
)

// sizes are those that the encoders say they can do.
var sizes = [][2]int{{320, 180}, {640, 360}, {1280, 720}, {1920, 1080}}

// What they can do besides.
const (
	gopMost             = 400
	kbpsLeast, kbpsMost = 64, 8192
)

// profiles is GetProfiles of both Media services (ONVIF Media §5.2.2, Media2
// §5.2.2).
func (s *onvifServer) profiles(_ *http.Request, c call) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	second := c.XMLName.Space == nsMedia2
	var b strings.Builder
	for _, p := range s.offered() {
		if second {
			fmt.Fprintf(&b, `<tr2:Profiles token="%[1]s" fixed="true"><tr2:Name>%[1]s</tr2:Name><tr2:Configurations>`+
				`<tr2:VideoSource token="%[2]s"><tt:Name>%[5]s</tt:Name><tt:UseCount>2</tt:UseCount><tt:SourceToken>%[3]s</tt:SourceToken></tr2:VideoSource>%[4]s`,
				p.token, p.config, p.source, encoder2("tr2:VideoEncoder", p.token, *p.e), p.name)
			if !s.cam.o.without(ServicePTZ) {
				b.WriteString(`<tr2:PTZ token="` + ptzConfig + `"><tt:Name>PTZ</tt:Name></tr2:PTZ>`)
			}
			b.WriteString(`</tr2:Configurations></tr2:Profiles>`)
			continue
		}
		fmt.Fprintf(&b, `<trt:Profiles token="%[1]s" fixed="true"><tt:Name>%[1]s</tt:Name>`+
			`<tt:VideoSourceConfiguration token="%[2]s"><tt:Name>%[7]s</tt:Name><tt:UseCount>2</tt:UseCount>`+
			`<tt:SourceToken>%[3]s</tt:SourceToken><tt:Bounds x="0" y="0" width="%[4]d" height="%[5]d"/></tt:VideoSourceConfiguration>%[6]s`,
			p.token, p.config, p.source, p.e.Width, p.e.Height, encoder1("tt:VideoEncoderConfiguration", p.token, *p.e), p.name)
		if !s.cam.o.without(ServicePTZ) {
			b.WriteString(`<tt:PTZConfiguration token="` + ptzConfig + `"><tt:Name>PTZ</tt:Name></tt:PTZConfiguration>`)
		}
		b.WriteString(`</trt:Profiles>`)
	}
	return s.media(c, b.String()), nil
}

// videoSources is GetVideoSources (ONVIF Media, mandatory): each source once, as large as its
// largest profile.
func (s *onvifServer) videoSources(_ *http.Request, c call) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var b strings.Builder
	told := map[string]bool{}
	for _, p := range s.offered() { // the main profile of each comes first
		if !told[p.source] {
			told[p.source] = true
			fmt.Fprintf(&b, `<trt:VideoSources token="%s"><tt:Framerate>%d</tt:Framerate><tt:Resolution><tt:Width>%d</tt:Width><tt:Height>%d</tt:Height></tt:Resolution></trt:VideoSources>`,
				p.source, p.e.FPS, p.e.Width, p.e.Height)
		}
	}
	return s.media(c, b.String()), nil
}

// media wraps an answer in the prefix of the service that was asked.
func (s *onvifServer) media(c call, content string) string {
	prefix := "trt"
	if c.XMLName.Space == nsMedia2 {
		prefix = "tr2"
	}
	name := prefix + ":" + c.XMLName.Local + "Response"
	return "<" + name + ">" + content + "</" + name + ">"
}

func encoder1(element, profile string, e Encoding) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<%[1]s token="%[2]s"><tt:Name>%[3]s</tt:Name><tt:UseCount>1</tt:UseCount><tt:Encoding>%[4]s</tt:Encoding>`+
		`<tt:Resolution><tt:Width>%[5]d</tt:Width><tt:Height>%[6]d</tt:Height></tt:Resolution><tt:Quality>5</tt:Quality>`,
		element, profile+encoderOf, profile, escape(e.Codec), e.Width, e.Height)
	if e.FPS > 0 {
		fmt.Fprintf(&b, `<tt:RateControl><tt:FrameRateLimit>%d</tt:FrameRateLimit><tt:EncodingInterval>1</tt:EncodingInterval>`+
			`<tt:BitrateLimit>%d</tt:BitrateLimit></tt:RateControl>`, e.FPS, e.Kbps)
	}
	if e.GOP > 0 {
		fmt.Fprintf(&b, `<tt:H264><tt:GovLength>%d</tt:GovLength><tt:H264Profile>Main</tt:H264Profile></tt:H264>`, e.GOP)
	}
	fmt.Fprintf(&b, `<tt:SessionTimeout>PT60S</tt:SessionTimeout></%s>`, element)
	return b.String()
}

func encoder2(element, profile string, e Encoding) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<%s token="%s"`, element, profile+encoderOf)
	if e.GOP > 0 {
		fmt.Fprintf(&b, ` GovLength="%d" Profile="Main"`, e.GOP)
	}
	fmt.Fprintf(&b, `><tt:Name>%s</tt:Name><tt:UseCount>1</tt:UseCount><tt:Encoding>%s</tt:Encoding>`+
		`<tt:Resolution><tt:Width>%d</tt:Width><tt:Height>%d</tt:Height></tt:Resolution>`, profile, escape(e.Codec), e.Width, e.Height)
	if e.FPS > 0 {
		fmt.Fprintf(&b, `<tt:RateControl ConstantBitRate="false"><tt:FrameRateLimit>%d</tt:FrameRateLimit><tt:BitrateLimit>%d</tt:BitrateLimit></tt:RateControl>`, e.FPS, e.Kbps)
	}
	fmt.Fprintf(&b, `<tt:Quality>5</tt:Quality></%s>`, element)
	return b.String()
}

// encoding finds the encoder that a configuration's token names; s.mu must be
// held.
func (s *onvifServer) encoding(token string) (profile string, e *Encoding, err error) {
	for _, p := range s.offered() {
		if token == p.token+encoderOf && p.token != neighbour {
			return p.token, p.e, nil
		}
	}
	return "", nil, invalid("There is no such encoder.")
}

func invalid(reason string) error {
	return &soapFault{http.StatusBadRequest, "ter:InvalidArgVal", reason}
}

// encoder is GetVideoEncoderConfiguration (ONVIF Media §5.5.3).
func (s *onvifServer) encoder(_ *http.Request, c call) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	profile, e, err := s.encoding(c.ConfigurationToken)
	if err != nil {
		return "", err
	}
	return s.media(c, encoder1("trt:Configuration", profile, *e)), nil
}

// encoders is GetVideoEncoderConfigurations (ONVIF Media2 §5.3.1). Like some
// cameras it tells all of them, whatever the token.
func (s *onvifServer) encoders(_ *http.Request, c call) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var b strings.Builder
	for _, p := range s.offered() {
		b.WriteString(encoder2("tr2:Configurations", p.token, *p.e))
	}
	return s.media(c, b.String()), nil
}

// encoderOptions is GetVideoEncoderConfigurationOptions of both services.
func (s *onvifServer) encoderOptions(_ *http.Request, c call) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, e, err := s.encoding(c.ConfigurationToken)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for _, v := range sizes {
		fmt.Fprintf(&b, `<tt:ResolutionsAvailable><tt:Width>%d</tt:Width><tt:Height>%d</tt:Height></tt:ResolutionsAvailable>`, v[0], v[1])
	}
	kbps := fmt.Sprintf(`<tt:BitrateRange><tt:Min>%d</tt:Min><tt:Max>%d</tt:Max></tt:BitrateRange>`, kbpsLeast, kbpsMost)
	if c.XMLName.Space == nsMedia2 {
		options := ""
		for _, codec := range codecs2(e.Codec) {
			options += fmt.Sprintf(`<tr2:Options GovLengthRange="1 %d" FrameRatesSupported="30 25 15 10 5"><tt:Encoding>%s</tt:Encoding>%s%s</tr2:Options>`, gopMost, escape(codec), b.String(), kbps)
		}
		return s.media(c, options), nil
	}
	return s.media(c, fmt.Sprintf(`<trt:Options><tt:H264>%s<tt:GovLengthRange><tt:Min>1</tt:Min><tt:Max>%d</tt:Max></tt:GovLengthRange>`+
		`<tt:FrameRateRange><tt:Min>5</tt:Min><tt:Max>30</tt:Max></tt:FrameRateRange></tt:H264>`+
		`<tt:Extension><tt:H264>%[1]s<tt:GovLengthRange><tt:Min>1</tt:Min><tt:Max>%[2]d</tt:Max></tt:GovLengthRange>%[3]s</tt:H264></tt:Extension></trt:Options>`, b.String(), gopMost, kbps)), nil
}

// codecs2 are what an encoder with that codec can do, as Media2 tells it: H.264 in the
// place of H.265 too.
func codecs2(codec string) []string {
	if codec == onvifEncoding[codecH265] {
		return []string{codec, onvifEncoding[codecH264]}
	}
	return []string{codec}
}

// setEncoder is SetVideoEncoderConfiguration of both services. What is played
// stays as it is: only what is told changes.
func (s *onvifServer) setEncoder(_ *http.Request, c call) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, e, err := s.encoding(c.Configuration.Token)
	if err != nil {
		return "", err
	}
	to := c.Configuration
	gop := max(to.GOP1, to.GOP2)
	kbps := cmp.Or(to.Kbps, e.Kbps) // one that is not told stays
	if !slices.Contains(codecs2(e.Codec), to.Encoding) || to.Width < 1 || to.Height < 1 || gop < 0 || gop > gopMost || kbps != e.Kbps && (kbps < kbpsLeast || kbps > kbpsMost) {
		return "", &soapFault{http.StatusBadRequest, "ter:ConfigModify", "The parameters are not settable."}
	}
	if !s.faulty(ONVIFIgnore) {
		e.Codec, e.Width, e.Height, e.GOP, e.Kbps = to.Encoding, to.Width, to.Height, gop, kbps
	}
	return s.media(c, ""), nil
}
