package cameras

import (
	"strings"

	"lares/cameras/internal/wire"
)

// tail keeps the beginning of what a dying process says, where Go names the
// reason of a panic. It is written by one goroutine and read after it ended.
type tail struct{ said []byte }

const maxSaid = 2 << 10

func (t *tail) Write(b []byte) (int, error) {
	if room := maxSaid - len(t.said); room > 0 {
		t.said = append(t.said, b[:min(room, len(b))]...)
	}
	return len(b), nil
}

// line is the first line, without the password.
func (t *tail) line(password string) string {
	first, _, _ := strings.Cut(string(t.said), "\n")
	if password != "" {
		first = strings.ReplaceAll(first, password, "…")
	}
	return wire.Clean(first, 200)
}
