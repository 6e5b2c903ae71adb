package worker

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"lares/cameras/internal/wire"
	"lares/cameras/media"
	"lares/cameras/seal"
)

// pause stands between what a camera says at once and what it says after the next
// request.
const pause = "\x00next\x00"

// recite is a camera on a pipe that says its words, whatever it is asked, and
// hangs up; sooner where nothing is asked for a while.
func recite(conn net.Conn, words []byte, patience time.Duration) {
	defer conn.Close()
	requests := make(chan struct{}, 64)
	heard := make(chan struct{})
	go func() {
		defer close(heard)
		var tail []byte
		b := make([]byte, 4096)
		for {
			n, err := conn.Read(b)
			if err != nil {
				return
			}
			tail = append(tail, b[:n]...)
			for range bytes.Count(tail, []byte("\r\n\r\n")) {
				select {
				case requests <- struct{}{}:
				default: // more than it has words for
				}
			}
			tail = tail[max(bytes.LastIndexByte(tail, '\n')+1, len(tail)-3):]
		}
	}()
	for part := range bytes.SplitSeq(words, []byte(pause)) {
		select {
		case <-requests:
		case <-heard:
			return
		case <-time.After(patience): // what came did not count as an answer
			conn.Close()
		}
		if _, err := conn.Write(part); err != nil {
			break
		}
	}
	conn.Close()
	<-heard
}

// FuzzDialogue plays raw bytes to the worker's client, as a camera would send them:
// answers, descriptions, interleaved frames and requests of the camera's own.
func FuzzDialogue(f *testing.F) {
	for _, seed := range dialogues(f) {
		f.Add([]byte(strings.Join(seed, pause)))
	}
	f.Fuzz(func(t *testing.T, words []byte) {
		played(t, words, 100*time.Millisecond)
	})
}

// played is what the hub is sent of a camera that says these words.
func played(t *testing.T, words []byte, patience time.Duration) []media.AccessUnit {
	t.Helper()
	camera := media.NewCameraID()
	key := seal.RestoreRunKey(media.NewHubID(), camera, media.NewRunID(), [seal.KeySize]byte{1})
	r := &rig{t: t, conn: &written{}, open: key.Opener(), camera: camera}
	w := &worker{
		now: func() time.Duration { return 10 * time.Second }, start: wire.Start{Username: "user", Password: "secret"},
		warnings: map[media.StreamID]string{}, digests: map[string]bool{},
	}
	w.door = newDoor(w.now, w.start)
	w.out = newOutbox(r.conn, key, w.now)
	to := wire.Target{URL: "rtsp://192.0.2.7/live", Dial: "192.0.2.7:554"}
	p, failure := newPlace(to)
	if failure != nil {
		t.Fatal(failure)
	}
	s, _ := newStream(w, media.StreamMain, to).newSession(p)
	s.known = true // the hub has no part in this
	ours, theirs := net.Pipe()
	s.client.DialContext = func(context.Context, string, string) (net.Conn, error) {
		if ours == nil {
			return nil, errors.New("it hung up")
		}
		conn := ours
		ours = nil
		return conn, nil
	}
	ended := make(chan struct{})
	go func() { defer close(ended); recite(theirs, words, patience) }()
	if err := s.client.Start(); err != nil {
		t.Fatal(err)
	}
	if s.open(t.Context(), p.url) == nil {
		_ = s.client.Wait()
	}
	s.client.Close()
	theirs.Close()
	<-ended
	units := r.units()
	checkSent(t, units)
	return units
}

// dialogues are the words of cameras: parts that are told one after a request each.
func dialogues(t testing.TB) [][]string {
	idr, p := handMade(t)
	frames := &strings.Builder{}
	frame := func(channel byte, b []byte) {
		frames.WriteByte('$')
		frames.WriteByte(channel)
		_ = binary.Write(frames, binary.BigEndian, uint16(len(b))) // a Builder takes everything
		frames.Write(b)
	}
	for _, packet := range append(packets(0, 0, idr...), packets(20, 9000, p)...) {
		packet.SSRC = 7
		b, err := packet.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		frame(0, b)
	}
	answer := func(head, body string) string {
		return "RTSP/1.0 " + head + "\r\nCSeq: 1\r\n" + body
	}
	const sdp = "v=0\r\no=- 0 0 IN IP4 192.0.2.7\r\ns=x\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=fmtp:96 packetization-mode=1\r\na=control:trackID=0\r\n" +
		"m=audio 0 RTP/AVP 8\r\na=control:trackID=1\r\n"
	description := answer("200 OK", "Content-Base: rtsp://192.0.2.7/live/\r\nContent-Type: application/sdp\r\nContent-Length: "+strconv.Itoa(len(sdp))+"\r\n\r\n"+sdp)
	setup := func(channels string) string {
		return answer("200 OK", "Session: 12345678;timeout=60\r\nTransport: RTP/AVP/TCP;unicast;interleaved="+channels+"\r\n\r\n")
	}
	options := answer("200 OK", "Public: OPTIONS, DESCRIBE, SETUP, PLAY, GET_PARAMETER, TEARDOWN\r\n\r\n")
	play := answer("200 OK", "Session: 12345678\r\nRange: npt=0-\r\nRTP-Info: url=rtsp://192.0.2.7/live/trackID=0;seq=0;rtptime=0\r\n\r\n")
	digest := answer("401 Unauthorized", "WWW-Authenticate: Digest realm=\"x\", nonce=\"y\"\r\nWWW-Authenticate: Basic realm=\"x\"\r\n\r\n")
	report := "$\x01\x00\x1c\x80\xc8\x00\x06\x00\x00\x00\x07\xe0\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\x00\x00\x20"
	all := [][]string{
		{options, description, setup("0-1"), setup("2-3"), play + frames.String()},
		{options, digest, description, setup("0-1"), setup("2-3"), play + report + frames.String() + "GET_PARAMETER rtsp://x RTSP/1.0\r\nCSeq: 5\r\n\r\n"},
		{options, answer("200 OK", "Content-Length: -1\r\n\r\n")},
		{options, answer("200 OK", "Content-Length: 4294967296\r\n\r\n")},
		{answer("302 Moved", "Location: rtsp://203.0.113.7/live\r\n\r\n")},
		{"\x16\x03\x01\x02\x00", "HTTP/1.1 404 Not Found\r\n\r\n<html>", "$\x00\xff\xff"},
	}
	for _, words := range all {
		for i := range words { // an answer counts by the number of its request
			words[i] = strings.Replace(words[i], "CSeq: 1\r\n", "CSeq: "+strconv.Itoa(i+1)+"\r\n", 1)
		}
	}
	return all
}

// TestDialogue: the words of the first seeds are a camera's, and its pictures come
// through.
func TestDialogue(t *testing.T) {
	for i, words := range dialogues(t)[:2] {
		var pictures int
		for _, u := range played(t, []byte(strings.Join(words, pause)), time.Minute) {
			if u.Type == media.UnitVideo {
				pictures++
			}
		}
		if pictures == 0 {
			t.Errorf("no picture of dialogue %d", i)
		}
	}
}
