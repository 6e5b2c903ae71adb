package worker

import (
	"bufio"
	"encoding/base64"
	"io"
	"net/http/httputil"
	"strconv"
	"strings"
	"time"

	"github.com/bluenviron/gortsplib/v5/pkg/format"
)

// kasaPath is where cameras of TP-Link's Kasa app have their one stream.
const kasaPath = "/https/stream/mixed"

// kasa is such a stream (go2rtc's kasa reads it so): parts of one answer, each a picture as a
// byte stream or samples of µ-law, with their time in seconds.
type kasa struct {
	parts *parts
	now   func() time.Duration
	holds content
	nals  [][]byte // reused
	sound [1]frame
	spot  runOn
}

// kasaBody is what comes of an answer: some cameras cut it into chunks (RFC 9112 §7.1)
// although HTTP/1.0, of which they say they are, has none.
func kasaBody(b *bufio.Reader) (*bufio.Reader, error) {
	start, err := b.Peek(2)
	if err != nil || string(start) == "--" || string(start) == "\r\n" {
		return b, err
	}
	return bufio.NewReaderSize(&chunks{httputil.NewChunkedReader(b)}, readAhead), nil
}

// chunks tells broken chunks from a broken connection.
type chunks struct{ r io.Reader }

func (c *chunks) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	if err != nil && !isNetwork(err) {
		err = errParts
	}
	return n, err
}

// content implements feed.
func (k *kasa) content() content { return k.holds }

// next implements feed.
func (k *kasa) next() (piece, error) {
	for {
		data, err := k.parts.next()
		if err != nil {
			return piece{}, err
		}
		at, told := kasaTime(k.parts.stamp)
		if !told {
			at = ticks(k.now(), 90_000)
		}
		p := piece{time: at, timed: true}
		switch kind := k.parts.kind; {
		case kind == "video/x-h264":
			if k.holds.video == nil {
				k.holds.video = &format.H264{PayloadTyp: 96, PacketizationMode: 1}
			}
			k.nals = splitAnnexB(k.nals[:0], data)
			p.nals = k.nals
		case kind == "audio/g711u":
			if k.holds.audio == nil {
				k.holds.audio = &format.G711{PayloadTyp: 0, MULaw: true, SampleRate: 8000, ChannelCount: 1}
			}
			k.sound[0] = frame{data, int64(len(data))}
			p.sound = k.sound[:]
			if !told {
				p.time = k.spot.place(at, int64(len(data)), 8000)
			}
		case strings.HasPrefix(kind, "video/"):
			k.holds.oddVideo = "another codec than H.264"
		case strings.HasPrefix(kind, "audio/"):
			k.holds.oddSound, k.holds.silent = "of another kind than G.711", true
		}
		if len(p.nals) > 0 || len(p.sound) > 0 && len(p.sound[0].data) > 0 {
			return p, nil
		}
	}
}

// kasaTime is the time of a part at 90 kHz, of the camera's own beginning.
func kasaTime(stamp string) (at int64, ok bool) {
	const most = 1 << 40 // seconds; as ticks, far from the end of 64 bits
	seconds, err := strconv.ParseFloat(stamp, 64)
	if err != nil || !(seconds > 0 && seconds < most) {
		return 0, false
	}
	return int64(seconds * 90_000), true
}

// kasaPasswords are the forms in which Kasa's cameras want the account's: as most do, and as
// their doorbells do (github.com/python-kasa/python-kasa, issue 467).
func kasaPasswords(password string) [2]string {
	return [2]string{base64.StdEncoding.EncodeToString([]byte(password)), password}
}
