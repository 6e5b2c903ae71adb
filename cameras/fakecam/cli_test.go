package fakecam

import (
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestArguments(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"b.sdp": "two", "a.sdp": "one", "c.txt": "three"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	o, fault, err := parseArgs([]string{"-auth", "basic,sha256", "-tls", "-parameter-sets", "in-band", "-sdp", dir, "-fault", "bad-sdp"}, io.Discard)
	if err != nil || fault != BadSDP || !o.TLS || o.ParameterSets != InBandOnly ||
		!slices.Equal(o.Auth, []string{AuthBasic, AuthSHA256}) || !slices.Equal(o.BadSDP, []string{"one", "two"}) {
		t.Errorf("%+v, %v, %v", o, fault, err)
	}
	o, _, err = parseArgs([]string{"-source", "a.265", "-sub", "b.mp4", "-sound", "c.alaw", "-fps", "25"}, io.Discard)
	if want := (File{Path: "a.265", Sub: "b.mp4", Audio: "c.alaw", FPS: 25}); err != nil || o.Source != want {
		t.Errorf("%+v, %v", o.Source, err)
	}
	for _, name := range Faults() {
		f, err := ParseFault(name)
		if err != nil || f.String() != name {
			t.Errorf("%s: %v, %v", name, f, err)
		}
	}
	if int(Downgrade) != len(Faults())-1 {
		t.Errorf("%d names for %d faults", len(Faults()), Downgrade+1)
	}
	for _, args := range [][]string{{"-fault", "boredom"}, {"-parameter-sets", "nowhere"}, {"-sdp", filepath.Join(dir, "none")}, {"more"}, {"-sound", "c.alaw"}, {"-source", "builtin", "-sub", "b.mp4"}} {
		if _, _, err := parseArgs(args, io.Discard); err == nil {
			t.Errorf("%v is understood", args)
		}
	}
}
