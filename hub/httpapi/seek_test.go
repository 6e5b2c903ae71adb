package httpapi

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"lares/cameras/media"
	"lares/cameras/media/fmp4"
	"lares/cameras/media/fmp4/fmp4test"
	"lares/cameras/seal"
	"lares/hub/gate"
	"lares/recorder"
	"lares/recorder/sealed"
)

// lay writes a stretch of so many seconds, ten pictures in each and decodable from every second
// one on, into the pool and the index, as the recorder does. It is for anything newer than the
// camera's last share.
func (r *rig) lay(camera media.CameraID, start time.Time, seconds, pad int) recorder.ClipRow {
	r.t.Helper()
	public, kid, err := r.vault.StoreKey(r.t.Context(), camera)
	must(r.t, err)
	row := recorder.ClipRow{Clip: media.NewClipID(), Camera: camera, Event: media.NewEventID(), KID: kid, Start: start, Duration: time.Duration(seconds) * time.Second, State: recorder.StateComplete, Stretch: true}
	h := sealed.Header{Hub: r.vault.Hub(), Camera: camera, KID: kid, Clip: row.Clip, Start: start}
	key, sealedKey, err := seal.NewClipKey(public, seal.ClipBinding(h.Hub, h.Camera, h.KID, h.Clip))
	must(r.t, err)
	h.SealedKey = sealedKey
	must(r.t, os.MkdirAll(filepath.Dir(r.fileOf(row)), 0o700))
	f, err := os.OpenFile(r.fileOf(row), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	must(r.t, err)
	w := sealed.NewWriter(f, h, key, r.vault.Sign, r.ahead)
	m, err := fmp4.NewMuxer(fmp4test.Config(false))
	must(r.t, err)
	must(r.t, w.Record(sealed.Head{Type: sealed.TypeInit, Stretch: true}, m.Init(nil)))
	put := func(f fmp4.Fragment, ok bool) {
		if ok {
			must(r.t, w.Record(sealed.Head{Type: sealed.TypeFragment, Sync: f.Sync, Time: f.Time, Duration: f.Duration}, f.Data))
		}
	}
	for n := range seconds * 10 {
		at := int64(n) * fmp4test.VideoRate / 10
		f, ok, err := m.Add(media.AccessUnit{Type: media.UnitVideo, Track: fmp4test.VideoTrack, Sync: n%20 == 0, PTS: at, DTS: at, Data: fmp4test.Picture(uint64(n), n%20, pad)})
		must(r.t, err)
		put(f, ok)
	}
	put(m.Close())
	must(r.t, errors.Join(w.End(sealed.Complete), f.Sync(), f.Close()))
	row.Bytes = w.Size()
	must(r.t, r.store.ClipClosed(r.t.Context(), row))
	return row
}

func (r *rig) fileOf(row recorder.ClipRow) string {
	return filepath.Join(r.pool, "clips", row.Camera.String(), row.Start.UTC().Format("2006-01"), row.Clip.String()+".lar")
}

// seekPath asks for a moment in the asker's own scope.
func seekPath(who *person, camera media.CameraID, at time.Time, more ...string) string {
	q := url.Values{"at": {at.UTC().Format(time.RFC3339Nano)}}
	for i := 0; i < len(more); i += 2 {
		q.Set(more[i], more[i+1])
	}
	return who.path("/cameras/%s/seek", camera) + "?" + q.Encode()
}

type seekAnswer struct{ Place *seekPlace }

// TestSeek: a time is found in the clip of it, at the last fragment before it that decodes by
// itself, and that fragment plays; in a gap, what is behind it or before it. What does not open
// is passed over, and who may not look back is told nothing.
func TestSeek(t *testing.T) {
	t.Parallel()
	r, alice, cam := newFront(t)
	carol, dan := r.person("carol"), r.person("dan")
	r.grant(alice, cam, carol, gate.History)
	begin := time.Now().Add(-time.Hour).Truncate(time.Second)
	first, gone, second := r.lay(cam, begin, 11, 10), r.lay(cam, begin.Add(20*time.Second), 11, 10), r.lay(cam, begin.Add(40*time.Second), 11, 10)
	must(t, os.Remove(r.fileOf(gone)))
	for _, x := range []struct {
		name     string
		at       time.Duration
		more     []string
		clip     media.ClipID
		fragment int
		offset   int64
	}{
		{"its begin", 0, nil, first.Clip, 0, 0},
		{"a moment before the next group", 1999 * time.Millisecond, nil, first.Clip, 0, 0},
		{"the next group", 2 * time.Second, nil, first.Clip, 2, 2000},
		{"within", 7300 * time.Millisecond, nil, first.Clip, 6, 6000},
		{"what was before a group", 4 * time.Second, []string{"back", "true"}, first.Clip, 2, 2000},
		{"in a gap, and what is next is gone", 15 * time.Second, nil, second.Clip, 0, 0},
		{"what is gone", 25 * time.Second, nil, second.Clip, 0, 0},
		{"what is gone, back", 25 * time.Second, []string{"back", "true"}, first.Clip, 10, 10_000},
		{"played already", 10 * time.Second, []string{"not", first.Clip.String()}, second.Clip, 0, 0},
		{"before all", -time.Minute, nil, first.Clip, 0, 0},
		{"before all, back", -time.Minute, []string{"back", "true"}, media.ClipID{}, 0, 0},
		{"after all", time.Minute, nil, media.ClipID{}, 0, 0},
	} {
		for _, who := range []*person{alice, carol} {
			a := who.do("GET", seekPath(who, cam, begin.Add(x.at), x.more...), nil)
			var got seekAnswer
			decode(t, a, &got)
			if a.StatusCode != 200 || (got.Place == nil) != x.clip.IsZero() {
				t.Errorf("%s: %s %+v", x.name, a.Status, got.Place)
			}
			if got.Place == nil {
				continue
			}
			p := got.Place
			if p.Clip.ID != x.clip || p.Fragment != x.fragment || p.Offset != x.offset || p.Kind != "continuous" || len(p.Moments) != 11 || p.Clip.Fragments != 11 || len(p.Clip.Tracks) != 1 {
				t.Errorf("%s: %+v", x.name, p)
			}
			for n, m := range p.Moments {
				if m[0] != uint64(n)*1000 || m[1] != 1000 || (m[2] == 1) != (n%2 == 0) {
					t.Errorf("%s: fragment %d is %v", x.name, n, m)
				}
			}
			film := bodyOf(t, who.do("GET", who.path("/clips/%s/fragments/%d", p.Clip.ID, p.Fragment), nil))
			if shown := fmp4test.Numbers(film); len(shown) != 10 || shown[0] != uint64(x.fragment*10) {
				t.Errorf("%s: the fragment shows %v", x.name, shown)
			}
		}
	}
	absent := shape(t, dan.do("GET", "/nothing/here", nil))
	if a := dan.do("GET", seekPath(dan, cam, begin), nil); shape(t, a) != absent {
		t.Errorf("who may not look back: %s", a.Status)
	}
	late := r.person("eve")
	must(t, r.gate.Grant(t.Context(), r.caller(alice), gate.GrantRequest{Camera: cam, Account: r.caller(late).Account, Actions: []gate.Action{gate.History}, History: gate.FromNow}))
	var got seekAnswer
	if a := late.do("GET", seekPath(late, cam, begin), nil); a.StatusCode != 200 {
		t.Errorf("who may look back from now on: %s", a.Status)
	} else if decode(t, a, &got); got.Place != nil {
		t.Errorf("who may look back from now on: %+v", got.Place)
	}
	for _, path := range []string{seekPath(alice, cam, begin, "back", "yes"), seekPath(alice, cam, begin, "not", "x"), alice.path("/cameras/%s/seek?at=now", cam), seekPath(alice, cam, begin, "after", "x")} {
		if a := alice.do("GET", path, nil); a.StatusCode != 400 {
			t.Errorf("%s: %s", path, a.Status)
		}
	}
}

// TestSeekPastWhatIsGone: however many files in a row are gone, what is behind them is found, and
// what is before them; so is what was recorded of the same time as one of them.
func TestSeekPastWhatIsGone(t *testing.T) {
	t.Parallel()
	r, alice, cam := newFront(t)
	begin := time.Now().Add(-time.Hour).Truncate(time.Second)
	first := r.lay(cam, begin, 2, 10)
	const files = 12
	for n := range files {
		must(t, os.Remove(r.fileOf(r.lay(cam, begin.Add(time.Duration(n+1)*10*time.Second), 10, 10))))
	}
	within := r.lay(cam, begin.Add(95*time.Second), 2, 10)
	last := r.lay(cam, begin.Add((files+1)*10*time.Second), 2, 10)
	end := begin.Add((files + 2) * 10 * time.Second)
	must(t, os.Remove(r.fileOf(r.lay(cam, end, 2, 10))))
	for _, x := range []struct {
		name string
		at   time.Time
		more []string
		clip media.ClipID
	}{
		{"from the first of them on", begin.Add(15 * time.Second), nil, within.Clip},
		{"where two are, one of them gone", begin.Add(96 * time.Second), nil, within.Clip},
		{"the others of them", begin.Add(98 * time.Second), nil, last.Clip},
		{"without what was played", begin.Add(15 * time.Second), []string{"not", within.Clip.String()}, last.Clip},
		{"back to it", begin.Add(129 * time.Second), []string{"back", "true"}, within.Clip},
		{"back before it", begin.Add(94 * time.Second), []string{"back", "true"}, first.Clip},
		{"back before all of them", begin.Add(130 * time.Second), []string{"back", "true", "not", within.Clip.String()}, first.Clip},
		{"behind all", end, nil, media.ClipID{}},
	} {
		var got seekAnswer
		if a := alice.do("GET", seekPath(alice, cam, x.at, x.more...), nil); a.StatusCode != 200 {
			t.Fatalf("%s: %s", x.name, a.Status)
		} else if decode(t, a, &got); (got.Place == nil) != x.clip.IsZero() {
			t.Errorf("%s: %+v", x.name, got.Place)
		} else if got.Place != nil && got.Place.Clip.ID != x.clip {
			t.Errorf("%s: %+v", x.name, got.Place)
		}
	}
}

// TestSeekGivesUp: a search that takes too long is told as such, and never as that nothing is there.
func TestSeekGivesUp(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	looks := 0
	place, err := firstPlace(ctx, gate.SeekFilter{At: time.Now()}, func(gate.SeekFilter) (gate.Recording, *seekPlace, error) {
		if looks++; looks == 1000 {
			cancel()
		}
		return gate.Recording{Clip: media.NewClipID(), Start: time.Now(), Duration: time.Second}, nil, nil
	})
	if p := problemOf(err); place != nil || looks != 1000 || p.status != http.StatusServiceUnavailable || p.kind != "too-long" {
		t.Errorf("%v, %v after %d", place, err, looks)
	}
}
