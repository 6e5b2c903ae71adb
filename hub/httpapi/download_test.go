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
	if _, err := d.find(id, bob); !errors.Is(err, gate.ErrNotFound) {
		t.Error("another session found it")
	}
	if _, err := d.find(media.NewID[ticket](), alice); !errors.Is(err, gate.ErrNotFound) {
		t.Error("a ticket that never was")
	}
	if got, err := d.find(id, alice); err != nil || got.clip != clip || got.sound != gate.Recorded {
		t.Error("the foreign try used it up")
	}
	now.Advance(keptLife)
	if got, err := d.find(id, alice); err != nil || got.clip != clip {
		t.Error("not found again within its day")
	}
	now.Advance(time.Second)
	if _, err := d.find(id, alice); !errors.Is(err, gate.ErrNotFound) || len(d.open) != 0 {
		t.Error("found after its day")
	}

	id, _ = d.issue(ticket{session: alice, clip: clip, sound: gate.Recorded})
	other, _ := d.issue(ticket{session: bob, clip: clip, sound: gate.Recorded})
	mine := d.open[id]
	d.open[id] = d.open[other]
	if _, err := d.find(id, bob); !errors.Is(err, gate.ErrCrossed) {
		t.Errorf("a ticket in the place of another: %v", err)
	}
	d.open[id] = mine

	id, _ = d.issue(ticket{session: alice, clip: clip, sound: gate.Recorded})
	now.Advance(downloadLife + time.Second)
	if _, err := d.find(id, alice); !errors.Is(err, gate.ErrNotFound) {
		t.Error("found after its time")
	}

	id, _ = d.issue(ticket{session: alice, clip: clip, sound: gate.Recorded})
	d.forget(alice)
	if _, err := d.find(id, alice); !errors.Is(err, gate.ErrNotFound) {
		t.Error("found after its session ended")
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

// TestDownloadsKept: of those that were fetched the newest are kept, and none keeps a new one out.
func TestDownloadsKept(t *testing.T) {
	now := clock.NewManual(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	d := newDownloads(now)
	fetch := func(session account.SessionID) downloadID {
		t.Helper()
		now.Advance(time.Second)
		id, ok := d.issue(ticket{session: session, clip: media.NewClipID()})
		if _, err := d.find(id, session); !ok || err != nil {
			t.Fatal(ok, err)
		}
		return id
	}
	alice, bob := store.NewSessionID(), store.NewSessionID()
	his := fetch(bob)
	var hers []downloadID
	for range 3 * maxSessionDownloads {
		hers = append(hers, fetch(alice))
	}
	for n, id := range hers {
		if _, err := d.find(id, alice); (err == nil) != (n >= len(hers)-maxSessionKept) {
			t.Errorf("number %d of %d: %v", n, len(hers), err)
		}
	}
	if _, err := d.find(his, bob); err != nil {
		t.Error("one session's limit holds for another")
	}
	for range maxDownloads {
		fetch(store.NewSessionID())
	}
	if n := len(d.open); n > maxDownloads {
		t.Errorf("%d are kept", n)
	}
	if _, err := d.find(his, bob); !errors.Is(err, gate.ErrNotFound) {
		t.Error("of too many the oldest is kept")
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
