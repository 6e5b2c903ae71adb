package app

import (
	"io"
	"strings"
	"testing"
)

// TestHelp: who asks a command for help is told how to use it, and that is no failure; a
// command that is used in another way fails.
func TestHelp(t *testing.T) {
	for _, words := range [][]string{{"--help"}, {"serve", "--help"}, {"detect", "--help"}, {"fakecam", "--help"}, {"claim", "--help"}, {"backup", "--help"}} {
		var out strings.Builder
		if got := Main(Build{}, words, &out, &out); got != 0 || out.Len() == 0 {
			t.Errorf("%q: %d, %q", words, got, out.String())
		}
	}
	for _, words := range [][]string{{"detect"}, {"detect", "--none", "a.mp4"}, {"none"}} {
		if got := Main(Build{}, words, io.Discard, io.Discard); got == 0 {
			t.Errorf("%q is taken", words)
		}
	}
}
