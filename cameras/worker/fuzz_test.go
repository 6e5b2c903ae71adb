package worker

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bluenviron/gortsplib/v5/pkg/format"
	"github.com/bluenviron/mediacommon/v2/pkg/codecs/mpeg4audio"
	"github.com/pion/rtp"

	"lares/cameras/media"
	"lares/cameras/media/costtest"
)

// The packets of a fuzz input: of each a byte of flags, a step of the sequence
// number, one of the time, the length in two bytes, and the payload.
func packetsOf(in []byte) (out []*rtp.Packet) {
	var seq uint16
	var at uint32
	for len(in) >= 5 && len(out) < 4096 {
		flags, n := in[0], min(int(binary.BigEndian.Uint16(in[3:])), len(in)-5)
		seq += 1 + uint16(int8(in[1]))
		at += uint32(in[2]) << (flags & 0x1f)
		out = append(out, &rtp.Packet{Header: rtp.Header{Version: 2, PayloadType: 96, Marker: flags&0x80 != 0, SequenceNumber: seq, Timestamp: at}, Payload: bytes.Clone(in[5 : 5+n])})
		in = in[5+n:]
	}
	return out
}

// seedOf is the fuzz input of packets.
func seedOf(kind byte, packets ...*rtp.Packet) []byte {
	out := []byte{kind}
	for i, p := range packets {
		flags, step := byte(0), byte(0)
		if p.Marker {
			flags = 0x80
		}
		if i > 0 && p.Timestamp != packets[i-1].Timestamp {
			flags, step = flags|12, 1
		}
		out = append(out, flags, 0, step)
		out = binary.BigEndian.AppendUint16(out, uint16(len(p.Payload)))
		out = append(out, p.Payload...)
	}
	return out
}

func videoFormats() []format.Format {
	return []format.Format{
		&format.H264{PayloadTyp: 96, PacketizationMode: 1},
		&format.H265{PayloadTyp: 96},
		&format.MJPEG{},
	}
}

// FuzzVideoPackets feeds arbitrary packets through everything that reads a
// camera's video, and checks what the hub is sent.
func FuzzVideoPackets(f *testing.F) {
	idr, p := handMade(f)
	f.Add(seedOf(0, packets(0, 0, idr...)...))
	f.Add(seedOf(0, append(packets(0, 0, idr...), packets(20, 9000, p)...)...))
	f.Add([]byte("\x00\x80\x00\x00\x00\x03\x18\x00\x00"))
	f.Add([]byte("\x00\x00\x00\x00\x00\x02\x1c\x80\x00\x00\x00\x00\x02\x1c\x00\x80\x00\x00\x00\x02\x1c\x40"))
	h265 := handMadeHEVC(f)
	f.Add(seedOf(1, hevcPackets(h265...)...))
	f.Add([]byte("\x01\x80\x00\x00\x00\x03\x60\x01\x00"))
	f.Add([]byte("\x01\x00\x00\x00\x00\x03\x62\x01\x93\x80\x00\x00\x00\x03\x62\x01\x53"))
	f.Add(append([]byte("\x02\x80\x00\x00\x00\x20\x00\x00\x00\x00\x01\x32\x10\x10"), make([]byte, 24)...))
	f.Add(append([]byte("\x02\x80\x00\x00\x00\xa0\x00\x00\x00\x00\x01\xff\x10\x10\x00\x00\x00\x80"), make([]byte, 148)...))
	f.Fuzz(func(t *testing.T, in []byte) {
		if len(in) == 0 {
			return
		}
		formats := videoFormats()
		r := newRig(t, offer(t, formats[int(in[0])%len(formats)]))
		for _, p := range packetsOf(in[1:]) {
			r.now += 10 * time.Millisecond
			costtest.Within(t, func() { r.onVideo(p) })
			if v, ok := r.ingest.video.(*pictures); ok && (len(v.asm.u.data) > media.MaxUnit || len(v.asm.u.sets) > maxSets) {
				t.Fatalf("%d bytes held", len(v.asm.u.data))
			}
		}
		checkSent(t, r.units())
	})
}

