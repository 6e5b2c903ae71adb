//go:build peer

package fakecam_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"lares/cameras/fakecam"
)

// TestPeerClient: an ONVIF client of other people (npm's onvif) signs in to the camera, sees
// its profiles, addresses and places, moves it, sets its picture and hears its motion: what
// the hub is tested against is no language of our own.
func TestPeerClient(t *testing.T) {
	if _, err := exec.LookPath("npm"); err != nil {
		t.Skip("npm is not installed: no ONVIF client of others is tried")
	}
	dir := t.TempDir()
	for _, name := range []string{"package.json", "package-lock.json", "client.js"} {
		b, err := os.ReadFile(filepath.Join("../testdata/peers", name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	install := exec.Command("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
	install.Dir = dir
	if out, err := install.CombinedOutput(); err != nil {
		t.Skipf("npm cannot install the client, no ONVIF client of others is tried: %v\n%s", err, out)
	}
	cam, err := fakecam.Start(t.Context(), fakecam.Options{Name: "peer", Username: "user", Password: "secret", MotionEvery: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer cam.Close()
	u, err := url.Parse(cam.ONVIFURL())
	if err != nil {
		t.Fatal(err)
	}
	host, port, err := net.SplitHostPort(u.Host)
	if err != nil {
		t.Fatal(err)
	}
	ask := func(password string) (out, said string, err error) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		c := exec.CommandContext(ctx, "node", "client.js", host, port, "user", password)
		c.Dir = dir
		var o, e bytes.Buffer
		c.Stdout, c.Stderr = &o, &e
		err = c.Run()
		return o.String(), e.String(), err
	}
	out, said, err := ask("secret")
	if err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	var got struct {
		SerialNumber, Snapshot, Event string
		Profiles                      []struct {
			Token, URI    string
			Width, Height int
		}
		Presets    []string
		Brightness float64
	}
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	if len(got.Profiles) != 2 || got.Profiles[0].URI != cam.MainURL() || got.Profiles[1].URI != cam.SubURL() || got.Profiles[0].Width != 640 || got.Profiles[1].Height != 180 {
		t.Errorf("profiles %+v", got.Profiles)
	}
	if got.SerialNumber == "" || !strings.HasSuffix(got.Snapshot, ".jpg") || !slices.Contains(got.Presets, "Door") || got.Event != "tns1:RuleEngine/CellMotionDetector/Motion" {
		t.Errorf("%+v", got)
	}
	if d := cam.Device(); d.Preset != "Gate & drive" || d.Brightness != 30 || got.Brightness != 30 {
		t.Errorf("at %q, brightness %v, told %v", d.Preset, d.Brightness, got.Brightness)
	}
	if _, said, err := ask("wrong"); err == nil || !strings.Contains(said, "401") && !strings.Contains(strings.ToLower(said), "auth") {
		t.Errorf("a wrong password: %v, %s", err, said)
	}
}
