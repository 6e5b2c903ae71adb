package fakecam

import (
	"fmt"
	"maps"
	"slices"
	"sync/atomic"
	"time"

	"lares/cameras/clock"
)

// Encoding is what a camera says over ONVIF about the encoder of a stream,
// whether it is so or not. Zero rates are not told.
type Encoding struct {
	Codec          string // as in the XML; the true one if empty
	Width, Height  int    // pixels; the true ones if 0
	FPS, Kbps, GOP int    // pictures per second, kbit/s, pictures
}

// Device is what was done to a camera over ONVIF.
type Device struct {
	// Pan, Tilt and Zoom are the velocity; all 0 when it stands.
	Pan, Tilt, Zoom float64
	// Preset is where it was sent last, "home" for its place of rest.
	Preset string
	Moves  int // orders to move
	// Strayed is how often the neighbour was to move, or to be seen.
	Strayed int
	// Outputs are the relays and lamps that are on.
	Outputs                                     []string
	Brightness, Contrast, Saturation, Sharpness float64
	IrCut                                       string
	NTP                                         string // the time server, "" for none
	// FromDHCP says that it takes the time server that the network tells, ByHand
	// that it asks none.
	FromDHCP, ByHand bool
	Reboots          int
	// Subscriptions are those that live now, Refused those that were not made.
	Subscriptions, Refused int
	Main, Sub              Encoding
}

// Device tells what was done to the camera so far.
func (c *Camera) Device() Device {
	s := c.onvif
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.device
	d.Outputs = slices.Sorted(maps.Keys(s.on))
	d.Subscriptions = len(s.subs)
	return d
}

// WrongSignIns is how many requests came with a user name or password that is not
// the camera's, over RTSP and ONVIF: what a real one counts before it locks.
func (c *Camera) WrongSignIns() int { return int(c.wrong.Load()) }

// The services that Options.Without may name.
const (
	ServiceMedia2   = "media2"
	ServicePTZ      = "ptz"
	ServiceImaging  = "imaging"
	ServiceDeviceIO = "deviceio"
)

func (o Options) without(service string) bool { return slices.Contains(o.Without, service) }

// told completes what the camera says about a stream's encoder.
func told(o Options, e Encoding, f feed) Encoding {
	format := f.format()
	if e.Codec == "" {
		e.Codec = onvifEncoding[format.video]
	}
	if e.Width == 0 {
		e.Width, e.Height = format.width, format.height
	}
	card, ok := o.Source.(TestCard)
	if !ok || e.FPS != 0 {
		return e
	}
	if card, err := card.withDefaults(o.Name); err == nil {
		e.FPS = card.FPS
		e.GOP = max(e.GOP, int(card.GOP*time.Duration(card.FPS)/time.Second))
	}
	return e
}

// wall is a clock that a hub can set.
type wall struct {
	base  clock.Clock
	ahead atomic.Int64 // nanoseconds
}

func newWall(base clock.Clock, ahead time.Duration) *wall {
	w := &wall{base: base}
	w.ahead.Store(int64(ahead))
	return w
}

// Now is the camera's idea of now.
func (w *wall) Now() time.Time { return w.base.Now().Add(time.Duration(w.ahead.Load())) }

func (w *wall) set(to time.Time) { w.ahead.Store(int64(to.Sub(w.base.Now()))) }

// ONVIFFault is something that is wrong with a camera's ONVIF side alone.
type ONVIFFault int32

const (
	// ONVIFNone is a healthy ONVIF side; setting it heals.
	ONVIFNone ONVIFFault = iota
	// ONVIFBusy refuses every subscription (ter:BlockedThreadUpperLimit).
	ONVIFBusy
	// ONVIFBomb answers with entities that grow a thousandfold and with
	// elements in elements.
	ONVIFBomb
	// ONVIFHuge answers with 1 GiB.
	ONVIFHuge
	// ONVIFPage answers with a web page and status 200.
	ONVIFPage
	// ONVIFRedirect sends to itself for ever.
	ONVIFRedirect
	// ONVIFIgnore accepts every change of an encoder and makes none.
	ONVIFIgnore
	// ONVIFSilent takes every request and answers none.
	ONVIFSilent
)

var onvifFaultNames = [...]string{"none", "busy", "bomb", "huge", "page", "redirect", "ignore", "silent"}

// String is the fault's name on the command line.
func (f ONVIFFault) String() string {
	if f < 0 || int(f) >= len(onvifFaultNames) {
		return "unknown"
	}
	return onvifFaultNames[f]
}

// ParseONVIFFault reads a fault's name.
func ParseONVIFFault(s string) (ONVIFFault, error) {
	if i := slices.Index(onvifFaultNames[:], s); i >= 0 {
		return ONVIFFault(i), nil
	}
	return ONVIFNone, fmt.Errorf("fakecam: ONVIF fault %q is none of %v", s, onvifFaultNames)
}

// SetONVIFFault makes the ONVIF side faulty, or healthy again with ONVIFNone.
// It has taken effect on return.
func (c *Camera) SetONVIFFault(f ONVIFFault) { c.onvif.fault.Store(int32(f)) }

func (s *onvifServer) faulty(f ONVIFFault) bool { return ONVIFFault(s.fault.Load()) == f }
