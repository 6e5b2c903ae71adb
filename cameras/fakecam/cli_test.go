package fakecam

import (
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

func TestArguments(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"b.sdp": "two", "a.sdp": "one", "c.txt": "three"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	o, fault, err := parseArgs([]string{"-auth", "basic,sha256", "-tls", "-parameter-sets", "in-band", "-sdp", dir, "-fault", "bad-sdp", "-hears", "pcma", "-no-talk"}, io.Discard)
	if err != nil || fault.stream != BadSDP || !o.TLS || o.Hears != TalkA || !o.NoTalk || o.ParameterSets != InBandOnly ||
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
	if int(Repeat) != len(Faults())-1 {
		t.Errorf("%d names for %d faults", len(Faults()), Repeat+1)
	}
	for _, name := range onvifFaultNames {
		f, err := ParseONVIFFault(name)
		if err != nil || f.String() != name {
			t.Errorf("%s: %v, %v", name, f, err)
		}
	}
	o, fault, err = parseArgs([]string{"-onvif-fault", "huge", "-onvif-recording", "a.jsonl", "-clock-ahead", "-1h", "-refuse-subscriptions", "13", "-no-sub", "-without", "ptz,media2"}, io.Discard)
	if err != nil || fault.onvif != ONVIFHuge || o.Recording != "a.jsonl" || o.Ahead != -time.Hour || o.RefuseSubscriptions != 13 || !o.NoSub || !o.without(ServicePTZ) || !o.without(ServiceMedia2) || o.without(ServiceImaging) {
		t.Errorf("%+v, %v, %v", o, fault, err)
	}
	for _, args := range [][]string{{"-fault", "boredom"}, {"-onvif-fault", "boredom"}, {"-parameter-sets", "nowhere"}, {"-sdp", filepath.Join(dir, "none")}, {"more"}, {"-sound", "c.alaw"}, {"-source", "builtin", "-sub", "b.mp4"}} {
		if _, _, err := parseArgs(args, io.Discard); err == nil {
			t.Errorf("%v is understood", args)
		}
	}
}
