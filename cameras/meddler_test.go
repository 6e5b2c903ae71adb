package cameras

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"

	"lares/cameras/fakecam"
)

// meddling is what stands between a camera and its worker does with each
// message; what is nil passes. The functions of one connection are called by
// one goroutine, request by another.
type meddling struct {
	request func(method string, request []byte)
	answer  func(to net.Conn, method string, answer []byte) error
	frame   func(to net.Conn, channel byte, packet []byte) error
}

// meddler passes RTSP messages on between the worker and a real camera and
// keeps what the worker says.
type meddler struct {
	addr   string
	camera string
	begin  func() meddling

	mu    sync.Mutex // guards following
	heard strings.Builder
	conns int
}

// between puts a meddler in front of a camera and returns the access through
// it, of the main stream alone.
func between(t *testing.T, cam *fakecam.Camera, begin func() meddling) (*meddler, Access) {
	t.Helper()
	u, err := url.Parse(cam.MainURL())
	if err != nil {
		t.Fatal(err)
	}
	m := &meddler{camera: u.Host, begin: begin}
	m.addr = accepting(t, "127.0.0.1", m.serve)
	u.Host = m.addr
	return m, Access{Main: u.String(), Username: "user", Password: "correct horse"}
}

func (m *meddler) serve(worker net.Conn) {
	camera, err := net.Dial("tcp", m.camera)
	if err != nil {
		return
	}
	defer camera.Close()
	m.mu.Lock()
	m.conns++
	m.mu.Unlock()
	do := m.begin()
	var methods sync.Map // by CSeq
	var wg sync.WaitGroup
	defer wg.Wait()
	wg.Go(func() {
		defer camera.Close()
		br := bufio.NewReader(io.TeeReader(worker, m))
		for {
			msg, err := message(br)
			if err != nil {
				return
			}
			if bytes.HasPrefix(msg, []byte("RTSP/")) {
				continue // an answer to the meddler
			}
			if msg[0] != '$' {
				method, _, _ := bytes.Cut(msg, []byte(" "))
				methods.Store(field(msg, "CSeq"), string(method))
				if do.request != nil {
					do.request(string(method), msg)
				}
			}
			if _, err := camera.Write(msg); err != nil {
				return
			}
		}
	})
	defer camera.Close()
	br := bufio.NewReader(camera)
	for {
		msg, err := message(br)
		if err != nil {
			break
		}
		switch {
		case msg[0] == '$' && do.frame != nil:
			err = do.frame(worker, msg[1], msg[4:])
		case msg[0] != '$' && do.answer != nil:
			method, _ := methods.Load(field(msg, "CSeq"))
			name, _ := method.(string)
			err = do.answer(worker, name, msg)
		default:
			_, err = worker.Write(msg)
		}
		if err != nil {
			break
		}
	}
	worker.Close()
}

// Write keeps what the worker said, without its RTCP.
func (m *meddler) Write(b []byte) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.heard.Write(b)
}

func (m *meddler) all() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.heard.String()
}

// message reads one request, answer or interleaved frame.
func message(br *bufio.Reader) ([]byte, error) {
	first, err := br.Peek(1)
	if err != nil {
		return nil, err
	}
	var msg []byte
	if first[0] == '$' {
		msg = make([]byte, 4)
		if _, err := io.ReadFull(br, msg); err != nil {
			return nil, err
		}
		msg = append(msg, make([]byte, binary.BigEndian.Uint16(msg[2:]))...)
		_, err = io.ReadFull(br, msg[4:])
		return msg, err
	}
	for !bytes.HasSuffix(msg, []byte("\r\n\r\n")) {
		line, err := br.ReadBytes('\n')
		if err != nil {
			return nil, err
		}
		msg = append(msg, line...)
	}
	n, _ := strconv.Atoi(field(msg, "Content-Length")) // 0 without
	body := make([]byte, n)
	_, err = io.ReadFull(br, body)
	return append(msg, body...), err
}

// field is the value of a header field.
func field(msg []byte, name string) string {
	for line := range strings.SplitSeq(string(msg), "\r\n") {
		if k, v, ok := strings.Cut(line, ":"); ok && strings.EqualFold(k, name) {
			return strings.TrimSpace(v)
		}
	}
	return ""
}

// withField sets a header field of an answer.
func withField(answer []byte, name, value string) []byte {
	head, body, _ := bytes.Cut(answer, []byte("\r\n\r\n"))
	var out []string
	for line := range strings.SplitSeq(string(head), "\r\n") {
		if k, _, ok := strings.Cut(line, ":"); !ok || !strings.EqualFold(k, name) {
			out = append(out, line)
		}
	}
	return append([]byte(strings.Join(append(out, name+": "+value, "", ""), "\r\n")), body...)
}

// withSDP replaces the description of an answer to DESCRIBE.
func withSDP(answer []byte, sdp string) []byte {
	head, _, _ := bytes.Cut(answer, []byte("\r\n\r\n"))
	return append(withField(append(head, "\r\n\r\n"...), "Content-Length", strconv.Itoa(len(sdp))), sdp...)
}

// body is what follows the header.
func body(answer []byte) string {
	_, b, _ := bytes.Cut(answer, []byte("\r\n\r\n"))
	return string(b)
}

// describes is a meddling that changes the description.
func describes(change func(sdp string) string) func() meddling {
	return answers("DESCRIBE", func(a []byte) []byte { return withSDP(a, change(body(a))) })
}

// answers is a meddling that changes the successful answers to one method.
func answers(to string, change func(answer []byte) []byte) func() meddling {
	return func() meddling {
		return meddling{answer: func(c net.Conn, method string, a []byte) error {
			if method == to && bytes.HasPrefix(a, []byte("RTSP/1.0 200")) {
				a = change(a)
			}
			_, err := c.Write(a)
			return err
		}}
	}
}

// instead is an answer with another first line and further fields.
func instead(answer []byte, status string, fields ...string) []byte {
	cseq := field(answer, "CSeq")
	return []byte(fmt.Sprintf("RTSP/1.0 %s\r\nCSeq: %s\r\n%s\r\n", status, cseq, strings.Join(append(fields, ""), "\r\n")))
}

// interleaved frames a packet (RFC 2326 §10.12).
func interleaved(channel byte, packet []byte) []byte {
	b := binary.BigEndian.AppendUint16([]byte{'$', channel}, uint16(len(packet)))
	return append(b, packet...)
}

// rtpWith is a real packet with another payload, and its number after it.
func rtpWith(like []byte, seq uint16, marker bool, payload ...byte) []byte {
	b := append([]byte{}, like[:12]...) // RFC 3550 §5.1; the camera sends no extensions
	b[1] &= 0x7f
	if marker {
		b[1] |= 0x80
	}
	binary.BigEndian.PutUint16(b[2:], seq)
	return append(b, payload...)
}
