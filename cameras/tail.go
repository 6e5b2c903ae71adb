package cameras

import (
	"encoding/base64"
	"net/url"
	"strings"

	"lares/cameras/internal/wire"
)

// lastWords cleans what a worker said when it died, and takes out the password
// in any spelling it has on the way to a camera.
func lastWords(line, username, password string) string {
	if password != "" {
		line = strings.NewReplacer(password, "…", url.UserPassword("", password).String()[1:], "…",
			url.PathEscape(password), "…", url.QueryEscape(password), "…",
			base64.StdEncoding.EncodeToString([]byte(username+":"+password)), "…").Replace(line)
	}
	return wire.Clean(line, 200)
}
