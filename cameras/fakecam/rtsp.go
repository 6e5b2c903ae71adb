package fakecam

import (
	"crypto/rand"
	"crypto/tls"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/bluenviron/gortsplib/v5"
	"github.com/bluenviron/gortsplib/v5/pkg/auth"
	"github.com/bluenviron/gortsplib/v5/pkg/base"
	"github.com/bluenviron/gortsplib/v5/pkg/headers"
	"github.com/bluenviron/gortsplib/v5/pkg/liberrors"
)

// rtspServer serves both streams of a camera.
type rtspServer struct {
	cam     *Camera
	gate    *gate
	server  *gortsplib.Server
	streams map[string]*stream // by path and query

	mu       sync.Mutex // guards sessions
	sessions map[*gortsplib.ServerSession]struct{}
}

// writeQueue is how many packets may wait for one reader: more than the
// largest IDR of a 4K file has.
const writeQueue = 4096

func newRTSP(c *Camera) (*rtspServer, error) {
	g, err := listen(c.o.Addr)
	if err != nil {
		return nil, err
	}
	rtp, rtcp, err := udpPair(g.addr.IP)
	if err != nil {
		g.Close()
		return nil, err
	}
	udp := map[string]net.PacketConn{rtp.LocalAddr().String(): rtp, rtcp.LocalAddr().String(): rtcp}
	r := &rtspServer{cam: c, gate: g, streams: map[string]*stream{}, sessions: map[*gortsplib.ServerSession]struct{}{}}
	r.server = &gortsplib.Server{
		RTSPAddress:    g.addr.String(),
		Listen:         func(string, string) (net.Listener, error) { return r, nil },
		UDPRTPAddress:  rtp.LocalAddr().String(),
		UDPRTCPAddress: rtcp.LocalAddr().String(),
		ListenPacket:   func(_, address string) (net.PacketConn, error) { return udp[address], nil },
		Handler:        r,
		WriteQueueSize: writeQueue,
		// Those that the camera does not offer are taken out of the answers.
		AuthMethods: []auth.VerifyMethod{auth.VerifyMethodBasic, auth.VerifyMethodDigestMD5, auth.VerifyMethodDigestSHA256},
		// Its period is fixed at 10 s (server.go); streams send their own.
		DisableRTCPSenderReports: true,
	}
	if err := r.server.Start(); err != nil {
		g.Close()
		rtp.Close()
		rtcp.Close()
		return nil, fmt.Errorf("fakecam: starting RTSP: %w", err)
	}
	for path, f := range map[string]feed{c.o.MainPath: c.program.main, c.o.SubPath: c.program.sub} {
		s, err := newStream(c, path, f, r.server)
		if err != nil {
			r.close()
			return nil, fmt.Errorf("fakecam: stream %s: %w", path, err)
		}
		r.streams[path] = s
	}
	return r, nil
}

func (r *rtspServer) close() {
	for _, s := range r.streams {
		s.out.Close()
	}
	r.gate.Close()
	r.server.Close()
}

// allowed checks the credentials of a request.
func (r *rtspServer) allowed(c *gortsplib.ServerConn, req *base.Request) bool {
	o := r.cam.o
	if o.Username == "" && !r.cam.faulty(WrongPassword) {
		return true
	}
	user, password := o.Username, o.Password
	var a headers.Authorization
	if known := a.Unmarshal(req.Header["Authorization"]) == nil && r.offers(a.Method, a.Algorithm); !known || r.cam.faulty(WrongPassword) {
		user, password = "nobody", rand.Text()
	}
	ok := c.VerifyCredentials(req, user, password)
	if !ok && len(req.Header["Authorization"]) > 0 {
		r.cam.wrong.Add(1)
	}
	return ok
}

func (r *rtspServer) find(c *gortsplib.ServerConn, req *base.Request, path string) (*base.Response, *gortsplib.ServerStream, error) {
	if !r.allowed(c, req) {
		return &base.Response{StatusCode: base.StatusUnauthorized}, nil, liberrors.ErrServerAuth{}
	}
	s, ok := r.streams[r.cam.plays(path)]
	if !ok {
		return &base.Response{StatusCode: base.StatusNotFound}, nil, nil
	}
	return &base.Response{StatusCode: base.StatusOK}, s.out, nil
}

