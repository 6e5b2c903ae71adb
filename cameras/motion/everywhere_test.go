package motion

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"testing"
	"time"
)

// TestEverywhere: every machine finds the same in the same pictures, byte by byte. Who
// changes what is found writes the sums of one machine here, and runs it on others (make
// everywhere).
func TestEverywhere(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		heat bool
		want string
	}{
		"waiting":   {false, "cb4b7dda46ed3bf67c18efbc708fb0bad1d2f46fbc8389883352bc2baac78fcc"},
		"all of it": {true, "858ceb301315e4b0e4bf14d70690c03f69aebe9e2de1db25e0cdd498ae4530c3"},
	} {
		sum := sha256.New()
		out := json.NewEncoder(sum)
		var d Detector
		if err := d.Set(Settings{
			Zones: []Zone{{Name: "left", Polygon: Polygon{{0.03, 0}, {0.57, 0.1}, {0.41, 1}}, Sensitivity: 70}, {Name: "all", Polygon: square(0, 0, 1, 1), MinArea: 0.005}},
			Masks: []Polygon{{{0.7, 0}, {1, 0}, {1, 0.33}}},
		}); err != nil {
			t.Fatal(err)
		}
		d.Active = func(at time.Duration, score int) { _ = out.Encode([]any{at, score}) }
		d.Moved = func(m Motion) { _ = out.Encode(m) }
		d.Tampered = func(m Tamper) { _ = out.Encode(m) }
		d.Seen = func(s Still) {
			p, _, err := s.Draw()
			if err != nil {
				t.Error(err)
				return
			}
			_ = out.Encode([]any{s.At, s.Size, s.Box, s.Zones, sha256.Sum256(p.Y), sha256.Sum256(p.Cr)})
		}
		if c.heat {
			d.Heat = func(h Heat) {
				_ = out.Encode(struct {
					At            time.Duration
					Columns, Rows int
					Cells         []byte
				}{h.At, h.Columns, h.Rows, h.Cells})
			}
		}
		walk(t, &d)
		_ = out.Encode([]any{d.looks.base, d.stills.usual, d.stills.deviation, d.place.usual})
		if got := hex.EncodeToString(sum.Sum(nil)); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}
