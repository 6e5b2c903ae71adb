package fakecam

import (
	"bytes"
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"strings"
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
		snapshot: func(ask) ([]byte, error) { return peopleStill, nil },
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

// File is a source that plays recordings in a loop. Its snapshot is a test
// card.
//
// Pictures come from MP4 or MOV files, progressive or fragmented, with H.264,
// H.265 (both with B pictures, sent in decoding order) or Motion JPEG; or from
// byte streams named .264, .h264, .265 or .h265 without B pictures. JPEG
// pictures that RTP cannot carry as they are (RFC 2435: standard Huffman
// tables, 4:2:0 or 4:2:2) are coded anew.
//
// Sound is what an MP4 or MOV file brings: AAC (not in MOV, whose sample entry
// is another), Opus or G.711. Edit lists
// (ISO/IEC 14496-12 §8.6.6) place it against the pictures; the samples before
// the edit, with which an AAC or Opus decoder warms up, are sent too, with
// their own earlier time. G.711 is sent in packets of 20 ms. In the first round
// sound and pictures lie as in the file. From then on the sound's timestamps
// go on without a gap, for which it is moved by at most half a packet.
type File struct {
	Path string
	Sub  string // the sub stream's file; Path if empty
	// Audio is the file of the sound of both streams: MP4 or MOV, or named
	// .alaw or .ulaw with G.711 samples, 8 kHz mono. If empty, the files of
	// the pictures bring their own or none.
	Audio string
	// FPS is how many pictures of a byte stream make a second; if 0, as many as one of H.264
	// tells, else UsualFPS.
	FPS int

	coded bool // B pictures of a byte stream are taken as they come
}

// open reads the files' tables; samples are read while playing.
func (f File) open(o Options) (_ *program, err error) {
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
	defer func() {
		if err != nil {
			p.close()
		}
	}()
	load := func(path string) (*clip, error) {
		file, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		files = append(files, file)
		c, err := f.load(file)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		return c, nil
	}
	for _, s := range []struct {
		path string
		to   *feed
	}{{f.Path, &p.main}, {f.Sub, &p.sub}} {
		c, err := load(s.path)
		if err != nil {
			return nil, err
		}
		if len(c.video.samples) == 0 {
			return nil, fmt.Errorf("%s: %w", s.path, errNoVideo)
		}
		if f.Audio != "" {
			a, err := load(f.Audio)
			if err != nil {
				return nil, err
			}
			if len(a.audio.samples) == 0 {
				return nil, fmt.Errorf("%s: %w", f.Audio, errNoSound)
			}
			c.audio, c.format.sound = a.audio, a.format.sound
		}
		*s.to = newClipFeed(c)
	}
	return p, nil
}

// load reads a file's tables, by what its name says it is.
func (f File) load(file *os.File) (*clip, error) {
	switch strings.ToLower(filepath.Ext(file.Name())) {
	case ".264", ".h264":
		return parseAnnexB(file, codecH264, f.FPS, f.coded)
	case ".265", ".h265":
		return parseAnnexB(file, codecH265, f.FPS, f.coded)
	case ".alaw":
		return parseG711(file, soundALaw)
	case ".ulaw":
		return parseG711(file, soundULaw)
	}
	return parseClip(file)
}
