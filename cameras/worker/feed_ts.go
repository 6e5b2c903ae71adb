package worker

import (
	"github.com/bluenviron/gortsplib/v5/pkg/format"
	"github.com/bluenviron/mediacommon/v2/pkg/codecs/mpeg4audio"

	"lares/cameras/h264"
	"lares/cameras/mpegts"
)

// transport is an MPEG transport stream, over HTTP.
type transport struct {
	in    *mpegts.Reader
	holds content
	nals  [][]byte // reused
	sound []frame  // reused
}

// content implements feed.
func (t *transport) content() content { return t.holds }

// next implements feed.
func (t *transport) next() (piece, error) {
	for {
		u, err := t.in.Next()
		if err != nil {
			return piece{}, err
		}
		t.learn()
		p := piece{time: u.PTS, timed: u.Timed, lost: u.Lost}
		switch u.Kind {
		case mpegts.H264, mpegts.H265:
			t.nals = splitAnnexB(t.nals[:0], u.Data)
			p.nals = t.nals
		case mpegts.AAC:
			p.sound = t.adts(u.Data)
		case mpegts.PCMA:
			t.sound = append(t.sound[:0], frame{u.Data, int64(len(u.Data))})
			p.sound = t.sound
		}
		if len(p.nals) > 0 || len(p.sound) > 0 {
			return p, nil
		}
	}
}

// learn takes over what the stream says of itself. Of AAC that is only known
// with the first frame.
func (t *transport) learn() {
	video, audio, known := t.in.Streams()
	if !known || t.holds.video != nil || t.holds.silent {
		return
	}
	switch video {
	case mpegts.H264:
		t.holds.video = &format.H264{PayloadTyp: 96, PacketizationMode: 1}
	case mpegts.H265:
		t.holds.video = &format.H265{PayloadTyp: 96}
	}
	switch audio {
	case mpegts.None:
		t.holds.silent = true
	case mpegts.OtherSound:
		t.holds.oddSound, t.holds.silent = "of another kind than AAC and G.711", true
	case mpegts.PCMA:
		t.holds.audio = &format.G711{PayloadTyp: 8, SampleRate: 8000, ChannelCount: 1}
	}
}

// adts takes the frames of AAC out of what one packet brought.
func (t *transport) adts(b []byte) []frame {
	var packets mpeg4audio.ADTSPackets
	if packets.Unmarshal(b) != nil {
		return nil
	}
	t.sound = t.sound[:0]
	for _, p := range packets {
		if t.holds.audio == nil {
			t.holds.audio = aacFormat(&mpeg4audio.AudioSpecificConfig{Type: p.Type, SampleRate: p.SampleRate, ChannelCount: p.ChannelCount})
		}
		t.sound = append(t.sound, frame{p.AU, samplesPerFrame})
	}
	return t.sound
}

// splitAnnexB appends the NAL units of a byte stream (ITU-T H.264 and H.265,
// annex B), which alias it, to dst: some more than an access unit may have at
// most.
func splitAnnexB(dst [][]byte, b []byte) [][]byte {
	h264.Split(b, func(nal []byte) bool {
		dst = append(dst, nal)
		return len(dst) <= maxNALs
	})
	return dst
}
