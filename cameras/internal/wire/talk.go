package wire

import "encoding/binary"

// Hub to worker.
const (
	TypeTalk      Type = 96 // Talk
	TypeTalkSound Type = 97 // number and sound, binary
	TypeTalkOver  Type = 98 // Request: no more comes
)

// Worker to hub.
const (
	TypeTalked Type = 104 // Talked
)

// MaxTalkSound bounds the sound of one message, in octets of G.711: 60 ms.
const MaxTalkSound = 480

const talkHead = 4

// Talk asks the worker to let somebody speak through the camera, or only whether
// it could. Talked answers with its number.
type Talk struct {
	Number uint32 `json:"number"`
	// Ask says that nobody speaks.
	Ask bool `json:"ask"`
}

// The states of Talked.
const (
	TalkTakes = "takes" // answers Ask: the camera takes Codec, or none
	TalkReady = "ready" // sound may come, in Codec
	TalkOver  = "over"  // for the reason Why; nothing follows
)

// Why nobody speaks any more, or does not begin to.
const (
	TalkAsked   = "asked"    // the hub wants it to end
	TalkSilent  = "silent"   // no sound came
	TalkTooLong = "too long" // it went on for as long as it may
	TalkTaken   = "taken"    // somebody else speaks
	TalkNone    = "none"     // the camera takes no sound that we can make
	TalkFailed  = "failed"   // Text says why
)

// The codecs of Talked.
const (
	TalkPCMU = "pcmu"
	TalkPCMA = "pcma"
)

// Talked is what became of a Talk.
type Talked struct {
	Number uint32 `json:"number"`
	State  string `json:"state"`
	Codec  string `json:"codec"`
	Why    string `json:"why"`  // with TalkOver
	Text   string `json:"text"` // plain words
}

// Check validates and cleans what a worker sent.
func (t *Talked) Check() error {
	switch t.Codec {
	case "", TalkPCMU, TalkPCMA:
	default:
		return violated("an unknown codec to talk in")
	}
	switch t.Why {
	case "", TalkAsked, TalkSilent, TalkTooLong, TalkTaken, TalkNone, TalkFailed:
	default:
		return violated("an unknown end of a talk")
	}
	switch {
	case t.State == TalkTakes && t.Why == "", t.State == TalkReady && t.Why == "" && t.Codec != "", t.State == TalkOver && t.Why != "":
	default:
		return violated("a talk in no known state")
	}
	t.Text = Clean(t.Text, MaxText)
	return nil
}

// TalkSound is the body of a TypeTalkSound: at most MaxTalkSound octets of the
// codec that Talked named.
func TalkSound(number uint32, sound []byte) []byte {
	return append(binary.BigEndian.AppendUint32(make([]byte, 0, talkHead+len(sound)), number), sound...)
}

// ParseTalkSound reads what TalkSound made. The sound is part of body.
func ParseTalkSound(body []byte) (number uint32, sound []byte, err error) {
	if len(body) <= talkHead || len(body) > talkHead+MaxTalkSound {
		return 0, nil, violated("a sound of %d bytes", len(body))
	}
	return binary.BigEndian.Uint32(body), body[talkHead:], nil
}
