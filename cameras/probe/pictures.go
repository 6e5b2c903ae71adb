package probe

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"time"

	"lares/cameras/internal/wire"
	"lares/cameras/onvif"
	"lares/cameras/seal"
	"lares/cameras/worker"
)

const (
	// allWithin bounds the pictures that a recorder makes itself, and again those that
	// are drawn; oneWithin bounds one that it makes.
	allWithin = 6 * time.Second
	oneWithin = 2 * time.Second
)

// pictures are those of one look on their way to the hub.
type pictures struct {
	ask   wire.Probe
	hub   *hub
	shown map[uint8][]string // by channel, the roles of streams whose picture is sent
}

// within bounds the pictures of a recorder, all of them or one; a camera has two, each
// of which is waited for.
func within(ctx context.Context, found wire.Probed, long time.Duration) (context.Context, context.CancelFunc) {
	if len(found.Channels) > 1 {
		return context.WithTimeout(ctx, long)
	}
	return context.WithCancel(ctx)
}

// fetch sends the pictures that the device makes itself. false says that the hub is gone.
func (p pictures) fetch(ctx context.Context, client *onvif.Client, profiles []onvif.Profile, found wire.Probed) bool {
	ctx, cancel := within(ctx, found, allWithin)
	defer cancel()
	for _, g := range glimpses(found) {
		at := slices.IndexFunc(profiles, func(p onvif.Profile) bool { return p.Token == g.Token && p.Source == g.Source })
		if at < 0 || ctx.Err() != nil {
			continue
		}
		one, cancel := within(ctx, found, oneWithin)
		picture, err := client.Snapshot(one, profiles[at])
		cancel()
		if err == nil && !p.show(g, mostOf(found), picture) {
			return false
		}
	}
	return true
}

// draw draws a picture of each stream that is to have one and has none yet, and adds a
// warning where there is none to be had of a camera. After a refusal of the password
// nothing more is asked. false says that the hub is gone.
func (p pictures) draw(ctx context.Context, found *wire.Probed) bool {
	ctx, cancel := within(ctx, *found, allWithin)
	defer cancel()
	for _, g := range glimpses(*found) {
		if slices.Contains(p.shown[g.channel], g.Role) || len(found.Channels) > 1 && ctx.Err() != nil {
			continue
		}
		picture, err := p.glimpse(ctx, g.URL)
		if err == nil {
			if !p.show(g, mostOf(*found), picture) {
				return false
			}
			continue
		}
		if len(found.Warnings) < wire.MaxWarnings && len(found.Channels) == 1 {
			found.Warnings = append(found.Warnings, wire.ProbedWarning{Kind: "no-picture", Text: unseen(g.Role, err)})
		}
		if errors.Is(err, worker.ErrRefused) {
			break
		}
	}
	return true
}

// unseen says why there is no picture of a stream.
func unseen(role string, err error) string {
	stream := "main stream"
	if role == wire.RoleSub {
		stream = "small stream"
	}
	switch {
	case errors.Is(err, worker.ErrRefused):
		return fmt.Sprintf("There is no picture of the %s: the device refuses this user name or password for its streams. It was tried once.", stream)
	case errors.Is(err, worker.ErrNotDrawn):
		return fmt.Sprintf("There is no picture of the %s: the hub draws H.264 without interlace, and nothing else. That changes nothing about recording.", stream)
	}
	return fmt.Sprintf("There is no picture of the %s: the device sent none that stands alone in time. Whether it records, the camera's page shows once it is added.", stream)
}

// glimpse draws a picture of a stream of the device itself.
func (p pictures) glimpse(ctx context.Context, address string) ([]byte, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("probe: the address of a stream: %w", err)
	}
	dial, err := beside(p.ask, u)
	if err != nil {
		return nil, err
	}
	return worker.NewEnquiry(dial, p.ask.Username, p.ask.Password, p.ask.Digest).Picture(ctx, address)
}

// beside is where an address of the device itself is dialled.
func beside(ask wire.Probe, u *url.URL) (dial string, err error) {
	host, _, err := net.SplitHostPort(cmp.Or(ask.RTSP.Dial, ask.ONVIF.Dial))
	if err != nil {
		return "", fmt.Errorf("probe: the address of the device: %w", err)
	}
	return net.JoinHostPort(host, cmp.Or(u.Port(), defaultPorts[u.Scheme])), nil
}

// show sends a picture, sealed; false says that the hub is gone. One that is too large
// is left out: the streams are what matters.
func (p pictures) show(g glimpse, most int, picture []byte) bool {
	if len(picture) > most-sealOverhead {
		return true
	}
	p.shown[g.channel] = append(p.shown[g.channel], g.Role)
	sealed := seal.SealText(p.ask.Key, seal.GlimpseBinding(p.ask.ID, g.channel, g.Role), picture)
	return wire.SendBytes(p.hub.conn, wire.TypeGlimpse, wire.Glimpse(g.channel, g.Role, sealed)) == nil
}
