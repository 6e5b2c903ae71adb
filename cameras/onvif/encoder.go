package onvif

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Size is a picture's size in pixels.
type Size struct{ Width, Height int }

// EncoderOptions is what an encoder can do with one codec. Zero limits are not
// told.
type EncoderOptions struct {
	Codec            string
	Sizes            []Size
	GOPMin, GOPMax   int
	FPSMin, FPSMax   float64
	KbpsMin, KbpsMax int
}

type xmlRange struct{ Min, Max number }

type xmlOptions struct {
	Sizes list[struct{ Width, Height number }] `xml:"ResolutionsAvailable"`
	GOP   xmlRange                             `xml:"GovLengthRange"`
	FPS   xmlRange                             `xml:"FrameRateRange"`
	Kbps  xmlRange                             `xml:"BitrateRange"`
}

func (x xmlOptions) plain(codec string) EncoderOptions {
	o := EncoderOptions{
		Codec: codec, GOPMin: size(x.GOP.Min), GOPMax: size(x.GOP.Max), FPSMin: rate(x.FPS.Min), FPSMax: rate(x.FPS.Max),
		KbpsMin: size(x.Kbps.Min), KbpsMax: size(x.Kbps.Max),
	}
	for _, s := range x.Sizes {
		if s.Width > 0 && s.Height > 0 {
			o.Sizes = append(o.Sizes, Size{size(s.Width), size(s.Height)})
		}
	}
	slices.SortFunc(o.Sizes, func(a, b Size) int { return cmp.Compare(a.Width*a.Height, b.Width*b.Height) })
	return o
}

// EncoderOptions asks what the encoder of a profile can do (ONVIF Media2
// §5.3.6, Media §5.5.5).
func (c *Client) EncoderOptions(ctx context.Context, p Profile) ([]EncoderOptions, error) {
	if p.Encoder == nil {
		return nil, ErrUnsupported
	}
	arguments := element("ConfigurationToken", p.Encoder.Token) + element("ProfileToken", p.Token)
	const operation = "GetVideoEncoderConfigurationOptions"
	if p.Media2 {
		return c.encoderOptions2(ctx, operation, arguments)
	}
	a, err := ask[struct {
		JPEG     *xmlOptions `xml:"Options>JPEG"`
		H264     *xmlOptions `xml:"Options>H264"`
		JPEGKbps xmlRange    `xml:"Options>Extension>JPEG>BitrateRange"`
		H264Kbps xmlRange    `xml:"Options>Extension>H264>BitrateRange"`
	}](ctx, c, nsMedia, operation, arguments)
	if err != nil {
		return nil, err
	}
	var out []EncoderOptions
	for codec, x := range map[string]*xmlOptions{CodecH264: a.H264, CodecJPEG: a.JPEG} {
		if x != nil {
			x.Kbps = map[string]xmlRange{CodecH264: a.H264Kbps, CodecJPEG: a.JPEGKbps}[codec]
			out = append(out, x.plain(codec))
		}
	}
	return out, nil
}

func (c *Client) encoderOptions2(ctx context.Context, operation, arguments string) ([]EncoderOptions, error) {
	a, err := ask[struct {
		Options list[struct {
			xmlOptions
			Encoding string
			GOPs     string `xml:"GovLengthRange,attr"`
			Rates    string `xml:"FrameRatesSupported,attr"`
		}] `xml:"Options"`
	}](ctx, c, nsMedia2, operation, arguments)
	if err != nil {
		return nil, err
	}
	var out []EncoderOptions
	for _, x := range a.Options {
		codec, _ := codecOf(x.Encoding)
		x.GOP, x.FPS = span(x.GOPs), span(x.Rates)
		out = append(out, x.plain(codec))
	}
	return out, nil
}

// span is the least and the most of a list of numbers.
func span(s string) xmlRange {
	var r xmlRange
	for i, f := range strings.Fields(bounded(s, 4*maxText)) {
		var n number
		_ = n.UnmarshalText([]byte(f)) // it does not fail
		if i == 0 {
			r = xmlRange{n, n}
		}
		r.Min, r.Max = min(r.Min, n), max(r.Max, n)
	}
	return r
}

// EncoderChange is what to change of an encoder; zero leaves as it is.
type EncoderChange struct {
	Codec string
	GOP   int
	Size  Size
	Kbps  int
}

// ErrKept is returned when a device accepts a change and does not make it.
var ErrKept = errors.New("onvif: the device accepted the change and did not make it")

