package journal

import (
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"lares/cameras/media"
	"lares/hub/store"
)

// past is a household that goes on for days: people, cameras, links and clips.
type past struct {
	*rig
	rand    *rand.Rand
	people  []store.AccountID // the first two own the cameras
	cameras []media.CameraID
	clips   []media.ClipID
	links   int
	granted []right
}

func newPast(t *testing.T, seed uint64) *past {
	p := &past{rig: newRig(t), rand: rand.New(rand.NewPCG(seed, 1))}
	for i := range 5 {
		p.people = append(p.people, store.NewAccountID())
		p.clips = append(p.clips, media.NewClipID())
		if i >= 2 {
			p.household(p.people[i])
			continue
		}
		own := []media.CameraID{media.NewCameraID(), media.NewCameraID()}
		p.household(p.people[i], own...)
		for _, c := range own {
			p.must(p.Put(t.Context(), Entry{Kind: CameraAdded, Account: p.people[i], Camera: c, Owner: p.people[i]}))
		}
		p.cameras = append(p.cameras, own...)
	}
	return p
}

// happens lets one thing happen, lawful or not.
func (p *past) happens() {
	who, camera, clip := p.people[p.rand.IntN(5)], p.cameras[p.rand.IntN(4)], p.clips[p.rand.IntN(5)]
	put := func(e Entry) { p.must(p.Put(p.t.Context(), e)) }
	in := func(d time.Duration) string { return stamp(p.clock.Now().Add(d)) }
	session := [16]byte{1, byte(p.rand.IntN(6))}
	switch p.rand.IntN(8) {
	case 0, 1:
		detail := map[string]any{"actions": []string{"live", "history"}, "history": []string{"now", "all"}[p.rand.IntN(2)]}
		if p.rand.IntN(3) == 0 {
			detail["expires"] = in(time.Duration(p.rand.IntN(40)) * time.Hour)
		}
		put(Entry{Kind: Granted, Camera: camera, Other: who, Detail: detail})
		p.granted = append(p.granted, right{camera, who})
	case 2:
		if len(p.granted) > 0 {
			k := p.granted[p.rand.IntN(len(p.granted))]
			put(Entry{Kind: Revoked, Camera: k.camera, Other: k.holder})
		}
	case 3:
		p.links++
		put(Entry{Kind: LinkMade, Camera: camera, Object: [16]byte{9, byte(p.links)}, Detail: map[string]any{
			"clip": clip.String(), "views": 1 + p.rand.IntN(2), "expires": in(time.Duration(p.rand.IntN(60)) * time.Hour)}})
	case 4:
		if p.links > 0 {
			put(Entry{Kind: LinkEnded, Camera: camera, Object: [16]byte{9, byte(1 + p.rand.IntN(p.links))}, Detail: map[string]any{"clip": clip.String()}})
		}
	case 5:
		p.sees(View{Kind: Guest, Via: ViaGuest, Session: session, Camera: camera, Object: clip})
	case 6:
		p.sees(View{Kind: Clip, Account: who, Session: session, Camera: camera, Object: clip, Start: p.clock.Now().Add(-time.Duration(p.rand.IntN(50)) * time.Hour)})
	default:
		p.sees(View{Kind: Live, Account: who, Session: session, Camera: camera})
	}
	p.clock.Advance(time.Duration(p.rand.IntN(120)) * time.Minute)
}

func (p *rig) sees(v View) {
	d := p.Begin(v)
	d.Bytes(7)
	p.clock.Advance(time.Second)
	d.End()
	p.clock.Advance(viewIdle)
	p.must(p.Flush(p.t.Context()))
}

func (r *rig) check(q CheckQuery) Check {
	r.t.Helper()
	c, err := r.Check(r.t.Context(), q)
	r.must(err)
	return c
}

