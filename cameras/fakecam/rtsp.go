package fakecam

import (
	"crypto/rand"
	"fmt"
	"net"
	"time"

	"github.com/bluenviron/gortsplib/v5"
	"github.com/bluenviron/gortsplib/v5/pkg/auth"
	"github.com/bluenviron/gortsplib/v5/pkg/base"
	"github.com/bluenviron/gortsplib/v5/pkg/liberrors"
)

const (
	mainPath = "/main"
	subPath  = "/sub"
)

// rtspServer serves both streams of a camera.
type rtspServer struct {
	cam     *Camera
	gate    *gate
	server  *gortsplib.Server
	streams map[string]*stream // by path
}

// writeQueue is how many packets may wait for one reader: more than the
// largest IDR of a 4K file has.
const writeQueue = 4096

func newRTSP(c *Camera) (*rtspServer, error) {
	g, err := listen(c.o.Addr)
	if err != nil {
		return nil, err
	}
	r := &rtspServer{cam: c, gate: g, streams: map[string]*stream{}}
	r.server = &gortsplib.Server{
		RTSPAddress:    g.addr.String(),
		Listen:         func(string, string) (net.Listener, error) { return g, nil },
		Handler:        r,
		WriteQueueSize: writeQueue,
		AuthMethods:    []auth.VerifyMethod{auth.VerifyMethodDigestMD5},
		// Its period is fixed at 10 s (server.go); streams send their own.
		DisableRTCPSenderReports: true,
	}
	if err := r.server.Start(); err != nil {
		g.Close()
		return nil, fmt.Errorf("fakecam: starting RTSP: %w", err)
	}
	for path, f := range map[string]feed{mainPath: c.program.main, subPath: c.program.sub} {
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
	if r.cam.faulty(WrongPassword) {
		return c.VerifyCredentials(req, "nobody", rand.Text())
	}
	return o.Username == "" || c.VerifyCredentials(req, o.Username, o.Password)
}

func (r *rtspServer) find(c *gortsplib.ServerConn, req *base.Request, path string) (*base.Response, *gortsplib.ServerStream, error) {
	if !r.allowed(c, req) {
		return &base.Response{StatusCode: base.StatusUnauthorized}, nil, liberrors.ErrServerAuth{}
	}
	s, ok := r.streams[path]
	if !ok {
		return &base.Response{StatusCode: base.StatusNotFound}, nil, nil
	}
	return &base.Response{StatusCode: base.StatusOK}, s.out, nil
}

// OnDescribe answers DESCRIBE.
func (r *rtspServer) OnDescribe(ctx *gortsplib.ServerHandlerOnDescribeCtx) (*base.Response, *gortsplib.ServerStream, error) {
	return r.find(ctx.Conn, ctx.Request, ctx.Path)
}

// OnSetup answers SETUP; only TCP is offered.
func (r *rtspServer) OnSetup(ctx *gortsplib.ServerHandlerOnSetupCtx) (*base.Response, *gortsplib.ServerStream, error) {
	return r.find(ctx.Conn, ctx.Request, ctx.Path)
}

// OnPlay answers PLAY; the next picture is an IDR where the source can.
func (r *rtspServer) OnPlay(ctx *gortsplib.ServerHandlerOnPlayCtx) (*base.Response, error) {
	if s, ok := r.streams[ctx.Path]; ok {
		s.wantSync.Store(true)
	}
	return &base.Response{StatusCode: base.StatusOK}, nil
}

// OnConnClose logs why a connection ended.
func (r *rtspServer) OnConnClose(ctx *gortsplib.ServerHandlerOnConnCloseCtx) {
	r.cam.o.Log.Debug("RTSP connection ended", "remote", ctx.Conn.NetConn().RemoteAddr().String(), "reason", ctx.Error)
}

// reportEvery is the time between RTCP sender reports.
const reportEvery = 500 * time.Millisecond
