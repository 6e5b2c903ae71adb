package recorder

import (
	"bytes"
	"testing"
	"time"

	"github.com/Eyevinn/mp4ff/mp4"

	"lares/cameras/media"
	"lares/cameras/media/fmp4"
	"lares/cameras/media/fmp4/fmp4test"
)

func TestSlewing(t *testing.T) {
	for _, s := range []slewing{0, slewingOf(slewLeast - 1), slewingOf(slewLeast), slewingOf(time.Hour)} {
		for _, d := range []time.Duration{-time.Second, 0, time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute} {
			called := s.of(d)
			if back := s.back(called); (back - d).Abs() > time.Microsecond {
				t.Errorf("%v of %v ahead is called %v, which was %v", d, time.Duration(s), called, back)
			}
			if called > d || d-called > time.Duration(s) {
				t.Errorf("%v of %v ahead is called %v", d, time.Duration(s), called)
			}
		}
	}
}

// TestSlewedUnits: pictures of a file that is ahead come evenly sooner, their sound in steps and beside
// them, and both as they came once it is not ahead any more.
func TestSlewedUnits(t *testing.T) {
	const ahead = 2 * time.Second
	config := fmp4test.Config(true)
	video, _ := config.Track(fmp4test.VideoTrack)
	sound, _ := config.Track(fmp4test.SoundTrack)
	p := &part{config: config, video: video, first: 1 << 40, slew: slewingOf(ahead)}
	for of, track := range map[string]media.Track{"pictures": video, "sound": sound} {
		rate := time.Duration(track.ClockRate)
		first := p.first * int64(track.ClockRate) / int64(video.ClockRate)
		ticks := int64(40 * time.Millisecond * rate / time.Second)
		last, jumps := first-ticks, 0
		for n := range int64(5000) { // of 40 ms
			at := first + n*ticks
			au := p.slewed(media.AccessUnit{Track: track.ID, DTS: at, PTS: at + 7})
			is, was := time.Duration(au.DTS-first)*time.Second/rate, time.Duration(n)*40*time.Millisecond
			want := was - min(was/slewPart, ahead)
			if off := is - want; off < -time.Millisecond || off > time.Millisecond && (track.ID == video.ID || off > soundSteps+time.Millisecond) {
				t.Fatalf("%s of %v is at %v, and not %v", of, was, is, want)
			}
			if au.PTS != au.DTS+7 || au.DTS <= last {
				t.Fatalf("%s at %d, shown at %d, behind %d", of, au.DTS, au.PTS, last)
			}
			if step := time.Duration(au.DTS-last) * time.Second / rate; step < 30*time.Millisecond {
				jumps++
			}
			last = au.DTS
		}
		if want := map[string]int{"sound": int(ahead / soundSteps)}[of]; jumps != want {
			t.Errorf("%s jumps %d times, and not %d", of, jumps, want)
		}
	}
}

// TestSoundStaysWithPictures: the sound of a file that is ahead, in frames as short as the steps in which it
// follows, is as it came to the pictures, in each fragment of the file: none is lost, and none is later than its
// picture by more than a step.
func TestSoundStaysWithPictures(t *testing.T) {
	const ahead, lasts = 2 * time.Second, 3 * time.Minute
	sound := func(codec media.Codec, rate, channels uint32, config ...byte) media.Config {
		c := fmp4test.Config(false)
		c.Tracks = append(c.Tracks, media.Track{
			ID: fmp4test.SoundTrack, Codec: codec, ClockRate: rate, MIME: codec.MIME(config), Config: config, SampleRate: rate, Channels: uint8(channels),
		})
		return c
	}
	for name, test := range map[string]struct {
		config media.Config
		frame  int64 // ticks
		data   []byte
	}{
		"AAC":   {sound(media.AAC, 48000, 1, 0x11, 0x88), 1024, []byte("a frame")},
		"Opus":  {sound(media.Opus, 48000, 1, 0, 1, 0, 0, 0, 0, 0xbb, 0x80, 0, 0, 0), 960, []byte{31 << 3, 0}},
		"G.711": {fmp4test.LawConfig(media.PCMA), fmp4test.LawTicks, fmp4test.LawSound(1)},
	} {
		t.Run(name, func(t *testing.T) {
			video, _ := test.config.Track(fmp4test.VideoTrack)
			track, _ := test.config.Track(fmp4test.SoundTrack)
			muxer, err := fmp4.NewMuxer(test.config)
			if err != nil {
				t.Fatal(err)
			}
			p := &part{config: test.config, video: video, first: 1 << 40, slew: slewingOf(ahead)}
			init, file := muxer.Init(nil), []byte(nil)
			add := func(au media.AccessUnit) {
				f, ok, err := muxer.Add(p.slewed(au))
				if err != nil {
					t.Fatal(err)
				}
				if ok {
					file = append(file, f.Data...)
				}
			}
			rate := int64(track.ClockRate)
			heard := func(n int64) time.Duration { return time.Duration(n * test.frame * int64(time.Second) / rate) }
			frames := int64(0)
			for n := int64(0); time.Duration(n)*40*time.Millisecond < lasts; n++ {
				add(media.AccessUnit{Type: media.UnitVideo, Track: video.ID, Sync: n%50 == 0, DTS: p.first + n*3600, PTS: p.first + n*3600, Data: []byte("picture")})
				for ; heard(frames) <= time.Duration(n)*40*time.Millisecond; frames++ {
					at := p.first*rate/int64(video.ClockRate) + frames*test.frame
					add(media.AccessUnit{Type: media.UnitAudio, Track: track.ID, DTS: at, PTS: at, Data: test.data})
				}
			}
			if f, ok := muxer.Close(); ok {
				file = append(file, f.Data...)
			}
			read, err := mp4.DecodeFile(bytes.NewReader(append(init, file...)))
			if err != nil {
				t.Fatal(err)
			}
			got, end := int64(0), uint64(0)
			for _, s := range read.Segments {
				for _, f := range s.Fragments {
					for _, traf := range f.Moof.Trafs {
						if traf.Tfhd.TrackID == fmp4.PictureTrack {
							continue
						}
						at := traf.Tfdt.BaseMediaDecodeTime()
						if at != end {
							t.Fatalf("frame %d begins at %d, and the one before ends at %d", got, at, end)
						}
						for _, trun := range traf.Truns {
							for _, sample := range trun.Samples {
								came := heard(got)
								is, want := time.Duration(at)*time.Second/time.Duration(rate), p.slew.of(came)
								if off := is - want; off < -time.Millisecond || off > soundSteps+time.Millisecond {
									t.Fatalf("frame %d, of %v, is at %v, and its picture at %v", got, came, is, want)
								}
								at += uint64(sample.Dur)
								got++
							}
						}
						end = at
					}
				}
			}
			if got != frames {
				t.Errorf("%d frames of %d", got, frames)
			}
			if off := lasts - ahead - time.Duration(end)*time.Second/time.Duration(rate); off.Abs() > 2*40*time.Millisecond {
				t.Errorf("at the end sound is %v from where it is to be", off)
			}
		})
	}
}
