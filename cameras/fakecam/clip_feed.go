package fakecam

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"time"
)

// clip is the index of a recording.
type clip struct {
	format       format
	video, audio clipTrack // audio without samples: no sound
}

// clipTrack is the index of one track, in decoding order. Times are those of
// presentation: the edit list is applied.
type clipTrack struct {
	data     io.ReaderAt
	size     int64 // bytes of data
	left     int64 // of them, which no sample has yet
	scale    int64 // ticks per second
	duration int64 // ticks, of all samples together
	samples  []clipSample
	octets   bool // of G.711
}

// clipSample is one sample: where it is and, in ticks of its track, when.
type clipSample struct {
	offset   int64
	size     uint32
	dur      uint32
	dts, pts int64
}

// begins is the earliest time of presentation, in ticks; the track is not
// empty.
func (t *clipTrack) begins() int64 {
	first := int64(math.MaxInt64)
	for _, s := range t.samples {
		first = min(first, s.pts)
	}
	return first
}

// clipFeed plays a clip in a loop. Both tracks start again when the pictures
// end; sound beyond them is left out.
type clipFeed struct {
	clip  *clip
	span  int64 // of one round, 90 kHz
	end   int64 // where sound is cut off, in its ticks
	lead  time.Duration
	video clipPosition
	audio clipPosition
	anew  map[int64][]byte // JPEG pictures coded anew, by offset
}

type clipPosition struct {
	round int64
	next  int
	shift int64 // what this round is moved by, in RTP ticks
}

// newClipFeed plays a clip with pictures.
func newClipFeed(c *clip) *clipFeed {
	v, a := &c.video, &c.audio
	f := &clipFeed{clip: c, span: v.duration * videoClock / v.scale, anew: map[int64][]byte{}}
	// Pictures that are decoded before they are shown, and sound from before
	// the edit, have negative times: lead makes all of them positive.
	first := min(v.samples[0].dts, v.begins())
	f.lead = -seconds(first, v.scale)
	if len(a.samples) > 0 {
		f.lead = max(f.lead, -seconds(a.samples[0].pts, a.scale))
		f.end = rescale(v.begins()+v.duration, v.scale, a.scale)
	}
	return f
}

// seconds is the time of so many ticks.
func seconds(ticks, scale int64) time.Duration {
	return time.Duration(ticks/scale)*time.Second + time.Duration(ticks%scale)*time.Second/time.Duration(scale)
}

// rescale converts ticks of one scale to another.
func rescale(ticks, from, to int64) int64 { return ticks/from*to + ticks%from*to/from }

func (f *clipFeed) format() format { return f.clip.format }

func (f *clipFeed) due(sound bool) time.Duration {
	if !sound {
		t, p := &f.clip.video, &f.video
		return f.lead + seconds(p.round*f.span, videoClock) + seconds(t.samples[p.next].dts, t.scale)
	}
	if len(f.clip.audio.samples) == 0 {
		return never
	}
	return seconds(f.soundAt(f.audio), int64(f.clip.format.sound.rate))
}

// soundAt is the RTP time of a position in the sound.
func (f *clipFeed) soundAt(p clipPosition) int64 {
	t, rate := &f.clip.audio, int64(f.clip.format.sound.rate)
	return ticks(f.lead, rate) + rescale(p.round*f.span, videoClock, rate) + rescale(t.samples[p.next].pts, t.scale, rate) + p.shift
}

func (f *clipFeed) next(sound bool, _ ask) (sample, error) {
	if sound {
		return f.nextSound()
	}
	t, p := &f.clip.video, &f.video
	in := t.samples[p.next]
	out := sample{pts: ticks(f.lead, videoClock) + p.round*f.span + rescale(in.pts, t.scale, videoClock)}
	if p.next++; p.next == len(t.samples) {
		p.round, p.next = p.round+1, 0
	}
	data, err := t.read(in)
	if err != nil {
		return sample{}, err
	}
	if f.clip.format.video == codecJPEG {
		out.sync = true
		out.units, err = f.picture(in.offset, data)
		return out, err
	}
	out.units, out.sync, err = f.clip.format.video.split(data)
	return out, err
}

// picture is a JPEG picture that RTP can carry.
func (f *clipFeed) picture(at int64, data []byte) ([][]byte, error) {
	if anew, ok := f.anew[at]; ok {
		return [][]byte{anew}, nil
	}
	out, err := sendable(data)
	if err != nil {
		return nil, err
	}
	if &out[0] != &data[0] {
		f.anew[at] = out
	}
	return [][]byte{out}, nil
}

func (f *clipFeed) nextSound() (sample, error) {
	t, p, rate := &f.clip.audio, &f.audio, int64(f.clip.format.sound.rate)
	in := t.samples[p.next]
	out := sample{sync: true, pts: f.soundAt(*p)}
	if p.next++; p.next == len(t.samples) || t.samples[p.next].pts >= f.end {
		// The last one may count less in a file than it holds.
		f.turn(out.pts + rescale(int64(max(in.dur, t.samples[0].dur)), t.scale, rate))
	}
	data, err := t.read(in)
	out.units = [][]byte{data}
	return out, err
}

// turn begins the next round of the sound with the sample that best follows
// what ended at an RTP time.
func (f *clipFeed) turn(ended int64) {
	t, p, rate := &f.clip.audio, &f.audio, int64(f.clip.format.sound.rate)
	*p = clipPosition{round: p.round + 1}
	for {
		gap := f.soundAt(*p) - ended
		half := (rescale(int64(t.samples[p.next].dur), t.scale, rate) + 1) / 2
		if gap >= -half || p.next == len(t.samples)-1 {
			if gap <= half {
				p.shift = -gap
			}
			return
		}
		p.next++
	}
}

func (t *clipTrack) read(s clipSample) ([]byte, error) {
	data := make([]byte, s.size)
	if _, err := t.data.ReadAt(data, s.offset); err != nil {
		return nil, fmt.Errorf("fakecam: reading a sample: %w", err)
	}
	return data, nil
}

var errUnits = errors.New("fakecam: a sample is not a row of NAL units with 4-byte lengths")

// split cuts a sample into its NAL units (ISO/IEC 14496-15 §4.3.3) and tells
// whether a stream can begin with it.
func (v videoCodec) split(data []byte) (units [][]byte, sync bool, err error) {
	for len(data) > 0 {
		if len(data) < 4 {
			return nil, false, errUnits
		}
		n := uint64(binary.BigEndian.Uint32(data))
		if n == 0 || n > uint64(len(data)-4) {
			return nil, false, errUnits
		}
		unit := data[4 : 4+n]
		data = data[4+n:]
		sync = sync || v.kind(unit) == kindSync
		units = append(units, unit)
	}
	if len(units) == 0 {
		return nil, false, errUnits
	}
	return units, sync, nil
}
