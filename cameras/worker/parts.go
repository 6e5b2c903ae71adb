package worker

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"

	"lares/cameras/flv"
	"lares/cameras/media"
)

var errParts = errors.New("worker: a picture over HTTP that makes no sense")

const (
	maxPartLines = 32
	maxPartLine  = 1 << 10
	maxBoundary  = 256
)

// parts are those of a multipart answer (RFC 2046 §5.1), pictures mostly, as cameras send
// them: some announce another boundary than they use, some leave the length
// out. One goroutine uses it.
type parts struct {
	kind  string // of the part at hand, in small letters; "" if it does not say
	stamp string // its X-Timestamp

	r        *bufio.Reader
	boundary []byte // with the two dashes; nil: the first line tells
	data     []byte // reused
	begun    bool   // the boundary before the next part is read already
}

func newParts(r *bufio.Reader, boundary string) *parts {
	p := &parts{r: r}
	if boundary = strings.TrimLeft(boundary, "-"); boundary != "" && len(boundary) <= maxBoundary {
		p.boundary = []byte("--" + boundary)
	}
	return p
}

// next returns the next part, valid until the one after it.
func (p *parts) next() ([]byte, error) {
	length, err := p.header()
	if err != nil {
		return nil, err
	}
	if length >= 0 {
		p.data, err = flv.ReadInto(p.data[:0], p.r, length)
		return p.data, err
	}
	return p.untilBoundary()
}

// header reads on to the next part and its header; length is -1 where it does
// not say.
func (p *parts) header() (length int, err error) {
	length, p.kind, p.stamp = -1, "", ""
	inside := p.begun
	p.begun = false
	for range maxPartLines {
		line, err := p.line()
		if err != nil {
			return 0, err
		}
		name, value, found := bytes.Cut(line, []byte(":"))
		switch {
		case bytes.HasPrefix(line, []byte("--")):
			inside = true
			if p.boundary == nil && len(line) <= maxBoundary {
				p.boundary = bytes.Clone(line)
			}
		case len(line) == 0 && inside:
			return length, nil
		case found && inside:
			if length, err = p.field(string(bytes.TrimSpace(name)), string(bytes.TrimSpace(value)), length); err != nil {
				return 0, err
			}
		}
	}
	return 0, errParts
}

// field takes what a header says of its part.
func (p *parts) field(name, value string, before int) (length int, err error) {
	switch strings.ToLower(name) {
	case "content-type":
		p.kind, _, _ = strings.Cut(strings.ToLower(value), ";")
	case "x-timestamp":
		p.stamp = value
	case "content-length":
		if length, err = strconv.Atoi(value); err != nil || length < 0 || length > media.MaxUnit {
			return 0, errParts
		}
		return length, nil
	}
	return before, nil
}

// line reads a line without its end.
func (p *parts) line() ([]byte, error) {
	line, err := p.r.ReadSlice('\n')
	switch {
	case errors.Is(err, bufio.ErrBufferFull), err == nil && len(line) > maxPartLine:
		return nil, errParts
	case err != nil:
		return nil, err
	}
	return bytes.TrimRight(line, "\r\n"), nil
}

// untilBoundary reads a picture of unknown length.
func (p *parts) untilBoundary() ([]byte, error) {
	if p.boundary == nil {
		return nil, errParts
	}
	mark := bytes.TrimLeft(p.boundary, "-")
	p.data = p.data[:0]
	for {
		// The bytes up to the end of a line, or as many as fit.
		chunk, err := p.r.ReadSlice('\n')
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return nil, err
		}
		at := len(p.data)
		line := at == 0 || p.data[at-1] == '\n'
		if line && at > 0 && bytes.HasPrefix(bytes.TrimLeft(chunk, "-"), mark) {
			p.begun = true
			return bytes.TrimRight(p.data, "\r\n"), nil
		}
		if at+len(chunk) > media.MaxUnit {
			return nil, errParts
		}
		p.data = append(p.data, chunk...)
	}
}
