package worker

import (
	"encoding/base64"
	"fmt"
	mathbits "math/bits"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// bitWriter has written bits, the first of a byte highest.
type bitWriter struct {
	out []byte
	n   int
}

func (w *bitWriter) u(n int, v uint32) {
	for i := n - 1; i >= 0; i-- {
		if w.n%8 == 0 {
			w.out = append(w.out, 0)
		}
		w.out[len(w.out)-1] |= byte(v>>i&1) << (7 - w.n%8)
		w.n++
	}
}

func (w *bitWriter) ue(values ...uint32) {
	for _, v := range values {
		n := mathbits.Len32(v + 1)
		w.u(2*n-1, v+1)
	}
}

// longTermSPS is an SPS with a long-term reference picture (ITU-T H.265
// §7.4.3.2.1), which the library does not know.
func longTermSPS() []byte {
	var w bitWriter
	w.u(16, hevcSPS<<9|1)
	w.u(4+3+1, 1)
	for _, b := range []uint32{1, 0x60, 0, 0, 0, 0x90, 0, 0, 0, 0, 0, 60} {
		w.u(8, b)
	}
	w.ue(0, 1, 432, 240)
	w.u(1, 0)
	w.ue(0, 0, 4)
	w.u(1, 1)
	w.ue(4, 2, 0, 0, 3, 0, 3, 0, 0)
	w.u(4, 0)
	w.ue(0) // num_short_term_ref_pic_sets
	w.u(1, 1)
	w.ue(1) // num_long_term_ref_pics_sps
	w.u(8, 0x80)
	var out []byte // with emulation prevention
	zeros := 0
	for _, b := range w.out {
		if zeros >= 2 && b <= 3 {
			out, zeros = append(out, 3), 0
		}
		if zeros++; b != 0 {
			zeros = 0
		}
		out = append(out, b)
	}
	return out
}

// A description that the library would die of, and one it would refuse for a
// detail, come to a connection all the same.
func TestTame(t *testing.T) {
	var l bitWriter // LATM of two layers with one configuration
	l.u(2, 1)
	l.u(6+4, 0)
	l.u(3, 1)
	l.u(5+4+4+3, 2<<11|8<<7|1<<3)
	l.u(3+8, 255)
	l.u(1+3+8, 1<<11|255)
	l.u(2, 0)
	const head = "v=0\r\ns=x\r\n"
	h265 := head + "m=video 0 RTP/AVP 96\r\na=rtpmap:96 H265/90000\r\na=fmtp:96 %s\r\n"
	aac := "m=audio 0 RTP/AVP 97\r\na=rtpmap:97 mpeg4-generic/16000/1\r\na=fmtp:97 streamtype=5;mode=AAC-hbr;config=%s;sizelength=13;indexlength=3;indexdeltalength=3\r\n"
	for name, c := range map[string]struct{ text, video, audio string }{
		"long-term reference pictures": {fmt.Sprintf(h265, "sprop-sps="+base64.StdEncoding.EncodeToString(longTermSPS())) + fmt.Sprintf(aac, "1408"), "*format.H265", "AAC"},
		"no base64":                    {fmt.Sprintf(h265, "sprop-vps=!;sprop-max-don-diff=0"), "*format.H265", ""},
		"H.264 without base64":         {head + "m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=fmtp:96 packetization-mode=1;sprop-parameter-sets=!,!\r\n", "*format.H264", ""},
		"layers of LATM":               {head + "m=video 0 RTP/AVP 26\r\nm=audio 0 RTP/AVP 97\r\na=rtpmap:97 MP4A-LATM/16000/1\r\na=fmtp:97 cpresent=0;config=" + fmt.Sprintf("%x", l.out) + "\r\n", "*format.MJPEG", "Recorded without sound: the camera describes it in a way that makes no sense."},
		"AAC without configuration":    {head + "m=video 0 RTP/AVP 26\r\n" + fmt.Sprintf(aac, "zz"), "*format.MJPEG", "Recorded without sound: the camera describes it in a way that makes no sense."},
		"an extra of the maker's":      {"v=0\r\no=x\r\ns=x\r\nnonsense\r\nm=video 0 RTP/AVP 26\r\ns=again\r\nm=vana 0 RTP/AVP 108\r\na=rtpmap:x\r\n" + fmt.Sprintf(aac, "1408"), "*format.MJPEG", "AAC"},
		"nothing wrong":                {head + "m=video 0 RTP/AVP 26\r\n" + fmt.Sprintf(aac, "1408"), "*format.MJPEG", "AAC"},
	} {
		text, deaf := tame([]byte(c.text))
		if video, audio := tryDescription(t, text, deaf); video != c.video || audio != c.audio {
			t.Errorf("%s: %s, %s", name, video, audio)
		}
	}
	for _, text := range []string{"", "v=0", head, strings.Repeat("a", 100)} {
		if got, _ := tame([]byte(text)); got != nil {
			t.Errorf("%q became %q", text, got)
		}
	}
}

// The descriptions of real cameras, with what they come to.
func TestDescriptionsOfCameras(t *testing.T) {
	names, _ := filepath.Glob("../../../shared/data/protocol/sdp/*.sdp")
	if len(names) == 0 {
		t.Skip("skipped: ../shared/data/protocol/sdp is absent")
	}
	counts := map[string]int{}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		tamed, deaf := tame(text)
		video, audio := tryDescription(t, tamed, deaf)
		what := "picture without sound"
		switch {
		case tamed == nil:
			what = "unreadable"
		case strings.HasPrefix(video, "refused"):
			what = "refused"
		case strings.HasPrefix(audio, "Recorded"):
			what = "picture, sound of another kind"
		case audio != "":
			what = "picture and sound"
		}
		counts[what]++
		t.Logf("%s: %s %s %s", filepath.Base(name), what, video, audio)
	}
	t.Logf("%d descriptions: %v", len(names), counts)
	if good := counts["picture and sound"] + counts["picture without sound"] + counts["picture, sound of another kind"]; good < len(names)/2 {
		t.Errorf("only %d of %d come to a picture", good, len(names))
	}
}
