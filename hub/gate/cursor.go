package gate

import (
	"encoding/binary"
	"encoding/hex"
	"time"

	"lares/cameras/media"
)

// A cursor is the start (Unix ns, u64 big-endian) and id of the last event of a
// page, in hexadecimal. It opens nothing: a foreign one pages through one's own
// events. What no event has, a start of before 1970 or after 2262, is nobody's.

func formatCursor(start time.Time, id media.EventID) string {
	return hex.EncodeToString(append(binary.BigEndian.AppendUint64(nil, uint64(start.UnixNano())), id[:]...))
}

func parseCursor(s string) (start time.Time, id media.EventID, err error) {
	if s == "" {
		return start, id, nil
	}
	b, err := hex.DecodeString(s)
	if err != nil || len(b) != 8+len(id) {
		return start, id, ErrInput
	}
	ns := int64(binary.BigEndian.Uint64(b))
	if ns < 0 {
		return start, id, ErrInput
	}
	copy(id[:], b[8:])
	return time.Unix(0, ns).UTC(), id, nil
}
