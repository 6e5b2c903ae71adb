package worker

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/maphash"

	"github.com/bluenviron/gortsplib/v5/pkg/format/rtpmjpeg"
	"github.com/pion/rtp"

	"lares/cameras/media"
)

// maxPieces bounds the packets of a picture: the largest in packets of 256 bytes.
const maxPieces = media.MaxUnit / 256

// jpegs is M-JPEG in RTP, RFC 2435. Each picture stands alone, so what is lost
// costs one picture.
type jpegs struct {
	g     *ingest
	dec   *rtpmjpeg.Decoder
	track media.Track
	order *decodingTime

	begun   bool
	seq     sequence
	time    uint32
	size    int  // bytes of the picture so far
	pieces  int  // and its packets
	partial bool // the decoder holds a part of it
	broken  bool // the picture at time is not whole
}

func newJPEGs(g *ingest) *jpegs {
	return &jpegs{g: g, dec: &rtpmjpeg.Decoder{}, order: newOrder(0, g.s.lastVideo)}
}

// push takes the next packet. The library checks its header and tables, but
// not that the packets follow each other, belong to one picture, or end; and it
// keeps each.
func (v *jpegs) push(p *rtp.Packet) {
	missing, late := v.seq.next(p.SequenceNumber)
	if late {
		return
	}
	v.g.lost(missing)
	if v.begun && p.Timestamp != v.time {
		if v.partial {
			v.drop() // its end never came
		}
		v.broken = false
	}
	if missing > 0 && v.partial {
		v.drop()
	}
	v.begun, v.time = true, p.Timestamp
	const header = 8 // RFC 2435 §3.1
	if v.broken || len(p.Payload) <= header {
		v.broken = v.broken && !p.Marker
		return
	}
	v.size += len(p.Payload)
	v.pieces++
	picture, err := v.dec.Decode(p)
	switch {
	case errors.Is(err, rtpmjpeg.ErrMorePacketsNeeded) && v.size <= media.MaxUnit && v.pieces < maxPieces:
		v.partial = true
		return
	case err != nil:
		v.drop()
		v.broken = !p.Marker
		return
	}
	v.partial, v.size, v.pieces = false, 0, 0
	v.picture(picture)
}

// drop throws the picture away that is being put together.
func (v *jpegs) drop() {
	v.g.damaged()
	v.dec = &rtpmjpeg.Decoder{}
	v.partial, v.size, v.pieces, v.broken = false, 0, 0, true
}

func (v *jpegs) picture(jpeg []byte) {
	v.g.saw(false)
	width, height, ok := jpegSize(jpeg)
	if !ok || len(jpeg) > media.MaxUnit {
		v.g.damaged()
		return
	}
	if v.track.Width != width || v.track.Height != height {
		t := media.Track{ID: videoTrack, Codec: media.MJPEG, ClockRate: 90_000, MIME: "mp4v.6C", Width: width, Height: height}
		if !v.g.configure(t) {
			return
		}
		v.track = t
	}
	pts, dts := v.order.next(v.g.line.at(v.time, v.g.at), nil, true)
	v.g.deliver(v.time, media.AccessUnit{Type: media.UnitVideo, Track: videoTrack, Sync: true, PTS: pts, DTS: dts, Data: jpeg})
	v.g.compare(func(to *maphash.Hash) bool { return jpegContent(jpeg, to) })
}

// jpegSize reads the size in a frame header (ITU-T T.81 §B.2.2), looking at the
// segments from SOI to SOS.
func jpegSize(b []byte) (width, height uint16, ok bool) {
	const soi, sof0, sof2, sos = 0xd8, 0xc0, 0xc2, 0xda
	if !bytes.HasPrefix(b, []byte{0xff, soi}) {
		return 0, 0, false
	}
	for b = b[2:]; len(b) >= 9 && b[0] == 0xff && b[1] != sos; {
		if b[1] >= sof0 && b[1] <= sof2 {
			height, width = binary.BigEndian.Uint16(b[5:]), binary.BigEndian.Uint16(b[7:])
			return width, height, width > 0 && height > 0
		}
		n := 2 + int(binary.BigEndian.Uint16(b[2:]))
		if n < 4 || n > len(b) {
			break
		}
		b = b[n:]
	}
	return 0, 0, false
}
