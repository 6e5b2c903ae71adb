package probe

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"lares/cameras/fakecam"
	"lares/cameras/internal/wire"
)

const shared = "../../../shared/data/protocol"

// TestDescriptions: what a description offers is what is taken, and what is not
// well with it is said.
func TestDescriptions(t *testing.T) {
	t.Parallel()
	const session = "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nt=0 0\r\n"
	for name, c := range map[string]struct {
		sdp   string
		codec string // "" for nothing to take
		warns []string
	}{
		"H.264":                   {session + "m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n", "H264", []string{"no-onvif", "no-sub"}},
		"H.265":                   {session + "m=video 0 RTP/AVP 98\r\na=rtpmap:98 H265/90000\r\n", "H265", []string{"no-onvif", "no-sub", "h265"}},
		"Motion JPEG":             {session + "m=video 0 RTP/AVP 26\r\n", "JPEG", []string{"no-onvif", "no-sub"}},
		"sound before it":         {session + "m=audio 0 RTP/AVP 8\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n", "H264", []string{"no-onvif", "no-sub"}},
		"a maker's own kind":      {session + "m=application 0 RTP/AVP 107\r\na=rtpmap:107 vnd.onvif.metadata/90000\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n", "H264", []string{"no-onvif", "no-sub"}},
		"one that is sent only":   {session + "m=video 0 RTP/AVP 96\r\na=sendonly\r\na=rtpmap:96 H264/90000\r\n", "H264", []string{"no-onvif", "no-sub"}},
		"MPEG-4 part 2":           {session + "m=video 0 RTP/AVP 96\r\na=rtpmap:96 MP4V-ES/90000\r\n", "", nil},
		"sound alone":             {session + "m=audio 0 RTP/AVP 8\r\n", "", nil},
		"no media":                {session, "", nil},
		"parameters of one byte":  {session + "m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=fmtp:96 sprop-parameter-sets=Zw==,aA==\r\n", "H264", []string{"no-onvif", "no-sub"}},
		"a line of 100,000 bytes": {session + "a=" + strings.Repeat("x", 100_000) + "\r\n", "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l, _, _ := lookAt(t, script(t, func(q, _ string) string { return withSDP(q, c.sdp) }).Device)
			if c.codec == "" {
				if l.Code != wire.Incompatible || len(l.Streams) > 0 {
					t.Errorf("%+v", l.Probed)
				}
				return
			}
			var warns []string
			for _, w := range l.Warnings {
				warns = append(warns, w.Kind)
			}
			if l.Code != Found || len(l.Streams) != 1 || l.Streams[0].Codec != c.codec || !slices.Equal(warns, append(c.warns, "no-picture")) {
				t.Fatalf("%+v", l.Probed)
			}
			why := "sent none that stands alone"
			if c.codec != "H264" {
				why = "the hub draws H.264"
			}
			if text := l.Warnings[len(warns)-1].Text; !strings.Contains(text, why) {
				t.Errorf("why there is no picture: %q", text)
			}
		})
	}
}

// TestRecordedDescriptions: of real devices' descriptions, those with a picture
// that can be recorded are taken; none ends the child.
func TestRecordedDescriptions(t *testing.T) {
	t.Parallel()
	files, _ := filepath.Glob(filepath.Join(shared, "sdp", "*.sdp"))
	if len(files) == 0 {
		t.Skip("../shared/data/protocol/sdp is not there: recorded descriptions are not looked at")
	}
	few := make(chan struct{}, 4)
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(filepath.Base(f), func(t *testing.T) {
			t.Parallel()
			few <- struct{}{}
			defer func() { <-few }()
			l, _, _ := lookAt(t, script(t, func(q, _ string) string { return withSDP(q, string(text)) }).Device)
			if taken := l.Code == Found; taken != offersVideo(string(text)) {
				t.Errorf("%s %q of\n%s", l.Code, l.Message, text)
			}
		})
	}
}

// offersVideo looks for a picture that can be recorded as a person would.
func offersVideo(sdp string) bool {
	video := false
	for line := range strings.Lines(sdp) {
		line = strings.ToUpper(strings.TrimSpace(line))
		if kind, ok := strings.CutPrefix(line, "M="); ok {
			video = strings.HasPrefix(kind, "VIDEO ")
			if video && slices.Contains(strings.Fields(kind), "26") {
				return true
			}
		}
		if video && strings.HasPrefix(line, "A=RTPMAP:") && (strings.Contains(line, " H264/") || strings.Contains(line, " H265/") || strings.Contains(line, " JPEG/")) {
			return true
		}
	}
	return false
}

// TestRecordedPaths: the paths of a public collection are in the table.
func TestRecordedPaths(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join(shared, "rtsp_paths.json"))
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("../shared/data/protocol/rtsp_paths.json is not there: its paths are not compared")
	}
	if err != nil {
		t.Fatal(err)
	}
	var list []struct {
		Vendor string
		Path   string `json:"rtsp_path"`
	}
	if err := json.Unmarshal(text, &list); err != nil || len(list) == 0 {
		t.Fatal(len(list), err)
	}
	for _, c := range list {
		if strings.HasPrefix(c.Path, "/") && !slices.ContainsFunc(paths(), func(w wellKnown) bool { return w.main == c.Path || w.sub == c.Path }) {
			t.Errorf("%s: %s is not in the table", c.Vendor, c.Path)
		}
	}
}

// TestRecordedConversations: the camera of each recorded conversation can be looked at and
// taken, with the pictures of the fake camera where it was recorded without any.
func TestRecordedConversations(t *testing.T) {
	t.Parallel()
	files, _ := filepath.Glob(filepath.Join(shared, "onvif_recordings", "*.jsonl"))
	if len(files) == 0 {
		t.Skip("../shared/data/protocol/onvif_recordings is not there: recorded conversations are not looked at")
	}
	for _, f := range files {
		cam, d := start(t, fakecam.Options{Recording: f})
		l, _, _ := lookAt(t, d)
		if main, sub, ok := l.Taken(l.Channels[0].Source); l.Code != Found || !ok || main.URL != cam.MainURL() || sub.URL != cam.SubURL() || len(l.Pictures) != 2 {
			t.Errorf("%s: %+v, %d pictures", filepath.Base(f), l.Probed, len(l.Pictures))
		}
	}
}
