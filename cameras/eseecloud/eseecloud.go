// Package eseecloud takes apart what cameras and recorders of ESeeCloud (dvr163) send over
// HTTP: a description like SDP's, then frames of RTP packets, each with a whole picture as
// a byte stream or with samples. Their maker describes it nowhere; this is what go2rtc's
// eseecloud reads. It runs inside the camera worker: what it reads is hostile.
package eseecloud

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"strconv"

	"lares/cameras/flv"
)

// ErrFormat says that the peer sends something else.
var ErrFormat = errors.New("eseecloud: not a stream of ESeeCloud, or broken")

const (
	// MaxUnit bounds a picture.
	MaxUnit = 4 << 20
	// maxHead bounds the description; those that are known have a few hundred bytes.
	maxHead = 4 << 10
	// frameHead is '$', three bytes that tell nothing here, and the length in four.
	frameHead = 8
	rtpHead   = 12 // RFC 3550 §5.1
	mostRate  = 48000
)

// Kind is what a unit, or a track, holds.
type Kind uint8

// The kinds that are known; Other is any other one.
const (
	None Kind = iota
	H264
	H265
	PCMA
	Other
)

// Unit is a picture or some sound.
type Unit struct {
	Kind Kind
	// Time is in microseconds, of the camera's own beginning; it does not wrap.
	Time int64
	// Data is valid until the next unit is read: a byte stream of NAL units, or samples.
	Data []byte
}

// Stream is what the description tells.
type Stream struct {
	Video, Audio Kind // None: there is none
	Rate         int  // of the sound
}

// Reader reads the units of a stream. One goroutine uses it.
type Reader struct {
	r *bufio.Reader
	s Stream

	video, audio uint8 // their payload types
	head         [frameHead]byte
	data         []byte // reused
	begun        bool
	stamp        uint32 // the RTP time of the unit before
	time         int64
}

// NewReader reads the description. Besides ErrFormat it returns the errors of the stream.
func NewReader(r *bufio.Reader) (*Reader, error) {
	e := &Reader{r: r}
	for left := maxHead; ; {
		line, err := r.ReadSlice('\n')
		if left -= len(line); left < 0 || errors.Is(err, bufio.ErrBufferFull) {
			return nil, ErrFormat
		}
		if err != nil {
			return nil, err
		}
		if line = bytes.TrimRight(line, "\r\n"); len(line) == 0 {
			break
		}
		e.describe(line)
	}
	if e.s.Video == None {
		return nil, ErrFormat
	}
	return e, nil
}

// describe takes a line of the description: m=<kind> <payload type> <codec>/<clock rate>;
// the first of a kind counts.
func (e *Reader) describe(line []byte) {
	fields := bytes.Fields(line)
	if len(fields) < 3 {
		return
	}
	number, err := strconv.ParseUint(string(fields[1]), 10, 7)
	if err != nil {
		return
	}
	codec, rest, _ := bytes.Cut(fields[2], []byte("/"))
	switch {
	case string(fields[0]) == "m=video" && e.s.Video == None:
		e.video, e.s.Video = uint8(number), Other
		switch string(codec) {
		case "H264":
			e.s.Video = H264
		case "H265":
			e.s.Video = H265
		}
	case string(fields[0]) == "m=audio" && e.s.Audio == None:
		e.audio, e.s.Audio, e.s.Rate = uint8(number), Other, 8000
		if string(codec) == "G711" { // A-law: go2rtc knows no other
			e.s.Audio = PCMA
		}
		rate, _, _ := bytes.Cut(rest, []byte("/"))
		if n, err := strconv.Atoi(string(rate)); err == nil && n > 0 && n <= mostRate {
			e.s.Rate = n
		}
	}
}

// Stream tells what the description says.
func (e *Reader) Stream() Stream { return e.s }

// Next reads the next picture or sound. Besides ErrFormat it returns the errors of the
// stream.
func (e *Reader) Next() (Unit, error) {
	for {
		if _, err := io.ReadFull(e.r, e.head[:]); err != nil {
			return Unit{}, err
		}
		n := binary.BigEndian.Uint32(e.head[4:])
		if e.head[0] != '$' || n < rtpHead || n > MaxUnit {
			return Unit{}, ErrFormat
		}
		var err error
		if e.data, err = flv.ReadInto(e.data[:0], e.r, int(n)); err != nil {
			return Unit{}, err
		}
		payload, ok := payloadOf(e.data)
		if !ok {
			return Unit{}, ErrFormat
		}
		kind := None
		switch e.data[1] & 0x7f {
		case e.video:
			kind = e.s.Video
		case e.audio:
			kind = e.s.Audio
		}
		if kind == None || kind == Other || len(payload) == 0 {
			continue
		}
		return Unit{Kind: kind, Time: e.at(binary.BigEndian.Uint32(e.data[4:])), Data: payload}, nil
	}
}

// at is a time that goes on where that of RTP begins anew: in microseconds, every 72 min.
func (e *Reader) at(stamp uint32) int64 {
	if !e.begun {
		e.begun, e.time = true, int64(stamp)
	} else {
		e.time += int64(int32(stamp - e.stamp))
	}
	e.stamp = stamp
	return e.time
}

// payloadOf is what an RTP packet carries (RFC 3550 §5.1, §5.3.1).
func payloadOf(b []byte) (payload []byte, ok bool) {
	const version, padded, extended, sources = 0xc0, 0x20, 0x10, 0x0f
	if b[0]&version != 0x80 {
		return nil, false
	}
	at := rtpHead + 4*int(b[0]&sources)
	if b[0]&extended != 0 {
		if len(b) < at+4 {
			return nil, false
		}
		at += 4 + 4*int(binary.BigEndian.Uint16(b[at+2:]))
	}
	end := len(b)
	if b[0]&padded != 0 {
		end -= int(b[end-1])
	}
	if at > end {
		return nil, false
	}
	return b[at:end], true
}
