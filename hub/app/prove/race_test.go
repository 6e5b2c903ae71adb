package prove

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// raceScale is ten thousand answers (HAZARDS §5.3): such a hub takes ten times as
// long for each.
var raceScale = scale{
	clients: 100, sockets: 20, devices: 2, flight: 12, total: 10_000,
	steady: goal{8_000, 10 * time.Second, 4 * time.Minute},
	churn:  churn{perSecond: 5, least: 0.2, room: 8, goal: goal{1_000, 10 * time.Second, 2 * time.Minute}, seatEvery: 10 * time.Second, turnEvery: 10 * time.Second},
	cache:  goal{3_000, 5 * time.Second, 2 * time.Minute},
}

// TestProveRaces runs a hub that looks for races through what many ask at once,
// while grants come and go, and through a broken cache (HAZARDS §5.3). It is slow, so
// how soon it answers is not judged; what it answers is.
func TestProveRaces(t *testing.T) {
	if *form != "race" {
		t.Skip("this proof runs by itself: make race")
	}
	reports := t.TempDir()
	t.Setenv("GORACE", "log_path="+filepath.Join(reports, "race"))
	r := newRig(t, &builds{dir: t.TempDir(), race: true}, "race")
	defer r.conclude(t, raceScale)
	r.stage(t, raceScale, "")
	r.phase(t, "steady", 0, func(ctx context.Context) string { r.until(ctx, raceScale.steady); return "" })
	r.phase(t, "grant churn", 0, func(ctx context.Context) string { return r.churns(ctx, t, raceScale.churn) })
	r.phase(t, "broken cache", cached, func(ctx context.Context) string { return r.behind(ctx, t, "GET HEAD", raceScale.cache) })
	r.hub.kill()
	found, err := filepath.Glob(filepath.Join(reports, "race.*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found {
		text, err := os.ReadFile(f)
		t.Errorf("%s %v", text, err)
	}
}
