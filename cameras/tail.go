package cameras

import (
	"encoding/base64"
	"net/url"
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

// line is the first line, without the password in any spelling it has on the
// way to a camera.
func (t *tail) line(username, password string) string {
	first, _, _ := strings.Cut(string(t.said), "\n")
	if password != "" {
		first = strings.NewReplacer(password, "…", url.UserPassword("", password).String()[1:], "…",
			url.PathEscape(password), "…", url.QueryEscape(password), "…",
			base64.StdEncoding.EncodeToString([]byte(username+":"+password)), "…").Replace(first)
	}
	return wire.Clean(first, 200)
}
