package h264

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

const shared = "../../../shared/data/h264"

// expected is what is known of a shared stream.
type expected struct {
	Codec  string
	Frames int
	// Drawn and Unfiltered are SHA-256 of its first IDR, with and without the deblocking
	// filter.
	Drawn      string `json:"idr0_yuv420p_sha256"`
	Unfiltered string `json:"idr0_no_deblock_yuv420p_sha256"`
}

// sharedFile reads a file of the shared streams, and skips the test where they are not.
func sharedFile(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(shared, name))
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("../shared/data/h264 is not there: its streams are not compared")
	}
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// streams are the shared streams of H.264 by name.
func streams(t *testing.T) map[string]expected {
	t.Helper()
	var all map[string]expected
	if err := json.Unmarshal(sharedFile(t, "expected.json"), &all); err != nil {
		t.Fatal(err)
	}
	for name, e := range all {
		if e.Codec != "h264" {
			delete(all, name)
		}
	}
	return all
}

// TestSharedStreams: every picture of the shared streams is parsed to its last bit.
func TestSharedStreams(t *testing.T) {
	t.Parallel()
	for name, e := range streams(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var p Parser
			n := 0
			for i, au := range accessUnits(sharedFile(t, name)) {
				pic, err := p.Parse(au)
				if err != nil {
					t.Fatalf("picture %d: %v", i, err)
				}
				if pic != nil {
					n++
				}
			}
			if n != e.Frames {
				t.Errorf("%d pictures, want %d", n, e.Frames)
			}
		})
	}
}

// TestSharedIDRs: their first pictures are drawn bit by bit as was written down, with
// the deblocking filter and without.
func TestSharedIDRs(t *testing.T) {
	t.Parallel()
	for name, e := range streams(t) {
		au := accessUnits(sharedFile(t, name))[0]
		for _, c := range []struct {
			unfiltered bool
			want       string
		}{{true, e.Unfiltered}, {false, e.Drawn}} {
			d := Decoder{unfiltered: c.unfiltered}
			img, _, err := d.Decode(au)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			if got := fmt.Sprintf("%x", sha256.Sum256(planar(img))); got != c.want {
				t.Errorf("%s, unfiltered %t, differs", name, c.unfiltered)
			}
		}
	}
}

// TestContexts: the contexts are those of the standard, as somebody else typed them.
func TestContexts(t *testing.T) {
	t.Parallel()
	var file struct {
		Contexts [][4]*[2]int8 // nothing where a kind of slice has no such context
	}
	if err := json.Unmarshal(sharedFile(t, "cabac_contexts.json"), &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Contexts) != contextCount {
		t.Fatalf("%d contexts, want %d", contextCount, len(file.Contexts))
	}
	for i, columns := range file.Contexts {
		for column, want := range columns {
			if want != nil && contexts[i][column] != *want {
				t.Errorf("context %d of column %d is %v, want %v", i, column, contexts[i][column], *want)
			}
		}
	}
}
