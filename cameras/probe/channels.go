package probe

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"lares/cameras/internal/wire"
	"lares/cameras/onvif"
)

const (
	// maxOthers bounds the streams that are told though they are not taken.
	maxOthers = 16
	// maxOfChannels bounds the warnings that are about channels of a recorder: those of
	// the device as a whole have room beside them.
	maxOfChannels = 10
)

// glimpse is a picture to be made: of which channel, counted from 1, and which stream.
type glimpse struct {
	channel uint8
	wire.ProbedStream
}

// glimpses are the pictures of a look: of a camera one of each stream, of a recorder
// one of each of its first channels, the small one where there is one. More would take
// minutes at a slow one.
func glimpses(p wire.Probed) (out []glimpse) {
	for i, c := range p.Channels {
		var taken []wire.ProbedStream
		for _, s := range p.Streams {
			if s.Source == c.Source && s.Role != "" && s.URL != "" {
				taken = append(taken, s)
			}
		}
		if len(p.Channels) > 1 && len(taken) > 1 {
			taken = slices.DeleteFunc(taken, func(s wire.ProbedStream) bool { return s.Role != wire.RoleSub })
		}
		for _, s := range taken {
			if len(out) < wire.MaxGlimpses {
				out = append(out, glimpse{uint8(i + 1), s})
			}
		}
	}
	return out
}

// mostOf is how large a sealed picture may be, so that all of them have room.
func mostOf(p wire.Probed) int {
	if len(p.Channels) > 1 {
		return wire.MaxOfRecorder
	}
	return wire.MaxGlimpse
}

// toldChannels are the sources of a survey, and why of some nothing can be taken.
func toldChannels(s onvif.Survey) (out []wire.ProbedChannel) {
	for _, ch := range s.Channels {
		c := wire.ProbedChannel{Source: ch.Source, Name: ch.Name}
		switch {
		case ch.Late:
			c.Reason = "The device did not say in time where this channel's streams are. Look again."
		case ch.Main < 0:
			c.Reason = "It has no stream that can be recorded."
		}
		out = append(out, c)
	}
	return out
}

// toldStreams are the streams of a survey: of a camera also some that are not taken.
func toldStreams(s onvif.Survey) (out []wire.ProbedStream) {
	others := 0
	for i, profile := range s.Profiles {
		at := slices.IndexFunc(s.Channels, func(ch onvif.Channel) bool { return ch.Source == profile.Source })
		if at < 0 {
			continue // beyond those that are looked at
		}
		ch := s.Channels[at]
		role := ch.Role(i)
		if ch.Late {
			role = ""
		}
		if role == "" {
			if others++; others > maxOthers || len(s.Channels) > 1 {
				continue
			}
		}
		told := wire.ProbedStream{Token: profile.Token, Source: profile.Source, Role: string(role), URL: s.Streams[i], Reason: ch.Reasons[i]}
		if e := profile.Encoder; e != nil {
			told.Codec, told.Width, told.Height, told.FPS, told.Kbps, told.GOP = e.Codec, e.Width, e.Height, e.FPS, e.Kbps, e.GOP
		}
		out = append(out, told)
	}
	return out
}

// toldWarnings are those of a survey. What is so of several channels is said once.
func toldWarnings(s onvif.Survey) (out []wire.ProbedWarning) {
	var of [][]int // the channels of each
	offered := 0
	for i, ch := range s.Channels {
		if len(s.Channels) > 1 && (ch.Main < 0 || ch.Late) {
			continue // the channel itself says it
		}
		offered++
		for _, w := range ch.Warnings {
			told := wire.ProbedWarning{Kind: string(w.Problem), Text: w.Text, Fix: w.Fix}
			at := slices.Index(out, told)
			if at < 0 {
				at, out, of = len(out), append(out, told), append(of, nil)
			}
			of[at] = append(of[at], i+1)
		}
	}
	if len(s.Channels) > 1 {
		for i := range out {
			out[i].Text = channelWords(of[i], offered) + out[i].Text
		}
		out = out[:min(len(out), maxOfChannels)]
	}
	for _, w := range s.Warnings {
		out = append(out, wire.ProbedWarning{Kind: string(w.Problem), Text: w.Text, Fix: w.Fix})
	}
	return out
}

// channelWords says which channels a warning is about; they ascend.
func channelWords(of []int, offered int) string {
	if len(of) == offered && offered > 1 {
		return "All channels: "
	}
	if len(of) == 1 {
		return fmt.Sprintf("Channel %d: ", of[0])
	}
	var spans []string
	for i := 0; i < len(of); {
		end := i
		for end+1 < len(of) && of[end+1] == of[end]+1 {
			end++
		}
		span := strconv.Itoa(of[i])
		if end > i {
			span += "–" + strconv.Itoa(of[end])
		}
		spans, i = append(spans, span), end+1
	}
	return "Channels " + strings.Join(spans, ", ") + ": "
}
