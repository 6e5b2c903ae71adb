package httpapi

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"lares/cameras/fakecam"
	"lares/cameras/media"
	"lares/hub/gate"
	"lares/recorder"
)

var writtenRetention = map[string]cells{
	"GET /s/:scope/api/storage":                            {200, 200, 200, 200, 404, 404}, // each of their own
	"GET /s/:scope/api/cameras/:camera/retention":          {200, 404, 404, 404, 404, 404},
	"PUT /s/:scope/api/cameras/:camera/retention":          {204, 404, 404, 404, 404, 404},
	"POST /s/:scope/api/cameras/:camera/retention/preview": {200, 404, 404, 404, 404, 404},
	"PUT /s/:scope/api/cameras/:camera/pool":               {204, 404, 404, 404, 404, 404},
	"PUT /s/:scope/api/accounts/:account/quota":            {204, 404, 404, 404, 404, 404}, // the owner is the operator
}

var retentionBodies = map[string]map[string]any{
	"PUT /s/:scope/api/cameras/:camera/retention":          {"days": 30},
	"POST /s/:scope/api/cameras/:camera/retention/preview": {"days": 30},
	"PUT /s/:scope/api/cameras/:camera/pool":               {"pool": "main"},
	"PUT /s/:scope/api/accounts/:account/quota":            {"bytes": 1 << 40},
}

// TestRetention: how long recordings stay is said by the owner and told to who manages the
// camera; what cannot be meant is refused by its field, and what it deletes is told before.
func TestRetention(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	alice, carol, dave := r.person("alice"), r.person("carol"), r.person("dave")
	id, _ := alice.camera(fakecam.Options{Name: "front"})
	clip := alice.clip(id)
	r.grant(alice, id, carol, gate.Live, gate.History, gate.Delete, gate.Manage)
	path := func(p *person, end string) string { return p.path("/cameras/%s/retention%s", id, end) }
	shown := func(p *person) retentionView {
		t.Helper()
		var one struct{ Retention retentionView }
		decode(t, p.do("GET", path(p, ""), nil), &one)
		return one.Retention
	}
	none := retentionView{Kinds: []*kindView{}}
	if v := shown(alice); !reflect.DeepEqual(v, none) {
		t.Errorf("at first %+v", v)
	}
	ways := map[string]string{"PUT": "", "POST": "/preview"}
	full := map[string]any{"days": 30, "at_least": 2, "bytes": 1 << 41, "at_least_bytes": 1 << 33, "kinds": []any{
		map[string]any{"kind": "doorbell", "at_least": 14, "at_least_bytes": 5 << 30}, map[string]any{"kind": "motion", "days": 7, "bytes": 1 << 40},
	}}
	set := retentionView{ruleView{30, 2, 1 << 41, 1 << 33}, []*kindView{{"motion", ruleView{7, 0, 1 << 40, 0}}, {"doorbell", ruleView{0, 14, 0, 5 << 30}}}}
	if a := alice.do("PUT", path(alice, ""), full); a.StatusCode != 204 {
		t.Fatal(a.Status)
	}
	for _, p := range []*person{alice, carol} {
		if v := shown(p); !reflect.DeepEqual(v, set) {
			t.Errorf("%s is shown %+v", p.name, v)
		}
	}
	for _, p := range []*person{carol, dave} {
		for method, end := range ways {
			if a := p.do(method, path(p, end), full); a.StatusCode != 404 {
				t.Errorf("%s asks %s: %s", p.name, method, a.Status)
			}
		}
	}
	kind := func(k any) map[string]any { return map[string]any{"kinds": []any{k}} }
	for field, bodies := range map[string][]map[string]any{
		"days":     {{"days": -1}, {"days": 1.5}, {"days": 36501}, {"days": "7"}},
		"at_least": {{"days": 7, "at_least": 8}, kind(map[string]any{"kind": "motion", "days": 1, "at_least": 2})},
		"bytes":    {{"bytes": -1}, {"bytes": 1 << 53}, {"bytes": 0.5}, kind(map[string]any{"kind": "motion", "bytes": "7"})},
		"at_least_bytes": {
			{"at_least_bytes": -1}, {"bytes": 7, "at_least_bytes": 8}, kind(map[string]any{"kind": "motion", "bytes": 7, "at_least_bytes": 8}),
			{"bytes": 7, "kinds": []any{map[string]any{"kind": "motion", "at_least_bytes": 4}, map[string]any{"kind": "doorbell", "at_least_bytes": 4}}},
		},
		"kind":  {kind(map[string]any{"days": 1}), kind(map[string]any{"kind": "lion"}), {"kinds": []any{map[string]any{"kind": "motion"}, map[string]any{"kind": "motion"}}}},
		"weeks": {{"weeks": 1}},
	} {
		for _, body := range bodies {
			for method, end := range ways {
				var p struct{ Field string }
				answer := alice.do(method, path(alice, end), body)
				if decode(t, answer, &p); answer.StatusCode != 400 || p.Field != field {
					t.Errorf("%s %v: %s, field %q", method, body, answer.Status, p.Field)
				}
			}
		}
	}
	row, err := r.store.Clip(t.Context(), clip)
	must(t, err)
	var told struct{ Clips, Bytes int64 }
	decode(t, alice.do("POST", path(alice, "/preview"), map[string]any{"bytes": 1}), &told)
	if told.Clips != 1 || told.Bytes != row.Bytes {
		t.Errorf("would delete %+v, there is one of %d bytes", told, row.Bytes)
	}
	for k, clips := range map[string]int64{"trigger": 1, "doorbell": 0} {
		decode(t, alice.do("POST", path(alice, "/preview"), kind(map[string]any{"kind": k, "bytes": 1})), &told)
		if told.Clips != clips {
			t.Errorf("with room for one byte of %s would delete %+v", k, told)
		}
	}
	decode(t, alice.do("POST", path(alice, "/preview"), map[string]any{"days": 1}), &told)
	if told.Clips != 0 || told.Bytes != 0 {
		t.Errorf("would delete %+v", told)
	}
}

