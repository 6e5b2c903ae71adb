package rtmp

import (
	"bufio"
	"encoding/binary"
	"io"

	"lares/cameras/flv"
)

const (
	// maxMessage bounds a message; a picture is the largest.
	maxMessage = flv.MaxTag
	// maxHeld bounds what the buffers of all chunk streams hold together.
	maxHeld = 3 * maxMessage
	// maxChunkStreams is how many chunk streams are followed; servers use five.
	maxChunkStreams = 16
	// firstChunkSize is the size of chunks before one is set (§5.4.1).
	firstChunkSize = 128
	extended       = 0xffffff
)

// message is one message; its data is valid until the next is read.
type message struct {
	kind byte
	time uint32
	data []byte
}

// chunkStream is what the headers of chunks leave out (§5.3.1.2).
type chunkStream struct {
	time, delta uint32
	extended    bool
	length      int
	kind        byte
	data        []byte // of the message that comes together; reused
	open        bool
}

// chunks puts messages together from the chunks of all chunk streams.
type chunks struct {
	size    int
	streams map[int]*chunkStream
}

func newChunks() chunks { return chunks{size: firstChunkSize, streams: map[int]*chunkStream{}} }

// next reads chunks until a message is whole.
func (c *chunks) next(r *bufio.Reader) (m message, err error) {
	for {
		format, id, err := basicHeader(r)
		if err != nil {
			return m, err
		}
		s := c.streams[id]
		if s == nil {
			if format != 0 && format != 1 || len(c.streams) >= maxChunkStreams {
				return m, ErrFormat
			}
			s = &chunkStream{}
			c.streams[id] = s
		}
		if err := s.header(r, format); err != nil {
			return m, err
		}
		n := min(c.size, s.length-len(s.data))
		if c.held()+n > maxHeld {
			return m, ErrFormat
		}
		if s.data, err = flv.ReadInto(s.data, r, n); err != nil {
			return m, err
		}
		if len(s.data) < s.length {
			continue
		}
		m = message{s.kind, s.time, s.data}
		s.open, s.data = false, s.data[:0]
		if err := c.control(m); err != nil {
			return m, err
		}
		return m, nil
	}
}

func (c *chunks) held() (n int) {
	for _, s := range c.streams {
		n += cap(s.data)
	}
	return n
}

// control obeys the messages about chunks (§5.4).
func (c *chunks) control(m message) error {
	if m.kind != setChunkSize && m.kind != abort {
		return nil
	}
	if len(m.data) < 4 {
		return ErrFormat
	}
	v := binary.BigEndian.Uint32(m.data)
	if m.kind == abort {
		if s := c.streams[int(v&0xffff)]; s != nil {
			s.open, s.data = false, s.data[:0]
		}
		return nil
	}
	if v == 0 || v > 1<<31-1 {
		return ErrFormat
	}
	c.size = int(min(v, maxMessage))
	return nil
}

// basicHeader reads a chunk's format and chunk stream (§5.3.1.1).
func basicHeader(r *bufio.Reader) (format byte, id int, err error) {
	b, err := r.ReadByte()
	if err != nil {
		return 0, 0, err
	}
	format, id = b>>6, int(b&0x3f)
	var more [2]byte
	if id < 2 {
		if _, err := io.ReadFull(r, more[:id+1]); err != nil {
			return 0, 0, err
		}
		id = 64 + int(more[0]) + int(more[1])<<8
	}
	return format, id, nil
}

// header reads a chunk's message header (§5.3.1.2) and extended time (§5.3.1.3).
func (s *chunkStream) header(r *bufio.Reader, format byte) error {
	var b [11]byte
	n := [4]int{11, 7, 3, 0}[format]
	if _, err := io.ReadFull(r, b[:n]); err != nil {
		return err
	}
	if s.open && format != 3 {
		return ErrFormat // the message before is not whole
	}
	stamp := uint32(b[0])<<16 | uint32(b[1])<<8 | uint32(b[2])
	if n > 0 {
		s.extended = stamp == extended
	}
	if n > 3 {
		s.length, s.kind = int(b[3])<<16|int(b[4])<<8|int(b[5]), b[6]
		if s.length > maxMessage {
			return ErrFormat
		}
	}
	if s.extended {
		var e [4]byte
		if _, err := io.ReadFull(r, e[:]); err != nil {
			return err
		}
		stamp = binary.BigEndian.Uint32(e[:])
	}
	switch {
	case format == 0:
		s.time, s.delta = stamp, 0
	case n > 0:
		s.delta = stamp
		s.time += stamp
	case !s.open: // the same again
		s.time += s.delta
	}
	s.open = true
	return nil
}

// send writes a message of one chunk, or several of ours of the size that holds
// before one is set.
func (c *Client) send(chunkStream, kind byte, stream uint32, data []byte) error {
	out := []byte{chunkStream, 0, 0, 0, byte(len(data) >> 16), byte(len(data) >> 8), byte(len(data)), kind}
	out = binary.LittleEndian.AppendUint32(out, stream)
	for first := true; first || len(data) > 0; first = false {
		if !first {
			out = append(out, 0xc0|chunkStream)
		}
		n := min(len(data), firstChunkSize)
		out, data = append(out, data[:n]...), data[n:]
	}
	_, err := c.conn.Write(out)
	return err
}
