package onvif

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
)

// Profile is what a device offers under one token: what it sees, how it
// encodes it, and by which PTZ it turns.
type Profile struct {
	Token, Name string
	// Source is the token of the video source, which Imaging is about, SourceConfig
	// that of its configuration, which events name, and SourceName what that is called.
	Source, SourceConfig, SourceName string
	// Encoder is nil for a profile without video.
	Encoder *Encoder
	// Audio is the codec of its sound, "" for none.
	Audio string
	// PTZ says that the camera of the profile turns.
	PTZ bool
	// Analytics is the token of the rules that watch it, "" for none.
	Analytics string
	// Media2 says that the profile was told by the newer Media service, which
	// alone knows H.265.
	Media2 bool
}

// Encoder is a video encoder's configuration.
type Encoder struct {
	Token, Name string
	// Codec is H264, H265, JPEG or MPEG4, or the device's own word.
	Codec         string
	Width, Height int
	// FPS is pictures per second, Kbps a limit in kbit/s, GOP the pictures from
	// one IDR to the next; 0 is not told.
	FPS       float64
	Kbps, GOP int
	// Smart says that the device stretches GOPs as it likes.
	Smart bool
}

type xmlEncoder struct {
	Token    string `xml:"token,attr"`
	Name     string
	Encoding string
	Width    number `xml:"Resolution>Width"`
	Height   number `xml:"Resolution>Height"`
	FPS      number `xml:"RateControl>FrameRateLimit"`
	Kbps     number `xml:"RateControl>BitrateLimit"`
	GOP264   number `xml:"H264>GovLength"`  // Media
	GOP4     number `xml:"MPEG4>GovLength"` // Media
	GOP2     number `xml:"GovLength,attr"`  // Media2
}

func (x *xmlEncoder) plain() *Encoder {
	if x == nil {
		return nil
	}
	codec, smart := codecOf(x.Encoding)
	return &Encoder{
		Token: text(x.Token), Name: text(x.Name), Codec: codec, Smart: smart || isSmart(x.Name),
		Width: size(x.Width), Height: size(x.Height), FPS: rate(x.FPS), Kbps: size(x.Kbps),
		GOP: size(max(x.GOP264, x.GOP4, x.GOP2)),
	}
}

func size(n number) int { return int(min(max(n, 0), 1<<20)) }

func rate(n number) float64 { return float64(min(max(n, 0), 1000)) }

type xmlToken struct {
	Token       string `xml:"token,attr"`
	Name        string
	SourceToken string
	Encoding    string
}

// xmlProfile is a profile of both services: Media2 puts the configurations one
// element deeper and shortens their names.
type xmlProfile struct {
	Token     string      `xml:"token,attr"`
	Name      string      `xml:"Name"`
	Source    xmlToken    `xml:"VideoSourceConfiguration"`
	Encoder   *xmlEncoder `xml:"VideoEncoderConfiguration"`
	Audio     xmlToken    `xml:"AudioEncoderConfiguration"`
	PTZ       *xmlToken   `xml:"PTZConfiguration"`
	Analytics xmlToken    `xml:"VideoAnalyticsConfiguration"`
	Second    struct {
		Source    xmlToken    `xml:"VideoSource"`
		Encoder   *xmlEncoder `xml:"VideoEncoder"`
		Audio     xmlToken    `xml:"AudioEncoder"`
		PTZ       *xmlToken   `xml:"PTZ"`
		Analytics xmlToken    `xml:"Analytics"`
	} `xml:"Configurations"`
}

func (x xmlProfile) plain(media2 bool) Profile {
	source, encoder, audio, ptz, analytics := x.Source, x.Encoder, x.Audio, x.PTZ, x.Analytics
	if media2 {
		source, encoder, audio, ptz, analytics = x.Second.Source, x.Second.Encoder, x.Second.Audio, x.Second.PTZ, x.Second.Analytics
	}
	return Profile{
		Token: text(x.Token), Name: text(x.Name), Source: text(source.SourceToken), SourceConfig: text(source.Token), SourceName: text(source.Name), Encoder: encoder.plain(),
		Audio: bounded(audio.Encoding, 32), PTZ: ptz != nil, Analytics: text(analytics.Token), Media2: media2,
	}
}

