// Package cameras keeps the desired cameras running: one caged child process
// per camera speaks to the device, and Fleet hands on what the children send,
// sealed, to bounded readers. Nothing in this package can open media, and what
// a child sends is checked as if the camera itself had written it.
package cameras

import (
	"context"
	"errors"
	"log/slog"
	"os/exec"
	"time"

	"lares/cameras/clock"
	"lares/cameras/fault"
	"lares/cameras/media"
	"lares/cameras/seal"
)

// Access is how to reach one camera. The vault seals it at rest; it never
// appears in arguments, environment, logs or errors.
type Access struct {
	// Camera is whose access it is, as the seal says that it came in; it does
	// not travel with the rest. Zero: of the camera it is given to the Fleet for.
	Camera media.CameraID `json:"-"`
	// Main and Sub are URLs without credentials, of a scheme that OpensScheme
	// knows; Sub may be empty.
	Main string `json:"main"`
	Sub  string `json:"sub,omitempty"`
	// Transport is "udp" for media over UDP; "" for media within the RTSP
	// connection (RFC 2326 §10.12).
	Transport string `json:"transport,omitempty"`
	// ONVIF is the device service's address (http or https), for events,
	// snapshots and the serial number; it may be empty.
	ONVIF    string `json:"onvif,omitempty"`
	Username string `json:"username,omitempty"`
	Password string `json:"password,omitempty"`
	// Pin is what the device was recognised by at its first connect.
	Pin Pin `json:"pin,omitzero"`
	// Source is the video source that Main shows, as the device calls it over
	// ONVIF: one of several of a recorder. "" where nobody told.
	Source string `json:"source,omitempty"`
	// Channels is how many cameras the device had to offer when it was looked at: more
	// than one of a recorder, 0 where nobody looked.
	Channels int `json:"channels,omitempty"`
	// Digest says which addresses once asked for the password as a digest. Where
	// nothing is encrypted they get it in no weaker way again.
	Digest Digest `json:"digest,omitzero"`
	// Moved says which addresses have a host that the camera was followed to. Nobody
	// gave it, so the password goes there as a digest or not at all, encrypted or not,
	// unless the pin is the key of the encryption.
	Moved Moved `json:"moved,omitzero"`
	// MAC is the link layer address that the kernel last saw behind the device
	// while it was recognised; "" where there was none. It is no pin: it says
	// where to look for a device that is gone.
	MAC string `json:"mac,omitempty"`
	// UUID is what the device called itself on the network while it was
	// recognised (the WS-Discovery endpoint, as a rule). It is no pin either:
	// others may say it.
	UUID string `json:"uuid,omitempty"`
	// NotAt are addresses, with commas between, at which devices claim to be this
	// one and the owner says that they are not.
	NotAt string `json:"not_at,omitempty"`
	// Since is when main's host, user name and password were last changed, in milliseconds
	// of Unix time; 0 while they are those that the camera came with.
	Since int64 `json:"since_ms,omitempty"`
}

// recorder reports whether the camera may be one of several of its device: it is not
// known to be alone, and a channel of it was told.
func (a Access) recorder() bool { return a.Channels > 1 || a.Channels == 0 && a.Source != "" }

// TransportUDP is the one value of Access.Transport that is not empty.
const TransportUDP = "udp"

// Digest are the streams whose addresses asked for the password as a digest.
type Digest struct {
	Main bool `json:"main,omitempty"`
	Sub  bool `json:"sub,omitempty"`
}

// With is the digest with one more stream.
func (d Digest) With(s media.StreamID) Digest {
	return Digest{Main: d.Main || s == media.StreamMain, Sub: d.Sub || s == media.StreamSub}
}

// Moved are the streams whose addresses were found and not given.
type Moved struct {
	Main bool `json:"main,omitempty"`
	Sub  bool `json:"sub,omitempty"`
}

// Camera is one desired camera.
type Camera struct {
	ID     media.CameraID
	Access Access
	// PreRoll is how much of the past Read can start with.
	PreRoll time.Duration
	// Private keeps the camera off the air: it has no worker, nothing is asked of
	// the device, and what came before is forgotten.
	Private bool
	// Motion says what counts as motion in its pictures.
	Motion Motion
	// Sound says whether the hub listens to it.
	Sound Sound
}