// checkSent demands what a recording relies on.
func checkSent(t testing.TB, units []media.AccessUnit) {
	t.Helper()
	var track media.Track
	last := int64(-1)
	configured := false
	for _, u := range units {
		if u.Type == media.UnitConfig {
			c, err := media.ParseConfig(u.Data)
			if err != nil {
				t.Fatal(err)
			}
			v, ok := c.Video()
			if !ok || v.Width == 0 || v.Height == 0 {
				t.Fatalf("%+v", v)
			}
			track, configured = v, true
			continue
		}
		if u.Type != media.UnitVideo {
			continue
		}
		if configured && !u.Sync {
			t.Fatal("the first picture of a configuration is none that decoding can start with")
		}
		if track.ID == 0 || u.DTS <= last || u.PTS < u.DTS || len(u.Data) == 0 || len(u.Data) > media.MaxUnit {
			t.Fatalf("a picture of %d bytes at %d/%d after %d", len(u.Data), u.PTS, u.DTS, last)
		}
		configured, last = false, u.DTS
		if track.Codec == media.MJPEG {
			if !bytes.HasPrefix(u.Data, []byte{0xff, 0xd8}) || !bytes.HasSuffix(u.Data, []byte{0xff, 0xd9}) {
				t.Fatal("no whole JPEG")
			}
			continue
		}
		for b := u.Data; len(b) > 0; {
			n := int(binary.BigEndian.Uint32(b))
			if n == 0 || n > len(b)-4 {
				t.Fatal("a length out of the data")
			}
			if track.Codec == media.H264 && b[4]&0x1f == nalSPS || track.Codec == media.H265 && hevcType(b[4:]) == hevcSPS {
				t.Fatal("a parameter set in the data")
			}
			b = b[4+n:]
		}
	}
}

func soundFormats() []format.Format {
	asc := &mpeg4audio.AudioSpecificConfig{Type: mpeg4audio.ObjectTypeAACLC, SampleRate: 16000, ChannelCount: 1}
	return []format.Format{
		&format.MPEG4Audio{PayloadTyp: 97, SizeLength: 13, IndexLength: 3, IndexDeltaLength: 3, Config: asc},
		&format.MPEG4Audio{PayloadTyp: 97, SizeLength: 6, IndexLength: 2, IndexDeltaLength: 2, Config: asc},
		&format.MPEG4AudioLATM{PayloadTyp: 97, StreamMuxConfig: &mpeg4audio.StreamMuxConfig{NumSubFrames: 1, Programs: []*mpeg4audio.StreamMuxConfigProgram{{
			Layers: []*mpeg4audio.StreamMuxConfigLayer{{AudioSpecificConfig: asc}},
		}}}},
		&format.G711{PayloadTyp: 8, SampleRate: 8000, ChannelCount: 1},
		&format.G711{PayloadTyp: 98, SampleRate: 16000, ChannelCount: 2, MULaw: true},
		&format.Opus{PayloadTyp: 99, ChannelCount: 2},
	}
}

// FuzzSoundPackets feeds arbitrary packets through everything that reads a
// camera's sound.
func FuzzSoundPackets(f *testing.F) {
	for kind := range byte(6) {
		f.Add([]byte{kind, 0x80, 0, 1, 0, 8, 0, 16, 0, 32, 1, 2, 3, 4, 0x80, 0, 1, 0, 0})
		f.Add([]byte{kind, 0, 0, 1, 0, 5, 0, 16, 0, 8, 1, 0, 0, 0, 0, 5, 0, 16, 0, 8, 1, 0x80, 0, 0, 0, 5, 0, 16, 0, 8, 1})
		f.Add([]byte{kind, 0x80, 0, 1, 0, 2, 0xff, 0xff})
		f.Add([]byte{kind, 0x80, 0, 1, 0, 12, 0, 16, 0, 72, 0xff, 0xf1, 0x4c, 0x80, 1, 0x3f, 0xfc, 0xaa})
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		if len(in) == 0 {
			return
		}
		formats := soundFormats()
		r := newRig(t, offer(t, &format.H264{PayloadTyp: 96}, formats[int(in[0])%len(formats)]))
		idr, _ := handMade(t)
		r.send(packets(0, 0, idr...)...)
		for _, p := range packetsOf(in[1:]) {
			r.now += 10 * time.Millisecond
			costtest.Within(t, func() { r.onAudio(p) })
		}
		_, audio, _ := parted(t, r.units())
		last := int64(-1)
		for _, u := range audio {
			if u.PTS <= last || u.PTS != u.DTS || len(u.Data) == 0 || len(u.Data) > maxAudioFrame {
				t.Fatalf("sound of %d bytes at %d/%d after %d", len(u.Data), u.PTS, u.DTS, last)
			}
			last = u.PTS
		}
	})
}

// FuzzParamSets reads arbitrary parameter sets, two after each other.
func FuzzParamSets(f *testing.F) {
	sps, pps := unhex(f, spsHD), unhex(f, ppsHD)
	f.Add(false, sps, pps)
	f.Add(false, sps[:14], pps)
	// Picture order count type 1 with a cycle of 2^32-2 (hazard of other parsers).
	f.Add(false, unhex(f, "67 42 00 1e a9 00 00 00 01 ff ff ff ff 80"), pps)
	for _, n := range handMadeHEVC(f) {
		f.Add(true, n, n[:len(n)/2])
	}
	f.Fuzz(func(t *testing.T, isHEVC bool, a, b []byte) {
		var c coding = newAVC(&format.H264{})
		if isHEVC {
			c = newHEVC(&format.H265{})
		}
		var sets []byte
		for _, n := range [][]byte{unhex(t, spsHD), unhex(t, ppsHD), a, b} {
			if len(n) > 0 && c.shelf(n) == inSets {
				sets = binary.BigEndian.AppendUint32(sets, uint32(len(n)))
				sets = append(sets, n...)
			}
		}
		c.learn(sets)
		if changed := c.learn(sets); changed {
			t.Fatal("the same sets are others")
		}
		track, ok := c.track(videoTrack)
		if !ok {
			return
		}
		if track.Width == 0 || track.Height == 0 {
			t.Fatalf("%+v", track)
		}
		if _, err := media.ParseConfig(media.Config{Tracks: []media.Track{track}}.Append(nil)); err != nil {
			t.Fatal(err)
		}
		o := c.order(5)
		for i, pts := range []int64{9000, 0, 3000, 6000, 20_000} {
			if p, dts := o.next(pts, []byte{0, 0, 0, 3, 0x65, 0x88, 0x80}, i == 0); p < dts || dts <= 5 {
				t.Fatal(p, dts)
			}
		}
	})
}

