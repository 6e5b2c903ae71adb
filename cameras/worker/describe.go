package worker

import (
	"bytes"
	"fmt"

	"github.com/bluenviron/gortsplib/v5/pkg/description"
	"github.com/bluenviron/gortsplib/v5/pkg/sdp"
)

// tame gives the part of a session description (RFC 8866) that the library can
// read, nil if there is none; deaf is whether the sound had to go. One detail
// that it does not know costs a camera its whole description: long-term
// reference pictures of H.265, say. And of LATM layers that share a configuration
// it panics (format.MPEG4AudioLATM.unmarshal), on a goroutine where nobody can
// catch that. So each text is read here first.
//
// Parameter sets go before the sound, for they come in band as well.
func tame(text []byte) (tamed []byte, deaf bool) {
	if readable(text) {
		return text, false
	}
	if t := withoutParameters(text); readable(t) {
		return t, false
	}
	if t := withoutSound(text); readable(t) {
		return t, true
	}
	if t := withoutSound(withoutParameters(text)); readable(t) {
		return t, true
	}
	return nil, false
}

func readable(text []byte) bool {
	_, err := parseSDP(text)
	return err == nil
}

// parseSDP reads a description as the library's client does.
func parseSDP(text []byte) (d *description.Session, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("worker: the library panics reading a description: %v", r)
		}
	}()
	var s sdp.SessionDescription
	if err := s.Unmarshal(text); err != nil {
		return nil, err
	}
	d = &description.Session{}
	return d, d.Unmarshal(&s)
}

// withoutParameters takes the sprop parameters out of the attributes of formats
// (RFC 6184 §8.1, RFC 7798 §7.1), but for the one that tells of interleaving.
func withoutParameters(text []byte) (out []byte) {
	for line := range bytes.Lines(text) {
		if !bytes.HasPrefix(line, []byte("a=fmtp:")) {
			out = append(out, line...)
			continue
		}
		kept := line[:0:0]
		for i, part := range bytes.Split(line, []byte(";")) {
			name := bytes.ToLower(bytes.TrimSpace(part))
			if i == 0 { // behind the payload type
				if _, first, found := bytes.Cut(name, []byte(" ")); found {
					name = bytes.TrimSpace(first)
				}
			}
			if bytes.HasPrefix(name, []byte("sprop-")) && !bytes.HasPrefix(name, []byte("sprop-max-don-diff")) {
				if i > 0 {
					continue
				}
				part, _, _ = bytes.Cut(part, []byte(" "))
				part = append(bytes.Clone(part), ' ')
			}
			if i > 0 {
				kept = append(kept, ';')
			}
			kept = append(kept, part...)
		}
		out = append(out, bytes.TrimRight(kept, "\r\n")...)
		out = append(out, "\r\n"...)
	}
	return out
}
