package wire

import (
	"bytes"
	"strings"
	"testing"
)

func TestTalkedCheck(t *testing.T) {
	for m, ok := range map[Talked]bool{
		{State: TalkTakes}:                                  true,
		{State: TalkTakes, Codec: TalkPCMU}:                 true,
		{State: TalkReady, Codec: TalkPCMA}:                 true,
		{State: TalkOver, Why: TalkTaken}:                   true,
		{State: TalkOver, Why: TalkFailed, Codec: TalkPCMU}: true,
		{}:                                false,
		{State: "maybe"}:                  false,
		{State: TalkTakes, Codec: "opus"}: false,
		{State: TalkTakes, Why: TalkNone}: false,
		{State: TalkReady}:                false,
		{State: TalkReady, Codec: TalkPCMA, Why: TalkAsked}: false,
		{State: TalkOver}:                 false,
		{State: TalkOver, Why: "because"}: false,
	} {
		if err := m.Check(); (err == nil) != ok {
			t.Errorf("%+v: %v", m, err)
		}
	}
	m := Talked{State: TalkOver, Why: TalkFailed, Text: "a\nb" + strings.Repeat("x", MaxText)}
	if err := m.Check(); err != nil || len(m.Text) > MaxText || strings.Contains(m.Text, "\n") {
		t.Errorf("%q, %v", m.Text, err)
	}
}

func TestTalkSound(t *testing.T) {
	sound := bytes.Repeat([]byte{0xd5}, MaxTalkSound)
	n, got, err := ParseTalkSound(TalkSound(1<<31, sound))
	if n != 1<<31 || !bytes.Equal(got, sound) || err != nil {
		t.Errorf("%d, %d bytes, %v", n, len(got), err)
	}
	for _, body := range [][]byte{nil, {0, 0, 0, 1}, TalkSound(1, append(sound, 0))} {
		if _, _, err := ParseTalkSound(body); err == nil {
			t.Errorf("%d bytes: accepted", len(body))
		}
	}
}

// FuzzTalk reads arbitrary bytes as either side reads what is said of a talk.
func FuzzTalk(f *testing.F) {
	for typ, v := range map[Type]any{
		TypeTalk: Talk{Number: 1}, TypeTalkOver: Request{Number: 1},
		TypeTalked: Talked{Number: 1, State: TalkOver, Why: TalkFailed, Text: "x"},
	} {
		var b bytes.Buffer
		if err := Send(&b, typ, v); err != nil {
			f.Fatal(err)
		}
		f.Add(b.Bytes())
	}
	var b bytes.Buffer
	if err := SendBytes(&b, TypeTalkSound, TalkSound(1, []byte{1, 2, 3})); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Fuzz(func(t *testing.T, in []byte) {
		r := NewReader(bytes.NewReader(in))
		for {
			typ, body, err := r.Next()
			if err != nil {
				return
			}
			switch typ {
			case TypeTalk:
				_, _ = Parse[Talk](body)
			case TypeTalkOver:
				_, _ = Parse[Request](body)
			case TypeTalked:
				if m, err := Parse[Talked](body); err == nil && m.Check() == nil && (len(m.Text) > MaxText || len(m.Why)+len(m.Codec) > 16) {
					t.Fatal("an answer out of bounds")
				}
			case TypeTalkSound:
				if _, sound, err := ParseTalkSound(body); err == nil && (len(sound) == 0 || len(sound) > MaxTalkSound) {
					t.Fatal("a sound out of bounds")
				}
			}
		}
	})
}
