package h264

import (
	"runtime"
	"testing"
)

// mostMemory is what drawing a picture may take, in bytes: a worker has 64 MiB in all while it does.
const mostMemory = 40 << 20

// TestMemoryOf4K: a picture of 3840 × 2160 that stands alone is drawn with 40 MiB at most, all
// that is allocated for it counted, whether it lives on or not; and so is the next one.
func TestMemoryOf4K(t *testing.T) { // not beside others: what they allocate would count
	au := accessUnits(sharedFile(t, "still_4k.264"))[0]
	var d Decoder
	for _, which := range []string{"the first", "another"} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		img, _, err := d.Decode(au)
		runtime.ReadMemStats(&after)
		if err != nil || img.Bounds().Dx() != 3840 || img.Bounds().Dy() != 2160 {
			t.Fatalf("%s picture: %v", which, err)
		}
		n := after.TotalAlloc - before.TotalAlloc
		t.Logf("%s picture: %.1f MiB", which, float64(n)/(1<<20))
		if n > mostMemory {
			t.Errorf("%s picture took %d bytes", which, n)
		}
	}
}
