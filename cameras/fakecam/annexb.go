package fakecam

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"

	"github.com/bluenviron/mediacommon/v2/pkg/bits"
	"github.com/bluenviron/mediacommon/v2/pkg/codecs/h265"

	"lares/cameras/h264"
)

const (
	maxAnnexB  = 512 << 20 // bytes of a byte stream, which is kept in memory
	maxFileFPS = 240
	// UsualFPS is how many pictures of a byte stream make a second where nobody says it.
	UsualFPS = 15
)

var (
	errAnnexB  = errors.New("fakecam: the byte stream has no picture that follows its parameter sets")
	errReorder = errors.New("fakecam: the byte stream has B pictures, and no times to order them by: put it into an MP4 file")
	errFPS     = errors.New("fakecam: pictures per second out of bounds (1 to 240)")
)

// parseAnnexB reads a byte stream (ITU-T H.264 annex B, H.265 annex B) whose
// pictures are shown in the order of the file, fps in a second; if that is 0, as many as the
// stream tells, else UsualFPS. One with B pictures is refused, unless their times may be those of
// that order all the same (coded).
func parseAnnexB(r io.Reader, v videoCodec, fps int, coded bool) (*clip, error) {
	if fps < 0 || fps > maxFileFPS {
		return nil, errFPS
	}
	data, err := readAll(r, maxAnnexB)
	if err != nil {
		return nil, err
	}
	b := annexB{codec: v, coded: coded, track: clipTrack{scale: int64(fps)}, ticks: 1}
	for len(data) > 0 {
		var unit []byte
		unit, data = nextUnit(data)
		if len(unit) == 0 {
			continue
		}
		if b.track.scale == 0 {
			b.learn(unit)
		}
		if err := b.add(unit); err != nil {
			return nil, err
		}
	}
	b.flush()
	if len(b.track.samples) == 0 {
		return nil, errAnnexB
	}
	if b.track.scale == 0 {
		b.track.scale = UsualFPS
	}
	c := &clip{video: b.track}
	c.video.data = bytes.NewReader(b.out)
	if c.format, err = describe(v, b.params); err != nil {
		return nil, err
	}
	if v == codecH265 && !coded && reorders(c.format.param(hevcSPS)) {
		return nil, errReorder
	}
	return c, nil
}

// nextUnit cuts off what lies in front of the next start code, without the
// zeros around it.
func nextUnit(data []byte) (unit, rest []byte) {
	i := bytes.Index(data, []byte{0, 0, 1})
	if i < 0 {
		return bytes.TrimRight(data, "\x00"), nil
	}
	return bytes.TrimRight(data[:i], "\x00"), data[i+3:]
}

// reorders tells whether H.265 pictures may be shown in another order than
// they are coded in (sps_max_num_reorder_pics, §7.4.3.2.1).
func reorders(sps []byte) bool {
	var s h265.SPS
	if err := s.Unmarshal(sps); err != nil {
		return true
	}
	for _, n := range s.MaxNumReorderPics {
		if n > 0 {
			return true
		}
	}
	return false
}

// annexB gathers the units of a byte stream into samples.
type annexB struct {
	codec  videoCodec
	coded  bool     // B pictures are taken as they come
	params [][]byte // the first set of each kind
	units  []byte   // of the access unit so far, with lengths
	slices int      // among them
	synced bool     // a picture to begin with has come
	sync   bool     // the access unit so far is one
	out    []byte
	track  clipTrack
	ticks  int64 // of a picture
}

// learn takes how long pictures last from a parameter set of H.264 that tells it.
func (b *annexB) learn(unit []byte) {
	const most = 1_000_000 // ticks in a second: times of a long stream have room
	if b.codec != codecH264 {
		return
	}
	s, err := h264.ParseSPS(unit)
	if err != nil || s.Scale == 0 {
		return
	}
	if b.track.scale, b.ticks = s.Scale, s.Ticks; s.Scale > most {
		b.track.scale, b.ticks = most, s.Ticks*most/s.Scale
	}
}

// add takes the next unit. An access unit ends before the first slice of
// another picture, and before whatever leads one (ITU-T H.264 §7.4.1.2.3,
// H.265 §7.4.2.4.4).
func (b *annexB) add(unit []byte) error {
	kind := b.codec.kind(unit)
	slice := kind == kindSlice || kind == kindSync
	if b.slices > 0 && (slice && b.first(unit) || !slice && b.leads(unit, kind)) {
		b.flush()
	}
	switch {
	case kind == kindDelimiter:
		return nil
	case kind == kindParams && !b.knows(unit):
		b.params = append(b.params, bytes.Clone(unit))
	case slice && !b.coded && b.codec == codecH264 && bidirectional(unit):
		return errReorder
	}
	if slice {
		b.slices++
		b.sync = b.sync || kind == kindSync
	}
	b.units = binary.BigEndian.AppendUint32(b.units, uint32(len(unit)))
	b.units = append(b.units, unit...)
	return nil
}

// first tells whether a slice begins a picture: first_mb_in_slice is 0 (one
// bit, ue(v)), or first_slice_segment_in_pic_flag is set.
func (b *annexB) first(unit []byte) bool {
	head := 1
	if b.codec == codecH265 {
		head = 2
	}
	return len(unit) > head && unit[head]&0x80 != 0
}

// leads tells whether a unit that is no slice belongs to the next picture.
func (b *annexB) leads(unit []byte, kind nalKind) bool {
	if kind != kindOther {
		return true
	}
	t := b.codec.nalType(unit)
	if b.codec == codecH265 {
		return t == hevcPrefixSEI || t >= 41 && t <= 44 || t >= 48 && t <= 55
	}
	return t == nalSEI || t >= 14 && t <= 18
}

func (b *annexB) knows(unit []byte) bool {
	for _, p := range b.params {
		if b.codec.nalType(p) == b.codec.nalType(unit) {
			return true
		}
	}
	return false
}

// flush ends the access unit. Pictures before the first IDR are left out.
func (b *annexB) flush() {
	if b.synced = b.synced || b.sync; b.synced && b.slices > 0 {
		b.track.samples = append(b.track.samples, clipSample{
			offset: int64(len(b.out)), size: uint32(len(b.units)), dur: uint32(b.ticks), dts: b.track.duration, pts: b.track.duration,
		})
		b.track.duration += b.ticks
		b.out = append(b.out, b.units...)
	}
	if b.slices > 0 {
		b.units, b.slices, b.sync = b.units[:0], 0, false
	}
}

// bidirectional tells whether an H.264 slice is a B slice (slice_type,
// ITU-T H.264 Table 7-6).
func bidirectional(unit []byte) bool {
	const (
		head   = 16 // two Exp-Golomb codes are no longer
		sliceB = 1
		kinds  = 5
	)
	b := unit[1:min(len(unit), 1+head)]
	pos := 0
	if _, err := bits.ReadGolombUnsigned(b, &pos); err != nil {
		return false
	}
	t, err := bits.ReadGolombUnsigned(b, &pos)
	return err == nil && t%kinds == sliceB
}
