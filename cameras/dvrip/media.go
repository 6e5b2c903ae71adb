package dvrip

import "encoding/binary"

// Kind is what a unit holds.
type Kind uint8

// The kinds that are known; OtherVideo and OtherSound are pictures and sound of
// any other.
const (
	None Kind = iota
	H264
	H265
	PCMA
	PCMU
	OtherVideo
	OtherSound
)

// Unit is a picture or some sound. A picture that does not begin a group is of
// the kind of the one before, and None says so.
type Unit struct {
	Kind    Kind
	Picture bool
	// Rate is the sampling rate of sound, 0 if it is not said.
	Rate int
	// Data is valid until the next unit is read: a byte stream of NAL units, or
	// samples.
	Data []byte
}

// What the head of sound says of it.
const (
	codePCMU = 10
	codePCMA = 14
	code8000 = 2 // samples a second
	maxRates = 9
)

// sampleRate is what a byte of the sound's head stands for.
func sampleRate(code byte) int {
	if code == 0 || code > maxRates {
		return 0
	}
	return [maxRates]int{4000, 8000, 11025, 16000, 20000, 22050, 32000, 44100, 48000}[code-1]
}

// Next reads the next picture or sound.
func (c *Client) Next() (Unit, error) {
	for {
		u, n, ok := parse(c.data[c.used:])
		if !ok {
			return Unit{}, ErrFormat
		}
		if n == 0 {
			if err := c.more(); err != nil {
				return Unit{}, err
			}
			continue
		}
		if c.used += n; u.Kind != None || u.Picture {
			return u, nil
		}
	}
}

// more reads until a message has brought media.
func (c *Client) more() error {
	if c.used > 0 {
		c.data = append(c.data[:0], c.data[c.used:]...)
		c.used = 0
	}
	for {
		before := len(c.data)
		number, body, err := c.message(c.data, maxMessage)
		if err != nil {
			return err
		}
		if number == monitorData {
			c.data, c.flows = body, true
			return nil
		}
		// Play does not wait for the answer: media may come before it, and where
		// they do, it does not matter.
		if number == monitorStart+1 && !c.flows {
			if err := judge(body[before:]); err != nil {
				return err
			}
		}
		c.data = body[:before]
	}
}

// parse takes a unit off the front of b: n is how long it is with its head, 0
// where more has to come; ok is false where it is none.
func parse(b []byte) (u Unit, n int, ok bool) {
	if len(b) < 8 {
		return u, 0, true
	}
	if b[0] != 0 || b[1] != 0 || b[2] != 1 {
		return u, 0, false
	}
	head, size := 8, 0
	switch b[3] {
	case 0xfc, 0xfe: // a picture to begin with: codec, rate, size, date, length
		if head = 16; len(b) < head {
			return u, 0, true
		}
		size = int(binary.LittleEndian.Uint32(b[12:]) & 0x7fffffff)
		u.Picture, u.Kind = true, videoKind(b[4])
	case 0xfd: // one that follows
		size = int(binary.LittleEndian.Uint32(b[4:]) & 0x7fffffff)
		u.Picture = true
	case 0xfa: // sound: codec, rate, length
		size = int(binary.LittleEndian.Uint16(b[6:]))
		u.Kind, u.Rate = soundKind(b[4]), sampleRate(b[5])
	case 0xf9: // what concerns nobody here
		size = int(binary.LittleEndian.Uint16(b[6:]))
	default:
		return u, 0, false
	}
	switch {
	case size > MaxUnit:
		return u, 0, false
	case len(b) < head+size:
		return Unit{}, 0, true
	}
	u.Data = b[head : head+size]
	return u, head + size, true
}

func videoKind(code byte) Kind {
	switch code {
	case 0x02, 0x12:
		return H264
	case 0x03, 0x13, 0x43, 0x53:
		return H265
	}
	return OtherVideo
}

func soundKind(code byte) Kind {
	switch code {
	case codePCMU:
		return PCMU
	case codePCMA:
		return PCMA
	}
	return OtherSound
}
