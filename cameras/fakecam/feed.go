package fakecam

import (
	"bytes"
	"image/jpeg"
	"math"
	"time"

	"github.com/bluenviron/mediacommon/v2/pkg/codecs/mpeg4audio"
)

// Source is what a fake camera shows: TestCard, BuiltinClip or File.
type Source interface {
	// open prepares the main and the sub stream.
	open(o Options) (*program, error)
}

// program is an opened source.
type program struct {
	main, sub feed
	// snapshot is a JPEG of what the camera shows, without a mark.
	snapshot func(ask) ([]byte, error)
	close    func()
}

// feed makes the samples of one stream, without end. One goroutine uses it.
type feed interface {
	format() format
	// due is when the next picture or the next sound is to be sent, since the
	// start; never if there is none.
	due(sound bool) time.Duration
	// next makes that sample.
	next(sound bool, a ask) (sample, error)
}

// never is later than any sample.
const never = time.Duration(math.MaxInt64)

// ask is what a feed may need to know to make a sample.
type ask struct {
	now    time.Time // the camera's wall clock
	frame  uint64    // Mark.Frame if it is a picture
	sync   bool      // make an IDR if you can
	view   view      // where the camera looks
	resize bool      // change the size of the pictures now and then, if you can
	// visited says that somebody walks through the picture.
	visited bool
}

// sample is one access unit or one packet of sound.
type sample struct {
	sync  bool     // a picture to begin with
	units [][]byte // NAL units; or the one JPEG picture, AAC frame, Opus packet or run of G.711 samples
	pts   int64    // in ticks: video 90 kHz, sound its rate
}

const videoClock = 90000

// ticks converts a duration, without overflow for years.
func ticks(d time.Duration, rate int64) int64 {
	return int64(d/time.Second)*rate + int64(d%time.Second)*rate/int64(time.Second)
}

// open makes the test card's streams.
func (t TestCard) open(o Options) (*program, error) {
	t, err := t.withDefaults(o.Name)
	if err != nil {
		return nil, err
	}
	still := newCard(o.Name, t.Width, t.Height, t.Color)
	p := &program{
		main:     newCardFeed(still, t),
		sub:      newCardFeed(newCard(o.Name, t.SubWidth, t.SubHeight, t.Color), t),
		snapshot: still.jpeg,
		close:    func() {},
	}
	if o.Audio {
		p.main, p.sub = withSilence(p.main), withSilence(p.sub)
	}
	return p, nil
}

// jpeg draws the card as it would look now.
func (c *card) jpeg(a ask) ([]byte, error) {
	var b bytes.Buffer
	err := jpeg.Encode(&b, c.image(c.draw(a)), &jpeg.Options{Quality: 85})
	return b.Bytes(), err
}

// cardFeed is a test card as a stream.
type cardFeed struct {
	sizes []*card // the first is the card's own
	size  int     // which one is shown
	coder *coder
	fps   int
	gop   int // pictures from IDR to IDR
	n     int // pictures so far
	since int // pictures since the last IDR
}

func newCardFeed(c *card, t TestCard) *cardFeed {
	gop := max(1, int(math.Round(t.GOP.Seconds()*float64(t.FPS))))
	f := &cardFeed{coder: newCoder(c), fps: t.FPS, gop: gop, since: gop, sizes: []*card{c}}
	for quarters := 3; quarters >= 2; quarters-- {
		width, height := max(minWidth, c.width*quarters/4&^1), max(minHeight, c.height*quarters/4&^1)
		if width == c.width && height == c.height {
			width, height = width+2*cellSize, height+2*cellSize // no room to shrink
		}
		f.sizes = append(f.sizes, newCard(c.name, width, height, t.Color))
	}
	return f
}

func (f *cardFeed) format() format {
	c := f.coder.card
	return format{
		video: codecH264, params: [][]byte{f.coder.sps(f.fps), f.coder.pps()},
		width: c.width, height: c.height,
	}
}

func (f *cardFeed) due(sound bool) time.Duration {
	if sound {
		return never
	}
	return time.Duration(f.n) * time.Second / time.Duration(f.fps)
}

// sizeEvery is how long a size stays while sizes change.
const sizeEvery = 2 * time.Second

func (f *cardFeed) next(_ bool, a ask) (sample, error) {
	size := 0
	if a.resize {
		size = int(f.due(false)/sizeEvery) % len(f.sizes)
	}
	if size != f.size {
		f.size, f.coder, f.since = size, newCoder(f.sizes[size]), f.gop
	}
	s := sample{sync: a.sync || f.since >= f.gop, pts: int64(f.n) * videoClock / int64(f.fps)}
	unit := f.coder.picture(f.coder.card.draw(a), s.sync)
	if s.sync {
		f.since = 0
	}
	s.units = [][]byte{unit}
	f.since++
	f.n++
	return s, nil
}

// silence adds a soundless AAC track to a feed.
type silence struct {
	feed
	n int64 // frames so far
}

// One frame of AAC-LC (ISO/IEC 14496-3 §4.4.1) that decodes to silence: a
// single_channel_element with no spectral data, fill and end.
var silentFrame = []byte{0x01, 0x18, 0x20, 0x07}

const (
	silenceRate  = 16000
	frameSamples = 1024 // of one AAC-LC frame
)

func withSilence(f feed) feed { return &silence{feed: f} }

func (s *silence) format() format {
	f := s.feed.format()
	f.sound = soundFormat{codec: soundAAC, rate: silenceRate, channels: 1, aac: &mpeg4audio.AudioSpecificConfig{
		Type: mpeg4audio.ObjectTypeAACLC, SampleRate: silenceRate, ChannelCount: 1,
	}}
	return f
}

func (s *silence) due(sound bool) time.Duration {
	if !sound {
		return s.feed.due(false)
	}
	return time.Duration(s.n) * (frameSamples * time.Second / silenceRate)
}

func (s *silence) next(sound bool, a ask) (sample, error) {
	if !sound {
		return s.feed.next(false, a)
	}
	out := sample{sync: true, units: [][]byte{silentFrame}, pts: s.n * frameSamples}
	s.n++
	return out, nil
}
