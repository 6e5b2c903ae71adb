// Package fakecam is a camera of its own making: real sockets, RTSP with main
// and sub stream, ONVIF with events and snapshots, and faults that can be
// switched while it runs. Tests and the demo watch it; it knows nothing of the
// rest of the product.
package fakecam

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"lares/cameras/clock"
)

// Options say what camera to be. Only Name is required.
type Options struct {
	// Name is shown on the test card and told over ONVIF.
	Name string
	// Addr is where RTSP listens, HTTPAddr where ONVIF does; 127.0.0.1 and
	// any free port if empty.
	Addr, HTTPAddr string
	// Username and Password are asked for by digest authentication; an empty
	// Username lets everybody in.
	Username, Password string
	// Source is what the camera sees; the default TestCard if nil.
	Source Source
	// Audio adds a silent AAC track to TestCard and BuiltinClip. A File
	// brings its own.
	Audio bool
	// NoTalk leaves the camera without a back channel, NoIntercom one of Hikvision without
	// a loudspeaker of ISAPI. With one, Hears is the encoding it takes, TalkMu, TalkA or
	// TalkAAC; TalkMu if empty.
	NoTalk, NoIntercom bool
	Hears              string
	// ParameterSets says where the parameter sets of the video are told.
	ParameterSets ParameterSets
	// Auth are the ways to sign in to RTSP that are offered, of AuthBasic,
	// AuthMD5 and AuthSHA256, in this order; AuthMD5 alone if empty.
	Auth []string
	// Doorbell says that a camera of Kasa is one: it wants its password as it is.
	Doorbell bool
	// TLS serves RTSP over TLS (rtsps), HTTPS serves ONVIF and all other pages over
	// TLS, each with the same certificate, signed by itself.
	TLS, HTTPS bool
	// SDP replaces the description of both streams if not empty.
	SDP string
	// BadSDP are the descriptions of the fault BadSDP; a few broken ones if
	// empty.
	BadSDP []string
	// RedirectTo is where the fault Redirect sends to, an RTSP URL; to the
	// other stream of this camera if empty.
	RedirectTo string
	// MainPath and SubPath are the paths of the streams, queries included;
	// "/main" and "/sub" if empty.
	MainPath, SubPath string
	// Serial is the ONVIF serial number; derived from Name if empty.
	Serial string
	// Main and Sub are what the camera says of its encoders over ONVIF; the
	// truth where they are empty. NoSub says that there is one stream only.
	Main, Sub Encoding
	NoSub     bool
	// Without names ONVIF services that the camera does not have, of
	// ServiceMedia2, ServicePTZ, ServiceImaging and ServiceDeviceIO.
	Without []string
	// Neighbour makes the device a recorder that has another camera as well, whose
	// profile is its first.
	Neighbour bool
	// Channels is how many cameras the device has: from 2 on it is a recorder, whose
	// further channels have streams, encoders and snapshots of their own with the
	// pictures of the first. 0 is one.
	Channels int
	// Vacant is the channel of a recorder at which no camera is, where it speaks DVRIP;
	// 0 for none.
	Vacant int
	// RefuseSubscriptions is how many subscriptions are refused before one is
	// made.
	RefuseSubscriptions int
	// Ahead is how wrong the camera's clock is, until somebody sets it.
	Ahead time.Duration
	// Late is how long before they are sent the pictures were taken, as the sender reports
	// tell.
	Late time.Duration
	// ByHand says that the clock follows no time server. DHCPTime is the one that
	// the network tells, "" for none.
	ByHand   bool
	DHCPTime string
	// Recording is the file of a recorded ONVIF conversation (JSON lines)
	// which answers instead of the camera's own ONVIF side.
	Recording string
	// Maker is whose camera it says to be when somebody searches the network,
	// one of Makers; empty for a camera that tells nobody.
	Maker string
	// Cloud and UPnP say that the camera stays connected to its maker, and has the
	// router open ports to it, where makers' own pages tell that.
	Cloud, UPnP bool
	// Rule is what the camera calls its motion detector, in XML; MotionDetector
	// if empty. Hubs look there for what moved, such as a person.
	Rule string
	// MotionEvery starts motion by itself this often, for motionHolds; never
	// if 0.
	MotionEvery time.Duration
	// Visible says that what MotionEvery tells of is seen, too, in a TestCard.
	Visible bool
	// Clock is the camera's wall clock, right or wrong: card, sender reports
	// and ONVIF show it. Pictures are paced by the machine's own time.
	Clock clock.Clock
	// Log may be nil.
	Log *slog.Logger
}

