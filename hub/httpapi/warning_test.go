package httpapi

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"lares/cameras"
	"lares/cameras/fakecam"
	"lares/cameras/media"
	"lares/hub/gate"
	"lares/recorder"
)

// warning is what the person is told of a camera.
func (p *person) warning(id media.CameraID) string {
	t := p.r.t
	t.Helper()
	var got cameraAnswer
	decode(t, p.do("GET", p.path("/cameras/%s", id), nil), &got)
	return got.Camera.Status.Warning
}

// unrecognised is what a camera without ONVIF and without a MAC is warned of.
const unrecognised = "This camera cannot be recognised"

// TestNotRecordingIsTold: that a camera does not record is told first, and also
// where it has another warning; its owner reads why, a guest only that.
func TestNotRecordingIsTold(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	owner, guest := r.person("alice"), r.person("bob")
	cam, err := fakecam.Start(context.Background(), fakecam.Options{Name: "front"})
	must(t, err)
	t.Cleanup(cam.Close)
	var added cameraAnswer
	decode(t, owner.do("POST", owner.path("/cameras"), map[string]string{"name": "front", "main": cam.MainURL()}), &added)
	id := added.Camera.ID
	r.grant(owner, id, guest, gate.Live)
	wait(t, "pictures", func() bool { s, ok := r.fleet.Status(id); return ok && s.State == cameras.Live })
	wait(t, "its own warning", func() bool { return strings.HasPrefix(owner.warning(id), unrecognised) })

	t.Run("folder", func(t *testing.T) {
		dir := filepath.Join(r.pool, "clips", id.String())
		must(t, os.WriteFile(dir, nil, 0o600)) // where its folder would be
		t.Cleanup(func() { must(t, os.Remove(dir)) })
		owner.told(t, id, guest, "The folder for recordings cannot be written")
	})
	t.Run("disk", func(t *testing.T) {
		clips := filepath.Join(r.pool, "clips")
		marker, err := os.ReadFile(filepath.Join(clips, "pool.id"))
		must(t, err)
		if err := syscall.Mount("lares-test", clips, "tmpfs", 0, "size=1m"); err != nil {
			t.Skip("no small file system can be mounted here: ", err)
		}
		t.Cleanup(func() { must(t, syscall.Unmount(clips, syscall.MNT_DETACH)) })
		must(t, os.WriteFile(filepath.Join(clips, "pool.id"), marker, 0o600))
		owner.told(t, id, guest, "The disk for recordings is full")
	})
	owner.trigger(id)
	wait(t, "a clip", func() bool { s, _ := r.recorder.Status(id); return s.Recording })
	if w := owner.warning(id); !strings.HasPrefix(w, unrecognised) {
		t.Errorf("while it records: %q", w)
	}
}

func (p *person) trigger(id media.CameraID) {
	t := p.r.t
	t.Helper()
	if answer := p.do("POST", p.path("/cameras/%s/trigger", id), nil); answer.StatusCode != 202 {
		t.Fatalf("trigger: %s %s", answer.Status, bodyOf(t, answer))
	}
}

// told triggers a recording that fails and checks who is told what.
func (p *person) told(t *testing.T, id media.CameraID, guest *person, why string) {
	t.Helper()
	p.trigger(id)
	wait(t, why, func() bool { return strings.HasPrefix(p.warning(id), why) })
	w := p.warning(id)
	if !strings.Contains(w, unrecognised) {
		t.Errorf("the camera's own warning is hidden: %q", w)
	}
	for _, inside := range []string{"clips", id.String(), ".lar", ":/", "openat", p.r.pool} {
		if strings.Contains(w, inside) {
			t.Errorf("%q names %q", w, inside)
		}
	}
	if w := guest.warning(id); !strings.HasPrefix(w, recordsNot) || strings.Contains(w, "disk") || strings.Contains(w, "folder") {
		t.Errorf("a guest is told %q", w)
	}
}

func TestWarningsStandTogether(t *testing.T) {
	for _, c := range []struct {
		problem, warning string
		recording        bool
		manage, guest    string
	}{
		{"", "", true, "", ""},
		{"", "No sound.", false, "No sound.", "No sound."},
		{"Full.", "", false, "Full.", recordsNot},
		{"Full.", "No sound.", false, "Full. No sound.", recordsNot + " No sound."},
		{"Changes.", "No sound.", true, "Changes. No sound.", recordsPart + " No sound."},
	} {
		for manage, want := range map[bool]string{true: c.manage, false: c.guest} {
			v := statusView{Warning: c.warning}
			v.warnOf(recorder.Status{Problem: c.problem, Recording: c.recording}, manage)
			if v.Warning != want {
				t.Errorf("%q and %q (manage %v): %q, want %q", c.problem, c.warning, manage, v.Warning, want)
			}
		}
	}
}
