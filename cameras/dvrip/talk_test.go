package dvrip

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
)

// TestSpeak: a loudspeaker is claimed, made ready, and hears A-law in pieces of one
// size; what the camera says meanwhile does not matter.
func TestSpeak(t *testing.T) {
	conn := &spoken{in: strings.NewReader(said(login+1, fine) + said(talkClaim+1, fine) + said(keepAlive+1, fine) + said(talkStart+1, fine) + said(talkData, "noise"))}
	c, err := Claim(conn, Stream{Username: "user", Password: "secret"})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Speak(); err != nil {
		t.Fatal(err)
	}
	piece := [VoicePiece]byte{1: 0xd5, VoicePiece - 1: 7}
	if err := c.Say(&piece); err != nil {
		t.Fatal(err)
	}
	if err := c.Hear(); !errors.Is(err, io.EOF) {
		t.Errorf("heard to the end: %v", err)
	}
	told := conn.out.Bytes()
	for _, want := range []string{`"Action":"Claim"`, `"Action":"Start"`, `"EncodeType":"G711_ALAW"`, `"UserName":"user"`} {
		if !bytes.Contains(told, []byte(want)) {
			t.Errorf("it did not say %s", want)
		}
	}
	last := said(talkData, "\x00\x00\x01\xfa\x0e\x02\x40\x01"+string(piece[:]))
	if end := told[len(told)-len(last):]; !bytes.Equal(end[14:16], []byte(last)[14:16]) || string(end[20:]) != last[20:] {
		t.Errorf("the voice is % x", end[:40])
	}
}

// TestNoLoudspeaker: a camera without one says so, with or without a password that
// is right.
func TestNoLoudspeaker(t *testing.T) {
	for answer, want := range map[string]error{
		said(login+1, fine) + said(talkClaim+1, `{"Ret":103}`): ErrRefused,
		said(login+1, `{"Ret":203}`):                           ErrPassword,
		said(login+1, fine) + said(talkClaim+1, "?"):           ErrFormat,
		said(login+1, fine):                                    io.EOF,
	} {
		if _, err := Claim(&spoken{in: strings.NewReader(answer)}, Stream{}); !errors.Is(err, want) {
			t.Errorf("%q: %v, not %v", answer[20:], err, want)
		}
	}
}

// FuzzSpeak: whatever a camera answers to who wants to speak.
func FuzzSpeak(f *testing.F) {
	f.Add([]byte(said(login+1, fine) + said(talkClaim+1, fine) + said(talkStart+1, fine) + said(talkData, "noise")))
	f.Add([]byte(said(login+1, fine) + said(talkClaim+1, `{"Ret":103}`)))
	f.Fuzz(func(_ *testing.T, in []byte) {
		c, err := Claim(&spoken{in: bytes.NewReader(in)}, Stream{})
		if err != nil || c.Speak() != nil {
			return
		}
		_ = c.Hear()
	})
}
