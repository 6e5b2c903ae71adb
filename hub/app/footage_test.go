//go:build soak

package app_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"lares/cameras/fakecam"
)

const (
	// footage is a street with a parked car, where others come by; footageTruth says when.
	footage      = "../../../shared/data/video/intel_person-bicycle-car-detection.mp4"
	footageTruth = "../../../shared/data/video/intel_person-bicycle-car-detection.json"
	footageRate  = 10
	// footageRounds is how often it is seen.
	footageRounds = 3
	// footageLate is what an event may begin late, and what it may be off beside a visit: a picture
	// that stands alone comes each two seconds.
	footageLate = 2500 * time.Millisecond
	// footageTold is how long after a visit its event is over at most: the post-roll counts from
	// when it was told, which a busy machine does late.
	footageTold = 20 * time.Second
	// footagePre and footagePost are the rolls of a camera that nobody set.
	footagePre, footagePost = 5 * time.Second, 10 * time.Second

	greyWide, greyHigh = 32, 18
	greyScale          = "scale=32:18:flags=area,format=gray"
)

// stay is a time of the footage in which somebody is there.
type stay struct {
	what     string
	from, to time.Duration
}

// UnmarshalJSON reads [from, to, what], in seconds.
func (s *stay) UnmarshalJSON(b []byte) error {
	var from, to float64
	if err := json.Unmarshal(b, &[]any{&from, &to, &s.what}); err != nil {
		return err
	}
	s.from, s.to = time.Duration(from*float64(time.Second)), time.Duration(to*float64(time.Second))
	return nil
}

// street is what is true of the footage.
type street struct {
	Visits    []stay  `json:"motion"`
	Weak      []stay  `json:"weak_motion"`
	Tolerance float64 `json:"tolerance_s"`
}

// slack is what its times may be off.
func (s street) slack() time.Duration { return time.Duration(s.Tolerance * float64(time.Second)) }

// visit is the one that is seen at a time of a round; -1 for none.
func (s street) visit(at time.Duration) int {
	return slices.IndexFunc(s.Visits, func(v stay) bool { return at >= v.from-s.slack() && at <= v.to+s.slack() })
}

// rounds are the times of what is said of one round, in all rounds.
func (s street) rounds(of []stay, long time.Duration) (all []stay) {
	for k := range footageRounds + 1 {
		for _, v := range of {
			v.from, v.to = v.from+time.Duration(k)*long, v.to+time.Duration(k)*long
			all = append(all, v)
		}
	}
	return all
}

// during are those of the stays in which something happens.
func (s street) during(stays []stay, from, to time.Duration) (which []int) {
	for i, v := range stays {
		if from <= v.to+s.slack() && to >= v.from-s.slack() {
			which = append(which, i)
		}
	}
	return which
}

// shownEvent is an event beside the footage: its times are since the first round began, as the
// pictures of its own recording say.
type shownEvent struct {
	start, end, clipStart, clipEnd time.Duration
	shows                          time.Duration // by how many pictures there are
	thumbnail                      time.Duration // of a round
	round                          time.Time     // when the first one began
}

