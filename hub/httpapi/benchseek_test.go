//go:build bench

package httpapi

import (
	"math/rand/v2"
	"os"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"lares/cameras/benchline"
	"lares/recorder"
)

// TestBenchSeek measures how long it takes from a time to the first fragment that plays, over a
// day of recordings that are on the disk and not in memory, on one connection: where it is, the
// init segment, the fragment.
func TestBenchSeek(t *testing.T) {
	r, alice, cam := newFront(t)
	const day, length, tries = 24 * time.Hour, 5 * time.Minute, 200
	begin := time.Now().Add(-day - time.Hour).Truncate(time.Second)
	var rows []recorder.ClipRow
	for at := time.Duration(0); at < day; at += length {
		rows = append(rows, r.lay(cam, begin.Add(at), int(length/time.Second), 2500)) // 25 kB in a second
	}
	for _, row := range rows {
		f, err := os.Open(r.fileOf(row))
		must(t, err)
		must(t, unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED))
		must(t, f.Close())
	}
	var times, seeks []float64
	for range tries {
		at := begin.Add(time.Duration(rand.Int64N(int64(day))))
		began := time.Now()
		var got seekAnswer
		decode(t, alice.do("GET", seekPath(alice, cam, at), nil), &got)
		seeks = append(seeks, float64(time.Since(began).Microseconds())/1000)
		if got.Place == nil || time.Time(got.Place.Clip.Start).Add(time.Duration(got.Place.Offset)*time.Millisecond).After(at) {
			t.Fatalf("%v is at %+v", at, got.Place)
		}
		init := bodyOf(t, alice.do("GET", alice.path("/clips/%s/init", got.Place.Clip.ID), nil))
		fragment := bodyOf(t, alice.do("GET", alice.path("/clips/%s/fragments/%d", got.Place.Clip.ID, got.Place.Fragment), nil))
		times = append(times, float64(time.Since(began).Microseconds())/1000)
		if len(init) < 300 || len(fragment) < 25_000 {
			t.Fatalf("an init segment of %d bytes, a fragment of %d", len(init), len(fragment))
		}
	}
	slices.Sort(times)
	slices.Sort(seeks)
	t.Logf("median %.1f ms, the place alone %.1f ms", times[tries/2], seeks[tries/2])
	benchline.Check(t, "seek_p95", times[tries*95/100], "ms", "<=", 150)
}
