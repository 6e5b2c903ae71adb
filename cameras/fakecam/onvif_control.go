package fakecam

import (
	"fmt"
	"math"
	"net/http"
	"slices"
	"strings"
)

// presets are the places the camera knows.
var presets = []string{"Door", "Gate & drive"}

// ptzNodes is GetNodes (ONVIF PTZ §5.1.1).
func (s *onvifServer) ptzNodes(*http.Request, call) (string, error) {
	const space = `<tt:%[1]s><tt:URI>http://www.onvif.org/ver10/tptz/%[2]s/VelocityGenericSpace</tt:URI>` +
		`<tt:XRange><tt:Min>-1</tt:Min><tt:Max>1</tt:Max></tt:XRange></tt:%[1]s>`
	return `<tptz:GetNodesResponse><tptz:PTZNode token="ptz"><tt:Name>ptz</tt:Name><tt:SupportedPTZSpaces>` +
		fmt.Sprintf(space, "ContinuousPanTiltVelocitySpace", "PanTiltSpaces") + fmt.Sprintf(space, "ContinuousZoomVelocitySpace", "ZoomSpaces") +
		fmt.Sprintf(`</tt:SupportedPTZSpaces><tt:MaximumNumberOfPresets>%d</tt:MaximumNumberOfPresets><tt:HomeSupported>true</tt:HomeSupported></tptz:PTZNode></tptz:GetNodesResponse>`, len(presets)), nil
}

// ptzPresets is GetPresets (ONVIF PTZ §5.4.1).
func (s *onvifServer) ptzPresets(_ *http.Request, c call) (string, error) {
	var b strings.Builder
	for i, name := range presets {
		fmt.Fprintf(&b, `<tptz:Preset token="%s%d"><tt:Name>%s</tt:Name></tptz:Preset>`, presetPrefix, i+1, escape(name))
	}
	return `<tptz:GetPresetsResponse>` + b.String() + `</tptz:GetPresetsResponse>`, nil
}

// ptzMove is ContinuousMove (ONVIF PTZ §5.3.3). Like some cameras it ignores
// the timeout: it moves until it is stopped.
func (s *onvifServer) ptzMove(_ *http.Request, c call) (string, error) {
	v := c.Velocity
	for _, f := range []float64{v.PanTilt.X, v.PanTilt.Y, v.Zoom.X} {
		if !(math.Abs(f) <= 1) {
			return "", invalid("The velocity is out of bounds.")
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.ProfileToken == neighbour {
		s.device.Strayed++
		return `<tptz:ContinuousMoveResponse/>`, nil
	}
	s.moves(v.PanTilt.X, v.PanTilt.Y, v.Zoom.X)
	s.device.Moves++
	return `<tptz:ContinuousMoveResponse/>`, nil
}

// ptzStop is Stop (ONVIF PTZ §5.3.4).
func (s *onvifServer) ptzStop(*http.Request, call) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.moves(0, 0, 0)
	return `<tptz:StopResponse/>`, nil
}

// ptzPreset is GotoPreset (ONVIF PTZ §5.4.3).
func (s *onvifServer) ptzPreset(_ *http.Request, c call) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, name := range presets {
		if c.PresetToken == fmt.Sprint(presetPrefix, i+1) {
			s.jumps(presetViews[i])
			s.device.Preset = name
			return `<tptz:GotoPresetResponse/>`, nil
		}
	}
	return "", invalid("There is no such preset.")
}

// ptzHome is GotoHomePosition (ONVIF PTZ §5.5.1).
func (s *onvifServer) ptzHome(*http.Request, call) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.jumps(view{})
	s.device.Preset = "home"
	return `<tptz:GotoHomePositionResponse/>`, nil
}

// imaging is GetImagingSettings (ONVIF Imaging §5.1).
func (s *onvifServer) imaging(*http.Request, call) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.device
	return fmt.Sprintf(`<timg:GetImagingSettingsResponse><timg:ImagingSettings><tt:Brightness>%.2f</tt:Brightness><tt:ColorSaturation>%.2f</tt:ColorSaturation>`+
		`<tt:Contrast>%.2f</tt:Contrast><tt:IrCutFilter>%s</tt:IrCutFilter><tt:Sharpness>%.2f</tt:Sharpness></timg:ImagingSettings></timg:GetImagingSettingsResponse>`,
		d.Brightness, d.Saturation, d.Contrast, d.IrCut, d.Sharpness), nil
}

const levelMost = 100

var irCutModes = []string{"ON", "OFF", "AUTO"}

// imagingOptions is GetOptions (ONVIF Imaging §5.3).
func (s *onvifServer) imagingOptions(*http.Request, call) (string, error) {
	level := func(name string) string {
		return fmt.Sprintf(`<tt:%[1]s><tt:Min>0</tt:Min><tt:Max>%[2]d</tt:Max></tt:%[1]s>`, name, levelMost)
	}
	return `<timg:GetOptionsResponse><timg:ImagingOptions>` + level("Brightness") + level("ColorSaturation") + level("Contrast") +
		`<tt:IrCutFilterModes>` + strings.Join(irCutModes, `</tt:IrCutFilterModes><tt:IrCutFilterModes>`) + `</tt:IrCutFilterModes>` + level("Sharpness") +
		`</timg:ImagingOptions></timg:GetOptionsResponse>`, nil
}

// setImaging is SetImagingSettings (ONVIF Imaging §5.2): what is not told stays.
func (s *onvifServer) setImaging(_ *http.Request, c call) (string, error) {
	if c.VideoSourceToken != videoSource {
		return "", invalid("There is no such source.")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	to, d := c.ImagingSettings, s.device
	for _, v := range []struct {
		from *float64
		into *float64
	}{{to.Brightness, &d.Brightness}, {to.Contrast, &d.Contrast}, {to.ColorSaturation, &d.Saturation}, {to.Sharpness, &d.Sharpness}} {
		if v.from != nil {
			if !(*v.from >= 0 && *v.from <= levelMost) {
				return "", invalid("The level is out of bounds.")
			}
			*v.into = *v.from
		}
	}
	if to.IrCutFilter != "" {
		if !slices.Contains(irCutModes, to.IrCutFilter) {
			return "", invalid("There is no such mode.")
		}
		d.IrCut = to.IrCutFilter
	}
	s.device = d
	return `<timg:SetImagingSettingsResponse/>`, nil
}
