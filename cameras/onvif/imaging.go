package onvif

import (
	"context"
	"fmt"
	"strconv"
	"strings"
)

// Imaging is how a video source looks. A nil number and an empty mode are not
// told, or not to be changed.
type Imaging struct {
	Brightness, Contrast, Saturation, Sharpness *float64
	// IrCut is whether infrared is kept out: ON by day, OFF by night, AUTO.
	IrCut string
}

// Range is what a number may be.
type Range struct{ Min, Max float64 }

// ImagingOptions is what may be set; a nil range or no mode cannot be.
type ImagingOptions struct {
	Brightness, Contrast, Saturation, Sharpness *Range
	IrCut                                       []string
}

// Imaging asks how the source of a profile looks (ONVIF Imaging §5.1).
func (c *Client) Imaging(ctx context.Context, p Profile) (Imaging, error) {
	a, err := ask[struct {
		Brightness *number `xml:"ImagingSettings>Brightness"`
		Contrast   *number `xml:"ImagingSettings>Contrast"`
		Saturation *number `xml:"ImagingSettings>ColorSaturation"`
		Sharpness  *number `xml:"ImagingSettings>Sharpness"`
		IrCut      string  `xml:"ImagingSettings>IrCutFilter"`
	}](ctx, c, nsImaging, "GetImagingSettings", element("VideoSourceToken", p.Source))
	if err != nil {
		return Imaging{}, err
	}
	return Imaging{
		Brightness: (*float64)(a.Brightness), Contrast: (*float64)(a.Contrast), Saturation: (*float64)(a.Saturation), Sharpness: (*float64)(a.Sharpness),
		IrCut: mode(a.IrCut),
	}, nil
}

func mode(s string) string { return bounded(strings.ToUpper(s), 16) }

// ImagingOptions asks what may be set (ONVIF Imaging §5.3).
func (c *Client) ImagingOptions(ctx context.Context, p Profile) (ImagingOptions, error) {
	a, err := ask[struct {
		Brightness *xmlRange    `xml:"ImagingOptions>Brightness"`
		Contrast   *xmlRange    `xml:"ImagingOptions>Contrast"`
		Saturation *xmlRange    `xml:"ImagingOptions>ColorSaturation"`
		Sharpness  *xmlRange    `xml:"ImagingOptions>Sharpness"`
		IrCut      list[string] `xml:"ImagingOptions>IrCutFilterModes"`
	}](ctx, c, nsImaging, "GetOptions", element("VideoSourceToken", p.Source))
	if err != nil {
		return ImagingOptions{}, err
	}
	return ImagingOptions{
		Brightness: a.Brightness.plain(), Contrast: a.Contrast.plain(), Saturation: a.Saturation.plain(), Sharpness: a.Sharpness.plain(),
		IrCut: modes(a.IrCut),
	}, nil
}

func (x *xmlRange) plain() *Range {
	if x == nil || x.Max <= x.Min {
		return nil
	}
	return &Range{float64(x.Min), float64(x.Max)}
}

func modes(in []string) []string {
	const most = 8
	var out []string
	for _, s := range in[:min(len(in), most)] {
		if s = mode(s); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// SetImaging changes what is told, until somebody changes it again (ONVIF
// Imaging §5.2).
func (c *Client) SetImaging(ctx context.Context, p Profile, to Imaging) error {
	if m := to.IrCut; m != "" && m != "ON" && m != "OFF" && m != "AUTO" {
		return fmt.Errorf("onvif: changing the picture: %q is none of ON, OFF and AUTO", bounded(m, 16))
	}
	return tell(ctx, c, nsImaging, "SetImagingSettings",
		element("VideoSourceToken", p.Source)+"<ImagingSettings>"+to.xml()+"</ImagingSettings><ForcePersistence>true</ForcePersistence>")
}

// xml is in the order of the schema, on which some devices insist.
func (i Imaging) xml() string {
	var b strings.Builder
	add := func(name string, v *float64) {
		if v != nil {
			b.WriteString(element("tt:"+name, strconv.FormatFloat(*v, 'f', -1, 64)))
		}
	}
	add("Brightness", i.Brightness)
	add("ColorSaturation", i.Saturation)
	add("Contrast", i.Contrast)
	if i.IrCut != "" {
		b.WriteString(element("tt:IrCutFilter", i.IrCut))
	}
	add("Sharpness", i.Sharpness)
	return b.String()
}
