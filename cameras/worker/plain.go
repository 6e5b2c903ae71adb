package worker

import (
	"errors"

	"lares/cameras/onvif"
)

// noProfiles is what a plain device lacks.
const noProfiles = "The camera does not tell its pictures over ONVIF: its events are followed and its outputs switched, but there are no snapshots, and it cannot be turned or set."

// plain reports whether a device that answers, and has no profiles to tell, is taken for a
// camera by itself: such as a door station whose ONVIF is for events alone. One that is
// known to be a recorder is not, and none that asks for another user: those may be told
// more, and each question is a failed sign-in.
func (h *hands) plain(err error) bool {
	told := onvif.Lost(err) || errors.Is(err, errWhich) || errors.Is(err, onvif.ErrNotAuthorized)
	return err != nil && !told && !h.recorder(nil)
}

// lacking is what is to be said of a device whose events are followed; "" for nothing.
func (h *hands) lacking() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.bare {
		return noProfiles
	}
	return ""
}

// single says which events are of a plain device: all, until they are about several
// video sources. Then it is a recorder, for good, and which of its pictures is this
// camera's nobody knows.
func (h *hands) single(several func()) func(onvif.Notification) bool {
	known := map[string]string{} // sources, by what names them
	return func(n onvif.Notification) bool {
		for _, i := range n.VideoSources() {
			if before, ok := known[i.Name]; ok && before != i.Value {
				h.mu.Lock()
				h.many = true
				h.mu.Unlock()
				several()
			}
			known[i.Name] = i.Value
		}
		return !h.recorder(nil)
	}
}
