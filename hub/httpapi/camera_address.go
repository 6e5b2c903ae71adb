package httpapi

import (
	"net/netip"
	"net/url"
	"strings"
	"unicode/utf8"

	"lares/cameras"
)

// clean checks the addresses, spells their hosts and ports in one way and takes
// credentials out of them: those of the fields come first, then those of main, sub and
// onvif.
func clean(a *cameras.Access) error {
	for _, f := range []struct {
		name    string
		address *string
		opens   func(scheme string) bool
	}{
		{"main", &a.Main, cameras.OpensScheme},
		{"sub", &a.Sub, cameras.OpensScheme},
		{"onvif", &a.ONVIF, isWeb},
	} {
		*f.address = strings.TrimSpace(*f.address)
		if *f.address == "" && f.name != "main" {
			continue
		}
		u, err := cleanAddress(f.name, *f.address, f.opens)
		if err != nil {
			return err
		}
		if u.User != nil {
			if a.Username == "" && a.Password == "" {
				a.Username = u.User.Username()
				a.Password, _ = u.User.Password()
			}
			u.User = nil
		}
		if f.name != "onvif" {
			takeFromQuery(u, a)
		}
		*f.address = u.String()
	}
	if err := cleanTransport(a); err != nil {
		return err
	}
	if utf8.RuneCountInString(a.Username) > maxCredential || utf8.RuneCountInString(a.Password) > maxCredential {
		return badField("main", "The credentials in this address are too long.")
	}
	return nil
}

// cleanTransport accepts the names of transports, and UDP only for RTSP that is
// not encrypted: few cameras encrypt datagrams, and none says so before it is
// asked.
func cleanTransport(a *cameras.Access) error {
	switch a.Transport {
	case "", tcp:
		a.Transport = ""
		return nil
	case cameras.TransportUDP:
	default:
		return badField("transport", "The transport is tcp or udp.")
	}
	for _, address := range []string{a.Main, a.Sub} {
		if address != "" && !strings.HasPrefix(address, "rtsp:") {
			return badField("transport", "Only an address that begins with rtsp:// can send over UDP.")
		}
	}
	return nil
}

// cleanAddress accepts the camera protocols only: every other scheme that some
// program once opened (exec, file, ffmpeg …) ends here (HAZARDS I4). What url
// says about a bad address may hold the password, so it is not said again.
func cleanAddress(name, address string, opens func(scheme string) bool) (*url.URL, error) {
	u, err := url.Parse(address)
	if err == nil && name != "onvif" {
		if why := cameras.SchemeRefusal(u.Scheme); why != "" {
			return nil, badField(name, why)
		}
	}
	if err != nil || !opens(u.Scheme) || u.Hostname() == "" || u.Fragment != "" || u.Opaque != "" {
		if name == "onvif" {
			return nil, badField(name, "This is not an address that begins with http://, with a host.")
		}
		return nil, badField(name, "This is not an address that begins with rtsp://, rtsps://, http://, https://, rtmp://, dvrip://, kasa://, tapo://, doorbird:// or eseecloud://, with a host.")
	}
	if name != "onvif" && cameras.WebScheme(u.Scheme) != "" && leadsHere(u.Hostname()) {
		return nil, badField(name, "This address leads to the hub itself.")
	}
	if why := cameras.OneSpelling(u); why != "" {
		return nil, badField(name, why)
	}
	return u, nil
}

// leadsHere reports whether a host is the hub itself. What a name leads to is seen when the
// camera is connected to.
func leadsHere(host string) bool {
	if cameras.ThisMachine(host) {
		return true
	}
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return false
	}
	own, err := cameras.OwnAddress(ip)
	return own || err != nil
}

func isWeb(scheme string) bool { return scheme == "http" || scheme == "https" }

// takeFromQuery takes user name and password out of the query of an address,
// where cameras without a sign-in of their language look for them, and leaves
// word where they belong.
func takeFromQuery(u *url.URL, a *cameras.Access) {
	if u.Scheme != "rtmp" && cameras.WebScheme(u.Scheme) == "" {
		return
	}
	parts := strings.Split(u.RawQuery, "&")
	username, password := "", ""
	for i, part := range parts {
		name, value, _ := strings.Cut(part, "=")
		plain, err := url.QueryUnescape(value)
		if err != nil {
			continue
		}
		switch strings.ToLower(name) {
		case "user", "username", "usr", "loginuse":
			if plain != cameras.QueryUsername {
				username = plain
			}
			parts[i] = name + "=" + cameras.QueryUsername
		case "password", "pwd", "pass", "loginpas":
			if plain != cameras.QueryPassword {
				password = plain
			}
			parts[i] = name + "=" + cameras.QueryPassword
		}
	}
	u.RawQuery = strings.Join(parts, "&")
	if a.Username == "" && a.Password == "" {
		a.Username, a.Password = username, password
	}
}
