package cameras

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"lares/cameras/fakecam"
)

const (
	videoChannel = 0 // of the first track, as the worker numbers them
	soundChannel = 2
)

// before is a meddling that says something of its own before each video
// packet.
func before(say func(n int, packet []byte) [][]byte) func() meddling {
	return func() meddling {
		n := 0
		return meddling{frame: func(c net.Conn, channel byte, packet []byte) error {
			var out []byte
			if channel == videoChannel {
				for _, f := range say(n, packet) {
					out = append(out, f...)
				}
				n++
			}
			_, err := c.Write(append(out, interleaved(channel, packet)...))
			return err
		}}
	}
}

// renumbered is a meddling that puts packets of its own before each video
// packet, and numbers all anew, so that none seems lost.
func renumbered(payloads func(n int, packet []byte) [][]byte) func() meddling {
	return func() meddling {
		n, seq := 0, uint16(0)
		return meddling{frame: func(c net.Conn, channel byte, packet []byte) error {
			if channel != videoChannel {
				_, err := c.Write(interleaved(channel, packet))
				return err
			}
			for _, p := range payloads(n, packet) {
				if _, err := c.Write(interleaved(channel, rtpWith(packet, seq, false, p...))); err != nil {
					return err
				}
				seq++
			}
			n++
			packet = append([]byte{}, packet...)
			binary.BigEndian.PutUint16(packet[2:], seq)
			seq++
			_, err := c.Write(interleaved(channel, packet))
			return err
		}}
	}
}

// only is in place of the media: what is written for each video packet.
func only(send func(c net.Conn, n int, packet []byte) error) func() meddling {
	return func() meddling {
		n := 0
		return meddling{frame: func(c net.Conn, channel byte, packet []byte) error {
			if channel != videoChannel {
				return nil
			}
			n++
			return send(c, n, packet)
		}}
	}
}

// both applies the answers of one meddling and the frames of another.
func both(a, b func() meddling) func() meddling {
	return func() meddling { return meddling{answer: a().answer, frame: b().frame} }
}

// called is a description of video in another codec than is sent.
func called(lines string) func() meddling {
	return describes(func(string) string {
		return "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\na=control:trackID=0\r\n" +
			strings.ReplaceAll(lines, "\n", "\r\n")
	})
}

// random is packets whose payload is random, of any length.
func random() func() meddling {
	return only(func(c net.Conn, n int, packet []byte) error {
		r := rand.New(rand.NewPCG(uint64(n), 1))
		for i := range 20 {
			p := rtpWith(packet, uint16(n*20+i), r.IntN(4) == 0, noise(r, r.IntN(40)*r.IntN(35))...)
			if _, err := c.Write(interleaved(videoChannel, p)); err != nil {
				return err
			}
		}
		return nil
	})
}

// strangerDatagrams sends to the ports that the worker names, from another
// address than the camera's.
func strangerDatagrams() meddling {
	ports := regexp.MustCompile("client_port=([0-9]+)-([0-9]+)")
	return meddling{answer: func(c net.Conn, method string, a []byte) error {
		if _, err := c.Write(a); err != nil || method != "SETUP" {
			return err
		}
		for _, port := range ports.FindStringSubmatch(field(a, "Transport"))[1:] {
			n, err := strconv.Atoi(port)
			if err != nil {
				return err
			}
			u, err := net.DialUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 2)}, &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: n})
			if err != nil {
				return err
			}
			defer u.Close()
			r := rand.New(rand.NewPCG(7, 7))
			for i := range 200 {
				packet := rtpWith(append([]byte{0x80, 96}, noise(r, 10)...), uint16(i), true, noise(r, 30)...)
				for _, d := range [][]byte{{1, 2, 3}, packet, {0x81, 203, 0, 1, 0, 0, 0, 0}} {
					_, _ = u.Write(d) // refused, as soon as the worker has gone
				}
			}
		}
		return nil
	}}
}

// endless writes without end, whatever comes.
func endless(what func(packet []byte, n int) []byte) func() meddling {
	return only(func(c net.Conn, _ int, packet []byte) error {
		for n := 0; ; n++ {
			if _, err := c.Write(what(packet, n)); err != nil {
				return err
			}
		}
	})
}

