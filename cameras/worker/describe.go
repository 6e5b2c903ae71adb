package worker

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/bluenviron/gortsplib/v5/pkg/description"
	"github.com/bluenviron/gortsplib/v5/pkg/sdp"
)

// tame gives what the library can read of a session description (RFC 8866), nil
// if that has no media; deaf is whether sound had to go. One detail that it does
// not know costs a camera its whole description: a kind of media of the maker's
// own, a line in the wrong place, long-term reference pictures of H.265. And of
// LATM layers that share a configuration it panics
// (format.MPEG4AudioLATM.unmarshal), on a goroutine where nobody can catch that.
// So each text is read here first, and if need be, taken apart.
func tame(text []byte) (tamed []byte, deaf bool) {
	if readable(text) {
		return text, false
	}
	head, sections := takeApart(text)
	tamed = head
	for _, s := range sections {
		// Parameter sets come in band as well.
		if !readable(slices.Concat(head, s)) {
			s = withoutParameters(s)
		}
		if readable(slices.Concat(head, s)) {
			tamed = append(tamed, s...)
		} else if bytes.HasPrefix(s, []byte("m=audio")) {
			deaf = true
		}
	}
	if !readable(tamed) {
		return nil, false
	}
	return tamed, deaf
}

// takeApart gives the session's attributes behind the lines that have to stand
// there, and the sections of picture and sound, each with its attributes alone.
// What relates sections to each other goes.
func takeApart(text []byte) (head []byte, sections [][]byte) {
	head = []byte("v=0\r\no=- 0 0 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n")
	to := &head
	for line := range bytes.Lines(text) {
		line = append(bytes.TrimSpace(line), "\r\n"...)
		switch {
		case bytes.HasPrefix(line, []byte("m=video ")), bytes.HasPrefix(line, []byte("m=audio ")):
			sections = append(sections, bytes.Clone(line))
			to = &sections[len(sections)-1]
		case bytes.HasPrefix(line, []byte("m=")):
			to = new([]byte) // nobody's
		case bytes.HasPrefix(line, []byte("a=mid:")), bytes.HasPrefix(line, []byte("a=group:")):
		case bytes.HasPrefix(line, []byte("a=")):
			*to = append(*to, line...)
		}
	}
	return head[:len(head):len(head)], sections
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