// TestCheckGoesOnFromWhatStood: a check that begins with what stood finds what one
// of the whole journal finds, and reads no more than it has to.
func TestCheckGoesOnFromWhatStood(t *testing.T) {
	t.Parallel()
	found := 0
	for seed := range uint64(4) {
		p := newPast(t, seed)
		for range 100 {
			p.happens()
			p.must(p.stand(t.Context()))
		}
		for range 6 {
			since := t0.Add(time.Duration(p.rand.Int64N(int64(p.clock.Now().Sub(t0)))))
			q := CheckQuery{Since: since, Until: p.clock.Now().Add(time.Second)}
			short := p.check(q)
			q.Whole = true
			whole := p.check(q)
			if !reflect.DeepEqual(short.WithoutGrant, whole.WithoutGrant) || short.Deliveries != whole.Deliveries || short.Bytes != whole.Bytes || !short.Report.OK() || !whole.Report.OK() {
				t.Fatalf("seed %d since %v:\n%+v\nand of the whole\n%+v", seed, since, short, whole)
			}
			if stoodLongBefore := since.Sub(t0) > 30*time.Hour; stoodLongBefore && (short.Report.From == 0 || short.Report.Rows >= whole.Report.Rows) {
				t.Errorf("since %v it read %d rows of %d", since.Sub(t0), short.Report.Rows, whole.Report.Rows)
			}
			found += len(short.WithoutGrant)
		}
	}
	if found < 30 {
		t.Errorf("only %d deliveries without a grant: it shows little", found)
	}
}

// TestWhatStoodIsTheHubs: what stood is believed only where the hub wrote it. Who
// removes the row that took a right away, from before, or writes a grant into what
// stood, hides nothing.
func TestWhatStoodIsTheHubs(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ann, bob, door := store.NewAccountID(), store.NewAccountID(), media.NewCameraID()
	r.household(ann, door)
	r.household(bob)
	put := func(e Entry) { r.must(r.Put(t.Context(), e)) }
	put(Entry{Kind: CameraAdded, Account: ann, Camera: door, Owner: ann})
	put(Entry{Kind: Granted, Camera: door, Other: bob})
	r.clock.Advance(standEvery)
	r.must(r.stand(t.Context()))
	put(Entry{Kind: Revoked, Camera: door, Other: bob}) // row 4
	r.clock.Advance(standEvery)
	r.must(r.stand(t.Context())) // row 5
	r.clock.Advance(time.Minute)
	now := r.clock.Now()
	r.Begin(View{Kind: Live, Account: bob, Session: [16]byte{1}, Camera: door})
	r.must(r.Flush(t.Context()))
	r.hand("CREATE TABLE kept AS SELECT * FROM journal")
	ask := CheckQuery{Since: now, Until: now.Add(time.Hour)}
	if c := r.check(ask); len(c.WithoutGrant) != 1 || !c.Report.OK() || c.Report.From != 4 || c.Report.Rows != 2 {
		t.Fatalf("whole: %+v", c)
	}
	stood := r.rows()[4]
	forged := strings.ReplaceAll(stood.Detail, `"items":[`, fmt.Sprintf(`"items":[{"c":"%v","h":"%v","a":null},`, door, bob))
	for what, c := range map[string]struct {
		do   []string
		from int64 // where the check begins
		ok   bool  // whether what it read is as it was written
	}{
		"the revoke is gone":    {[]string{"DELETE FROM journal WHERE seq = 4"}, 4, true},
		"a grant in what stood": {[]string{fmt.Sprintf("UPDATE journal SET detail = '%s' WHERE seq = 5", forged)}, 2, false},
		"and in an older one": {[]string{fmt.Sprintf("UPDATE journal SET detail = '%s' WHERE seq = 5", forged),
			fmt.Sprintf("UPDATE journal SET detail = '%s' WHERE seq = 3", forged)}, 0, false},
		"another row's what stood": {[]string{"DELETE FROM journal WHERE seq = 5", fmt.Sprintf(copyRow, 5, 3)}, 2, false},
		"none that stood":          {[]string{"DELETE FROM journal WHERE kind = 'standing'"}, 0, false},
	} {
		r.hand(c.do...)
		got := r.check(ask)
		if len(got.WithoutGrant) != 1 || got.WithoutGrant[0].Account != bob || got.Report.OK() != c.ok || got.Report.From != c.from {
			t.Errorf("%s: %+v", what, got)
		}
		ask.Whole = true
		if whole := r.check(ask); whole.Report.OK() || whole.Report.From != 0 {
			t.Errorf("%s, and the whole: %+v", what, whole.Report)
		}
		ask.Whole = false
		r.hand("DELETE FROM journal", "INSERT INTO journal SELECT * FROM kept")
	}
}