// hugeCount is a sequence parameter set of 20 bytes with
// num_ref_frames_in_pic_order_cnt_cycle 2³²−2 (ITU-T H.264 §7.3.2.1.1): profile
// 66, level 3.0, identifier 0, log2_max_frame_num 0, pic_order_cnt_type 1.
var hugeCount = []byte{0x67, 66, 0, 30, 0b1_1_010_1_1_1, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}

// hostilities are the attacks by name; the letter is the row of HAZARDS 4.2.
func hostilities() map[string]hostility {
	sound := fakecam.Options{Audio: true}
	quick := fakecam.Options{Source: fakecam.TestCard{GOP: 300 * time.Millisecond}}
	all := map[string]hostility{
		"G1 sound of a few bytes": {end: plays, option: sound, begin: func() meddling {
			return meddling{frame: func(c net.Conn, channel byte, packet []byte) error {
				var out []byte
				for n := range 4 {
					if channel == soundChannel {
						out = append(out, interleaved(channel, rtpWith(packet, uint16(n), true, make([]byte, n)...))...)
					}
				}
				_, err := c.Write(append(out, interleaved(channel, packet)...))
				return err
			}}
		}},
		"G2 server_port in the second answer alone": {end: refuse, option: sound, udp: true, begin: func() meddling {
			n := 0
			return meddling{answer: func(c net.Conn, method string, a []byte) error {
				if method == "SETUP" {
					if n++; n == 1 {
						a = withField(a, "Transport", regexp.MustCompile(";server_port=[0-9-]+").ReplaceAllString(field(a, "Transport"), ""))
					}
				}
				_, err := c.Write(a)
				return err
			}}
		}},
		"G2 odd ports": {end: refuse, udp: true, begin: answers("SETUP", func(a []byte) []byte {
			return withField(a, "Transport", "RTP/AVP;unicast;client_port=0-0;server_port=65535-65536")
		})},
		"G2 TCP where UDP was asked for": {end: refuse, udp: true, begin: answers("SETUP", func(a []byte) []byte {
			return withField(a, "Transport", "RTP/AVP/TCP;unicast;interleaved=0-1")
		})},
		"G11 datagrams of others":        {end: plays, udp: true, begin: strangerDatagrams},
		"G12 redirects in a circle":      {end: refuse, fault: fakecam.Redirect, says: "circle"},
		"G3 description without a slash": {end: refuse, begin: called("a=rtpmap:96 H264\n")},
		"G4 length below zero":           {end: refuse, fault: fakecam.NegativeLength},
		"G4 length of 2 GB":              {end: refuse, fault: fakecam.HugeLength},
		"G4 length below zero, OPTIONS": {end: refuse, begin: answers("OPTIONS", func(a []byte) []byte {
			return withField(a, "Content-Length", "-1")
		})},
		"G4 length of 10^18, SETUP": {end: refuse, begin: answers("SETUP", func(a []byte) []byte {
			return withField(a, "Content-Length", "1000000000000000000")
		})},
		"G4 body of 128 KiB, PLAY": {end: plays, begin: answers("PLAY", func(a []byte) []byte {
			return append(withField(a, "Content-Length", "131072"), make([]byte, 131072)...)
		})},
		"G5 short NAL units": {end: limps, option: quick, begin: renumbered(func(n int, _ []byte) [][]byte {
			if n%100 != 0 {
				return nil // a picture that is whole comes now and then
			}
			return [][]byte{{}, {0x67}, {0x68}, {0x06, 0xff}, {0x06, 5, 0xff, 0xff}, {24}, {24, 0}, {24, 0xff, 0xff, 1}, {28}, {28, 0x85}, {0x7c, 0xc5}, {25, 0, 0, 0}, {29, 0, 0, 0}, {31}}[n/100%14 : n/100%14+1]
		})},
		"G5 random, H.264":   {end: lives, begin: random()},
		"G5 random in H.264": {end: lives, fault: fakecam.Garbage},
		"G6 random, H.265":   {end: lives, begin: both(called("a=rtpmap:96 H265/90000\n"), random())},
		"random, MJPEG":      {end: lives, begin: both(called("a=rtpmap:96 JPEG/90000\n"), random())},
		"G7 parameter sets of a byte": {end: plays, begin: describes(func(sdp string) string {
			line := sdp[strings.Index(sdp, "a=fmtp:96"):]
			line = line[:strings.Index(line, "\r\n")]
			return strings.Replace(sdp, line, "a=fmtp:96 packetization-mode=1; sprop-parameter-sets=Zw==,aA==", 1)
		})},
		"G7 parameter sets of a byte, H.265": {end: lives, begin: both(called("a=rtpmap:96 H265/90000\na=fmtp:96 sprop-vps=QA==; sprop-sps=Qg==; sprop-pps=RA==\n"), random())},
		"G8 huge count in a picture":         {end: limps, option: quick, begin: renumbered(func(n int, _ []byte) [][]byte { return [][]byte{hugeCount}[:1-min(n%100, 1)] })},
		"G9 endless fragment, H.264": {end: never, begin: endless(func(packet []byte, n int) []byte {
			head := byte(5)
			if n == 0 {
				head |= 0x80
			}
			return interleaved(videoChannel, rtpWith(packet, uint16(n), false, append([]byte{28 | 0x60, head}, make([]byte, 1400)...)...))
		})},
		"G9 endless fragment, H.265": {end: never, begin: both(called("a=rtpmap:96 H265/90000\n"), endless(func(packet []byte, n int) []byte {
			head := byte(19)
			if n == 0 {
				head |= 0x80
			}
			return interleaved(videoChannel, rtpWith(packet, uint16(n), false, append([]byte{49 << 1, 1, head}, make([]byte, 1400)...)...))
		}))},
		"G9 endless picture": {end: never, begin: endless(func(packet []byte, n int) []byte {
			return interleaved(videoChannel, rtpWith(packet, uint16(n), false, append([]byte{0x41}, make([]byte, 1400)...)...))
		})},
		"G9 endless picture of tiny slices": {end: never, begin: endless(func(packet []byte, n int) []byte {
			return bytes.Repeat(interleaved(videoChannel, rtpWith(packet, uint16(n), false, 0x41, 0x80)), 50)
		})},
		"G10 junk between frames": {end: plays, fault: fakecam.Junk},
		"G10 junk for ever":       {end: never, fault: fakecam.EndlessJunk},
		"G10 header for ever": {end: refuse, begin: func() meddling {
			return meddling{answer: func(c net.Conn, _ string, _ []byte) error {
				_, err := c.Write([]byte("RTSP/1.0 200 OK\r\n"))
				for n := 0; err == nil; n++ {
					_, err = fmt.Fprintf(c, "X-%d: %s\r\n", n, strings.Repeat("x", 200))
				}
				return err
			}}
		}},
		"G10 line for ever": {end: refuse, begin: func() meddling {
			return meddling{answer: func(c net.Conn, _ string, _ []byte) error {
				_, err := c.Write([]byte("RTSP/1.0 200 OK\r\nX: "))
				for err == nil {
					_, err = c.Write(bytes.Repeat([]byte("x"), 10_000))
				}
				return err
			}}
		}},
		"slow": {end: never, fault: fakecam.Slow},
	}
	maps.Copy(all, oddities())
	maps.Copy(all, handshakes())
	return all
}

