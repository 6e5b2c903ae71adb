package fakecam

import (
	"bytes"
	_ "embed"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/bluenviron/mediacommon/v2/pkg/codecs/mpeg4audio"
)

// The built-in clip; see clip/NOTICE for its origin and licence.
var (
	//go:embed clip/people.mp4
	peopleMain []byte
	//go:embed clip/people-sub.mp4
	peopleSub []byte
	//go:embed clip/people.jpg
	peopleStill []byte
)

// BuiltinClip is a source of twelve seconds of people walking, 640×480 and
// 320×240 at 10 pictures per second, in a loop.
type BuiltinClip struct{}

// open prepares the embedded files.
func (BuiltinClip) open(o Options) (*program, error) {
	p := &program{
		snapshot: func(time.Time, uint64) ([]byte, error) { return peopleStill, nil },
		close:    func() {},
	}
	for f, b := range map[*feed][]byte{&p.main: peopleMain, &p.sub: peopleSub} {
		c, err := parseClip(bytes.NewReader(b))
		if err != nil {
			return nil, err
		}
		*f = newClipFeed(c)
		if o.Audio {
			*f = withSilence(*f)
		}
	}
	return p, nil
}

// File is a source that plays an MP4 file in a loop, progressive or
// fragmented, with H.264 and maybe AAC. Edit lists are ignored. Its snapshot
// is a test card.
type File struct {
	Path string
	Sub  string // the sub stream's file; Path if empty
}

// open reads the files' tables; samples are read while playing.
func (f File) open(o Options) (*program, error) {
	if f.Sub == "" {
		f.Sub = f.Path
	}
	t, err := TestCard{}.withDefaults(o.Name)
	if err != nil {
		return nil, err
	}
	var files []*os.File
	p := &program{
		snapshot: newCard(o.Name, t.Width, t.Height, t.Color).jpeg,
		close: func() {
			for _, file := range files {
				file.Close()
			}
		},
	}
	for _, s := range []struct {
		path string
		to   *feed
	}{{f.Path, &p.main}, {f.Sub, &p.sub}} {
		file, err := os.Open(s.path)
		if err != nil {
			p.close()
			return nil, err
		}
		files = append(files, file)
		c, err := parseClip(file)
		if err != nil {
			p.close()
			return nil, fmt.Errorf("%s: %w", s.path, err)
		}
		*s.to = newClipFeed(c)
	}
	return p, nil
}

// clip is the index of an MP4 file.
type clip struct {
	data          io.ReaderAt
	video, audio  clipTrack // audio without samples: no sound
	sps, pps      [][]byte
	width, height int
	sound         *mpeg4audio.AudioSpecificConfig
}

// clipTrack is the index of one track, in decoding order.
type clipTrack struct {
	scale    int64 // ticks per second
	duration int64 // ticks
	samples  []clipSample
}

// clipSample is one sample: where it is and, in ticks of its track, when.
type clipSample struct {
	offset   int64
	size     uint32
	dts, pts int64
}

// clipFeed plays a clip in a loop. Both tracks start again when the video
// ends; sound beyond it is left out.
type clipFeed struct {
	clip         *clip
	span         int64 // of one round, 90 kHz
	video, audio clipPosition
}

type clipPosition struct {
	round int64
	next  int
}

func newClipFeed(c *clip) *clipFeed {
	return &clipFeed{clip: c, span: c.video.duration * videoClock / c.video.scale}
}

func (f *clipFeed) format() format {
	return format{
		sps: f.clip.sps[0], pps: f.clip.pps[0],
		width: f.clip.width, height: f.clip.height, audio: f.clip.sound,
	}
}

// at is the time of a track's position since the start.
func (f *clipFeed) at(t *clipTrack, p clipPosition) time.Duration {
	round := time.Duration(f.span) * time.Second / videoClock
	dts := t.samples[p.next].dts
	return time.Duration(p.round)*round + time.Duration(dts)*time.Second/time.Duration(t.scale)
}

func (f *clipFeed) audioFirst() bool {
	return len(f.clip.audio.samples) > 0 && f.at(&f.clip.audio, f.audio) < f.at(&f.clip.video, f.video)
}

func (f *clipFeed) due() time.Duration {
	if f.audioFirst() {
		return f.at(&f.clip.audio, f.audio)
	}
	return f.at(&f.clip.video, f.video)
}

func (f *clipFeed) next(ask) (sample, error) {
	if f.audioFirst() {
		return f.take(&f.clip.audio, &f.audio, true)
	}
	return f.take(&f.clip.video, &f.video, false)
}

// take reads the sample at p and moves p on.
func (f *clipFeed) take(t *clipTrack, p *clipPosition, audio bool) (sample, error) {
	in := t.samples[p.next]
	rate := int64(videoClock)
	if audio {
		rate = int64(f.clip.sound.SampleRate)
	}
	out := sample{audio: audio, sync: audio, pts: p.round*f.span*rate/videoClock + in.pts*rate/t.scale}
	p.next++
	if p.next == len(t.samples) || t.samples[p.next].dts*videoClock/t.scale >= f.span {
		p.round, p.next = p.round+1, 0
	}
	data := make([]byte, in.size)
	if _, err := f.clip.data.ReadAt(data, in.offset); err != nil {
		return sample{}, fmt.Errorf("fakecam: reading a sample: %w", err)
	}
	if audio {
		out.units = [][]byte{data}
		return out, nil
	}
	var err error
	out.units, out.sync, err = f.clip.pictureUnits(data)
	return out, err
}

var errUnits = errors.New("fakecam: a sample is not a row of NAL units with 4-byte lengths")

// pictureUnits splits a sample (ISO/IEC 14496-15 §5.3.3), puts parameter sets
// in front of an IDR and leaves access unit delimiters out.
func (c *clip) pictureUnits(data []byte) (units [][]byte, idr bool, err error) {
	own := false // parameter sets in band
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
		switch unit[0] & nalTypeMask {
		case typeAUD:
			continue
		case typeSPS:
			own = true
		case typeIDR:
			idr = true
		}
		units = append(units, unit)
	}
	if len(units) == 0 {
		return nil, false, errUnits
	}
	if idr && !own {
		units = append(append(append([][]byte{}, c.sps...), c.pps...), units...)
	}
	return units, idr, nil
}