// Config is what a Fleet needs from the outside. All fields but RunStarted,
// Learned, DigestOffered, Seen, Noticed, Shown, Crossed and Log are required.
type Config struct {
	Hub   media.HubID
	Clock clock.Clock
	// Command builds the child process, whose main function is worker.Main.
	// Fleet adds the socket, the environment of the Go runtime and the process
	// attributes; nothing else of the hub's environment reaches the child.
	Command func() *exec.Cmd
	// NewRun draws a run key sealed to the camera's live key. It names the store
	// key of the same epoch, for RunStarted.
	NewRun func(ctx context.Context, id media.CameraID) (seal.Run, seal.RunKey, error)
	// RunStarted receives each run before its first unit, with what makes openers of it:
	// one for each of those who may open its units (VAULT §1.8). It must not block, nor
	// keep opener.
	RunStarted func(run seal.Run, opener func() *seal.Opener)
	// Learned stores the pin of a camera that had none, or one that it replaces
	// (Pin.Replaces). Nothing is forwarded until it returns without error. ErrOtherCamera says that the device is
	// another camera already.
	Learned func(ctx context.Context, id media.CameraID, p Pin) error
	// Unpinned hears, before anything of a connection is forwarded, that the device
	// shows nothing to recognise it by. ErrSharedPassword and ErrOtherCamera say
	// that it may not be used so.
	Unpinned func(ctx context.Context, id media.CameraID) error
	// DigestOffered stores what Access.Digest says of one more stream. After an
	// error it is called again at the stream's next connection.
	DigestOffered func(ctx context.Context, id media.CameraID, s media.StreamID) error
	// Seen stores Access.MAC of a camera that was recognised. After an error it is
	// called again at the next connection. ErrOtherCamera says that it shows the device
	// to be another camera.
	Seen func(ctx context.Context, id media.CameraID, mac string) error
	// Noticed receives what cameras notice. It must not block.
	Noticed func(n Noticed)
	// Shown receives a picture of each time of motion, and those that show more. It must
	// not block.
	Shown func(s Shown)
	// Crossed hears that something of another camera was found where only this
	// one's belongs, and refused. It must not block.
	Crossed func(site fault.Site, id media.CameraID)
	Log     *slog.Logger
}

// Noticed is something a camera reported about itself or its view, or that was found in
// its pictures.
type Noticed struct {
	Camera media.CameraID
	Kind   media.Kind
	Source media.Source
	Active bool
	// At is when, by the hub's clock; camera clocks are wrong by years. What is found in
	// pictures is told seconds later.
	At time.Time
	// Unit is the sealed UnitEvent with class, topic and zones; nil where motion ended
	// because nobody looks any more.
	Unit *media.Unit
}

// Shown is a picture of the motion that goes on, which was told before.
type Shown struct {
	Camera media.CameraID
	At     time.Time // when it was taken, by the hub's clock
	Size   int       // how much moves in it, to compare pictures of one camera
	// Width and Height are the picture's, in pixels.
	Width, Height int
	Unit          media.Unit // the sealed UnitSnapshot
}

// State is the condition of a stream or a camera, in the words its status
// shows.
type State string

// The states. The message beside one says more in plain words.
const (
	Connecting    State = "connecting"
	Live          State = "live"
	Degraded      State = "degraded" // live, but not all of it comes
	NoVideo       State = "no video" // connected, no picture ever came
	Frozen        State = "frozen"   // pictures came and stopped, or are one and the same
	WrongPassword State = "wrong password"
	Unreachable   State = "unreachable"
	Incompatible  State = "incompatible" // not RTSP, no video, or no codec that Lares records
	AnotherDevice State = "another device"
	Private       State = "private" // somebody wants it off the air
)

// Status is what is known of a camera now. Its state is that of the main
// stream, or degraded where only the sub stream is missing.
type Status struct {
	State     State
	Message   string    // plain words, empty while live
	Since     time.Time // when State began
	NextTry   time.Time // zero while connected
	LastVideo time.Time // last picture of the main stream
	Streams   []StreamStatus
	Restarts  int    // of the worker, since Set
	Worker    int    // process id, 0 between two workers
	Warning   string // such as: cannot be recognised, recorded without sound
	Cage      string // what the kernel could not do for the worker's cage
	// Stranger is what another device would be recognised by, if its owner says that
	// it is the camera; zero where nothing can be made of what it shows.
	Stranger Pin
}

// StreamStatus is what is known of one stream.
type StreamStatus struct {
	Stream  media.StreamID
	State   State
	Message string    // plain words, empty while live
	Since   time.Time // when State began
	NextTry time.Time // zero while connected

	Bitrate       float64       // bits per second, over the last seconds
	FPS           float64       // pictures per second, over the last seconds
	GOP           time.Duration // between two pictures to start at; 0 unknown
	Codec         string
	Width, Height int
	Connected     bool
	Reconnects    int

	PacketsLost  int64   // since Set
	Loss         float64 // percent of the packets of the last 10 s
	PicturesLost int64   // thrown away, since Set
	// Latency is how long before they came the pictures of the last second were taken, by the
	// camera's own clock; 0 where that cannot be known.
	Latency time.Duration
	// Jitter is how much longer than the quickest picture of the last 10 s the
	// slowest took to arrive.
	Jitter time.Duration
}

var (
	// ErrNoCamera is returned for a camera that the Fleet does not have.
	ErrNoCamera = errors.New("cameras: no such camera")
	// ErrNoSnapshot is returned where a camera gives no picture on demand.
	ErrNoSnapshot = errors.New("cameras: no snapshot")
	// ErrOtherCamera is what Config.Learned, Unpinned and Seen return for a device that is another
	// camera of the hub already.
	ErrOtherCamera = errors.New("cameras: the device is another camera")
	// ErrSharedPassword is what Config.Unpinned returns for a camera that nothing
	// tells from one of somebody else's.
	ErrSharedPassword = errors.New("cameras: the password of another owner's camera")
	// ErrNoHeat is returned where it is not known where it moves: nobody looked until now,
	// or no picture can be read.
	ErrNoHeat = errors.New("cameras: no heat")
	// ErrNotRunning is returned while a camera has no worker.
	ErrNotRunning = errors.New("cameras: the camera's worker is not running")
)