// handshakes are cameras that end no handshake and no answer over HTTP.
func handshakes() map[string]hostility {
	soap := func(body func(w io.Writer) error) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			w.Header().Set("Content-Type", "application/soap+xml")
			_, err := io.WriteString(w, `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body>`)
			for err == nil && r.Context().Err() == nil {
				err = body(w)
				http.NewResponseController(w).Flush()
			}
		}
	}
	trickle := func(w io.Writer) error {
		time.Sleep(200 * time.Millisecond)
		_, err := w.Write([]byte("0"))
		return err
	}
	return map[string]hostility{
		"G13 answer for ever": {end: plays, says: "does not answer over ONVIF", onvif: soap(func(w io.Writer) error { _, err := w.Write(bytes.Repeat([]byte("<a>"), 10_000)); return err })},
		"G13 answer in drops": {end: plays, onvif: soap(trickle)},
		"G13 no answer": {end: plays, onvif: func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body) // the server looks for the end of the connection only behind it
			<-r.Context().Done()
		}},
		"G13 answer that unpacks": {end: plays, says: "ONVIF", onvif: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			w.Write(make([]byte, 1<<20))
		}},
		"G13 header of 1 MB": {end: plays, says: "ONVIF", onvif: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X", strings.Repeat("x", 1<<20))
		}},
		"G14 handshake in drops": {end: refuse, says: "rtsps", secure: func(c net.Conn) {
			_, err := c.Write([]byte{22, 3, 3, 0x40, 0, 2, 0, 0x3f, 0xfc})
			for err == nil {
				err = trickle(c)
			}
		}},
		"G14 handshake for ever": {end: refuse, says: "rtsps", secure: func(c net.Conn) {
			record := append([]byte{22, 3, 3, 0x40, 0, 11, 0xff, 0xff, 0xff}, make([]byte, 0x3ffc)...)
			for _, err := c.Write(record); err == nil; {
				_, err = c.Write(record)
			}
		}},
		"G14 alerts for ever": {end: refuse, says: "rtsps", secure: func(c net.Conn) {
			for _, err := c.Write([]byte{21, 3, 3, 0, 2, 1, 90}); err == nil; {
				_, err = c.Write(bytes.Repeat([]byte{21, 3, 3, 0, 2, 1, 90}, 1000))
			}
		}},
	}
}

