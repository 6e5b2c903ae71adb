package worker

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"lares/cameras/control"
	"lares/cameras/internal/wire"
	"lares/cameras/onvif"
)

// The kinds of what has an ID.
const (
	presetID  = "preset"
	relayID   = "relay"
	commandID = "command"
)

// errWhich says that none of the device's pictures is known to be this camera's.
var errWhich = fmt.Errorf("worker: which camera of the recorder: %w", control.Cannot)

// profiles are those of the camera's own picture, never empty without an error.
// A recorder of several cameras has some for each, and only these are ours: the
// others may be somebody else's.
func (h *hands) profiles(ctx context.Context) ([]onvif.Profile, error) {
	h.mu.Lock()
	own := h.own
	h.mu.Unlock()
	if own != nil {
		return own, nil
	}
	all, err := h.client.Profiles(ctx)
	if err != nil {
		return nil, err
	}
	source, err := h.source(ctx, all)
	if err != nil {
		return nil, err
	}
	var others []onvif.Profile
	for _, p := range all {
		if p.Source == source {
			own = append(own, p)
		} else {
			others = append(others, p)
		}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.own, h.others = own, others
	return own, nil
}

// recorder reports whether the device is one, by what was said of it and by all that
// it told so far: of a recorder that tells one source for a while, the others are
// somebody's still.
func (h *hands) recorder(all []onvif.Profile) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.many = h.many || slices.ContainsFunc(all, func(p onvif.Profile) bool { return p.Source != all[0].Source })
	return h.many
}

// alone reports whether the device is a camera by itself, and not one of several of
// a recorder, which may be somebody else's. Of one that does not tell which picture is
// this camera's nobody knows.
func (h *hands) alone(ctx context.Context) (bool, error) {
	if _, err := h.profiles(ctx); err != nil && !h.plain(err) {
		return false, err
	}
	return !h.recorder(nil), nil
}

// mine says which events are this camera's: of a camera by itself all. What a recorder
// tells without saying of which camera is nobody's. The error is errWhich, and what
// the device says for it, where it answers but does not tell. several is called where
// the events of a plain device show that it is a recorder; from then on none is this
// camera's.
func (h *hands) mine(ctx context.Context, several func()) (func(onvif.Notification) bool, error) {
	_, err := h.profiles(ctx)
	plain := h.plain(err)
	h.mu.Lock()
	h.bare = plain
	h.mu.Unlock()
	switch {
	case err == nil:
	case plain:
		return h.single(several), nil
	case onvif.Lost(err), errors.Is(err, errWhich):
		return nil, err
	default:
		return nil, errors.Join(errWhich, err)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	var tokens []string
	for _, p := range h.own {
		for _, token := range []string{p.Source, p.SourceConfig} {
			if !slices.ContainsFunc(h.others, func(o onvif.Profile) bool { return token == o.Source || token == o.SourceConfig }) {
				tokens = append(tokens, token)
			}
		}
	}
	return func(n onvif.Notification) bool { return !h.recorder(nil) || n.Names(tokens) }, nil
}

// snapshot is a picture of what the camera sees.
func (h *hands) snapshot(ctx context.Context) ([]byte, error) {
	own, err := h.profiles(ctx)
	if err != nil {
		return nil, err
	}
	return h.client.Snapshot(ctx, own[0])
}

// source is the video source of the camera's main stream: of a recorder the one whose
// stream has its address, whatever else is told.
func (h *hands) source(ctx context.Context, all []onvif.Profile) (string, error) {
	switch {
	case len(all) == 0:
		return "", errWhich
	case !h.recorder(all):
		return all[0].Source, nil
	}
	said := func(p onvif.Profile) int { // those of the source that was told when it was added come first
		if p.Source == h.w.start.Source {
			return 0
		}
		return 1
	}
	all = slices.Clone(all)
	slices.SortStableFunc(all, func(a, b onvif.Profile) int { return said(a) - said(b) })
	var alike []string // sources with the address but for its port
	for _, p := range all[:min(len(all), mostAsked)] {
		address, err := h.client.StreamURI(ctx, p)
		if ctx.Err() != nil {
			return "", err
		}
		if err != nil || p.Source == "" {
			continue
		}
		switch compare(address, h.w.start.Main.URL) {
		case samePlace:
			return p.Source, nil
		case otherPort:
			alike = append(alike, p.Source)
		}
	}
	if alike = slices.Compact(slices.Sorted(slices.Values(alike))); len(alike) == 1 && len(all) <= mostAsked {
		return alike[0], nil // whatever is before the device has another port for it
	}
	return "", errWhich
}

// forget has the profiles asked for again: what was known of them was refused.
func (h *hands) forget() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.own, h.others, h.places = nil, nil, nil
}

// turnable is the profile by which the camera turns.
func (h *hands) turnable(ctx context.Context) (onvif.Profile, error) {
	own, err := h.profiles(ctx)
	if err != nil {
		return onvif.Profile{}, err
	}
	i := slices.IndexFunc(own, func(p onvif.Profile) bool { return p.PTZ })
	if i < 0 {
		return onvif.Profile{}, control.Cannot
	}
	return own[i], nil
}

