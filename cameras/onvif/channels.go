package onvif

import "slices"

// maxChannels bounds the video sources of a device that are looked at: the largest
// recorders for houses and shops have 64.
const maxChannels = 64

// Channel is one video source of a device, of which a camera can be made: a camera has
// one, a recorder one for each of its cameras.
type Channel struct {
	// Source is the device's token of it, "" where it tells none; Name is what it calls
	// it.
	Source, Name string
	// Choice is of all profiles of the device; those of other sources have no reason.
	Choice
	// Late says that the device did not tell the addresses of the streams, or not in
	// time.
	Late     bool
	Warnings []Warning
}

// Channels picks the streams of each source of a device, in the order in which it
// tells of them. Sources beyond maxChannels are left out. It depends on nothing but
// its argument.
func Channels(profiles []Profile) (out []Channel) {
	for _, p := range profiles {
		known := slices.ContainsFunc(out, func(c Channel) bool { return c.Source == p.Source })
		if !known && len(out) < maxChannels {
			out = append(out, Channel{Source: p.Source, Name: p.SourceName})
		}
	}
	for i := range out {
		out[i].choose(profiles)
	}
	return out
}

// choose chooses of the profiles of the channel's own source.
func (ch *Channel) choose(profiles []Profile) {
	var own []Profile
	var at []int
	for i := range profiles { // others of a survey may change meanwhile: only their source is read
		if profiles[i].Source == ch.Source {
			own, at = append(own, profiles[i]), append(at, i)
		}
	}
	c := Choose(own)
	among := func(i int) int {
		if i < 0 {
			return i
		}
		return at[i]
	}
	ch.Choice = Choice{Main: among(c.Main), Sub: among(c.Sub), Reasons: make([]string, len(profiles))}
	for i, reason := range c.Reasons {
		ch.Reasons[at[i]] = reason
	}
}