// TestSoakFootage: a camera shows a street over and over, on which somebody comes by, as the truth
// beside the footage says. Each visit is one event, and there is no other but where there is a
// hint of somebody; its picture is of the visit, and its clip shows it from the pre-roll on to
// the post-roll, or to where the next one begins.
func TestSoakFootage(t *testing.T) {
	b, err := os.ReadFile(footageTruth)
	if _, missing := os.Stat(footage); missing != nil || err != nil {
		t.Skip("the footage of ../shared/data/video, or its truth, is not here: no visits to compare with")
	}
	needFFmpeg(t)
	var truth street
	if err := json.Unmarshal(b, &truth); err != nil || len(truth.Visits) == 0 {
		t.Fatalf("%d visits, %v", len(truth.Visits), err)
	}
	film := filepath.Join(t.TempDir(), "street.mp4")
	ffmpeg(t, "-i", footage, "-an", "-vf", "scale=640:360", "-r", "10", "-c:v", "libx264", "-profile:v", "main",
		"-g", "20", "-bf", "0", "-b:v", "400k", "-maxrate", "400k", "-bufsize", "400k", "-pix_fmt", "yuv420p", film)
	pictures := grey(t, film)
	long := time.Duration(len(pictures)) * time.Second / footageRate

	cam := startCamera(t, fakecam.Options{Name: "street", Source: fakecam.File{Path: film}})
	keeper := startHub(t, t.TempDir()).claim("keeper")
	id := keeper.addCamera(map[string]string{"name": "street", "main": cam.MainURL(), "sub": cam.SubURL()})
	until(t, time.Minute, "the camera is live", func() bool { return keeper.camera(id).Status.State == "live" })
	begun := time.Now()
	var events []eventJSON
	busy := 0
	until(t, footageRounds*long+time.Minute, "all visits", func() bool {
		status, answer := keeper.send(http.MethodGet, keeper.url("events?limit=50"), nil)
		if status == http.StatusServiceUnavailable { // the gate tells nothing that it cannot look up within a second
			busy++
			return false
		}
		var page struct{ Events []eventJSON }
		if status != http.StatusOK || json.Unmarshal(answer, &page) != nil {
			t.Fatalf("status %d: %s", status, answer)
		}
		events = slices.DeleteFunc(page.Events, func(e eventJSON) bool { return e.Recording || e.End.IsZero() })
		return time.Since(begun) > footageRounds*long
	})
	looked := time.Now()
	t.Logf("%d events after %v; %d times the hub was too busy to say so", len(events), looked.Sub(begun).Round(time.Second), busy)
	if len(events) == 0 {
		t.Fatal("no events")
	}
	slices.Reverse(events) // the newest came first
	all := beside(t, keeper, events, pictures)
	first := all[0].round
	truth.compare(t, all, long, begun.Sub(first), looked.Sub(first))
}

// compare has each visit from the first one on that the hub saw come be one event. Who was there
// already may be missed, for nobody saw him come.
func (s street) compare(t *testing.T, events []shownEvent, long, begun, looked time.Duration) {
	t.Helper()
	visits, weak := s.rounds(s.Visits, long), s.rounds(s.Weak, long)
	found := make([]int, len(visits))
	for i, e := range events {
		which := s.during(visits, e.start, e.end)
		switch {
		case len(which) > 1:
			t.Errorf("event %d, %v to %v, is of %d visits", i, e.start, e.end, len(which))
		case len(which) == 0 && len(s.during(weak, e.start, e.end)) == 0:
			t.Errorf("event %d, %v to %v, is of nobody", i, e.start, e.end)
		}
		for _, n := range which {
			v, next := visits[n], looked
			if n+1 < len(visits) {
				next = visits[n+1].from
			}
			found[n]++
			t.Logf("event %d: %s, %v to %v of %v to %v, its picture of %v, its clip of %v to %v", i, v.what, e.start, e.end, v.from, v.to, e.thumbnail, e.clipStart, e.clipEnd)
			e.covers(t, i, v, next, begun)
			if off := e.end - e.start - (v.to - v.from); len(which) == 1 && off.Abs() > 2*footageLate {
				t.Errorf("event %d: it lasts %v longer than the visit", i, off)
			}
		}
		at := s.visit(e.thumbnail)
		if len(which) > 0 && !slices.ContainsFunc(which, func(n int) bool { return n%len(s.Visits) == at }) {
			t.Errorf("event %d: its picture is of %v", i, e.thumbnail)
		}
	}
	compared := 0
	for n, v := range visits {
		if v.from < begun || v.to > looked-footageTold {
			continue
		}
		compared++
		if found[n] != 1 {
			t.Errorf("%s, %v to %v, is %d events", v.what, v.from, v.to, found[n])
		}
	}
	if least := (footageRounds - 1) * len(s.Visits); compared < least {
		t.Errorf("%d visits were compared, of %d at least", compared, least)
	}
}

