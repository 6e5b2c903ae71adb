package worker

import (
	"fmt"
	"slices"
	"testing"

	"github.com/bluenviron/gortsplib/v5/pkg/format"
	"github.com/pion/rtp"

	"lares/cameras/media"
)

func TestSequence(t *testing.T) {
	type step struct {
		number  uint16
		missing int
		late    bool
	}
	for name, steps := range map[string][]step{
		"in order":           {{65_534, 0, false}, {65_535, 0, false}, {0, 0, false}, {1, 0, false}},
		"one missing":        {{10, 0, false}, {12, 1, false}, {11, 0, true}, {13, 0, false}},
		"many missing":       {{65_000, 0, false}, {1464, 1999, false}, {1465, 0, false}},
		"as many as may be":  {{0, 0, false}, {maxDropout + 1, maxDropout, false}},
		"one more":           {{0, 0, false}, {maxDropout + 2, 1, false}, {maxDropout + 3, 0, false}},
		"far ahead":          {{0, 0, false}, {19_288, 1, false}, {19_289, 0, false}},
		"half around":        {{0, 0, false}, {32_767, 1, false}, {65_535, 1, false}},
		"half around, least": {{0, 0, false}, {32_768, 1, false}, {32_769, 0, false}},
		"far behind":         {{40_000, 0, false}, {21_000, 1, false}, {21_001, 0, false}},
		"repeated":           {{5, 0, false}, {5, 0, true}, {6, 0, false}, {6, 0, true}},
		"late, in order":     {{9, 0, false}, {3, 0, true}, {4, 0, true}, {5, 0, true}, {10, 0, false}, {6, 0, true}, {7, 0, true}, {8, 0, true}},
		"just behind": {
			{1000, 0, false}, {900, 0, true}, {901, 0, true}, {902, 0, true}, {903, 0, true}, {904, 0, true}, {905, 0, true}, {906, 0, true},
			{907, 1, false}, {908, 0, false},
		},
	} {
		var s sequence
		for i, st := range steps {
			if missing, late := s.next(st.number); missing != st.missing || late != st.late {
				t.Errorf("%s: number %d at %d: %d missing, late %v", name, st.number, i, missing, late)
			}
		}
	}
}

// Numbers that begin anew within a stream are no lost packets; a
// real loss of many is. Either way nothing comes before the next picture that
// decoding can start with.
func TestCountsAnew(t *testing.T) {
	both(t, func(t *testing.T, codec media.Codec) {
		for name, c := range map[string]struct {
			by   uint16
			lost int64
		}{
			"ahead": {19_288, 0}, "behind": {65_536 - 19_288, 0}, "just ahead": {maxDropout + 1, 0}, "two thousand lost": {2000, 2000}, "one lost": {1, 1},
		} {
			for _, at := range []int{1, 3} {
				units, _ := scene(t, codec)
				for i, u := range units {
					for _, p := range u {
						if i >= at {
							p.SequenceNumber += c.by
						}
					}
				}
				r := newRig(t, offer(t, formatOf(codec)))
				r.send(slices.Concat(units...)...)
				want, thrown := "[0 1 2 3 4]", int64(0)
				if at == 1 {
					want, thrown = "[0 3 4]", 2
				}
				if got := fmt.Sprint(shown(t, r)); got != want {
					t.Errorf("%s at picture %d: %s came, want %s", name, at, got, want)
				}
				if n, _ := r.s.stats.take(); n.Lost != c.lost || n.Pictures != thrown {
					t.Errorf("%s at picture %d: counted as lost: %+v", name, at, n)
				}
			}
		}
	})
}

// The same for M-JPEG, of which nothing has to be left out.
func TestCountsAnewJPEG(t *testing.T) {
	jpeg := jpegPackets(t, 64, 48)
	for by, lost := range map[uint16]int64{20_000: 1, 65_536 - 20_000: 1, 700: 700} {
		r := newRig(t, offer(t, &format.MJPEG{}))
		var seq uint16
		for i := range 4 {
			var ps []*rtp.Packet
			for _, p := range jpeg {
				c := p.Clone()
				c.Timestamp = uint32(i * 9000)
				ps = append(ps, c)
			}
			if i == 2 {
				seq += by
			}
			r.send(number(seq, ps)...)
			seq += uint16(len(ps))
		}
		if got := fmt.Sprint(shown(t, r)); got != "[0 1 2 3]" {
			t.Errorf("%d on: %s", by, got)
		}
		if n, _ := r.s.stats.take(); n.Lost != lost || n.Pictures != 0 {
			t.Errorf("%d on: %+v", by, n)
		}
	}
}
