package recorder

import (
	"testing"
	"time"

	"lares/cameras/media"
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