func (h *hands) ptz(ctx context.Context) (control.PTZ, error) {
	h.forget() // whoever asks begins to turn: presets and profiles may be others by now
	p, err := h.turnable(ctx)
	if err != nil {
		return control.PTZ{}, err
	}
	can, err := h.client.PTZ(ctx, p)
	if err != nil {
		return control.PTZ{}, err
	}
	out := control.PTZ{Continuous: can.Continuous, Zoom: can.Zoom, Home: can.Home, Presets: []control.Preset{}}
	places := map[string]string{}
	for _, x := range can.Presets[:min(len(can.Presets), wire.MaxPresets)] {
		id := control.ID(presetID, x.Token)
		places[id] = x.Token
		out.Presets = append(out.Presets, control.Preset{ID: id, Name: wire.Clean(x.Name, wire.MaxLabel)})
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.places = places
	return out, nil
}

// place is the device's word for a preset.
func (h *hands) place(ctx context.Context, p onvif.Profile, id string) (string, error) {
	known := func() (string, bool) {
		h.mu.Lock()
		defer h.mu.Unlock()
		token, ok := h.places[id]
		return token, ok
	}
	token, ok := known()
	if !ok {
		if _, err := h.ptz(ctx); err != nil {
			return "", err
		}
		token, ok = known()
	}
	if !ok {
		return "", control.Unknown
	}
	return token, nil
}

// seen is the profile whose source is looked through.
func (h *hands) seen(ctx context.Context) (onvif.Profile, error) {
	own, err := h.profiles(ctx)
	if err != nil {
		return onvif.Profile{}, err
	}
	if own[0].Source == "" {
		return onvif.Profile{}, control.Cannot
	}
	return own[0], nil
}

func (h *hands) picture(ctx context.Context) (control.Picture, error) {
	h.forget()
	p, err := h.seen(ctx)
	if err != nil {
		return control.Picture{}, err
	}
	options, err := h.client.ImagingOptions(ctx, p)
	if err != nil {
		return control.Picture{}, err
	}
	return h.pictureWithin(ctx, p, options)
}

func (h *hands) pictureWithin(ctx context.Context, p onvif.Profile, options onvif.ImagingOptions) (control.Picture, error) {
	now, err := h.client.Imaging(ctx, p)
	if err != nil {
		return control.Picture{}, err
	}
	out := control.Picture{
		Brightness: level(now.Brightness, options.Brightness), Contrast: level(now.Contrast, options.Contrast),
		Saturation: level(now.Saturation, options.Saturation), Sharpness: level(now.Sharpness, options.Sharpness),
		Light: lights[now.IrCut], Lights: []control.Light{},
	}
	for _, mode := range options.IrCut {
		if l := lights[mode]; l != "" && !slices.Contains(out.Lights, l) {
			out.Lights = append(out.Lights, l)
		}
	}
	return out, nil
}

// lights are the modes of the filter that keeps infrared out (ONVIF Imaging
// §5.1).
var lights = map[string]control.Light{"ON": control.Day, "OFF": control.Night, "AUTO": control.Auto}

// level is what may be set: nothing where the device tells no range, or a value
// that it cannot have.
func level(value *float64, within *onvif.Range) *control.Level {
	if value == nil || within == nil {
		return nil
	}
	l := control.Level{Value: *value, Min: within.Min, Max: within.Max}
	if !l.Sound() {
		return nil
	}
	return &l
}

// setPicture changes what the device says it can, and looks what came of it.
func (h *hands) setPicture(ctx context.Context, c control.Change) (control.Picture, error) {
	p, err := h.seen(ctx)
	if err != nil {
		return control.Picture{}, err
	}
	options, err := h.client.ImagingOptions(ctx, p)
	if err != nil {
		return control.Picture{}, err
	}
	to := onvif.Imaging{Brightness: c.Brightness, Contrast: c.Contrast, Saturation: c.Saturation, Sharpness: c.Sharpness}
	for _, l := range []struct {
		value  *float64
		within *onvif.Range
	}{{c.Brightness, options.Brightness}, {c.Contrast, options.Contrast}, {c.Saturation, options.Saturation}, {c.Sharpness, options.Sharpness}} {
		switch {
		case l.value == nil:
		case l.within == nil:
			return control.Picture{}, control.Cannot
		case math.IsNaN(*l.value), *l.value < l.within.Min, *l.value > l.within.Max:
			return control.Picture{}, control.Refused
		}
	}
	if c.Light != "" {
		i := slices.IndexFunc(options.IrCut, func(mode string) bool { return lights[mode] == c.Light })
		if i < 0 {
			return control.Picture{}, control.Cannot
		}
		to.IrCut = options.IrCut[i]
	}
	if err := h.client.SetImaging(ctx, p, to); err != nil {
		return control.Picture{}, err
	}
	return h.pictureWithin(ctx, p, options)
}

func outputID(o onvif.Output) string {
	if o.Command {
		return control.ID(commandID, o.Token)
	}
	return control.ID(relayID, o.Token)
}

// whole refuses what concerns the device as a whole where it is not this camera's
// alone.
func (h *hands) whole(ctx context.Context) error {
	alone, err := h.alone(ctx)
	if err == nil && !alone {
		err = control.Cannot
	}
	return err
}

func (h *hands) reboot(ctx context.Context) error {
	if err := h.whole(ctx); err != nil {
		return err
	}
	return h.client.Reboot(ctx)
}

func (h *hands) outputs(ctx context.Context) ([]control.Output, error) {
	if err := h.whole(ctx); err != nil {
		return nil, err
	}
	list, err := h.client.Outputs(ctx)
	if err != nil {
		return nil, err
	}
	out := []control.Output{}
	for _, o := range list[:min(len(list), wire.MaxOutputs)] {
		out = append(out, control.Output{ID: outputID(o), Name: wire.Clean(o.Name, wire.MaxLabel), Momentary: o.Momentary})
	}
	return out, nil
}

func (h *hands) switchOutput(ctx context.Context, id string, on bool) error {
	if err := h.whole(ctx); err != nil {
		return err
	}
	list, err := h.client.Outputs(ctx)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(list, func(o onvif.Output) bool { return outputID(o) == id })
	if i < 0 {
		return control.Unknown
	}
	return h.client.Switch(ctx, list[i], on)
}
