package dvrip

import (
	"encoding/binary"
	"fmt"
	"net"
)

// The numbers of messages of a voice.
const (
	talkStart = 1430
	talkData  = 1432
	talkClaim = 1434
)

// VoicePiece is how many octets of a voice one message carries: 40 ms, as these
// cameras send their own sound.
const VoicePiece = 320

// Claim signs in and asks for the loudspeaker; ErrRefused says that there is none,
// or that somebody else has it. Besides the errors of this package it returns
// those of the connection.
func Claim(conn net.Conn, s Stream) (*Client, error) {
	c, _, err := signIn(conn, s)
	if err != nil {
		return nil, err
	}
	_, err = c.ask(talkClaim, c.talk("Claim"))
	return c, err
}

// Speak makes a loudspeaker that was claimed ready for Say.
func (c *Client) Speak() error {
	_, err := c.ask(talkStart, c.talk("Start"))
	return err
}

func (c *Client) talk(action string) map[string]any {
	return map[string]any{"Name": "OPTalk", "SessionID": fmt.Sprintf("0x%08X", c.session), "OPTalk": map[string]any{
		"Action":      action,
		"AudioFormat": map[string]any{"BitRate": 64, "EncodeType": "G711_ALAW", "SampleBit": 8, "SampleRate": 8},
	}}
}

// Say sends VoicePiece octets of A-law.
func (c *Client) Say(octets *[VoicePiece]byte) error {
	b := make([]byte, 0, 8+VoicePiece)
	b = append(b, 0, 0, 1, 0xfa, codePCMA, code8000)
	b = binary.LittleEndian.AppendUint16(b, VoicePiece)
	return c.write(talkData, append(b, octets[:]...))
}

// Hear reads what the camera sends meanwhile, which is of no use, until the
// connection ends.
func (c *Client) Hear() error {
	for {
		if _, _, err := c.message(c.data[:0], maxMessage); err != nil {
			return err
		}
	}
}
