package live

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"time"

	"lares/cameras"
	"lares/cameras/media"
)

// request is a text message of the client; openapi.yaml calls it LiveRequest.
type request struct {
	Op     string          `json:"op"`
	Watch  uint32          `json:"watch"`
	Camera *media.CameraID `json:"camera"`
	Stream string          `json:"stream"`
}

var errRequest = errors.New("live: malformed request")

const (
	opWatch = "watch"
	opStop  = "stop"
	opPing  = "ping"
	// opEvents begins to tell of new and changed events, opEventsStop ends it.
	opEvents     = "events"
	opEventsStop = "events-stop"
)

// maxRequest bounds a client's message, in bytes.
const maxRequest = 1 << 10

// parseRequest reads one message strictly. Its error says nothing of the text.
func parseRequest(b []byte) (request, error) {
	var r request
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if len(b) > maxRequest || d.Decode(&r) != nil {
		return request{}, errRequest
	}
	if _, err := d.Token(); err != io.EOF {
		return request{}, errRequest
	}
	watching := r.Camera != nil && (r.Stream == "main" || r.Stream == "sub")
	nothing := r.Camera == nil && r.Stream == ""
	switch {
	case r.Op == opWatch && r.Watch > 0 && watching,
		r.Op == opStop && r.Watch > 0 && nothing,
		(r.Op == opPing || r.Op == opEvents || r.Op == opEventsStop) && r.Watch == 0 && nothing:
		return r, nil
	}
	return request{}, errRequest
}

func (r request) stream() media.StreamID {
	if r.Stream == "main" {
		return media.StreamMain
	}
	return media.StreamSub
}

// answer is a text message to the client; openapi.yaml calls it LiveAnswer.
type answer struct {
	Watch       uint32      `json:"watch,omitempty"`
	Type        string      `json:"type"`
	Tracks      []trackNote `json:"tracks,omitempty"`
	State       string      `json:"state,omitempty"`
	Since       string      `json:"since,omitempty"`
	LastPicture string      `json:"last_picture,omitempty"`
	Reason      string      `json:"reason,omitempty"`
	Event       any         `json:"event,omitempty"`
	Recording   any         `json:"recording,omitempty"`
	Gap         any         `json:"gap,omitempty"`
}

type trackNote struct {
	ID   uint8  `json:"id"`
	MIME string `json:"mime"`
}

// The reasons a watch ends for.
const (
	reasonStopped     = "stopped"
	reasonNotFound    = "not found" // not there, not yours, not any more
	reasonLockdown    = "lockdown"  // until it is lifted
	reasonUnavailable = "unavailable"
	reasonTooMany     = "too many"
	reasonBadRequest  = "bad request"
)

func stateNote(watch uint32, s cameras.Status, known bool) answer {
	if !known {
		return answer{Watch: watch, Type: "state", State: string(cameras.Connecting)}
	}
	return answer{
		Watch: watch, Type: "state", State: string(s.State),
		Since: stamp(s.Since), LastPicture: stamp(s.LastVideo),
	}
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05.000Z")
}

// The kinds of binary messages.
const (
	kindInit     = 1
	kindFragment = 2
)

// appendFrameHead leads a binary message: watch u32, track u8, kind u8.
func appendFrameHead(b []byte, watch uint32, track, kind uint8) []byte {
	return append(binary.BigEndian.AppendUint32(b, watch), track, kind)
}

// same compares two states as told.
func (a answer) same(b answer) bool {
	return a.State == b.State && a.Since == b.Since && a.LastPicture == b.LastPicture
}