// ParameterSets is where a camera tells the parameter sets of its video.
type ParameterSets int

const (
	Both       ParameterSets = iota // in the description and before each IDR
	SDPOnly                         // in the description alone
	InBandOnly                      // before each IDR alone
)

// The ways to sign in that Options.Auth names.
const (
	AuthBasic  = "basic"  // RFC 7617
	AuthMD5    = "md5"    // digest, RFC 2617
	AuthSHA256 = "sha256" // digest, RFC 7616
)

// Camera is a running fake camera. All methods may be called at any time from
// any goroutine.
type Camera struct {
	o       Options
	maker   *maker // nil for a camera that does not tell of itself
	id      identity
	program *program
	rtsp    *rtspServer
	onvif   *onvifServer
	dvrip   *dvripServer // nil for a maker without
	clock   *wall
	player  *player // nil without a recording
	teller  *teller // nil without a maker
	cancel  context.CancelFunc
	wg      sync.WaitGroup
	fault   atomic.Int32
	turn    atomic.Uint32 // of faults that do something else each time
	wrong   atomic.Uint32 // sign-ins
	visited atomic.Bool   // somebody walks through the picture

	certificate atomic.Pointer[tls.Certificate] // nil without TLS and HTTPS

	last  atomic.Pointer[Mark]
	voice voice
}

// motionHolds is how long a motion of MotionEvery lasts at most.
const motionHolds = 4 * time.Second

// Start opens the source and both ports and plays until Close, or until ctx
// ends; Close is needed in both cases.
func Start(ctx context.Context, o Options) (*Camera, error) {
	if o.Name == "" {
		return nil, errors.New("fakecam: a camera needs a name")
	}
	o = o.withDefaults()
	for _, way := range o.Auth {
		if way != AuthBasic && way != AuthMD5 && way != AuthSHA256 {
			return nil, fmt.Errorf("fakecam: signing in by %q is not known", way)
		}
	}
	if o.Hears != TalkMu && o.Hears != TalkA && o.Hears != TalkAAC {
		return nil, fmt.Errorf("fakecam: hearing %q is not known", o.Hears)
	}
	m, err := makerOf(o.Maker)
	if err != nil {
		return nil, err
	}
	clock := newWall(o.Clock, o.Ahead)
	o.Clock = clock
	played, err := openPlayer(o)
	if err != nil {
		return nil, err
	}
	p, err := o.Source.open(o)
	if err != nil {
		return nil, fmt.Errorf("fakecam: opening the source: %w", err)
	}
	c := &Camera{o: o, maker: m, id: identityOf(o.Serial), program: p, clock: clock, player: played}
	c.last.Store(&Mark{Name: MarkName(o.Name)})
	if o.TLS || o.HTTPS {
		if err := c.certify(); err != nil {
			p.close()
			return nil, err
		}
	}
	if c.rtsp, err = newRTSP(c); err != nil {
		p.close()
		return nil, err
	}
	if c.onvif, err = newONVIF(c); err != nil {
		c.rtsp.close()
		p.close()
		return nil, err
	}
	if c.dvrip, err = newDVRIP(c); err != nil {
		c.onvif.close()
		c.rtsp.close()
		p.close()
		return nil, err
	}
	c.teller = newTeller(c)
	ctx, c.cancel = context.WithCancel(ctx)
	for _, s := range c.rtsp.streams {
		c.wg.Go(func() { s.run(ctx) })
	}
	if o.MotionEvery > 0 {
		c.wg.Go(func() { c.moveEvery(ctx) })
	}
	c.wg.Go(func() {
		<-ctx.Done()
		if c.teller != nil {
			c.teller.close()
		}
		c.dvrip.close()
		c.onvif.close()
		c.rtsp.close()
	})
	return c, nil
}

