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
		n := allocated(func() {
			if img, _, err := d.Decode(au); err != nil || img.Bounds().Dx() != 3840 || img.Bounds().Dy() != 2160 {
				t.Fatalf("%s picture: %v", which, err)
			}
		})
		t.Logf("%s picture: %.1f MiB", which, float64(n)/(1<<20))
		if n > mostMemory {
			t.Errorf("%s picture took %d bytes", which, n)
		}
	}
}

// TestMemoryOfParsing4K: what is known of macroblocks is kept of two rows of them.
func TestMemoryOfParsing4K(t *testing.T) { // not beside others, either
	au := accessUnits(sharedFile(t, "still_4k.264"))[0]
	var p Parser
	n := allocated(func() {
		if _, err := p.Parse(au); err != nil {
			t.Fatal(err)
		}
	})
	if n > 1<<20 {
		t.Errorf("a picture took %d bytes", n)
	}
}

// allocated is how many bytes are allocated meanwhile, whether they live on or not.
func allocated(do func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	do()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}
