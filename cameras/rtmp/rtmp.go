// Package rtmp plays one stream of an RTMP server (Adobe RTMP 1.0). It runs
// inside the camera worker: what it reads is hostile. The connection is the
// caller's, who bounds how long it takes.
package rtmp

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"

	"lares/cameras/flv"
)

var (
	// ErrFormat says that the peer does not speak RTMP.
	ErrFormat = errors.New("rtmp: not RTMP, or broken")
	// ErrRefused says that the peer does not let us in.
	ErrRefused = errors.New("rtmp: refused")
	// ErrNoStream says that the peer has no such stream.
	ErrNoStream = errors.New("rtmp: no such stream")
	// ErrEnded says that the peer has ended the stream.
	ErrEnded = errors.New("rtmp: the stream ended")
)

// Address is what is played.
type Address struct {
	App    string // what the server calls an application
	URL    string // of the application
	Stream string // with its query
}

// The types of messages (§5.4, §7.1).
const (
	setChunkSize = 1
	abort        = 2
	userControl  = 4
	windowSize   = 5
	peerBand     = 6
	command      = 20
)

const (
	handshakeSize = 1536
	// ourWindow is the acknowledgement window that is asked for.
	ourWindow = 2_500_000
	// patience is how many messages may come before the answer to a command.
	patience = 256
)

// Client is one connection. One goroutine uses it.
type Client struct {
	conn net.Conn
	in   *counted
	br   *bufio.Reader

	chunks chunks
	window uint64 // the peer wants a word after so many bytes; 0: none
	told   uint64
}

// counted counts what was read.
type counted struct {
	io.Reader
	n uint64
}

func (c *counted) Read(b []byte) (int, error) {
	n, err := c.Reader.Read(b)
	c.n += uint64(n)
	return n, err
}

// Play shakes hands and asks for the stream; its messages follow. Besides the
// errors of this package it returns those of the connection.
func Play(conn net.Conn, a Address) (*Client, error) {
	in := &counted{Reader: conn}
	c := &Client{conn: conn, in: in, br: bufio.NewReaderSize(in, 64<<10), chunks: newChunks()}
	if err := c.shake(); err != nil {
		return nil, err
	}
	size := binary.BigEndian.AppendUint32(nil, ourWindow)
	if err := c.send(2, windowSize, 0, size); err != nil {
		return nil, err
	}
	info := pairs{{"app", a.App}, {"flashVer", "LNX 9,0,124,2"}, {"tcUrl", a.URL}, {"fpad", false}, {"capabilities", 15.0},
		{"audioCodecs", 4071.0}, {"videoCodecs", 252.0}, {"videoFunction", 1.0}}
	if _, err := c.call(0, 1, "connect", info); err != nil {
		return nil, err
	}
	answer, err := c.call(0, 2, "createStream", nil)
	if err != nil {
		return nil, err
	}
	id, ok := answer.number()
	if !ok || id < 0 || id > 1<<31 {
		return nil, ErrFormat
	}
	// The length of our buffer in milliseconds (§7.1.7): servers that pace what
	// they send go by it.
	buffer := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32([]byte{0, 3}, uint32(id)), 1000)
	if err := c.send(2, userControl, 0, buffer); err != nil {
		return nil, err
	}
	play := appendValues(nil, "play", 3.0, nil, a.Stream, -2000.0) // live, or else what is recorded
	return c, c.send(8, command, uint32(id), play)
}

// shake is the plain handshake (§5.2).
func (c *Client) shake() error {
	hello := make([]byte, 1+handshakeSize)
	hello[0] = 3
	if _, err := c.conn.Write(hello); err != nil {
		return err
	}
	var version [1]byte
	if _, err := io.ReadFull(c.br, version[:]); err != nil {
		return err
	}
	if version[0] != 3 {
		return ErrFormat
	}
	theirs := make([]byte, handshakeSize)
	if _, err := io.ReadFull(c.br, theirs); err != nil {
		return err
	}
	if _, err := c.conn.Write(theirs); err != nil {
		return err
	}
	_, err := io.ReadFull(c.br, theirs)
	return err
}

// call sends a command and waits for its answer.
func (c *Client) call(stream uint32, number float64, name string, object pairs) (values, error) {
	var arg any
	if object != nil {
		arg = object
	}
	if err := c.send(3, command, stream, appendValues(nil, name, number, arg)); err != nil {
		return nil, err
	}
	for range patience {
		m, err := c.message()
		if err != nil {
			return nil, err
		}
		if m.kind != command {
			continue
		}
		v, ok := parseValues(m.data)
		if !ok {
			return nil, ErrFormat
		}
		if n, _ := v.at(1).(float64); n != number {
			continue
		}
		switch v.at(0) {
		case "_result":
			return v, nil
		case "_error":
			return nil, fmt.Errorf("%w: %q", ErrRefused, v.code())
		}
	}
	return nil, ErrFormat
}

// Next returns the next message of picture or sound.
func (c *Client) Next() (flv.Tag, error) {
	for {
		m, err := c.message()
		if err != nil {
			return flv.Tag{}, err
		}
		switch m.kind {
		case flv.TypeAudio, flv.TypeVideo:
			return flv.Tag{Type: m.kind, Time: m.time, Data: m.data}, nil
		case command:
			if err := ended(m.data); err != nil {
				return flv.Tag{}, err
			}
		}
	}
}

// ended says whether a command of the peer is the end of the stream.
func ended(data []byte) error {
	v, ok := parseValues(data)
	if !ok {
		return ErrFormat
	}
	if v.at(0) != "onStatus" {
		return nil
	}
	switch v.code() {
	case "NetStream.Play.StreamNotFound", "NetStream.Play.Failed", "NetStream.Failed":
		return ErrNoStream
	case "NetStream.Play.Stop", "NetStream.Play.UnpublishNotify", "NetStream.Play.Complete":
		return ErrEnded
	}
	return nil
}

// message reads the next message; those that keep the connection going are
// answered here, and given out as well.
func (c *Client) message() (m message, err error) {
	if m, err = c.chunks.next(c.br); err != nil {
		return m, err
	}
	switch {
	case m.kind == userControl && len(m.data) >= 6 && binary.BigEndian.Uint16(m.data) == 6: // PingRequest
		if err := c.send(2, userControl, 0, append([]byte{0, 7}, m.data[2:6]...)); err != nil {
			return m, err
		}
	case m.kind == windowSize && len(m.data) >= 4:
		c.window = uint64(binary.BigEndian.Uint32(m.data))
	case m.kind == peerBand && len(m.data) >= 4:
		if err := c.send(2, windowSize, 0, m.data[:4]); err != nil {
			return m, err
		}
	}
	if read := c.in.n; c.window > 0 && read-c.told >= max(c.window/2, 1<<16) {
		c.told = read
		const acknowledgement = 3
		return m, c.send(2, acknowledgement, 0, binary.BigEndian.AppendUint32(nil, uint32(read)))
	}
	return m, nil
}
