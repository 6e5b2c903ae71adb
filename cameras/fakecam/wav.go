package fakecam

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"lares/cameras/media"
)

// The format tags of RIFF WAVE (RFC 2361 §A, and Microsoft's mmreg.h) that are read.
const (
	wavPCM   = 1
	wavFloat = 3
	wavALaw  = 6
	wavULaw  = 7
	wavOther = 0xfffe // what it is stands behind (WAVEFORMATEXTENSIBLE)
)

var errWAV = errors.New("fakecam: not a WAV file with samples of 16 bits or G.711")

// readWAV hands the sound of a RIFF WAVE file on, in pieces of 20 ms. A data chunk that is
// cut off, or of a length that was never filled in, ends with the file.
func readWAV(r io.Reader, take func(Sound) error) error {
	var head [12]byte
	if _, err := io.ReadFull(r, head[:]); err != nil || string(head[:4]) != "RIFF" || string(head[8:]) != "WAVE" {
		return errWAV
	}
	var s Sound
	width := 0 // bytes of a sample of all channels
	for {
		var chunk [8]byte
		if _, err := io.ReadFull(r, chunk[:]); err != nil {
			return errWAV
		}
		size := int64(binary.LittleEndian.Uint32(chunk[4:]))
		switch id := string(chunk[:4]); {
		case id == "fmt ":
			var err error
			if s, width, err = wavFormat(r, size); err != nil {
				return err
			}
		case id == "data" && width > 0:
			return readSamples(io.LimitReader(r, size), s, width, take)
		default:
			if _, err := io.CopyN(io.Discard, r, size+size%2); err != nil {
				return errWAV
			}
		}
	}
}

// wavFormat reads the chunk that says what the samples are.
func wavFormat(r io.Reader, size int64) (s Sound, width int, err error) {
	const (
		least, most = 16, 1 << 10
		maxRate     = 192_000
		maxChannels = 8
	)
	if size < least || size > most {
		return s, 0, errWAV
	}
	b := make([]byte, size+size%2)
	if _, err := io.ReadFull(r, b); err != nil {
		return s, 0, errWAV
	}
	s.Channels, s.Rate = int(binary.LittleEndian.Uint16(b[2:])), int(binary.LittleEndian.Uint32(b[4:]))
	tag, has := binary.LittleEndian.Uint16(b), int(binary.LittleEndian.Uint16(b[14:]))
	const otherAt = 24
	if tag == wavOther && size >= otherAt+2 {
		tag = binary.LittleEndian.Uint16(b[otherAt:])
	}
	width, bits := s.Channels, 8
	switch tag {
	case wavPCM:
		width, bits = 2*s.Channels, 16
	case wavALaw:
		s.Codec = media.PCMA
	case wavULaw:
		s.Codec = media.PCMU
	case wavFloat:
		return s, 0, fmt.Errorf("%w: its samples are floating point numbers: save it with whole ones of 16 bits", errWAV)
	default:
		return s, 0, fmt.Errorf("%w: its sound is coded in another way (format %d): save it with samples of 16 bits", errWAV, tag)
	}
	if has != bits {
		return s, 0, fmt.Errorf("%w: its samples have %d bits: save it with samples of %d bits", errWAV, has, bits)
	}
	if s.Channels < 1 || s.Channels > maxChannels || s.Rate < packetsPerSecond || s.Rate > maxRate {
		return s, 0, errWAV
	}
	return s, width, nil
}

// readSamples cuts samples into pieces.
func readSamples(r io.Reader, s Sound, width int, take func(Sound) error) error {
	piece := make([]byte, s.Rate/packetsPerSecond*width)
	for at := int64(0); ; {
		n, err := io.ReadFull(r, piece)
		if n -= n % width; n > 0 {
			count := int64(n / width)
			s.At, s.Lasts, s.Data = seconds(at, int64(s.Rate)), seconds(at+count, int64(s.Rate))-seconds(at, int64(s.Rate)), piece[:n]
			at += count
			if err := take(s); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("fakecam: reading samples: %w", err)
		}
	}
}
