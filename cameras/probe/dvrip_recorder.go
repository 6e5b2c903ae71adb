package probe

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"lares/cameras/internal/wire"
	"lares/cameras/onvif"
	"lares/cameras/worker"
)

const (
	// playWithin bounds what a channel of a recorder is waited for, at each of its two
	// streams, and playsWithin all that are looked at.
	playWithin  = 3 * time.Second
	playsWithin = 18 * time.Second
)

// lookRecorder lists the channels of a recorder by their names, and plays the first of
// them, for as long as there is time: those from which nothing comes are not offered,
// those that were not reached are, unseen. Of those that are not to be looked at it says
// that they are there. gone says that the hub is.
func (p pictures) lookRecorder(ctx context.Context, names, without []string) (found wire.Probed, gone bool) {
	ctx, cancel := context.WithTimeout(ctx, playsWithin)
	defer cancel()
	found = wire.Probed{Code: wire.NoVideo, Bare: true, Vendor: p.ask.Vendor}
	found.Message = fmt.Sprintf("The device is a recorder of %d cameras, and no picture comes from any of them.", len(names))
	var survey onvif.Survey // of those that were played, for what is wrong with them
	for i, name := range names {
		told := wire.ProbedChannel{Source: strconv.Itoa(i), Name: name}
		seen := onvif.Channel{Choice: onvif.Choice{Main: -1, Sub: -1}}
		streams := p.unplayed(i)
		left := slices.Contains(without, told.Source)
		if left {
			told.Name, told.Reason, streams = "", "It is not looked at.", nil
		}
		if i < wire.MaxGlimpses && !left && ctx.Err() == nil {
			var played bool
			if streams, played, told.Reason, gone = p.playChannel(ctx, i); gone {
				return found, true
			}
			if played {
				seen.Choice = onvif.Choice{Main: 0, Sub: len(streams)*2 - 3} // 1 of two, -1 of one
				seen.Warnings = onvif.Warnings(profilesOf(streams), seen.Choice)
			}
		}
		if told.Reason == "" {
			found.Code, found.Message = wire.Live, ""
		}
		found.Channels, found.Streams = append(found.Channels, told), append(found.Streams, streams...)
		survey.Channels = append(survey.Channels, seen)
	}
	found.Warnings = append(toldWarnings(survey), wire.ProbedWarning{Kind: "no-onvif", Text: noONVIF})
	return found, false
}

// unplayed are the streams of a channel as the language has them.
func (p pictures) unplayed(channel int) []wire.ProbedStream {
	source := strconv.Itoa(channel)
	return []wire.ProbedStream{
		{Source: source, Role: wire.RoleMain, URL: p.addressDVRIP(channel, false), Reason: calledMain},
		{Source: source, Role: wire.RoleSub, URL: p.addressDVRIP(channel, true), Reason: calledSub},
	}
}

// playChannel plays the small stream of a channel for a moment, or else the large one,
// and sends its picture; played is false where there was no time. reason says why
// nothing of it is taken.
func (p pictures) playChannel(ctx context.Context, channel int) (streams []wire.ProbedStream, played bool, reason string, gone bool) {
	streams = p.unplayed(channel)
	for _, sub := range []bool{true, false} {
		one, cancel := context.WithTimeout(ctx, playWithin)
		d, shown, unshown, err := p.describeDVRIP(one, channel, sub)
		cancel()
		switch {
		case ctx.Err() != nil, errors.Is(err, worker.ErrNobody): // it has no room for more, or all took long
			return streams, false, "", false
		case errors.Is(err, worker.ErrRefused):
			return nil, false, "This user may not watch this channel.", false
		case err != nil:
			continue
		}
		at := &streams[1]
		if !sub {
			streams = streams[:1]
			at = &streams[0]
		}
		at.Codec, at.Width, at.Height = d.Codec, d.Width, d.Height
		if unshown == nil {
			gone = !p.show(glimpse{channel: uint8(channel + 1), ProbedStream: *at}, wire.MaxOfRecorder, shown)
		}
		return streams, true, "", gone
	}
	return nil, false, "No picture comes from it: no camera is at this channel, or it is off.", false
}

// profilesOf are streams as they are judged.
func profilesOf(streams []wire.ProbedStream) (out []onvif.Profile) {
	for _, s := range streams {
		out = append(out, onvif.Profile{Token: s.URL, Encoder: &onvif.Encoder{Token: s.URL, Codec: s.Codec, Width: s.Width, Height: s.Height}})
	}
	return out
}