// TestWhatWasBrokenIsSaid: what stands is written also where rows before were not
// as they had been written, and a check that goes on from there says so until they
// are gone.
func TestWhatWasBrokenIsSaid(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.fill(10, 5)
	r.hand("UPDATE journal SET count = 99 WHERE seq = 4")
	for range 2 {
		r.clock.Advance(standEvery)
		r.fill(2, 2)
		r.must(r.stand(t.Context()))
	}
	r.clock.Advance(time.Minute)
	c := r.check(CheckQuery{Since: r.clock.Now(), Until: r.clock.Now()})
	if c.Report.OK() || c.Report.From < 10 || c.Report.Faults != 0 || !strings.HasPrefix(strings.Join(c.Report.Lines(), "\n"), "row 4, or one before it") {
		t.Errorf("%+v", c.Report)
	}
	r.cfg.Rows = 1
	r.must(r.tidy(t.Context(), r.clock.Now()))
	if c := r.check(CheckQuery{Since: r.clock.Now(), Until: r.clock.Now()}); !c.Report.OK() {
		t.Errorf("it is gone, and said still: %+v", c.Report)
	}
}

// TestGrantsOutliveTheirRows: retention goes up to where rows say what stood, and a
// grant or link is known when its own row is gone.
func TestGrantsOutliveTheirRows(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ann, bob, door, clip := store.NewAccountID(), store.NewAccountID(), media.NewCameraID(), media.NewClipID()
	r.household(ann, door)
	r.household(bob)
	put := func(e Entry) { r.must(r.Put(t.Context(), e)) }
	put(Entry{Kind: CameraAdded, Account: ann, Camera: door, Owner: ann})
	put(Entry{Kind: Granted, Camera: door, Other: bob, Detail: map[string]any{"actions": []string{"live"}}})
	put(Entry{Kind: LinkMade, Camera: door, Object: [16]byte{9}, Detail: map[string]any{"clip": clip.String(), "views": 2}})
	r.Begin(View{Kind: Guest, Via: ViaGuest, Session: [16]byte{5}, Camera: door, Object: clip}).End()
	r.clock.Advance(viewIdle)
	r.must(r.Flush(t.Context()))
	r.clock.Advance(standEvery)
	r.must(r.stand(t.Context()))
	r.fill(30, 10)
	r.clock.Advance(DefaultKeep + time.Hour)
	r.fill(2, 2)
	r.must(r.tidy(t.Context(), r.clock.Now()))
	r.must(r.Flush(t.Context()))
	if first := r.rows()[0]; first.Kind != string(Standing) || first.Seq != 6 {
		t.Fatalf("the oldest is %+v", first)
	}
	for _, v := range []View{
		{Kind: Live, Account: ann, Session: [16]byte{1}, Camera: door}, {Kind: Live, Account: bob, Session: [16]byte{2}, Camera: door},
		{Kind: Clip, Account: bob, Session: [16]byte{2}, Camera: door, Object: clip}, // not what was granted
		{Kind: Guest, Via: ViaGuest, Session: [16]byte{3}, Camera: door, Object: clip},
		{Kind: Guest, Via: ViaGuest, Session: [16]byte{4}, Camera: door, Object: clip}, // one too many
	} {
		r.Begin(v)
		r.clock.Advance(time.Second)
	}
	for _, whole := range []bool{false, true} {
		c := r.check(CheckQuery{Since: r.clock.Now().Add(-time.Minute), Until: r.clock.Now().Add(time.Minute), Owner: ann, Whole: whole})
		kinds := []Kind{}
		for _, f := range c.WithoutGrant {
			kinds = append(kinds, f.Kind)
		}
		if !slices.Equal(kinds, []Kind{Clip, Guest}) || !c.Report.OK() || c.Report.From != 5 {
			t.Errorf("%v: %+v", kinds, c)
		}
	}
	// What stood half a year later is further on: the next retention goes there.
	r.clock.Advance(standEvery)
	r.must(r.stand(t.Context()))
	r.clock.Advance(DefaultKeep)
	r.must(r.tidy(t.Context(), r.clock.Now()))
	if start := r.start(); start < 30 {
		t.Errorf("retention stopped at %d", start)
	}
}

