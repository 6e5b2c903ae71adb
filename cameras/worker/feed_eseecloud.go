package worker

import (
	"github.com/bluenviron/gortsplib/v5/pkg/format"

	"lares/cameras/eseecloud"
)

// esee is a stream of ESeeCloud, over HTTP.
type esee struct {
	in    *eseecloud.Reader
	holds content
	nals  [][]byte // reused
	sound [1]frame
}

func newESee(in *eseecloud.Reader) *esee {
	e := &esee{in: in}
	s := in.Stream()
	switch s.Video {
	case eseecloud.H264:
		e.holds.video = &format.H264{PayloadTyp: 96, PacketizationMode: 1}
	case eseecloud.H265:
		e.holds.video = &format.H265{PayloadTyp: 96}
	default:
		e.holds.oddVideo = "another codec than H.264 and H.265"
	}
	switch s.Audio {
	case eseecloud.PCMA:
		e.holds.audio = &format.G711{PayloadTyp: 8, SampleRate: s.Rate, ChannelCount: 1}
	case eseecloud.None:
		e.holds.silent = true
	default:
		e.holds.oddSound, e.holds.silent = "of another kind than G.711", true
	}
	return e
}

// content implements feed.
func (e *esee) content() content { return e.holds }

// next implements feed.
func (e *esee) next() (piece, error) {
	for {
		u, err := e.in.Next()
		if err != nil {
			return piece{}, err
		}
		p := piece{time: u.Time * 9 / 100, timed: true} // of microseconds
		if u.Kind == eseecloud.PCMA {
			e.sound[0] = frame{u.Data, int64(len(u.Data))}
			p.sound = e.sound[:]
			return p, nil
		}
		if e.nals = splitAnnexB(e.nals[:0], u.Data); len(e.nals) > 0 {
			p.nals = e.nals
			return p, nil
		}
	}
}
