package fakecam

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"lares/cameras/media/costtest"
)

// uniform is a clip whose table tells of so many pictures of one size.
func uniform(size, count uint32) []byte {
	b := bytes.Clone(peopleSub)
	put := func(box string, at int, values ...uint32) {
		i := bytes.Index(b, []byte(box))
		for k, v := range values {
			binary.BigEndian.PutUint32(b[i+at+4*k:], v)
		}
	}
	i := bytes.Index(b, []byte("stsz"))
	whole := binary.BigEndian.Uint32(b[i-4:])
	put("stsz", 8, size, count, whole-20) // what was the table is a box that is skipped
	copy(b[i+20:], "free")
	binary.BigEndian.PutUint32(b[i-4:], 20)
	put("stsc", 16, 0xffffffff)
	return b
}

// TestHugeTables: a small file whose tables tell of thousands of millions of samples is
// refused before they are counted out.
func TestHugeTables(t *testing.T) {
	for name, b := range map[string][]byte{
		"a size for all":  uniform(1, 0xffffffff),
		"no size for all": uniform(0, 0xffffffff),
		"a large size":    uniform(0xffffffff, 0xffffffff),
	} {
		costtest.Within(t, func() {
			if _, err := parseClip(bytes.NewReader(b)); !errors.Is(err, errTables) && name != "no size for all" || err == nil {
				t.Errorf("%s: %v", name, err)
			}
		})
	}
	file := write(t, "huge.mp4", uniform(1, 0xffffffff))
	if err := ReadH264(file, 10, func(time.Duration, [][]byte) error { return nil }); !errors.Is(err, errTables) {
		t.Errorf("%v", err)
	}
	two := clipTrack{size: 10, left: 10}
	for i, want := range []error{nil, errTables} { // the same bytes over and over
		if err := two.add(clipSample{size: 6}, 1, 0); !errors.Is(err, want) {
			t.Errorf("sample %d: %v, want %v", i, err, want)
		}
	}
}

// TestManySamples: a file of more samples than are read is refused by that name, by what its
// tables say they are before one is counted out, and where fragments tell of them as they come.
func TestManySamples(t *testing.T) {
	b := uniform(1, maxSamples+1)
	media := bytes.Index(b, []byte("mdat")) - 4
	binary.BigEndian.PutUint32(b[media:], 8+maxSamples+1) // as many octets as samples
	file := write(t, "many.mp4", b)
	if err := os.Truncate(file, int64(media)+8+maxSamples+1); err != nil {
		t.Fatal(err)
	}
	costtest.Within(t, func() {
		if err := ReadH264(file, 10, func(time.Duration, [][]byte) error { return nil }); !errors.Is(err, errMany) {
			t.Errorf("%v", err)
		}
	})
	full := clipTrack{size: 10, left: 10, samples: make([]clipSample, maxSamples-1, maxSamples)}
	for i, want := range []error{nil, errMany} {
		if err := full.add(clipSample{size: 1}, 1, 0); !errors.Is(err, want) {
			t.Errorf("sample %d: %v, want %v", maxSamples+i, err, want)
		}
	}
}

// TestLongSound: forty minutes of G.711, of which a file has a sample for each octet, are read
// octet by octet, and its pictures are.
func TestLongSound(t *testing.T) {
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		t.Skip("ffmpeg is not installed: there is no recording to read")
	}
	const minutes = 40
	sound := make([]byte, 8000*60*minutes)
	rand.NewChaCha8([32]byte{}).Read(sound)
	file := filepath.Join(t.TempDir(), "long.mov")
	said, err := exec.Command("ffmpeg", "-v", "error", "-f", "mulaw", "-ar", "8000", "-ac", "1", "-i", write(t, "long.ulaw", sound),
		"-f", "lavfi", "-i", fmt.Sprintf("color=s=64x64:r=1:d=%d", 60*minutes), "-map", "1:v", "-map", "0:a", "-c:a", "copy", "-c:v", "libx264", "-threads", "1", "-preset", "ultrafast", file).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	pictures, octets := 0, 0
	if err := ReadH264(file, 1, func(time.Duration, [][]byte) error { pictures++; return nil }); err != nil || pictures != 60*minutes {
		t.Errorf("%d pictures: %v", pictures, err)
	}
	if err := ReadSound(file, func(s Sound) error {
		if want := time.Duration(octets) * time.Second / 8000; s.At != want || octets+len(s.Data) > len(sound) || !bytes.Equal(s.Data, sound[octets:octets+len(s.Data)]) {
			return fmt.Errorf("at %v, want %v: other octets", s.At, want)
		}
		octets += len(s.Data)
		return nil
	}); err != nil || octets != len(sound) {
		t.Errorf("%d octets: %v", octets, err)
	}
}
