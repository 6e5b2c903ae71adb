package detect

import (
	"bytes"
	"errors"
	"image/jpeg"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"lares/cameras/fakecam"
	"lares/cameras/h264"
)

// stream is a byte stream of people walking, of whose pictures that stand alone only the
// first is there.
func stream(t *testing.T) string {
	t.Helper()
	var b []byte
	if err := fakecam.ReadH264(people, 10, func(at time.Duration, units [][]byte) error {
		if at > 0 && slices.ContainsFunc(units, h264.IsIntra) {
			return nil
		}
		for _, u := range units {
			b = append(append(b, 0, 0, 0, 1), u...)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "one.264")
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// TestThumbnailOfNoStill: where no picture that stands alone shows what moves, the one next
// to it is written, as a recorder does.
func TestThumbnailOfNoStill(t *testing.T) {
	t.Parallel()
	file, thumbnail := stream(t), filepath.Join(t.TempDir(), "out.jpg")
	if text := run(t, "--fps", "10", "--thumbnail", thumbnail, file); !strings.Contains(text, "motion from ") {
		t.Errorf("%s", text)
	}
	b, err := os.ReadFile(thumbnail)
	if err != nil {
		t.Fatal(err)
	}
	if p, err := jpeg.Decode(bytes.NewReader(b)); err != nil || p.Bounds().Dx() != 320 {
		t.Errorf("%v %v", p, err)
	}
}

// TestNoThumbnail: where there is no picture to write, what was found is printed all the
// same.
func TestNoThumbnail(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	err := Main(t.Context(), []string{"--thumbnail", filepath.Join(t.TempDir(), "t.jpg"), "../h264/testdata/cabac.264"}, &out)
	if !errors.Is(err, errStill) || !strings.Contains(out.String(), "0 events in ") {
		t.Errorf("%s %v", out.String(), err)
	}
}
