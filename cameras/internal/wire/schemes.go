package wire

// Where they stand in the query of a stream's address, the worker puts the
// user name and the password, which the hub keeps apart from the address.
const (
	QueryUsername = "{username}"
	QueryPassword = "{password}"
)

// StreamPort is the port of a stream's address that names none, by its scheme;
// "" for a scheme that Lares does not open. This is the list of those that it
// does (HAZARDS I4).
func StreamPort(scheme string) string {
	switch scheme {
	case "rtsp":
		return "554"
	case "rtsps":
		return "322"
	case "rtmp":
		return "1935"
	case "dvrip":
		return "34567"
	case "kasa":
		return "19443"
	case "tapo":
		return "8800"
	}
	return ONVIFPort(Web(scheme))
}

// Web is how a stream's address begins over HTTP whose own beginning names what is sent
// there; "" for one that is not asked for over HTTP.
func Web(scheme string) string {
	switch scheme {
	case "http", "https":
		return scheme
	case "eseecloud", "doorbird", "tapo":
		return "http"
	case "kasa":
		return "https"
	}
	return ""
}

// ONVIFPort is the same for the address of an ONVIF service.
func ONVIFPort(scheme string) string {
	switch scheme {
	case "http":
		return "80"
	case "https":
		return "443"
	}
	return ""
}
