package args

import (
	"errors"
	"flag"
	"io"
	"slices"
	"testing"
)

// TestParse: flags may stand before, between and behind the other words.
func TestParse(t *testing.T) {
	for _, words := range [][]string{{"-n", "2", "a", "b"}, {"a", "-n", "2", "b"}, {"a", "b", "-n=2"}} {
		flags := flag.NewFlagSet("x", flag.ContinueOnError)
		n := flags.Int("n", 1, "a number")
		if others, err := Parse(flags, words); err != nil || *n != 2 || !slices.Equal(others, []string{"a", "b"}) {
			t.Errorf("%q: %d, %q, %v", words, *n, others, err)
		}
	}
	flags := flag.NewFlagSet("x", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	if _, err := Parse(flags, []string{"a", "--help"}); !errors.Is(err, flag.ErrHelp) {
		t.Errorf("asked for help: %v", err)
	}
}
