package wire

import (
	"time"

	"lares/cameras/media"
	"lares/cameras/seal"
)

// AlivePeriod is how often a worker shows that it still turns.
const AlivePeriod = 3 * time.Second

// MaxText bounds texts that are shown to people, in bytes.
const MaxText = 400

// Start is the hub's first message.
type Start struct {
	Version  int            `json:"version"`
	Hub      media.HubID    `json:"hub"`
	Camera   media.CameraID `json:"camera"`
	Run      Run            `json:"run"`
	Main     Target         `json:"main"`
	Sub      Target         `json:"sub"`
	ONVIF    Target         `json:"onvif"`
	Username string         `json:"username"`
	Password string         `json:"password"`
	PinKind  string         `json:"pin_kind"`
	Pin      string         `json:"pin"`
	// UDP says that media comes over UDP; otherwise within the RTSP connection.
	UDP bool `json:"udp"`
	// Source is where to begin to look for which of a recorder's pictures Main is; ""
	// where nobody said.
	Source string `json:"source"`
	// Recorder says that Main is, or may be, one of several of a recorder's pictures.
	Recorder bool   `json:"recorder"`
	Motion   Motion `json:"motion"`
	Sound    Sound  `json:"sound"`
}

// Target is one address of the camera: the URL with the name the user gave,
// and the address the hub resolved it to. A zero Target is absent.
type Target struct {
	URL string `json:"url"`
	// Dial is the literal IP address and port to connect to, and the only one.
	Dial string `json:"dial"`
	// Digest says that the address once asked for the password as a digest: it
	// gets it in no weaker way.
	Digest bool `json:"digest"`
	// Moved says that nobody gave the address: the hub found it. It gets the password
	// as a digest or not at all, also where the connection is encrypted with a key
	// that is not the pin.
	Moved bool `json:"moved"`
}

// IsZero reports whether there is no such address.
func (t Target) IsZero() bool { return t.URL == "" }

// Run is a run key on its way to the worker.
type Run struct {
	ID  media.RunID `json:"id"`
	Key []byte      `json:"key"`
}

// NewRun puts a run key into a message.
func NewRun(k seal.RunKey) Run {
	key := k.Bytes()
	return Run{ID: k.Run(), Key: key[:]}
}

// RunKey takes the key out; hub and camera come from Start.
func (r Run) RunKey(hub media.HubID, camera media.CameraID) (seal.RunKey, error) {
	if len(r.Key) != seal.KeySize || r.ID.IsZero() {
		return seal.RunKey{}, violated("a malformed run key")
	}
	return seal.RestoreRunKey(hub, camera, r.ID, [seal.KeySize]byte(r.Key)), nil
}

// Request asks for a snapshot; the answer carries its number.
type Request struct {
	Number uint32 `json:"number"`
}

// Verdict answers an Identity: whether this is the device it should be.
type Verdict struct {
	Stream media.StreamID `json:"stream"`
	OK     bool           `json:"ok"`
	Reason string         `json:"reason"` // plain words where not OK
	// Rare says that the next try makes no sense soon: each is counted, and somebody is
	// told.
	Rare bool `json:"rare"`
	Talk bool `json:"talk"` // as in Identity
	// Serial says that from now on the device is recognised by its serial number: the
	// hub may have learned it since Start.
	Serial bool `json:"serial"`
}

// The codes of State, equal to the states of package cameras, which adds one
// of its own: a live stream that loses pictures is degraded.
const (
	Connecting    = "connecting"
	Live          = "live"
	NoVideo       = "no video"
	Frozen        = "frozen"
	WrongPassword = "wrong password"
	Unreachable   = "unreachable"
	Incompatible  = "incompatible"
	AnotherDevice = "another device"
)

// State tells how one stream is, sent at each change.
type State struct {
	Stream  media.StreamID `json:"stream"`
	Code    string         `json:"code"`
	Message string         `json:"message"`
	RetryMS int64          `json:"retry_ms"` // until the next try; 0 while connected
	Codec   string         `json:"codec"`
	Width   int            `json:"width"`
	Height  int            `json:"height"`
	// Connects counts the connections of this stream that played, MaxCount at
	// most.
	Connects int `json:"connects"`
}

