package cage

import "strings"

// Tail keeps the beginning of what a dying process says, where Go names the
// reason of a panic. It is written by one goroutine and read after it ended.
type Tail struct{ said []byte }

const maxSaid = 2 << 10

// Write keeps what still fits.
func (t *Tail) Write(b []byte) (int, error) {
	if room := maxSaid - len(t.said); room > 0 {
		t.said = append(t.said, b[:min(room, len(b))]...)
	}
	return len(b), nil
}

// Line is the first line, in the child's own words.
func (t *Tail) Line() string {
	first, _, _ := strings.Cut(string(t.said), "\n")
	return first
}
