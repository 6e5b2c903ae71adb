package wire

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"lares/cameras/media"
)

// TestNotices travel with what stays clear of them, and what is out of bounds is refused.
func TestNotices(t *testing.T) {
	key, _, _ := testKey()
	s := key.Sealer(media.StreamCamera)
	event := media.AccessUnit{Type: media.UnitEvent, Data: []byte("{}")}
	for n, ok := range map[Notice]bool{
		{Kind: media.KindSound, Active: true, Of: media.StreamMain, Ago: time.Second}:             true,
		{Kind: media.KindMotion, Active: true, Of: media.StreamSub, Ago: 2500 * time.Millisecond}: true,
		{Kind: media.KindTamper, Of: media.StreamMain, Ago: MaxAgo}:                               true,
		{Kind: media.KindDoorbell, Active: true, Of: media.StreamCamera}:                          true,
		{Kind: media.KindDoorbell, Active: true, Of: media.StreamMain}:                            false,
		{Kind: media.KindMotion, Of: media.StreamCamera, Ago: time.Second}:                        false,
		{Kind: media.KindMotion, Of: 0}:                                                           false,
		{Kind: "earthquake", Of: media.StreamCamera}:                                              false,
	} {
		body := frameBody(t, TypeNoticed, SealNoticed(nil, s, n, event))
		got, u, err := ParseNoticed(body)
		if ok && (err != nil || got != n || u.Type != media.UnitEvent) || !ok && !errors.Is(err, ErrProtocol) {
			t.Errorf("%+v: %+v, %v", n, got, err)
		}
	}
	late := frameBody(t, TypeNoticed, SealNoticed(nil, s, Notice{Kind: media.KindMotion, Of: media.StreamSub, Ago: time.Hour}, event))
	if n, _, err := ParseNoticed(late); err != nil || n.Ago != MaxAgo {
		t.Errorf("an hour late: %+v, %v", n, err)
	}
	late[2] = 255
	if _, _, err := ParseNoticed(late); !errors.Is(err, ErrProtocol) {
		t.Errorf("weeks late: %v", err)
	}
	picture := media.AccessUnit{Type: media.UnitSnapshot, Data: []byte("jpeg")}
	want := Best{Of: media.StreamSub, Ago: time.Second, Size: 1234, Width: 640, Height: 360}
	body := frameBody(t, TypeBest, SealBest(nil, s, want, picture))
	if got, u, err := ParseBest(body); err != nil || got != want || u.Type != media.UnitSnapshot {
		t.Errorf("%+v, %v", got, err)
	}
	for name, bad := range map[string][]byte{
		"of the camera": SealBest(nil, s, Best{Of: media.StreamCamera}, picture),
		"an event":      SealBest(nil, s, want, event),
		"too large":     SealBest(nil, s, want, media.AccessUnit{Type: media.UnitSnapshot, Data: make([]byte, MaxBest+1)}),
	} {
		if _, _, err := ParseBest(bad[frameHead:]); !errors.Is(err, ErrProtocol) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, at := range map[string]int{"shows everything": 5, "endlessly wide": 9, "endlessly high": 11} {
		bad := bytes.Clone(body)
		bad[at] = 255
		if _, _, err := ParseBest(bad); !errors.Is(err, ErrProtocol) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, at := range map[string]int{"without width": 9, "without height": 11} {
		bad := bytes.Clone(body)
		bad[at], bad[at+1] = 0, 0
		if _, _, err := ParseBest(bad); !errors.Is(err, ErrProtocol) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// frameBody is the body of the one frame that was written.
func frameBody(t *testing.T, want Type, frame []byte) []byte {
	t.Helper()
	typ, body, err := NewReader(bytes.NewReader(frame)).Next()
	if err != nil || typ != want {
		t.Fatal(typ, err)
	}
	return body
}
