package probe

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"lares/cameras/internal/wire"
	"lares/cameras/onvif"
	"lares/cameras/worker"
)

const (
	// searchWithin bounds the search for streams as a whole, maxAsked the
	// questions in it: what a maker's table holds, and a few.
	searchWithin = 20 * time.Second
	maxAsked     = 40
	// maxOdd is how many questions may end in no answer at all, such as a
	// connection that is closed: some devices do that at paths that they do not
	// have, those that do it at all are left in peace.
	maxOdd = 4
)

// asker is what a search asks; worker.Enquiry is one.
type asker interface {
	Describe(ctx context.Context, address string) (worker.Description, error)
}

// search is one search for the streams of a device that has no ONVIF.
type search struct {
	asker
	base  *url.URL // of the device, without a path
	asked int
	odd   int
}

// lookRTSP searches the device; before is what ONVIF came to. gone says that the hub is,
// or wants nothing of this device.
func lookRTSP(ctx context.Context, h *hub, ask wire.Probe, before string) (found wire.Probed, gone bool) {
	u, err := url.Parse(ask.RTSP.URL)
	if err != nil {
		return wire.Probed{Code: wire.Incompatible, Message: before}, false
	}
	ctx, cancel := context.WithTimeout(ctx, searchWithin)
	defer cancel()
	enquiry := worker.NewEnquiry(ask.RTSP.Dial, ask.Username, ask.Password, ask.Digest)
	if gone, err := h.meet(ctx, enquiry, ask.RTSP, false); gone || err != nil {
		return nowhere(err, ask, before), gone
	}
	s := &search{asker: enquiry, base: &url.URL{Scheme: u.Scheme, Host: u.Host}}
	all, err := s.find(ctx, pathsFor(ask.Vendor, u.RequestURI()))
	if err != nil {
		return nowhere(err, ask, before), false
	}
	return s.told(all, ask.Vendor), false
}

// described is one stream that was found.
type described struct {
	worker.Description
	address string
}

// find asks path after path, one at a time, until one of them has a stream, and
// then for the small stream beside it. The first refusal of the password is the
// last question.
func (s *search) find(ctx context.Context, rows []wellKnown) (found []described, err error) {
	for _, row := range rows {
		main, err := s.ask(ctx, row.main)
		if errors.Is(err, worker.ErrNoStream) {
			continue
		}
		if err != nil {
			return nil, err
		}
		found = []described{main}
		if row.sub == "" {
			return found, nil
		}
		if sub, err := s.ask(ctx, row.sub); err == nil && !s.anywhere(ctx, main, sub) {
			found = append(found, sub)
		}
		return found, nil
	}
	return nil, worker.ErrNoStream
}

// anywhere reports whether the device has a stream at any path: then two that do
// not tell their size are one. Sizes that are told speak for themselves.
func (s *search) anywhere(ctx context.Context, main, sub described) bool {
	if sized(main, sub) {
		return false
	}
	_, err := s.ask(ctx, "/"+strings.ToLower(rand.Text()))
	return err == nil
}

func sized(all ...described) bool {
	return !slices.ContainsFunc(all, func(d described) bool { return d.Width == 0 })
}

// ask asks for one path. What is neither an answer nor an end is no stream.
func (s *search) ask(ctx context.Context, path string) (described, error) {
	if s.asked++; s.asked > maxAsked {
		return described{}, worker.ErrNoStream
	}
	address := s.base.String() + path
	d, err := s.Describe(ctx, address)
	switch {
	case err == nil:
		return described{d, address}, nil
	case errors.Is(err, worker.ErrRefused), errors.Is(err, worker.ErrNotRTSP), errors.Is(err, worker.ErrNobody):
		return described{}, err
	case ctx.Err() != nil:
		return described{}, ctx.Err()
	case errors.Is(err, worker.ErrNoStream):
		return described{}, err
	}
	if s.odd++; s.odd > maxOdd {
		return described{}, fmt.Errorf("probe: the device answers too little: %w", err)
	}
	return described{}, worker.ErrNoStream
}

// told chooses of what was found by the rules of ONVIF, and says so.
func (s *search) told(found []described, vendor string) wire.Probed {
	p := wire.Probed{Code: wire.Live, Bare: true, Vendor: vendor, Channels: []wire.ProbedChannel{{}}}
	var profiles []onvif.Profile
	for _, d := range found {
		profiles = append(profiles, onvif.Profile{Token: d.address, Encoder: &onvif.Encoder{Token: d.address, Codec: d.Codec, Width: d.Width, Height: d.Height}})
	}
	choice := onvif.Choose(profiles)
	if !sized(found...) { // then they are what the maker's cameras have there
		choice = onvif.Choice{Main: 0, Sub: len(found) - 1, Reasons: []string{
			"Where the maker's cameras have the large picture; the device does not tell its size.",
			"Where the maker's cameras have the small picture; the device does not tell its size.",
		}[:len(found)]}
		if len(found) == 1 {
			choice.Sub = -1
		}
	}
	for i, d := range found {
		p.Streams = append(p.Streams, wire.ProbedStream{
			Token: d.address[len(s.base.String()):], Role: string(choice.Role(i)), URL: d.address,
			Codec: d.Codec, Width: d.Width, Height: d.Height, Reason: choice.Reasons[i],
		})
	}
	p.Warnings = append(p.Warnings, wire.ProbedWarning{
		Kind: "no-onvif", Text: "The device does not speak ONVIF, or does not here: its streams were found at an address that is well known. The hub gets no events and no snapshots from it, cannot set its clock, and recognises it less surely. Switch ONVIF on in the camera's settings if it has it.",
	})
	for _, w := range onvif.Warnings(profiles, choice) {
		p.Warnings = append(p.Warnings, wire.ProbedWarning{Kind: string(w.Problem), Text: w.Text})
	}
	return p
}

// nowhere says why there is nothing to take.
func nowhere(err error, ask wire.Probe, before string) wire.Probed {
	p := wire.Probed{Code: wire.Incompatible}
	switch {
	case errors.Is(err, worker.ErrKept) && ask.Digest:
		p.Message = "The device wants the password unprotected. It was not sent."
	case errors.Is(err, worker.ErrRefused) && ask.Username == "":
		p.Code, p.Message = wire.WrongPassword, "The device asks for a user name and a password."
	case errors.Is(err, worker.ErrRefused):
		p.Code, p.Message = wire.WrongPassword, "The device refuses this user name or password for its streams. It was tried once."
	case errors.Is(err, worker.ErrNobody) && before != "":
		return wire.Probed{Code: wire.Unreachable, Message: before}
	case errors.Is(err, worker.ErrNobody):
		p.Code, p.Message = wire.Unreachable, "Nothing answers at this address and port."
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		p.Code, p.Message = wire.Unreachable, "The device did not answer in time."
	case errors.Is(err, worker.ErrNoStream):
		p.Message = "The device speaks RTSP, but has no stream that can be recorded at any address that is well known. Switch ONVIF on in the camera's settings, or add the camera by the address of its stream, which its manual tells."
	default:
		p.Message = "What answers here speaks neither ONVIF nor RTSP. Switch ONVIF on in the camera's settings, or add the camera by the address of its stream."
	}
	return p
}
