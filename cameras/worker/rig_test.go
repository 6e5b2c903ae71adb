package worker

import (
	"bytes"
	"encoding/hex"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/bluenviron/gortsplib/v5/pkg/description"
	"github.com/bluenviron/gortsplib/v5/pkg/format"
	"github.com/pion/rtp"

	"lares/cameras/internal/wire"
	"lares/cameras/media"
	"lares/cameras/seal"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// written is the hub's end of the socket, as a heap of frames to be read later.
type written struct {
	net.Conn // nil: nothing but writing is done
	bytes.Buffer
	discard bool
	n       int
}

func (w *written) Write(b []byte) (int, error) {
	w.n++
	if w.discard {
		return len(b), nil
	}
	return w.Buffer.Write(b)
}

func (w *written) Read(b []byte) (int, error) { return w.Buffer.Read(b) }

// rig is the way of packets of one connection, from the packets to the frames
// for the hub.
type rig struct {
	*ingest
	t      testing.TB
	now    time.Duration
	conn   *written
	open   *seal.Opener
	camera media.CameraID
	s      *stream
}

func newRig(t testing.TB, desc *description.Session) *rig {
	t.Helper()
	p, _, f := pick(desc, false)
	if f != nil {
		t.Fatal(f)
	}
	r, err := rigFor(t, p)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func rigFor(t testing.TB, p picked) (*rig, error) {
	camera := media.NewCameraID()
	key := seal.RestoreRunKey(media.NewHubID(), camera, media.NewRunID(), [seal.KeySize]byte{1})
	r := &rig{t: t, now: 10 * time.Second, conn: &written{}, open: key.Opener(), camera: camera}
	w := &worker{now: func() time.Duration { return r.now }}
	w.out = newOutbox(r.conn, key, w.now)
	r.s = &stream{w: w, id: media.StreamMain}
	err := r.connect(p)
	return r, err
}

// connect begins another connection of the same stream.
func (r *rig) connect(p picked) (err error) {
	r.ingest, err = newIngest(r.s, p)
	return err
}

// units reads what was sent since the last call.
func (r *rig) units() (out []media.AccessUnit) {
	r.t.Helper()
	in := wire.NewReader(r.conn)
	for {
		t, body, err := in.Next()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			r.t.Fatal(err)
		}
		if t != wire.TypeUnit {
			continue
		}
		u, err := wire.ParseUnit(body)
		if err != nil {
			r.t.Fatal(err)
		}
		u.Camera = r.camera
		au, _, err := r.open.Open(nil, u)
		if err != nil {
			r.t.Fatal(err)
		}
		out = append(out, au)
	}
}

// parted tells pictures, sound and configurations apart.
func parted(t testing.TB, units []media.AccessUnit) (video, audio []media.AccessUnit, configs []media.Config) {
	t.Helper()
	for _, u := range units {
		switch u.Type {
		case media.UnitVideo:
			video = append(video, u)
		case media.UnitAudio:
			audio = append(audio, u)
		case media.UnitConfig:
			c, err := media.ParseConfig(u.Data)
			if err != nil {
				t.Fatal(err)
			}
			configs = append(configs, c)
		}
	}
	return video, audio, configs
}

func offer(t testing.TB, formats ...format.Format) *description.Session {
	t.Helper()
	d := &description.Session{}
	for _, f := range formats {
		m := &description.Media{Type: description.MediaTypeAudio, Formats: []format.Format{f}}
		if isVideo(f) {
			m.Type = description.MediaTypeVideo
		}
		d.Medias = append(d.Medias, m)
	}
	return d
}

// number gives packets consecutive sequence numbers from first on.
func number(first uint16, packets []*rtp.Packet) []*rtp.Packet {
	for i, p := range packets {
		p.SequenceNumber = first + uint16(i)
	}
	return packets
}

func (r *rig) send(packets ...*rtp.Packet) {
	for _, p := range packets {
		r.onVideo(p)
	}
}