// oddities are attacks that other programs' accidents did not teach.
func oddities() map[string]hostility {
	return map[string]hostility{
		"ONVIF web page": {end: plays, says: "does not tell events over ONVIF", onvif: func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, "<html><title>404 File Not Found</title></html>")
		}},
		"ONVIF without room": {end: plays, says: "to as many as it can", onvif: func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, "<Envelope><Body><Fault><Code><Subcode><Value>ter:BlockedThreadUpperLimit</Value></Subcode></Code></Fault></Body></Envelope>")
		}},
		"ONVIF sends on for ever": {end: plays, says: "does not answer over ONVIF", onvif: func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, r.URL.Path+"?"+r.URL.RawQuery+"x", http.StatusTemporaryRedirect)
		}},
		"frames of unknown channels": {end: plays, begin: before(func(n int, packet []byte) [][]byte {
			return [][]byte{interleaved(byte(200+n%50), packet), interleaved(9, nil)}
		})},
		"broken RTP heads": {end: plays, begin: before(func(_ int, packet []byte) [][]byte {
			extended := append([]byte{}, packet[:16]...)
			extended[0] |= 0x10 // an extension of 65535 words
			copy(extended[12:], []byte{0xbe, 0xde, 0xff, 0xff})
			padded := append([]byte{}, packet[:14]...)
			padded[0] |= 0x20 // with more padding than packet
			padded[13] = 0xff
			sources := append([]byte{}, packet[:14]...)
			sources[0] |= 0x0f
			return [][]byte{
				interleaved(0, nil), interleaved(0, []byte{0x80}), interleaved(0, packet[:11]),
				interleaved(0, extended), interleaved(0, padded), interleaved(0, sources),
			}
		})},
		"broken RTCP": {end: plays, begin: before(func(n int, packet []byte) [][]byte {
			r := rand.New(rand.NewPCG(uint64(n), 2))
			sr := append([]byte{0x80, 200, 0, 6}, noise(r, 24)...)
			long := append([]byte{0x9f, 200, 0xff, 0xff}, noise(r, 60)...)
			return [][]byte{interleaved(1, nil), interleaved(1, noise(r, r.IntN(100))), interleaved(1, sr), interleaved(1, long), interleaved(1, []byte{0x81, 203, 0, 1, packet[8], packet[9], packet[10], packet[11]})}
		})},
		"requests of its own": {end: plays, begin: before(func(n int, _ []byte) [][]byte {
			return [][]byte{[]byte(fmt.Sprintf("OPTIONS rtsp://x/ RTSP/1.0\r\nCSeq: %d\r\n\r\n", n))}
		})},
		"requests that mean nothing": {end: plays, begin: before(func(n int, _ []byte) [][]byte {
			return [][]byte{[]byte(fmt.Sprintf("GET_PARAMETER rtsp://x/ RTSP/1.0\r\nCSeq: %d\r\nContent-Length: 4\r\n\r\nabcd", n))}
		})},
		"16 MB of picture": {end: limps, begin: renumbered(func(n int, _ []byte) [][]byte {
			if n != 20 {
				return nil
			}
			var all [][]byte
			for range 12_000 {
				all = append(all, append([]byte{0x41, 0x9a}, make([]byte, 1400)...))
			}
			return all
		})},
		"another parameter set each time": {end: lives, begin: renumbered(func(n int, _ []byte) [][]byte {
			return [][]byte{{0x67, 66, 0xc0, 31, 0xda, byte(n), byte(n >> 8), 0x40, 0x16, 0xe8}, {0x68, 0xce, byte(n), 0x80}}
		})},
		"times at random": {end: limps, begin: func() meddling {
			r := rand.New(rand.NewPCG(3, 3))
			last, now := uint32(0), uint32(0)
			return meddling{frame: func(c net.Conn, channel byte, packet []byte) error {
				packet = append([]byte{}, packet...)
				if channel == videoChannel {
					if t := binary.BigEndian.Uint32(packet[4:]); t != last {
						last, now = t, r.Uint32()
					}
					binary.BigEndian.PutUint32(packet[4:], now)
				}
				_, err := c.Write(interleaved(channel, packet))
				return err
			}}
		}},
		"description of 17 KiB":  {end: refuse, begin: describes(func(sdp string) string { return sdp + "a=" + strings.Repeat("x", 17<<10) + "\r\n" })},
		"description of 120 KiB": {end: refuse, begin: describes(func(sdp string) string { return sdp + strings.Repeat("a=x\r\n", 24<<10) })},
		"400 tracks": {end: plays, begin: describes(func(sdp string) string {
			return sdp + strings.Repeat("m=video 0 RTP/AVP 96\r\n", 400)
		})},
		"tracks without end": {end: refuse, begin: describes(func(sdp string) string {
			return strings.Repeat("m=audio 0 RTP/AVP 0\r\n", 700)
		})},
		"no description": {end: refuse, begin: describes(func(string) string { return "" })},
		"answers to nothing": {end: plays, begin: before(func(n int, _ []byte) [][]byte {
			return [][]byte{[]byte(fmt.Sprintf("RTSP/1.0 200 OK\r\nCSeq: %d\r\nSession: %s\r\n\r\n", n+1000, strings.Repeat("s", 1000)))}
		})},
		"401 for ever":         {end: refuse, begin: always("401 Unauthorized", `WWW-Authenticate: Digest realm="x", nonce="y"`), says: "refused the user name or password"},
		"401 without a way in": {end: refuse, begin: always("401 Unauthorized")},
		"a status of its own":  {end: refuse, begin: always("999 No")},
		"status 100 for ever":  {end: refuse, begin: always("100 Continue")},
		"session of 100 KiB": {end: refuse, begin: answers("SETUP", func(a []byte) []byte {
			return withField(a, "Session", strings.Repeat("s", 100<<10))
		})},
		"odd channels": {end: refuse, begin: answers("SETUP", func(a []byte) []byte {
			return withField(a, "Transport", "RTP/AVP/TCP;unicast;interleaved=70000-70001")
		})},
		"no transport": {end: refuse, begin: answers("SETUP", func(a []byte) []byte { return withField(a, "Transport", "x") })},
	}
}

// always gives the same answer to everything but OPTIONS.
func always(status string, fields ...string) func() meddling {
	return func() meddling {
		return meddling{answer: func(c net.Conn, method string, a []byte) error {
			if method != "OPTIONS" {
				a = instead(a, status, fields...)
			}
			_, err := c.Write(a)
			return err
		}}
	}
}
