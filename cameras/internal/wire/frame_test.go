package wire

import (
	"errors"
	"testing"
	"time"

	"lares/cameras/media"
	"lares/cameras/seal"
)

// TestFrames: a small picture comes over with its number, its stream and its time; of no
// stream, too large, from long ago, or what is no picture, is refused.
func TestFrames(t *testing.T) {
	key, _, _ := testKey()
	s := key.Sealer(media.StreamCamera)
	picture := func(n int) media.AccessUnit {
		return media.AccessUnit{Type: media.UnitSnapshot, Data: make([]byte, n)}
	}
	want := Frame{Number: 7, Of: media.StreamSub, Ago: 1500 * time.Millisecond}
	body := frameBody(t, TypeFramed, SealFrame(nil, s, want, picture(MaxBest)))
	if got, u, err := ParseFrame(body); err != nil || got != want || u.Type != media.UnitSnapshot || len(u.Sealed) != MaxBest+seal.UnitOverhead {
		t.Errorf("%+v, %v", got, err)
	}
	for name, bad := range map[string][]byte{
		"of the camera": SealFrame(nil, s, Frame{Of: media.StreamCamera}, picture(3)),
		"an event":      SealFrame(nil, s, want, media.AccessUnit{Type: media.UnitEvent}),
		"too large":     SealFrame(nil, s, want, picture(MaxBest+1)),
		"nothing":       make([]byte, frameHead),
	} {
		if _, _, err := ParseFrame(bad[frameHead:]); !errors.Is(err, ErrProtocol) {
			t.Errorf("%s: %v", name, err)
		}
	}
	body[5] = 255
	if _, _, err := ParseFrame(body); !errors.Is(err, ErrProtocol) {
		t.Errorf("of weeks ago: %v", err)
	}
	for ms, want := range map[int64]time.Duration{-5: 0, 2500: 2500 * time.Millisecond, 1 << 62: MaxAgo} {
		if got := (Wanted{AgoMS: ms}).Ago(); got != want {
			t.Errorf("%d ms ago is %v", ms, got)
		}
	}
}
