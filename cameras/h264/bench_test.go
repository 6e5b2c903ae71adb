//go:build bench

package h264

import (
	"runtime"
	"syscall"
	"testing"

	"lares/cameras/benchline"
)

// best is the shortest of several runs, in seconds of processor time: what else the
// machine does can only lengthen one.
func best(t *testing.T, runs int, do func()) float64 {
	spent := func() float64 {
		var u syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
			t.Fatal(err)
		}
		return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
	}
	shortest := 0.0
	for i := range runs {
		start := spent()
		do()
		if s := spent() - start; i == 0 || s < shortest {
			shortest = s
		}
	}
	return shortest
}

// TestBenchH264 measures how fast pictures are parsed, and how fast and in how much
// memory those that stand alone are drawn.
func TestBenchH264(t *testing.T) {
	for _, x := range []struct{ name, file string }{
		{"parse_sub_cbr", "sub_indoor_cbr.264"}, {"parse_sub_vbr", "sub_indoor_vbr.264"},
		{"parse_sub_cavlc", "sub_indoor_cavlc.264"}, {"parse_main_1080p", "main_indoor.264"},
	} {
		data := sharedFile(t, x.file)
		all := accessUnits(data)
		seconds := best(t, 10, func() {
			var p Parser
			for _, au := range all {
				if _, err := p.Parse(au); err != nil {
					t.Fatal(err)
				}
			}
		})
		benchline.Check(t, x.name, float64(8*len(data))/1e6/seconds, "Mbit/s", ">=", 60)
	}
	for _, x := range []struct {
		name, file string
		target     float64
	}{{"idr_1080p", "main_indoor.264", 80}, {"idr_4k", "still_4k.264", 300}} {
		au := accessUnits(sharedFile(t, x.file))[0]
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		var d Decoder
		draw := func() {
			if _, _, err := d.Decode(au); err != nil {
				t.Fatal(err)
			}
		}
		draw()
		runtime.ReadMemStats(&after)
		benchline.Check(t, x.name+"_memory", float64(after.TotalAlloc-before.TotalAlloc)/(1<<20), "MiB", "<=", 40)
		benchline.Check(t, x.name, 1000*best(t, 10, draw), "ms", "<=", x.target)
	}
}
