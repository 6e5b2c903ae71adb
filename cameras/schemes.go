package cameras

import "lares/cameras/internal/wire"

// Where they stand in the query of Access.Main or Access.Sub, the camera is sent
// Access.Username and Access.Password.
const (
	QueryUsername = wire.QueryUsername
	QueryPassword = wire.QueryPassword
)

// OpensScheme reports whether Access.Main and Access.Sub may begin so.
func OpensScheme(scheme string) bool { return wire.StreamPort(scheme) != "" }

// WebScheme is http or https for the address of a stream that is asked for over that, ""
// for any other.
func WebScheme(scheme string) string { return wire.Web(scheme) }

// SchemeRefusal says in plain words why the streams of a scheme that others
// know are not opened; "" for one that names no cameras.
func SchemeRefusal(scheme string) string {
	switch scheme {
	case "ring", "nest", "tuya", "xiaomi", "roborock", "ivideon", "yandex":
		return "Lares does not offer " + scheme + ":// cameras: they need an account in their maker's cloud, and Lares makes no connection out of the house."
	case "wyze":
		return "Lares does not offer wyze:// cameras: their key has to be fetched once, with the account in their maker's cloud, and Lares makes no connection out of the house."
	case "isapi":
		return "Nothing but a voice goes over isapi://. Add the camera by its rtsp:// address: where it has no other way to be spoken through, Lares takes this one by itself."
	case "homekit", "vigi", "bubble", "multitrans", "gopro", "hass", "webrtc", "hls", "rtmps", "rtspx":
		return "Lares does not offer " + scheme + ":// yet. Many such cameras speak RTSP or ONVIF as well, once that is turned on in their settings."
	}
	return ""
}
