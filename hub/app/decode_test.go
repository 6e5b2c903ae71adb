package app_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// needFFmpeg names what is missing; `make need` installs it.
func needFFmpeg(t *testing.T) {
	t.Helper()
	for _, p := range []string{"ffmpeg", "ffprobe"} {
		if _, err := exec.LookPath(p); err != nil {
			t.Skipf("%s is not installed: clips cannot be checked by an independent decoder", p)
		}
	}
}

func writeFile(t *testing.T, name string, b []byte) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// decodes fails the test unless ffmpeg decodes the whole file without a word.
func decodes(t *testing.T, file string) {
	t.Helper()
	decodesWith(t, file)
}

// decodesUneven is decodes for pictures of a camera whose clock lied: where they
// catch up with the wall clock they come faster than the rate that ffmpeg
// rounds their times to, unless it is told to leave them as they are.
func decodesUneven(t *testing.T, file string) {
	t.Helper()
	decodesWith(t, file, "-enc_time_base", "-1")
}

func decodesWith(t *testing.T, file string, options ...string) {
	t.Helper()
	args := append([]string{"-v", "error", "-xerror", "-i", file}, options...)
	out, err := exec.Command("ffmpeg", append(args, "-f", "null", "-")...).CombinedOutput()
	if err == nil && len(out) == 0 {
		return
	}
	t.Errorf("%s does not decode cleanly: %v\n%s", filepath.Base(file), err, out)
	if b, err := os.ReadFile(file); err == nil {
		write(t, filepath.Join(t.ArtifactDir(), filepath.Base(file)), b)
	}
}