// TestStorage: everybody is told of their own cameras; who runs the hub of the sums of
// others besides, and sets quotas, with the password.
func TestStorage(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	olga, alice := r.person("olga"), r.person("alice") // the first runs the hub
	id, _ := alice.camera(fakecam.Options{Name: "alice front"})
	row, err := r.store.Clip(t.Context(), alice.clip(id))
	must(t, err)
	var own, all storageView
	decode(t, alice.do("GET", alice.path("/storage"), nil), &own)
	if len(own.Cameras) != 1 || own.Cameras[0].ID != id || own.Cameras[0].Name != "alice front" || own.Cameras[0].Clips != 1 || own.Cameras[0].Bytes != row.Bytes ||
		own.Cameras[0].PerDay != nil || own.Cameras[0].Reach != nil || own.Hub != nil || own.Accounts != nil {
		t.Errorf("alice is told %+v", own)
	}
	quota := olga.path("/accounts/%s/quota", alice.id)
	if a := olga.do("PUT", quota, map[string]any{"bytes": 1 << 40}); a.StatusCode != 204 {
		t.Fatal(a.Status)
	}
	body := bodyOf(t, olga.do("GET", olga.path("/storage"), nil))
	decode(t, olga.do("GET", olga.path("/storage"), nil), &all)
	want := []accountStorage{{r.caller(alice).Account, "alice", row.Bytes, 1 << 40}, {r.caller(olga).Account, "olga", 0, 0}}
	if len(all.Cameras) != 0 || all.Hub == nil || all.Hub.Used != row.Bytes || all.Hub.Free <= 0 || all.Hub.May <= 0 || fmt.Sprint(all.Accounts) != fmt.Sprint(want) {
		t.Errorf("olga is told %+v, want %+v", all, want)
	}
	for _, secret := range []string{"alice front", id.String()} {
		if strings.Contains(string(body), secret) {
			t.Errorf("who runs the hub reads %q", secret)
		}
	}
	decode(t, alice.do("GET", alice.path("/storage"), nil), &own)
	if own.Quota != 1<<40 {
		t.Errorf("alice is told of %d", own.Quota)
	}
	for who, path := range map[*person]string{alice: alice.path("/accounts/%s/quota", alice.id), olga: olga.path("/accounts/%s/quota", media.NewClipID())} {
		if a := who.do("PUT", path, map[string]any{"bytes": 1}); a.StatusCode != 404 {
			t.Errorf("%s: %s", who.name, a.Status)
		}
	}
	for _, bad := range []map[string]any{{}, {"bytes": -1}, {"bytes": "1"}, {"bytes": 1 << 53}} {
		if a := olga.do("PUT", quota, bad); a.StatusCode != 400 {
			t.Errorf("%v: %s", bad, a.Status)
		}
	}
}

// TestStorageFaults: who runs the hub is told what is wrong with database and recordings, and
// nothing is said of a database that is well.
func TestStorageFaults(t *testing.T) {
	for want, h := range map[string]gate.Health{
		`{"unlisted":0,"foreign":0,"damaged":0}`: {},
		`{"unlisted":0,"foreign":0,"damaged":0,"spot":{"at":"2026-03-01T12:00:00.000Z"}}`: {
			Recorder: recorder.Health{Spot: recorder.Spot{At: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}},
		},
		`{"database":"full","since":"2026-03-01T12:00:00.000Z","unlisted":1,"foreign":2,"damaged":3,"spot":{"at":"2026-03-01T12:00:00.000Z","fault":"changed"}}`: {
			Database: recorder.PoolFull, Since: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC),
			Recorder: recorder.Health{Unknown: 1, Foreign: 2, Damaged: 3, Problem: "clips/of/a/camera", Spot: recorder.Spot{At: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), Fault: recorder.FaultChanged}},
		},
	} {
		if b, err := json.Marshal(viewOfFaults(h)); err != nil || string(b) != want {
			t.Errorf("%+v is told as %s, %v", h, b, err)
		}
	}
}

// TestDays: numbers of days are told as people say them.
func TestDays(t *testing.T) {
	for n, want := range map[float64]float64{0: 0, 0.00139: 0.001, 0.0416: 0.042, 0.456: 0.46, 4.26: 4.3, 9.99: 10, 12.4: 12, 400.6: 401} {
		if got := days(n); got == nil || *got != want {
			t.Errorf("%v is told as %v", n, got)
		}
	}
	for _, n := range []float64{math.Inf(1), math.NaN()} {
		if got := days(n); got != nil {
			t.Errorf("%v is told as %v", n, *got)
		}
	}
}
