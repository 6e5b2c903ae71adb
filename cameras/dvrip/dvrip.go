// Package dvrip plays one stream of a camera that speaks DVRIP, or speaks through it, as those with
// XM's software do (NETsurveillance, Sofia): the way of messages and media is
// that of the public descriptions of python-dvr and of go2rtc's dvrip. It runs
// inside the camera worker: what it reads is hostile. The connection is the
// caller's, who bounds how long it takes.
package dvrip

import (
	"bufio"
	"crypto/md5"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"

	"lares/cameras/flv"
)

var (
	// ErrFormat says that the peer does not speak DVRIP.
	ErrFormat = errors.New("dvrip: not DVRIP, or broken")
	// ErrPassword says that the peer refused user name or password.
	ErrPassword = errors.New("dvrip: the sign-in was refused")
	// ErrRefused says that the peer does not give the stream.
	ErrRefused = errors.New("dvrip: the stream was refused")
)

// MaxUnit bounds a picture, its head included.
const MaxUnit = 4<<20 + 64

const (
	headSize = 20
	// maxMessage bounds one message; cameras cut media into messages of 8 KiB.
	maxMessage = 1 << 20
	// maxAnswer bounds an answer.
	maxAnswer = 16 << 10
	// patience is how many messages may come before the answer to a request.
	patience = 64
)

// The numbers of messages.
const (
	login        = 1000
	keepAlive    = 1006
	monitorStart = 1410
	monitorData  = 1412
	monitorClaim = 1413
)

// The values of Ret in answers.
const (
	retOK        = 100
	retNotIn     = 105 // not signed in
	retWrong     = 106 // user name or password
	retNoRight   = 107
	retPassword  = 203
	retLocked    = 205
	retForbidden = 206
	retUpgrade   = 515 // fine: an upgrade is over
)

// Stream is what is played.
type Stream struct {
	Channel int
	// Sub is the small stream.
	Sub                bool
	Username, Password string
}

// Client is one connection. One goroutine uses it.
type Client struct {
	conn    net.Conn
	br      *bufio.Reader
	session uint32
	number  uint32

	data []byte // media that came and is not given out, reused
	used int    // of it, by what was given out

	flows bool // media have come
}

// Play signs in and asks for the stream; its media follow. Besides the errors of
// this package it returns those of the connection.
func Play(conn net.Conn, s Stream) (*Client, error) {
	c, _, err := signIn(conn, s)
	if err != nil {
		return nil, err
	}
	if _, err := c.ask(monitorClaim, c.monitor("Claim", s)); err != nil {
		return nil, err
	}
	return c, c.send(monitorStart, c.monitor("Start", s))
}

// signIn is the first thing on a connection; answer is what the peer says to it.
func signIn(conn net.Conn, s Stream) (c *Client, answer []byte, err error) {
	c = &Client{conn: conn, br: bufio.NewReaderSize(conn, 64<<10)}
	user := s.Username
	if user == "" {
		user = "admin" // with no password: what these cameras begin with
	}
	answer, err = c.ask(login, map[string]any{"EncryptType": "MD5", "LoginType": "DVRIP-Web", "PassWord": Hash(s.Password), "UserName": user})
	return c, answer, err
}

func (c *Client) monitor(action string, s Stream) map[string]any {
	kind := "Main"
	if s.Sub {
		kind = "Extra1"
	}
	return map[string]any{"Name": "OPMonitor", "SessionID": fmt.Sprintf("0x%08X", c.session), "OPMonitor": map[string]any{
		"Action":    action,
		"Parameter": map[string]any{"Channel": s.Channel, "CombinMode": "NONE", "StreamType": kind, "TransMode": "TCP"},
	}}
}

// KeepAlive tells the camera that somebody still looks; its answer is read with
// the media.
func (c *Client) KeepAlive() error {
	return c.send(keepAlive, map[string]any{"Name": "KeepAlive", "SessionID": fmt.Sprintf("0x%08X", c.session)})
}

func (c *Client) send(number uint16, body map[string]any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("dvrip: writing a request: %w", err)
	}
	return c.write(number, append(text, '\n', 0))
}

func (c *Client) write(number uint16, body []byte) error {
	b := make([]byte, headSize, headSize+len(body))
	b[0] = 0xff
	binary.LittleEndian.PutUint32(b[4:], c.session)
	binary.LittleEndian.PutUint32(b[8:], c.number)
	binary.LittleEndian.PutUint16(b[14:], number)
	binary.LittleEndian.PutUint32(b[16:], uint32(len(body)))
	c.number++
	_, err := c.conn.Write(append(b, body...))
	return err
}

// ask sends a request and judges its answer, whose number is one higher.
func (c *Client) ask(number uint16, body map[string]any) (answer []byte, err error) {
	if err := c.send(number, body); err != nil {
		return nil, err
	}
	for range patience {
		got, text, err := c.message(nil, maxAnswer)
		if err != nil {
			return nil, err
		}
		if got == number+1 {
			return text, judge(text)
		}
	}
	return nil, ErrFormat
}

// judge says what an answer means.
func judge(text []byte) error {
	var answer struct{ Ret int }
	if json.Unmarshal(trimmed(text), &answer) != nil {
		return ErrFormat
	}
	switch answer.Ret {
	case retOK, retUpgrade:
		return nil
	case retNotIn, retWrong, retNoRight, retPassword, retLocked, retForbidden:
		return fmt.Errorf("%w (%d)", ErrPassword, answer.Ret)
	}
	return fmt.Errorf("%w (%d)", ErrRefused, answer.Ret)
}

// trimmed is a text without what ends it.
func trimmed(b []byte) []byte {
	for len(b) > 0 && (b[len(b)-1] == 0 || b[len(b)-1] == '\n') {
		b = b[:len(b)-1]
	}
	return b
}

// message reads the next message and appends its body to b.
func (c *Client) message(b []byte, most int) (number uint16, body []byte, err error) {
	var head [headSize]byte
	if _, err := io.ReadFull(c.br, head[:]); err != nil {
		return 0, b, err
	}
	n := binary.LittleEndian.Uint32(head[16:])
	if head[0] != 0xff || n > uint32(most) {
		return 0, b, ErrFormat
	}
	c.session = binary.LittleEndian.Uint32(head[4:])
	body, err = flv.ReadInto(b, c.br, int(n))
	return binary.LittleEndian.Uint16(head[14:]), body, err
}

// Hash is what stands for a password in a sign-in.
func Hash(password string) string {
	const chars = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	sum := md5.Sum([]byte(password))
	var out []byte
	for i := 0; i < len(sum); i += 2 {
		out = append(out, chars[(int(sum[i])+int(sum[i+1]))%len(chars)])
	}
	return string(out)
}
