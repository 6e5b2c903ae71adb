package wire

import "io"

// Hello is a child's first message, sent from inside its cage.
type Hello struct {
	Version int `json:"version"`
	// Lacking names in one line what the kernel could not do for the cage;
	// empty if nothing.
	Lacking string `json:"lacking"`
}

// Greet sends the hello of a child that lacks something of its cage, or nothing.
func Greet(w io.Writer, lacking string) error {
	return Send(w, TypeHello, Hello{Version: Version, Lacking: lacking})
}

// Greeted reads a child's hello and returns, cleaned, what its cage lacks. Any
// other frame, and another version, is ErrProtocol.
func (r *Reader) Greeted() (lacking string, err error) {
	t, body, err := r.Next()
	if err != nil {
		return "", err
	}
	if t != TypeHello {
		return "", violated("a child that begins with a frame of type %d", t)
	}
	h, err := Parse[Hello](body)
	if err != nil {
		return "", err
	}
	if h.Version != Version {
		return "", violated("a child of another version, %d", h.Version)
	}
	return Clean(h.Lacking, MaxText), nil
}