// Profiles lists what the device offers (ONVIF Media2 §5.2, Media §5.2). Media2
// is asked first, for H.265 is told there alone; what it does not tell, the
// older service does.
func (c *Client) Profiles(ctx context.Context) ([]Profile, error) {
	has, err := c.Services(ctx)
	if err != nil {
		return nil, err
	}
	if has.Media2 {
		list, err := c.profiles(ctx, nsMedia2, "<Type>All</Type>")
		if err == nil && encodes(list) || !has.Media {
			return list, err
		}
		if errors.Is(err, ErrNotAuthorized) {
			return nil, err
		}
	}
	return c.profiles(ctx, nsMedia, "")
}

func (c *Client) profiles(ctx context.Context, ns, arguments string) ([]Profile, error) {
	a, err := ask[struct {
		Profiles list[xmlProfile] `xml:"Profiles"`
	}](ctx, c, ns, "GetProfiles", arguments)
	if err != nil {
		return nil, err
	}
	var out []Profile
	for _, p := range a.Profiles {
		if p.Token != "" {
			out = append(out, p.plain(ns == nsMedia2))
		}
	}
	return out, nil
}

func encodes(list []Profile) bool {
	for _, p := range list {
		if p.Encoder != nil && p.Encoder.Codec != "" {
			return true
		}
	}
	return false
}

func (p Profile) ns() string {
	if p.Media2 {
		return nsMedia2
	}
	return nsMedia
}

// uri asks for an address of a profile as the device writes it.
func (c *Client) uri(ctx context.Context, p Profile, operation, setup string) (string, error) {
	a, err := ask[struct {
		URI  string `xml:"MediaUri>Uri"` // Media
		URI2 string `xml:"Uri"`          // Media2
	}](ctx, c, p.ns(), operation, setup+element("ProfileToken", p.Token))
	if err != nil {
		return "", err
	}
	if s := strings.TrimSpace(a.URI + a.URI2); s != "" {
		return s, nil
	}
	return "", ErrUnsupported
}

// StreamURI is the RTSP address of a profile, at the configured host whatever
// the device says, without credentials (ONVIF Media2 §5.9, Media §5.15.1).
func (c *Client) StreamURI(ctx context.Context, p Profile) (string, error) {
	setup := "<StreamSetup><tt:Stream>RTP-Unicast</tt:Stream><tt:Transport><tt:Protocol>RTSP</tt:Protocol></tt:Transport></StreamSetup>"
	if p.Media2 {
		setup = "<Protocol>RTSP</Protocol>"
	}
	address, err := c.uri(ctx, p, "GetStreamUri", setup)
	if err != nil {
		return "", err
	}
	return c.stream(address)
}

// stream makes an RTSP address of the device's into one at the configured
// host. Devices write a scheme twice or none, IPv6 addresses without brackets,
// and credentials.
func (c *Client) stream(address string) (string, error) {
	const most = 1024
	scheme, rest := "rtsp", address
	for {
		before, after, ok := strings.Cut(rest, "://")
		if !ok || strings.ContainsAny(before, "/?@") {
			break
		}
		if s := strings.ToLower(before); s != "rtsp" && s != "rtsps" {
			return "", fmt.Errorf("%w: the stream is not RTSP", ErrMalformed)
		} else if s == "rtsps" {
			scheme = s
		}
		rest = after
	}
	host, path := rest, ""
	if i := strings.IndexAny(rest, "/?"); i >= 0 {
		host, path = rest[:i], rest[i:]
	}
	if i := strings.LastIndexByte(host, '@'); i >= 0 {
		host = host[i+1:]
	}
	port := ""
	if _, p, err := net.SplitHostPort(host); err == nil {
		if n, err := strconv.ParseUint(p, 10, 16); err == nil && n > 0 {
			port = p
		}
	}
	u, err := url.Parse(scheme + "://host" + path)
	if err != nil || len(address) > most || u.Host != "host" {
		return "", fmt.Errorf("%w: the stream has no address", ErrMalformed)
	}
	u.Fragment = ""
	u.Host = c.device.Hostname()
	if strings.Contains(u.Host, ":") {
		u.Host = "[" + u.Host + "]"
	}
	if port != "" {
		u.Host = net.JoinHostPort(c.device.Hostname(), port)
	}
	return u.String(), nil
}