// SetEncoder changes the encoder of a profile (ONVIF Media2 §5.3.8, Media
// §5.5.6): it reads the whole configuration, changes what is asked for, writes
// it back and looks whether it was taken. With the size
// of a small stream it sets the bitrate of one where that is too high.
func (c *Client) SetEncoder(ctx context.Context, p Profile, change EncoderChange) error {
	if p.Encoder == nil {
		return ErrUnsupported
	}
	change, err := c.lighter(ctx, p, change)
	if err != nil {
		return err
	}
	config, err := c.encoderTree(ctx, p)
	if err != nil {
		return err
	}
	if !change.apply(config) {
		return fmt.Errorf("%w: the encoder does not tell what is to be changed", ErrUnsupported)
	}
	var b strings.Builder
	config.write(&b, "Configuration", p.ns(), p.ns())
	if !p.Media2 {
		b.WriteString("<ForcePersistence>true</ForcePersistence>")
	}
	if err := tell(ctx, c, p.ns(), "SetVideoEncoderConfiguration", b.String()); err != nil {
		return err
	}
	if config, err = c.encoderTree(ctx, p); err != nil {
		return err
	}
	if !change.made(config) {
		return ErrKept
	}
	return nil
}

// lighter adds a bitrate to a change to a small size, where the present one would keep the
// stream from being a sub stream.
func (c *Client) lighter(ctx context.Context, p Profile, change EncoderChange) (EncoderChange, error) {
	pixels := change.Size.Width * change.Size.Height
	if pixels == 0 || pixels > mostSubPixels || p.Encoder.Kbps <= mostSubKbps || change.Kbps > 0 {
		return change, nil
	}
	options, err := c.EncoderOptions(ctx, p)
	if err != nil && Lost(err) {
		return change, err
	}
	kbps, ok := BestSubKbps(p.Encoder, cmp.Or(change.Codec, p.Encoder.Codec), options)
	if !ok {
		return change, fmt.Errorf("%w: its encoder has no bitrate low enough", ErrUnsupported)
	}
	change.Kbps = kbps
	return change, nil
}

func (c *Client) encoderTree(ctx context.Context, p Profile) (*tree, error) {
	if p.Media2 {
		a, err := ask[struct {
			Configurations list[tree] `xml:"Configurations"`
		}](ctx, c, nsMedia2, "GetVideoEncoderConfigurations", element("ConfigurationToken", p.Encoder.Token))
		if err != nil {
			return nil, err
		}
		// Some devices ignore the token and tell all of them.
		for i := range a.Configurations {
			if token, _ := a.Configurations[i].attr("token"); text(token) == p.Encoder.Token {
				return &a.Configurations[i], nil
			}
		}
		return nil, fmt.Errorf("%w: no such encoder", ErrMalformed)
	}
	a, err := ask[struct {
		Configuration *tree `xml:"Configuration"`
	}](ctx, c, nsMedia, "GetVideoEncoderConfiguration", element("ConfigurationToken", p.Encoder.Token))
	if err != nil {
		return nil, err
	}
	if a.Configuration == nil {
		return nil, fmt.Errorf("%w: no such encoder", ErrMalformed)
	}
	return a.Configuration, nil
}

func (e EncoderChange) apply(t *tree) bool {
	ok := true
	if e.Codec != "" {
		ok = t.set(e.Codec, "Encoding")
		t.setAttr("Profile", "Main") // that of the other codec may be none of this one
	}
	if e.GOP > 0 {
		gop := strconv.Itoa(e.GOP)
		ok = (t.setAttr("GovLength", gop) || t.set(gop, "H264", "GovLength") || t.set(gop, "MPEG4", "GovLength")) && ok
	}
	if e.Size != (Size{}) {
		ok = t.set(strconv.Itoa(e.Size.Width), "Resolution", "Width") && ok
		ok = t.set(strconv.Itoa(e.Size.Height), "Resolution", "Height") && ok
	}
	if e.Kbps > 0 {
		ok = t.set(strconv.Itoa(e.Kbps), "RateControl", "BitrateLimit") && ok
	}
	return ok
}

func (e EncoderChange) made(t *tree) bool {
	is := func(want int, path ...string) bool {
		c := t.child(path...)
		return c != nil && c.text == strconv.Itoa(want)
	}
	if e.Codec != "" {
		is := t.child("Encoding")
		if is == nil {
			return false
		}
		if codec, _ := codecOf(is.text); codec != e.Codec {
			return false
		}
	}
	if e.GOP > 0 {
		gop, _ := t.attr("GovLength")
		if gop != strconv.Itoa(e.GOP) && !is(e.GOP, "H264", "GovLength") && !is(e.GOP, "MPEG4", "GovLength") {
			return false
		}
	}
	if e.Kbps > 0 {
		// An encoder has steps: what is near enough is as good.
		var now number
		if kbps := t.child("RateControl", "BitrateLimit"); kbps == nil || now.UnmarshalText([]byte(kbps.text)) != nil || now <= 0 || size(now) > max(e.Kbps, mostSubKbps) {
			return false
		}
	}
	return e.Size == (Size{}) || is(e.Size.Width, "Resolution", "Width") && is(e.Size.Height, "Resolution", "Height")
}
