package fakecam_test

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bluenviron/gortsplib/v5"
	"github.com/bluenviron/gortsplib/v5/pkg/base"
	"github.com/bluenviron/gortsplib/v5/pkg/description"
	"github.com/bluenviron/gortsplib/v5/pkg/format"
	"github.com/pion/rtcp"
	"github.com/pion/rtp"

	"lares/cameras/fakecam"
)

// arrival is one RTP packet as it came.
type arrival struct {
	*rtp.Packet
	at time.Time
}

// listener is a client that keeps all packets of a stream, whatever is in
// them.
type listener struct {
	client       *gortsplib.Client
	desc         *description.Session
	video, sound *description.Media // sound nil: none

	mu      sync.Mutex // guards following
	packets map[*description.Media][]arrival
	reports map[*description.Media][]*rtcp.SenderReport
}

// listen opens a stream over TCP.
func listen(t *testing.T, url string) *listener {
	t.Helper()
	u, err := base.ParseURL(strings.Replace(url, "rtsp://", "rtsp://"+user+":"+strings.ReplaceAll(password, " ", "%20")+"@", 1))
	if err != nil {
		t.Fatal(err)
	}
	tcp := gortsplib.ProtocolTCP
	l := &listener{packets: map[*description.Media][]arrival{}, reports: map[*description.Media][]*rtcp.SenderReport{}}
	l.client = &gortsplib.Client{
		Scheme: u.Scheme, Host: u.Host, Protocol: &tcp, ReadTimeout: patience,
		// Losses are what tests look for themselves.
		OnPacketsLost: func(uint64) {}, OnDecodeError: func(error) {},
	}
	if err := l.client.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.client.Close)
	if l.desc, _, err = l.client.Describe(u); err != nil {
		t.Fatal(err)
	}
	for _, m := range l.desc.Medias {
		if m.Type == description.MediaTypeVideo {
			l.video = m
		} else {
			l.sound = m
		}
	}
	if err := l.client.SetupAll(l.desc.BaseURL, l.desc.Medias); err != nil {
		t.Fatal(err)
	}
	for _, m := range l.desc.Medias {
		l.client.OnPacketRTP(m, m.Formats[0], func(p *rtp.Packet) {
			l.mu.Lock()
			defer l.mu.Unlock()
			l.packets[m] = append(l.packets[m], arrival{p, time.Now()})
		})
		l.client.OnPacketRTCP(m, func(p rtcp.Packet) {
			l.mu.Lock()
			defer l.mu.Unlock()
			if r, ok := p.(*rtcp.SenderReport); ok {
				l.reports[m] = append(l.reports[m], r)
			}
		})
	}
	if _, err := l.client.Play(nil); err != nil {
		t.Fatal(err)
	}
	return l
}

// got is what has come of a track so far.
func (l *listener) got(m *description.Media) []arrival {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.packets[m])
}

// count is how many packets of a track have come so far.
func (l *listener) count(m *description.Media) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.packets[m])
}

// told is what has been reported of a track so far.
func (l *listener) told(m *description.Media) []*rtcp.SenderReport {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.reports[m])
}

// shown is one picture as it arrived.
type shown struct {
	units [][]byte // one JPEG picture, or NAL units
	time  uint32   // RTP
	at    time.Time
	mark  fakecam.Mark
	whole []byte // the picture as FindMark wants it
}

// pictures decodes what has come of the video, by a decoder of its own, and
// gives up on what it cannot decode.
func (l *listener) pictures(t *testing.T) []shown {
	t.Helper()
	var decode func(*rtp.Packet) ([][]byte, error)
	switch f := l.video.Formats[0].(type) {
	case *format.H264:
		d, err := f.CreateDecoder()
		if err != nil {
			t.Fatal(err)
		}
		decode = d.Decode
	case *format.H265:
		d, err := f.CreateDecoder()
		if err != nil {
			t.Fatal(err)
		}
		decode = d.Decode
	case *format.MJPEG:
		d, err := f.CreateDecoder()
		if err != nil {
			t.Fatal(err)
		}
		decode = func(p *rtp.Packet) ([][]byte, error) {
			picture, err := d.Decode(p)
			return [][]byte{picture}, err
		}
	default:
		t.Fatalf("video of format %T", f)
	}
	var out []shown
	for _, p := range l.got(l.video) {
		units, err := decode(p.Packet)
		if err != nil {
			continue
		}
		s := shown{units: units, time: p.Timestamp, at: p.at, whole: avcc(units)}
		if _, ok := l.video.Formats[0].(*format.MJPEG); ok {
			s.whole = units[0]
		}
		s.mark, _ = fakecam.FindMark(s.whole)
		out = append(out, s)
	}
	return out
}

// await waits until n pictures have come.
func (l *listener) await(t *testing.T, n int) []shown {
	t.Helper()
	var out []shown
	eventually(t, "pictures", func() bool {
		out = l.pictures(t)
		return len(out) >= n
	})
	return out
}

var errNoReport = errors.New("no sender report")

// wall is the camera's time of an RTP time of a track, by its last report.
func (l *listener) wall(m *description.Media, at uint32) (time.Duration, error) {
	reports := l.told(m)
	if len(reports) == 0 {
		return 0, errNoReport
	}
	r := reports[len(reports)-1]
	seconds := r.NTPTime >> 32
	fraction := time.Duration(r.NTPTime & 0xffffffff * uint64(time.Second) >> 32)
	rate := time.Duration(m.Formats[0].ClockRate())
	return time.Duration(seconds)*time.Second + fraction + time.Duration(int32(at-r.RTPTime))*time.Second/rate, nil
}
