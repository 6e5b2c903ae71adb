package httpapi

import (
	"errors"
	"mime"
	"strings"
	"testing"
	"time"

	"lares/cameras/clock"
	"lares/cameras/media"
	"lares/hub/account"
	"lares/hub/gate"
	"lares/hub/store"
)

func TestDownloadTickets(t *testing.T) {
	now := clock.NewManual(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	d := newDownloads(now)
	alice, bob, clip := store.NewSessionID(), store.NewSessionID(), media.NewClipID()
	id, ok := d.issue(ticket{session: alice, clip: clip, sound: gate.Recorded})
	if !ok {
		t.Fatal("no ticket")
	}
	if _, err := d.take(id, bob); !errors.Is(err, gate.ErrNotFound) {
		t.Error("another session took it")
	}
	if _, err := d.take(media.NewID[ticket](), alice); !errors.Is(err, gate.ErrNotFound) {
		t.Error("a ticket that never was")
	}
	if got, err := d.take(id, alice); err != nil || got.clip != clip || got.sound != gate.Recorded {
		t.Error("the foreign try used it up")
	}
	if _, err := d.take(id, alice); !errors.Is(err, gate.ErrNotFound) {
		t.Error("taken twice")
	}

	id, _ = d.issue(ticket{session: alice, clip: clip, sound: gate.Recorded})
	other, _ := d.issue(ticket{session: bob, clip: clip, sound: gate.Recorded})
	mine := d.open[id]
	d.open[id] = d.open[other]
	if _, err := d.take(id, bob); !errors.Is(err, gate.ErrCrossed) {
		t.Errorf("a ticket in the place of another: %v", err)
	}
	d.open[id] = mine

	id, _ = d.issue(ticket{session: alice, clip: clip, sound: gate.Recorded})
	now.Advance(downloadLife + time.Second)
	if _, err := d.take(id, alice); !errors.Is(err, gate.ErrNotFound) {
		t.Error("taken after its time")
	}

	id, _ = d.issue(ticket{session: alice, clip: clip, sound: gate.Recorded})
	d.forget(alice)
	if _, err := d.take(id, alice); !errors.Is(err, gate.ErrNotFound) {
		t.Error("taken after its session ended")
	}

	for range maxSessionDownloads {
		if _, ok := d.issue(ticket{session: alice, clip: clip, sound: gate.Recorded}); !ok {
			t.Fatal("refused too early")
		}
	}
	if _, ok := d.issue(ticket{session: alice, clip: clip, sound: gate.Recorded}); ok {
		t.Error("no limit per session")
	}
	if _, ok := d.issue(ticket{session: bob, clip: clip, sound: gate.Recorded}); !ok {
		t.Error("one session's limit holds for another")
	}
	now.Advance(downloadLife + time.Second)
	if _, ok := d.issue(ticket{session: alice, clip: clip, sound: gate.Recorded}); !ok || len(d.open) != 1 {
		t.Errorf("%d tickets kept after their time", len(d.open))
	}
}

// TestLastingTickets: an export's ticket is good for a day, as often as its session asks; of too
// many of one session, and of all, the oldest goes, and none of a clip's for it.
func TestLastingTickets(t *testing.T) {
	now := clock.NewManual(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	d := newDownloads(now)
	issue := func(who account.SessionID, lasting bool) downloadID {
		t.Helper()
		now.Advance(time.Millisecond) // each is older than the next
		id, ok := d.issue(ticket{session: who, lasting: lasting})
		if !ok {
			t.Fatal("no ticket")
		}
		return id
	}
	alice := store.NewSessionID()
	good := func(id downloadID) bool { _, err := d.take(id, alice); return err == nil }
	first, second := issue(alice, true), issue(alice, true)
	for range 2 {
		if !good(first) {
			t.Error("good once")
		}
	}
	for range maxSessionExports - 1 {
		issue(alice, true)
	}
	if good(first) || !good(second) {
		t.Error("of too many of a session the oldest did not go, or another did")
	}
	clip := issue(alice, false)
	for range maxExports {
		issue(store.NewSessionID(), true)
	}
	if good(second) || len(d.open) != maxExports+1 || !good(clip) {
		t.Errorf("of too many of all the oldest did not go: %d are there", len(d.open))
	}
	last := issue(alice, true)
	now.Advance(exportLife + time.Second)
	if good(last) {
		t.Error("good after its time")
	}
}

func TestAttachment(t *testing.T) {
	at := time.Date(2026, 3, 1, 18, 3, 12, 0, time.FixedZone("", 3600))
	for name, want := range map[string]string{
		"Front door":             "Front-door_2026-03-01_17-03-12Z.mp4",
		"Küche":                  "Küche_2026-03-01_17-03-12Z.mp4",
		"玄関":                     "玄関_2026-03-01_17-03-12Z.mp4",
		"../../etc/passwd":       "etc-passwd_2026-03-01_17-03-12Z.mp4",
		`a"; filename="evil.exe`: "a---filename--evil-exe_2026-03-01_17-03-12Z.mp4",
		"a\r\nSet-Cookie: x":     "a--Set-Cookie--x_2026-03-01_17-03-12Z.mp4",
		"":                       "camera_2026-03-01_17-03-12Z.mp4",
		"…":                      "camera_2026-03-01_17-03-12Z.mp4",
	} {
		got := attachment(name, at, "mp4")
		kind, params, err := mime.ParseMediaType(got)
		if err != nil || kind != "attachment" || params["filename"] != want {
			t.Errorf("%q: %s: %v %v", name, got, params, err)
		}
		if strings.ContainsFunc(got, func(r rune) bool { return r < ' ' || r > '~' }) {
			t.Errorf("%q: %q is not plain ASCII", name, got)
		}
	}
}