// maxRetry is above every retry interval of DESIGN §3.
const maxRetry = 10 * time.Minute

// Check validates and cleans what a worker sent.
func (s *State) Check() error {
	if s.Stream != media.StreamMain && s.Stream != media.StreamSub {
		return violated("a state of stream %d", s.Stream)
	}
	switch s.Code {
	case Connecting, Live, NoVideo, Frozen, WrongPassword, Unreachable, Incompatible, AnotherDevice:
	default:
		return violated("an unknown state")
	}
	if s.RetryMS < 0 || s.RetryMS > maxRetry.Milliseconds() || s.Width < 0 || s.Width > 1<<16 || s.Height < 0 || s.Height > 1<<16 || s.Connects < 0 || s.Connects > MaxCount {
		return violated("a state out of bounds")
	}
	s.Message, s.Codec = Clean(s.Message, MaxText), Clean(s.Codec, 64)
	return nil
}

// Identity is what a connection found out about the device, sent before its
// first unit. StreamCamera stands for the ONVIF connection.
type Identity struct {
	Stream media.StreamID `json:"stream"`
	Vendor string         `json:"vendor"` // of the device, as model and serial number
	Model  string         `json:"model"`
	Serial string         `json:"serial"`
	TLS    string         `json:"tls"` // hex SHA-256 of the device's public key
	// Talk says that it is of a connection beside the stream's, to its address, on
	// which nothing is recorded.
	Talk bool `json:"talk"`
}

const (
	// maxFact bounds what a device says it is, in bytes: the same in a look and at a
	// connect, for the two are compared.
	maxFact = 128
	maxKey  = 64 // of a key's sum in hex
)

// Check validates and cleans what a worker sent.
func (i *Identity) Check() error {
	if i.Stream < media.StreamMain || i.Stream > media.StreamCamera || i.Talk && i.Stream != media.StreamMain {
		return violated("an identity of stream %d", i.Stream)
	}
	i.Vendor, i.Model = Clean(i.Vendor, maxFact), Clean(i.Model, maxFact)
	i.Serial, i.TLS = Clean(i.Serial, maxFact), Clean(i.TLS, maxKey)
	return nil
}

// Digest says that the address of a stream, whose device the hub has recognised,
// asked for the password as a digest.
type Digest struct {
	Stream media.StreamID `json:"stream"`
}

// Check validates what a worker sent.
func (d *Digest) Check() error {
	if d.Stream != media.StreamMain && d.Stream != media.StreamSub {
		return violated("a digest of stream %d", d.Stream)
	}
	return nil
}

// NoPicture answers a Request that failed.
type NoPicture struct {
	Number uint32 `json:"number"`
	Reason string `json:"reason"`
}

// Rekeyed says that everything from here on is sealed under the run.
type Rekeyed struct {
	ID media.RunID `json:"id"`
}

// Warning replaces the camera's warnings; empty withdraws them.
type Warning struct {
	Text string `json:"text"`
}

// MaxCount bounds each number of Counts: a second of a 10 Gbit/s network.
const MaxCount = 1 << 20

// Counts is what one stream brought and lost since the Counts before, sent each
// second in which there was anything to count.
type Counts struct {
	Stream   media.StreamID `json:"stream"`
	Packets  int64          `json:"packets"`  // RTP packets of the video that arrived
	Lost     int64          `json:"lost"`     // RTP packets that did not
	Pictures int64          `json:"pictures"` // thrown away because of that
	// LateMS is how long before it came a picture was taken, on average; 0 where that is
	// not known.
	LateMS int64 `json:"late_ms,omitempty"`
}

// Check validates what a worker sent.
func (c *Counts) Check() error {
	if c.Stream != media.StreamMain && c.Stream != media.StreamSub {
		return violated("counts of stream %d", c.Stream)
	}
	for _, n := range []int64{c.Packets, c.Lost, c.Pictures, c.LateMS} {
		if n < 0 || n > MaxCount {
			return violated("counts out of bounds")
		}
	}
	return nil
}