func (o Options) withDefaults() Options {
	const anyPort = "127.0.0.1:0"
	if o.Addr == "" {
		o.Addr = anyPort
	}
	if o.HTTPAddr == "" {
		o.HTTPAddr = anyPort
	}
	if o.MainPath == "" {
		o.MainPath = "/main"
	}
	if o.SubPath == "" {
		o.SubPath = "/sub"
	}
	if o.Source == nil {
		o.Source = TestCard{}
	}
	if o.Serial == "" {
		name := MarkName(o.Name)
		o.Serial = fmt.Sprintf("FAKE-%X", name[:6])
	}
	if o.Rule == "" {
		o.Rule = "MotionDetector"
	}
	if o.Hears == "" {
		o.Hears = TalkMu
	}
	if len(o.Auth) == 0 {
		o.Auth = []string{AuthMD5}
	}
	if len(o.BadSDP) == 0 {
		o.BadSDP = brokenSDP()
	}
	if o.Clock == nil {
		o.Clock = clock.System{}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	o.Log = o.Log.With("camera", o.Name)
	return o
}

// Close ends all connections and returns when every goroutine has; twice is
// fine.
func (c *Camera) Close() {
	c.cancel()
	c.wg.Wait()
	c.program.close()
}

// MainURL is the main stream's address, without credentials.
func (c *Camera) MainURL() string {
	return c.scheme() + "://" + reachable(c.rtsp.gate.at()) + c.o.MainPath
}

// SubURL is the sub stream's address, without credentials.
func (c *Camera) SubURL() string {
	return c.scheme() + "://" + reachable(c.rtsp.gate.at()) + c.o.SubPath
}

func (c *Camera) scheme() string {
	if c.o.TLS {
		return "rtsps"
	}
	return "rtsp"
}

// ONVIFURL is the address of the ONVIF device service.
func (c *Camera) ONVIFURL() string { return c.web() + reachable(c.onvif.gate.at()) + devicePath }

// web is how addresses of its pages begin.
func (c *Camera) web() string {
	if c.o.HTTPS {
		return "https://"
	}
	return "http://"
}

// reachable names a host for a listener on all addresses.
func reachable(a *net.TCPAddr) string {
	if a.IP == nil || a.IP.IsUnspecified() {
		return fmt.Sprintf("127.0.0.1:%d", a.Port)
	}
	return a.String()
}

// LastMark is the mark of the access unit sent last on the main stream,
// whether or not anybody watched. Its Frame is 0 before the first one, too.
func (c *Camera) LastMark() Mark { return *c.last.Load() }

// Connections is how many are open, of RTSP and ONVIF.
func (c *Camera) Connections() int { return c.rtsp.gate.connections() + c.onvif.gate.connections() }

// Motion tells ONVIF subscribers that motion began or ended.
func (c *Camera) Motion(active bool) { c.onvif.motion(active) }

// Visit has somebody walk through the picture of a TestCard, or go away. ONVIF does
// not tell.
func (c *Camera) Visit(there bool) { c.visited.Store(there) }

// NeighbourMotion tells all subscribers that motion before the neighbour began or
// ended.
func (c *Camera) NeighbourMotion(active bool) { c.onvif.stray(active) }

func (c *Camera) moveEvery(ctx context.Context) {
	every := c.o.MotionEvery
	holds := min(motionHolds, every/2)
	for clock.Pause(ctx, every-holds) {
		c.Visit(c.o.Visible)
		c.Motion(true)
		if !clock.Pause(ctx, holds) {
			return
		}
		c.Visit(false)
		c.Motion(false)
	}
}
