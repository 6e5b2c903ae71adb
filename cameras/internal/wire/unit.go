package wire

import (
	"encoding/binary"

	"lares/cameras/media"
	"lares/cameras/seal"
)

const flagSync = 1

// SealUnit builds the frame of one sealed unit in dst, which it overwrites and
// grows, and returns it ready to be written. The access unit's data is copied.
func SealUnit(dst []byte, s *seal.Sealer, au media.AccessUnit) []byte {
	return sealFrame(dst[:0], TypeUnit, nil, s, au)
}

// SealPicture is SealUnit for the UnitSnapshot that answers a Request.
func SealPicture(dst []byte, s *seal.Sealer, number uint32, au media.AccessUnit) []byte {
	return sealFrame(dst[:0], TypePicture, binary.BigEndian.AppendUint32(nil, number), s, au)
}

func sealFrame(dst []byte, t Type, lead []byte, s *seal.Sealer, au media.AccessUnit) []byte {
	var none [frameHead + unitHead]byte
	dst = append(dst, none[:frameHead]...)
	dst = append(dst, lead...)
	at := len(dst)
	dst = append(dst, none[:unitHead]...)
	u, dst := s.Seal(dst, au)
	putUnitHead(dst[at:], &u)
	putHead(dst, t)
	return dst
}

func putUnitHead(b []byte, u *media.Unit) {
	copy(b, u.Run[:])
	b[16], b[17], b[18], b[19] = byte(u.Stream), byte(u.Type), u.Track, 0
	if u.Sync {
		b[19] = flagSync
	}
	binary.BigEndian.PutUint64(b[20:], u.Seq)
	binary.BigEndian.PutUint64(b[28:], uint64(u.PTS))
	binary.BigEndian.PutUint64(b[36:], uint64(u.DTS))
}

// ParseUnit reads a unit. Its Sealed is part of body; Camera and Received are
// the hub's to fill in. Only the form is checked: see Guard.
func ParseUnit(body []byte) (media.Unit, error) {
	if len(body) < unitHead+seal.UnitOverhead || len(body) > unitHead+seal.UnitOverhead+media.MaxUnit {
		return media.Unit{}, violated("a unit of %d bytes", len(body))
	}
	if body[19]&^flagSync != 0 {
		return media.Unit{}, violated("unknown unit flags %#x", body[19])
	}
	u := media.Unit{
		Run:    media.RunID(body[:16]),
		Stream: media.StreamID(body[16]),
		Type:   media.UnitType(body[17]),
		Track:  body[18],
		Sync:   body[19]&flagSync != 0,
		Seq:    binary.BigEndian.Uint64(body[20:]),
		PTS:    int64(binary.BigEndian.Uint64(body[28:])),
		DTS:    int64(binary.BigEndian.Uint64(body[36:])),
		Sealed: body[unitHead:],
	}
	return u, checkShape(&u)
}

// checkShape refuses combinations of stream, type, track and sync that no
// worker makes.
func checkShape(u *media.Unit) error {
	ok := false
	switch u.Stream {
	case media.StreamMain, media.StreamSub:
		switch u.Type {
		case media.UnitConfig:
			ok = u.Track == 0 && !u.Sync
		case media.UnitVideo:
			ok = u.Track >= 1 && u.Track <= maxTrack
		case media.UnitAudio:
			ok = u.Track >= 1 && u.Track <= maxTrack && !u.Sync
		}
	case media.StreamCamera:
		ok = (u.Type == media.UnitSnapshot || u.Type == media.UnitEvent || u.Type == media.UnitHeat) && u.Track == 0 && !u.Sync
	}
	if !ok {
		return violated("a unit of stream %d, type %d, track %d", u.Stream, u.Type, u.Track)
	}
	return nil
}

const maxTrack = 4

// ParsePicture reads the answer to a Request.
func ParsePicture(body []byte) (number uint32, u media.Unit, err error) {
	if len(body) < 4 {
		return 0, u, violated("a malformed picture")
	}
	u, err = ParseUnit(body[4:])
	if err == nil && u.Type != media.UnitSnapshot {
		err = violated("a picture with a unit of type %d", u.Type)
	}
	return binary.BigEndian.Uint32(body), u, err
}
