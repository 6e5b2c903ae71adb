package worker

import (
	"errors"
	"io"
	"slices"
	"sync"
	"testing"
	"time"

	"lares/cameras/internal/wire"
	"lares/cameras/media"
	"lares/cameras/seal"
)

// shared is a written that a timer may write to as well.
type shared struct {
	mu sync.Mutex
	written
}

func (s *shared) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.written.Write(b)
}

// said tells what was written since the last call: for each frame the run's
// number and what it is, "idr", "picture", "config" or "rekeyed".
func (s *shared) said(t *testing.T, runs []seal.RunKey) (said []string) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	number := func(id media.RunID) string {
		i := slices.IndexFunc(runs, func(k seal.RunKey) bool { return k.Run() == id })
		return string(rune('0' + i))
	}
	for in := wire.NewReader(&s.written); ; {
		kind, body, err := in.Next()
		if errors.Is(err, io.EOF) {
			return said
		}
		if err != nil {
			t.Fatal(err)
		}
		if kind == wire.TypeRekeyed {
			k, err := wire.Parse[wire.Rekeyed](body)
			if err != nil {
				t.Fatal(err)
			}
			said = append(said, number(k.ID)+" rekeyed")
			continue
		}
		u, _ := unitOf(t, kind, body)
		what := "picture"
		if u.Type == media.UnitConfig {
			what = "config"
		} else if u.Sync {
			what = "idr"
		}
		said = append(said, number(u.Run)+" "+what)
	}
}

// TestRunBeginsWithAnIDR: a new run waits for the main stream's next IDR, of
// several the newest is used, and an IDR that does not come is not waited for.
func TestRunBeginsWithAnIDR(t *testing.T) {
	t.Parallel()
	var runs []seal.RunKey
	hub, camera := media.NewHubID(), media.NewCameraID()
	for i := range 5 {
		runs = append(runs, seal.RestoreRunKey(hub, camera, media.NewRunID(), [seal.KeySize]byte{byte(i + 1)}))
	}
	conn := &shared{}
	o := newOutbox(conn, runs[0], func() time.Duration { return time.Second })
	expect := func(want ...string) {
		t.Helper()
		if got := conn.said(t, runs); !slices.Equal(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	picture := func(idr bool) {
		t.Helper()
		must(o.channels[media.StreamMain].send(media.AccessUnit{Type: media.UnitVideo, Track: 1, PTS: 1, DTS: 1, Sync: idr, Data: []byte("x")}))
	}
	must(o.rekey(runs[1])) // nothing flows: at once
	expect("1 rekeyed")
	must(o.channels[media.StreamMain].configure(media.Config{Tracks: []media.Track{{ID: 1, Codec: media.H264, ClockRate: 90_000}}}))
	picture(true)
	must(o.rekey(runs[2]))
	must(o.rekey(runs[3]))
	picture(false)
	picture(true)
	picture(false)
	expect("1 config", "1 idr", "1 picture", "3 config", "2 rekeyed", "3 rekeyed", "3 idr", "3 picture")
	must(o.rekey(runs[4]))
	for began := time.Now(); time.Since(began) < 2*rekeyWithin; time.Sleep(10 * time.Millisecond) {
		if picture(false); slices.Contains(conn.said(t, runs), "4 rekeyed") {
			return
		}
	}
	t.Error("no new run without an IDR")
}
