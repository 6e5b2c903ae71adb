//go:build browser

package app_test

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"lares/cameras/fakecam"
	"lares/cameras/media"
)

// TestBrowser drives Chromium through what a person does on the first day,
// over HTTPS on an address of the machine that is not loopback: claim, add a
// camera, watch it, trigger a clip, play it and seek in it.
func TestBrowser(t *testing.T) {
	t.Parallel()
	h := startHub(t, t.TempDir(), "--discover", "here")
	cam := startCamera(t, fakecam.Options{Name: "Front door", Source: fakecam.TestCard{}, Audio: true, Username: "viewer", Password: "camera secret"})

	driveway := startCamera(t, fakecam.Options{Name: "Driveway", Source: fakecam.File{Path: h265File(t)}, Username: "viewer", Password: "camera secret"})
	yard := startCamera(t, fakecam.Options{Name: "Yard", Source: fakecam.TestCard{}, Username: "viewer", Password: "camera secret"})
	yard.SetFault(fakecam.Resolution)

	browse(t, h, "e2e/hub.mjs",
		"LARES_CLAIM_CODE="+h.claimCode(),
		"LARES_CAMERA_MAIN="+cam.MainURL(), "LARES_CAMERA_SUB="+cam.SubURL(), "LARES_CAMERA_ONVIF="+cam.ONVIFURL(),
		"LARES_CAMERA_USER=viewer", "LARES_CAMERA_PASSWORD=camera secret",
		"LARES_CAMERA_H265="+driveway.MainURL(),
		"LARES_CAMERA_PARTS="+yard.MainURL(),
	)
}

// TestBrowserAfterRollback is the pages after last week's database was put
// back: everyone is told, the operator confirms, checks what happened and tells
// everyone.
func TestBrowserAfterRollback(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	database := filepath.Join(data, "lares.db")
	h := startHub(t, data)
	h.claim("Keeper")
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("%v\n%s", err, h.stderr)
		}
	}
	must(h.stop())
	week, err := os.ReadFile(database)
	must(err)

	h = startHub(t, data)
	keeper := h.signIn("Keeper")
	for _, name := range []string{"Bob", "Carol"} {
		var invited struct{ Code string }
		keeper.call(http.MethodPost, "invitations/new/"+media.NewClipID().String(), map[string]any{"name": name}, http.StatusCreated, &invited)
		h.enter("/api/accept/", map[string]string{"code": invited.Code, "name": name, "password": password})
	}
	must(h.stop())
	for _, end := range []string{"-wal", "-shm"} {
		os.Remove(database + end)
	}
	write(t, database, week)

	h = startHub(t, data)
	browse(t, h, "e2e/rollback.mjs", "LARES_NAME=Keeper", "LARES_OTHER=Bob", "LARES_PASSWORD="+password)
}

// browse runs one of the scripts against the hub, on an address of the machine
// that is not loopback.
func browse(t *testing.T, h *hub, script string, env ...string) {
	t.Helper()
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatal("chromium is not installed: run packaging/dev/need chromium")
	}
	run := exec.CommandContext(t.Context(), "node", script)
	run.Dir = "../../web"
	run.Env = append(os.Environ(),
		"LARES_URL=https://"+net.JoinHostPort(outerAddress(t), h.port),
		"LARES_CA_SPKI="+spki(t, filepath.Join(h.data, "ca", "ca.pem")),
		"LARES_CHROMIUM="+chromium,
	)
	run.Env = append(run.Env, env...)
	out, err := run.CombinedOutput()
	t.Logf("%s", out)
	if err != nil {
		t.Fatalf("the browser did not get through: %v\nhub:\n%s", err, h.stderr)
	}
}

// h265File is a short H.265 clip with G.711 A-law, made here.
func h265File(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "h265.mov")
	out, err := exec.CommandContext(t.Context(), "ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=640x360:rate=10:duration=10",
		"-f", "lavfi", "-i", "sine=frequency=300:sample_rate=8000:duration=10", "-c:a", "pcm_alaw", "-ac", "1",
		"-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=error:keyint=20:bframes=0", "-tag:v", "hvc1", path).CombinedOutput()
	if err != nil {
		t.Fatalf("ffmpeg makes no H.265 (run packaging/dev/need ffmpeg): %v\n%s", err, out)
	}
	return path
}

// outerAddress is an address of this machine that is not loopback; secure
// contexts and cookies behave differently there.
func outerAddress(t *testing.T) string {
	t.Helper()
	list, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range list {
		if n, ok := a.(*net.IPNet); ok && n.IP.To4() != nil && !n.IP.IsLoopback() {
			return n.IP.String()
		}
	}
	t.Fatal("this machine has no address but loopback: sign-in over the LAN cannot be shown on it")
	return ""
}

// spki is how Chromium is told to trust one authority: the hash of its public
// key.
func spki(t *testing.T, file string) string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(b)
	if block == nil {
		t.Fatalf("%s is no certificate", file)
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(cert.RawSubjectPublicKeyInfo)
	return base64.StdEncoding.EncodeToString(sum[:])
}