// covers has an event's clip show a visit, what was before as far as the camera was watched by
// then, and what was after up to the next one.
func (e shownEvent) covers(t *testing.T, i int, v stay, next, begun time.Duration) {
	t.Helper()
	if from := max(v.from-footagePre+footageLate, begun); e.clipStart > from {
		t.Errorf("event %d: its clip begins at %v, not by %v", i, e.clipStart, from)
	}
	if to := min(v.to+footagePost-footageLate, next); e.clipEnd < to {
		t.Errorf("event %d: its clip ends at %v, before %v", i, e.clipEnd, to)
	}
	if lasts := e.clipEnd - e.clipStart; (lasts - e.shows).Abs() > time.Second {
		t.Errorf("event %d: its clip of %v shows %v", i, lasts, e.shows)
	}
}

// beside finds the place of each event in the footage.
func beside(t *testing.T, p *person, events []eventJSON, pictures [][]byte) (all []shownEvent) {
	t.Helper()
	long := time.Duration(len(pictures)) * time.Second / footageRate
	for i, e := range events {
		if len(e.Clips) == 0 {
			t.Fatalf("event %d has no clip", i)
		}
		var shows [][]byte
		for k, c := range e.Clips {
			clip := filepath.Join(t.ArtifactDir(), fmt.Sprintf("visit-%d-%d.mp4", i, k))
			write(t, clip, p.get("clips/"+c.ID+"/clip.mp4"))
			shows = append(shows, grey(t, clip)...)
		}
		thumbnail := filepath.Join(t.ArtifactDir(), fmt.Sprintf("visit-%d.jpg", i))
		write(t, thumbnail, p.get("clips/"+cmp.Or(e.Picture, e.Clip)+"/thumbnail"))
		from, last := e.Clips[0].Start, e.Clips[len(e.Clips)-1]
		round := from.Add(-along(pictures, shows)) // which it began in
		if i > 0 {
			round = round.Add(-round.Sub(all[0].round).Round(long))
		}
		all = append(all, shownEvent{
			start: e.Start.Sub(round), end: e.End.Sub(round), clipStart: from.Sub(round),
			clipEnd: last.Start.Add(time.Duration(last.DurationMS) * time.Millisecond).Sub(round),
			shows:   time.Duration(len(shows)) * time.Second / footageRate, thumbnail: closest(pictures, grey(t, thumbnail)[0]), round: round,
		})
	}
	return all
}

// along is the time of the footage, which is shown over and over, that a recording of it begins at.
func along(pictures, shows [][]byte) time.Duration {
	best, least := 0, 1<<62
	for from := range pictures {
		sum := 0
		for i := 0; i < len(shows) && sum < least; i++ {
			sum += unlike(pictures[(from+i)%len(pictures)], shows[i])
		}
		if sum < least {
			best, least = from, sum
		}
	}
	return time.Duration(best) * time.Second / footageRate
}

// grey draws each picture of a file small and grey.
func grey(t *testing.T, file string) (pictures [][]byte) {
	t.Helper()
	cmd := exec.Command("ffmpeg", "-v", "error", "-i", file, "-vf", greyScale, "-f", "rawvideo", "-")
	var says bytes.Buffer
	cmd.Stderr = &says
	raw, err := cmd.Output()
	if err != nil || len(raw) == 0 || len(raw)%(greyWide*greyHigh) != 0 {
		t.Fatalf("%s: %d bytes, %v\n%s", file, len(raw), err, says.String())
	}
	return slices.Collect(slices.Chunk(raw, greyWide*greyHigh))
}

// closest is the time of the picture that is most like one.
func closest(pictures [][]byte, one []byte) time.Duration {
	best, least := 0, 1<<30
	for i, p := range pictures {
		if sum := unlike(p, one); sum < least {
			best, least = i, sum
		}
	}
	return time.Duration(best) * time.Second / footageRate
}

// unlike is by how much two pictures differ.
func unlike(a, b []byte) (sum int) {
	for k := range a {
		sum += max(int(a[k])-int(b[k]), int(b[k])-int(a[k]))
	}
	return sum
}