// whole puts together what the library takes apart.
func whole(path, query string) string {
	if query != "" {
		path += "?" + query
	}
	return path
}

// OnDescribe answers DESCRIBE.
func (r *rtspServer) OnDescribe(ctx *gortsplib.ServerHandlerOnDescribeCtx) (*base.Response, *gortsplib.ServerStream, error) {
	res, s, err := r.find(ctx.Conn, ctx.Request, whole(ctx.Path, ctx.Query))
	if res.StatusCode == base.StatusOK && r.cam.faulty(Redirect) {
		return r.redirect(whole(ctx.Path, ctx.Query)), nil, nil
	}
	return res, s, err
}

// OnSetup answers SETUP, over TCP and UDP.
func (r *rtspServer) OnSetup(ctx *gortsplib.ServerHandlerOnSetupCtx) (*base.Response, *gortsplib.ServerStream, error) {
	return r.find(ctx.Conn, ctx.Request, whole(ctx.Path, ctx.Query))
}

// OnPlay answers PLAY; the next picture is an IDR where the source can.
func (r *rtspServer) OnPlay(ctx *gortsplib.ServerHandlerOnPlayCtx) (*base.Response, error) {
	if s, ok := r.streams[r.cam.plays(whole(ctx.Path, ctx.Query))]; ok {
		s.wantSync.Store(true)
	}
	ctx.Session.OnPacketRTPAny(r.cam.hears)
	return &base.Response{StatusCode: base.StatusOK}, nil
}

// OnSessionOpen keeps the session: one over UDP does not end with its
// connection.
func (r *rtspServer) OnSessionOpen(ctx *gortsplib.ServerHandlerOnSessionOpenCtx) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sessions[ctx.Session] = struct{}{}
}

// OnSessionClose forgets it.
func (r *rtspServer) OnSessionClose(ctx *gortsplib.ServerHandlerOnSessionCloseCtx) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.sessions, ctx.Session)
}

// endUDP stops all sending over UDP.
func (r *rtspServer) endUDP() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for s := range r.sessions {
		if t := s.Transport(); t != nil && t.Protocol == gortsplib.ProtocolUDP {
			s.Close()
		}
	}
}

// Accept waits for a connection through the gate. Encryption is ours, not the
// library's, which would insist on SRTP inside.
func (r *rtspServer) Accept() (net.Conn, error) {
	c, err := r.gate.Accept()
	if err != nil {
		return nil, err
	}
	if r.cam.o.TLS {
		c = tls.Server(c, r.cam.tlsConfig())
	}
	return r.cam.tampered(c), nil
}

// Close ends the gate.
func (r *rtspServer) Close() error { return r.gate.Close() }

// Addr is the address of the gate.
func (r *rtspServer) Addr() net.Addr { return r.gate.Addr() }

// udpPair opens a pair of free ports for RTP and RTCP: an even one and the
// next (RFC 3550 §11).
func udpPair(ip net.IP) (rtp, rtcp net.PacketConn, err error) {
	const tries = 50
	for range tries {
		if rtp, err = net.ListenUDP("udp", &net.UDPAddr{IP: ip}); err != nil {
			break
		}
		port := rtp.LocalAddr().(*net.UDPAddr).Port
		if port%2 == 0 {
			if rtcp, err = net.ListenUDP("udp", &net.UDPAddr{IP: ip, Port: port + 1}); err == nil {
				return rtp, rtcp, nil
			}
		}
		rtp.Close()
	}
	return nil, nil, fmt.Errorf("fakecam: finding a pair of UDP ports: %w", err)
}

// OnConnClose logs why a connection ended.
func (r *rtspServer) OnConnClose(ctx *gortsplib.ServerHandlerOnConnCloseCtx) {
	r.cam.o.Log.Debug("RTSP connection ended", "remote", ctx.Conn.NetConn().RemoteAddr().String(), "reason", ctx.Error)
}

// reportEvery is the time between RTCP sender reports.
const reportEvery = 500 * time.Millisecond