// FuzzDescription reads arbitrary session descriptions.
func FuzzDescription(f *testing.F) {
	for _, body := range []string{
		"a=rtpmap:96 H264/90000\r\na=fmtp:96 packetization-mode=1;sprop-parameter-sets=" + base64.StdEncoding.EncodeToString(unhex(f, spsHD)) + "," + base64.StdEncoding.EncodeToString(unhex(f, ppsHD)) + "\r\n",
		"a=rtpmap:96 H265/90000\r\na=fmtp:96 sprop-vps=QAEMAf//AWAAAAMAkAAAAwAAAwA8lZgJ; sprop-sps=QgEB; sprop-pps=RAHA; sprop-max-don-diff=0\r\n",
		"a=rtpmap:96 H264\r\n",
		"a=rtpmap:96 JPEG/90000\r\na=control:trackID=1\r\n",
	} {
		f.Add([]byte("v=0\r\no=- 0 0 IN IP4 0.0.0.0\r\ns=x\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\n" + body))
		f.Add([]byte("v=0\r\ns=x\r\nm=video 0 RTP/AVP 96\r\n" + body + "m=audio 0 RTP/AVP 97\r\na=rtpmap:97 mpeg4-generic/16000/1\r\na=fmtp:97 streamtype=5;mode=AAC-hbr;config=1408;sizelength=64;indexlength=3;indexdeltalength=3\r\n"))
	}
	for _, audio := range []string{
		"0", "8\r\na=rtpmap:8 PCMA/16000/2", "97\r\na=rtpmap:97 opus/48000/2\r\na=fmtp:97 sprop-stereo=1",
		"97\r\na=rtpmap:97 MP4A-LATM/16000/1\r\na=fmtp:97 cpresent=0;config=400028103fc0", "97\r\na=rtpmap:97 G726-32/8000",
		"97\r\na=rtpmap:97 MP4A-LATM/16000/1\r\na=fmtp:97 cpresent=0;config=40022810ffffff", "97\r\na=rtpmap:97 L16/48000/2147483647",
	} {
		f.Add([]byte("v=0\r\ns=x\r\nm=video 0 RTP/AVP 26\r\nm=audio 0 RTP/AVP " + audio + "\r\n"))
	}
	f.Add([]byte("v=0\r\ns=x\r\na=key-mgmt:mikey AQAFAP1td3ABAAAAAAAAAAAAAAAAAAsA7\r\nm=video 0 RTP/AVP 26\r\n"))
	texts, _ := filepath.Glob("../../../shared/data/protocol/sdp/*.sdp")
	for _, name := range texts {
		if text, err := os.ReadFile(name); err == nil {
			f.Add(text)
		}
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if len(text) > maxSDP {
			return
		}
		tamed, deaf := tame(text)
		tryDescription(t, tamed, deaf)
	})
}

// tryDescription goes from a description to the first packets.
func tryDescription(t testing.TB, text []byte, deaf bool) (video, audio string) {
	desc, err := parseSDP(text)
	if err != nil {
		return "", ""
	}
	p, warning, f := pick(desc, deaf)
	if f != nil {
		return strings.TrimSpace("refused: " + f.text), ""
	}
	r, err := rigFor(t, p)
	if err != nil {
		return "refused: " + err.Error(), ""
	}
	for i, payload := range []string{"\x00\x10\x00\x08\x00", "\x7c\x85", "\x00", "", "\x62\x01\x93\x00"} {
		packet := &rtp.Packet{Header: rtp.Header{Version: 2, PayloadType: p.format.PayloadType(), SequenceNumber: uint16(i), Marker: true}, Payload: []byte(payload)}
		p.format.PTSEqualsDTS(packet) // as the client does
		r.onVideo(packet)
		if p.audio != nil {
			p.heard.PTSEqualsDTS(packet)
			r.onAudio(packet)
		}
	}
	if p.audio == nil {
		return fmt.Sprintf("%T", p.format), warning
	}
	return fmt.Sprintf("%T", p.format), p.sound.Codec.String()
}