// TestCheckJudgesFromWhatStood: a view that began before, under a grant that another
// one has replaced since, is judged from there on.
func TestCheckJudgesFromWhatStood(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ann, bob, door := store.NewAccountID(), store.NewAccountID(), media.NewCameraID()
	r.household(ann, door)
	grant := func() { r.must(r.Put(t.Context(), Entry{Kind: Granted, Camera: door, Other: bob})) }
	grant()
	d := r.Begin(View{Kind: Live, Account: bob, Session: [16]byte{1}, Camera: door})
	r.clock.Advance(standEvery)
	grant()
	r.clock.Advance(standEvery)
	r.must(r.stand(t.Context()))
	r.clock.Advance(time.Hour)
	d.Bytes(1)
	r.settle(r.clock.Now(), true)
	r.must(r.Flush(t.Context()))
	for _, whole := range []bool{true, false} {
		if c := r.check(CheckQuery{Since: r.clock.Now().Add(-time.Minute), Until: r.clock.Now().Add(time.Hour), Whole: whole}); len(c.WithoutGrant) != 0 || !c.Report.OK() {
			t.Errorf("whole %v: %+v", whole, c)
		}
	}
}

// TestManyGrantsStand: more than one row holds.
func TestManyGrantsStand(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ann, door := store.NewAccountID(), media.NewCameraID()
	r.household(ann, door)
	for i := range 95 {
		r.Add(Entry{Kind: Granted, Camera: door, Other: store.AccountID{1, byte(i)}, Detail: map[string]any{
			"actions": []string{"live", "audio", "history", "export", "talk", "ptz", "notify", "star", "delete", "manage", "guest links"},
			"history": "now", "expires": stamp(t0.Add(DefaultKeep))}})
	}
	for i := range 40 {
		r.Begin(View{Kind: Clip, Session: [16]byte{byte(i)}, Camera: door, Object: [16]byte{8}})
	}
	r.must(r.Flush(t.Context()))
	r.clock.Advance(standEvery)
	r.must(r.stand(t.Context()))
	s, err := r.stood(t.Context(), r.clock.Now(), r.clock.Now())
	r.must(err)
	if len(s.rights) != 95 || len(s.open) != 40 || s.owners[door] != ann || s.seq != 135 {
		t.Errorf("%d rights, %d open: %+v", len(s.rights), len(s.open), s.place)
	}
	if p := s.rights[right{door, [16]byte{1, 7}}]; len(p) != 1 || len(p[0].actions) != 11 || !p[0].expires.Equal(t0.Add(DefaultKeep)) || p[0].history.IsZero() {
		t.Errorf("%+v", p)
	}
	if at := r.newest(); r.stand(t.Context()) != nil || r.newest() != at {
		t.Error("what stands is written again and again")
	}
}

// TestStoodOfAnotherVersion: what an older version said stands had no tokens in it. A
// check does not go on from there; it does from what is written next.
func TestStoodOfAnotherVersion(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ann, door, token := store.NewAccountID(), media.NewCameraID(), [16]byte{9}
	r.household(ann, door)
	r.must(r.Put(t.Context(), Entry{Kind: CameraAdded, Account: ann, Camera: door, Owner: ann}))
	r.must(r.Put(t.Context(), Entry{Kind: TokenMade, Account: ann, Camera: door, Object: token, Detail: map[string]any{"actions": []string{"live"}, "history": "all"}}))
	last := r.rows()[1]
	for _, version := range []int{0, standingVersion - 1, standingVersion + 1} {
		old := standingRow{
			Version: version, After: last.Seq, Hash: hex.EncodeToString(last.Hash[:]), At: unixMS(r.clock.Now()), Part: 1, Parts: 1,
			Items: []standingItem{{Camera: door, Owner: anyID(ann)}},
		}
		r.must(r.Put(t.Context(), Entry{Kind: Standing, Detail: map[string]any{"standing": old}}))
	}
	live := View{Kind: Live, Account: ann, Via: ViaToken, Session: token, Camera: door}
	for _, stands := range []bool{false, true} {
		r.clock.Advance(standEvery)
		if stands {
			r.must(r.stand(t.Context()))
		}
		r.clock.Advance(time.Minute)
		since := r.clock.Now()
		r.sees(live)
		got := r.check(CheckQuery{Since: since, Until: r.clock.Now().Add(time.Second)})
		if len(got.WithoutGrant) != 0 || got.Deliveries != 1 || (got.Report.From > 0) != stands || !got.Report.OK() {
			t.Errorf("written anew %v: %d found of %d, from row %d", stands, len(got.WithoutGrant), got.Deliveries, got.Report.From)
		}
	}
}
