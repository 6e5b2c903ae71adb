package wire

import (
	"errors"
	"testing"

	"lares/cameras/media"
	"lares/cameras/motion"
	"lares/cameras/seal"
)

// TestHeated: a heat comes over with its stream; of no stream, too large, or what is no
// heat, is refused.
func TestHeated(t *testing.T) {
	s := seal.RestoreRunKey(media.NewHubID(), media.NewCameraID(), media.NewRunID(), [seal.KeySize]byte{1}).Sealer(media.StreamCamera)
	heat := func(n int) media.AccessUnit { return media.AccessUnit{Type: media.UnitHeat, Data: make([]byte, n)} }
	body := frameBody(t, TypeHeated, SealHeated(nil, s, media.StreamSub, heat(motion.MaxHeat)))
	if of, u, err := ParseHeated(body); err != nil || of != media.StreamSub || u.Type != media.UnitHeat || u.Stream != media.StreamCamera {
		t.Errorf("%v, %+v, %v", of, u, err)
	}
	for name, bad := range map[string][]byte{
		"of the camera": SealHeated(nil, s, media.StreamCamera, heat(3)),
		"a picture":     SealHeated(nil, s, media.StreamSub, media.AccessUnit{Type: media.UnitSnapshot}),
		"too large":     SealHeated(nil, s, media.StreamSub, heat(motion.MaxHeat+1)),
		"nothing":       make([]byte, frameHead),
	} {
		if _, _, err := ParseHeated(bad[frameHead:]); !errors.Is(err, ErrProtocol) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
