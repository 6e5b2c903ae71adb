package fakecam

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bluenviron/gortsplib/v5"
	"github.com/bluenviron/gortsplib/v5/pkg/base"
	"github.com/bluenviron/gortsplib/v5/pkg/headers"
)

const (
	challengeHeader = "WWW-Authenticate"
	sdpType         = "application/sdp"
)

// OnResponse changes what the server is about to answer: the description, and
// the ways to sign in.
func (r *rtspServer) OnResponse(_ *gortsplib.ServerConn, res *base.Response) {
	o := &r.cam.o
	if slices.Equal(res.Header["Content-Type"], base.HeaderValue{sdpType}) && res.StatusCode == base.StatusOK {
		switch {
		case r.cam.faulty(BadSDP):
			texts := o.BadSDP
			res.Body = []byte(texts[(r.cam.turn.Add(1)-1)%uint32(len(texts))])
		case o.SDP != "":
			res.Body = []byte(o.SDP)
		}
	}
	if all := res.Header[challengeHeader]; all != nil {
		res.Header[challengeHeader] = slices.DeleteFunc(slices.Clone(all), func(line string) bool {
			var a headers.Authenticate
			return a.Unmarshal(base.HeaderValue{line}) != nil || !r.offers(a.Method, a.Algorithm)
		})
	}
}

// offers reports whether the camera lets people sign in this way.
func (r *rtspServer) offers(m headers.AuthMethod, alg *headers.AuthAlgorithm) bool {
	way := AuthMD5
	switch {
	case m == headers.AuthMethodBasic:
		way = AuthBasic
	case alg != nil && *alg == headers.AuthAlgorithmSHA256:
		way = AuthSHA256
	}
	if r.cam.faulty(Downgrade) {
		return way == AuthBasic
	}
	return slices.Contains(r.cam.o.Auth, way)
}

// redirect is the answer of a camera that has moved (RFC 2326 §11.3.2).
func (r *rtspServer) redirect(path string) *base.Response {
	to := r.cam.o.RedirectTo
	if to == "" {
		to = r.cam.SubURL()
		if path == r.cam.o.SubPath {
			to = r.cam.MainURL()
		}
	}
	return &base.Response{StatusCode: base.StatusFound, Header: base.Header{"Location": base.HeaderValue{to}}}
}

// head begins a description that has no mistake yet (RFC 8866 §5).
const head = "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"

// brokenSDP are descriptions that ended other clients, one mistake each.
func brokenSDP() []string {
	video := head + "m=video 0 RTP/AVP 96\r\na=control:trackID=0\r\n"
	return []string{
		" ",
		"v=0",
		"\x00\x01\x02\xff\xfe",
		head + "m=",
		head + "m=video\r\n",
		video + "a=rtpmap:96 H264\r\n", // no clock rate
		video + "a=rtpmap:96 H264/\r\n",
		video + "a=rtpmap:96 H264/0\r\n",
		video + "a=rtpmap:96 H264/-90000\r\n",
		video + "a=rtpmap:96 H264/99999999999999999999\r\n",
		video + "a=rtpmap:96 H264/90000\r\na=fmtp:96 sprop-parameter-sets=Zw==,aA==\r\n", // one byte each
		video + "a=rtpmap:96 H264/90000\r\na=fmtp:96 sprop-parameter-sets=,\r\n",
		video + "a=rtpmap:96 H264/90000\r\na=fmtp:96 packetization-mode=-1;;=;\r\n",
		video + "a=rtpmap:96 H265/90000\r\na=fmtp:96 sprop-vps=QA==;sprop-sps=Qg==;sprop-pps=RA==\r\n",
		video + "a=rtpmap:96 H264/90000\r\nm=audio 0 RTP/AVP 97\r\na=rtpmap:97 mpeg4-generic/8000\r\na=fmtp:97 config=;sizelength=99\r\n",
		video + "a=rtpmap:96 H264/90000\r\na=control:rtsp://[::1\r\n",
		head + strings.Repeat("m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n", 200),
		head + "a=" + strings.Repeat("x", 100_000) + "\r\n",
	}
}

// readSDP is the texts of a file, or of all files in a folder that end in
// .sdp, by name.
func readSDP(path string) ([]string, error) {
	files, err := filepath.Glob(filepath.Join(path, "*.sdp"))
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		files = []string{path}
	}
	var texts []string
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			return nil, fmt.Errorf("reading descriptions: %w", err)
		}
		texts = append(texts, string(b))
	}
	return texts, nil
}
