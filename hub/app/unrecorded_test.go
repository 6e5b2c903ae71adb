package app

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"lares/cameras/media"
	"lares/hub/store"
	"lares/recorder"
)

// TestUnrecorded: that a camera is not recorded though it is to be is told once it lasts,
// whatever the cause, and that it is again; a camera that is away is an outage, and where
// nothing is to be recorded nothing is told.
func TestUnrecorded(t *testing.T) {
	door, began := media.NewCameraID(), time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	at := func(seconds int) time.Time { return began.Add(time.Duration(seconds) * time.Second) }
	gap := func(from int, cause recorder.GapCause) recorder.Status {
		return recorder.Status{Due: true, Durable: at(from), Gap: recorder.Gap{From: at(from), Cause: cause}}
	}
	well := func(durable int) recorder.Status { return recorder.Status{Due: true, Durable: at(durable)} }
	takesNot := func(lasts time.Duration) recorder.Status { return recorder.Status{Refused: true, RefusedFor: lasts} }
	could := func(cause recorder.GapCause) recorder.Status { // of events: none could be recorded
		return recorder.Status{Durable: at(5), Gap: recorder.Gap{From: at(20), Cause: cause}}
	}
	often := well(90)
	often.Often = recorder.GapOverload
	for name, c := range map[string]struct {
		is      recorder.Status
		away    bool
		known   bool // since the tenth second
		want    []unrecorded
		refused bool // at the look before
	}{
		"recorded":                      {well(100), false, false, nil, false},
		"for a moment":                  {gap(80, recorder.GapDisk), false, false, nil, false},
		"the disk":                      {gap(70, recorder.GapDisk), false, false, []unrecorded{{camera: door, cause: recorder.GapDisk, since: at(70)}}, false},
		"the hub is too slow":           {gap(70, recorder.GapOverload), true, false, []unrecorded{{camera: door, cause: recorder.GapOverload, since: at(70)}}, false},
		"a camera that is away":         {gap(0, recorder.GapCamera), true, false, nil, false},
		"one without a picture":         {gap(0, recorder.GapCamera), false, false, []unrecorded{{camera: door, cause: recorder.GapCamera, since: at(0)}}, false},
		"off the air":                   {gap(0, recorder.GapPrivacy), true, false, nil, false},
		"the hub has just begun":        {gap(0, recorder.GapHub), false, false, nil, false},
		"told already":                  {gap(10, recorder.GapDisk), false, true, nil, false},
		"again and again":               {often, false, false, []unrecorded{{camera: door, cause: recorder.GapOverload, since: at(100), partly: true}}, false},
		"again and again, told":         {often, false, true, nil, false},
		"back":                          {well(99), false, true, []unrecorded{{camera: door, since: at(10), back: true}}, false},
		"not back yet":                  {well(9), false, true, nil, false},
		"not to be any more":            {recorder.Status{Durable: at(9)}, false, true, []unrecorded{{camera: door, since: at(10), back: true, quiet: true}}, false},
		"no event could be":             {could(recorder.GapDisk), false, false, []unrecorded{{camera: door, cause: recorder.GapDisk, since: at(20)}}, false},
		"no event could be, told":       {could(recorder.GapDisk), false, true, nil, false},
		"no event of one that is away":  {could(recorder.GapCamera), true, false, nil, false},
		"an event could be":             {recorder.Status{Ready: true, Durable: at(5)}, false, false, nil, false},
		"an event could be again":       {recorder.Status{Ready: true, Durable: at(5)}, false, true, []unrecorded{{camera: door, since: at(10), back: true}}, false},
		"its disk takes nothing":        {takesNot(6 * time.Second), false, false, []unrecorded{{camera: door, cause: recorder.GapDisk, since: at(94)}}, false},
		"for a moment, nothing":         {takesNot(2 * time.Second), false, false, nil, false},
		"it takes nothing, and told":    {takesNot(time.Minute), false, true, nil, true},
		"it takes again, nothing is on": {recorder.Status{Durable: at(9)}, false, true, []unrecorded{{camera: door, since: at(10), back: true}}, true},
		"it takes again, not recorded":  {well(9), false, true, nil, true},
	} {
		known := map[media.CameraID]time.Time{}
		if c.known {
			known[door] = at(10)
		}
		got := lookRecording(map[media.CameraID]recorder.Status{door: c.is}, map[media.CameraID]bool{door: c.away}, known, map[media.CameraID]bool{door: c.refused}, at(100))
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

// TestUnrecordedIsTold: of a camera that is not recorded its owner hears, once, and that it is
// again; of the disk who runs the hub, without a word of a camera, also after another start.
func TestUnrecordedIsTold(t *testing.T) {
	ctx := t.Context()
	h := stopped(t, t.TempDir())
	defer h.close()
	inhabit(t, h, "ann")
	door := inhabit(t, h, "bob")
	accounts := map[string]store.AccountID{}
	for _, name := range []string{"ann", "bob"} {
		a, err := h.store.AccountByName(ctx, name)
		if err != nil {
			t.Fatal(err)
		}
		accounts[name] = a.ID
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(h.store.Update(ctx, func(tx *store.Tx) error { return tx.SetOperator(ctx, accounts["ann"], true) }))
	told := func(name string) (got []string) {
		t.Helper()
		list, err := h.journal.Notices(ctx, accounts[name])
		must(err)
		for _, n := range list {
			one := string(n.Kind)
			for _, key := range []string{"cause", "partly", "state", "pool"} {
				if v, ok := n.Detail[key]; ok {
					one += fmt.Sprint(" ", v)
				}
			}
			if !n.Camera.IsZero() {
				one += " of a camera"
			}
			if v, ok := n.Detail["span_ms"].(float64); ok && v < 1000 {
				t.Errorf("%s: after %v ms", one, v)
			}
			got = append(got, one)
		}
		slices.Sort(got)
		must(h.journal.ReadNotices(ctx, accounts[name]))
		return got
	}
	since := h.clock.Now().Add(-time.Minute)
	is := func(n unrecorded, owner ...string) {
		t.Helper()
		n.camera, n.since = door, since
		must(h.tellOwnerStopped(ctx, n))
		if got := told("bob"); !slices.Equal(got, owner) {
			t.Errorf("%+v: its owner is told %q, want %q", n, got, owner)
		}
		known, err := h.store.Outages(ctx, store.MissingRecording)
		if _, there := known[door]; err != nil || there == n.back {
			t.Errorf("%+v: known are %v, %v", n, known, err)
		}
	}
	stop, partly, back := "recording-stopped disk of a camera", "recording-stopped overload true of a camera", "recording-back of a camera"
	is(unrecorded{cause: recorder.GapDisk}, stop)
	is(unrecorded{back: true}, back, stop)
	is(unrecorded{cause: recorder.GapOverload, partly: true}, back, stop, partly)
	is(unrecorded{back: true, quiet: true}, back, stop, partly)

	d, others := diskWatch{}, []recorder.PoolState(nil)
	looks := func(state recorder.PoolTrouble, lasted time.Duration, want ...string) {
		t.Helper()
		is := append([]recorder.PoolState{{Name: "main", Trouble: state}}, others...)
		must(h.tellDisks(ctx, d, is))
		for name, was := range d {
			d[name] = diskTold{was.State, was.Since.Add(-lasted)}
		}
		must(h.tellDisks(ctx, d, is))
		must(h.tellDisks(ctx, d, is))
		if got := told("ann"); !slices.Equal(got, want) {
			t.Errorf("%q for %v: who runs the hub is told %q, want %q", state, lasted, got, want)
		}
	}
	looks(recorder.PoolSlow, 2*time.Second)
	looks("", time.Minute)
	looks(recorder.PoolSlow, diskAfter, "disk-trouble slow")
	looks(recorder.PoolFull, diskAfter, "disk-trouble full", "disk-trouble slow")
	d = diskWatch{} // another start
	looks(recorder.PoolFull, time.Minute, "disk-trouble full", "disk-trouble slow")
	looks("", diskAfter, "disk-trouble full", "disk-trouble slow")
	looks("", diskBack, "disk-back", "disk-trouble full", "disk-trouble slow")
	looks("", time.Hour, "disk-back", "disk-trouble full", "disk-trouble slow")
	all := []string{"disk-back", "disk-trouble full", "disk-trouble slow"}
	others = []recorder.PoolState{{Number: 1, Name: "b", Trouble: recorder.PoolMissing}, {Number: 2, Name: "c", Trouble: recorder.PoolMissing}}
	all = append(all[:2], "disk-trouble missing b", "disk-trouble missing c", "disk-trouble slow")
	looks("", diskAfter, all...)
	others[1].Trouble = ""
	all = append([]string{"disk-back", "disk-back c"}, all[1:]...)
	looks("", diskBack, all...)
	if list := told("bob"); len(list) != 3 {
		t.Errorf("who does not run the hub is told of the disk: %q", list)
	}
}
