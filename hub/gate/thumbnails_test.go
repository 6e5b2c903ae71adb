package gate

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"lares/cameras/media"
	"lares/hub/account"
	"lares/hub/journal"
	"lares/recorder"
)

// item is one entry of a page as a client reads it.
type item struct {
	status  byte
	picture []byte
}

// page asks for the pictures of these clips and takes the answer apart.
func (r *rig) page(c account.Caller, find ClipFinder, ids ...media.ClipID) map[media.ClipID]item {
	r.t.Helper()
	return r.pageOf(c, false, find, ids...)
}

// pageOf is page, of small pictures or large ones.
func (r *rig) pageOf(c account.Caller, small bool, find ClipFinder, ids ...media.ClipID) map[media.ClipID]item {
	r.t.Helper()
	page, err := r.Thumbnails(r.t.Context(), c, small)
	r.must(err)
	w, b := r.wire(c.Session)
	r.must(errors.Join(page.Announce(r.t.Context(), ids, find), page.Begin(w)))
	for _, id := range ids {
		r.must(page.Item(r.t.Context(), id, find, w))
	}
	head, ok := bytes.CutPrefix(b.Bytes(), append([]byte("LARPAGE1"), c.Account[:]...))
	if !ok {
		r.t.Fatalf("a page begins with %q", b.Bytes())
	}
	got := map[media.ClipID]item{}
	for len(head) > 0 {
		id, status, n := media.ClipID(head[:16]), head[16], binary.BigEndian.Uint32(head[17:])
		got[id] = item{status, head[21 : 21+n]}
		head = head[21+n:]
	}
	return got
}

func (r *rig) found(ctx context.Context, p Pass) (*recorder.Clip, error) {
	return r.recorder.Clip(ctx, p.Camera(), p.Clip())
}

// TestThumbnailPage: a page holds the pictures of those clips that the caller
// may see and has keys for, over several cameras and epochs, and nothing of any
// other, which looks as if it were not there.
func TestThumbnailPage(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	ann, bob := r.person("ann"), r.person("bob")
	door, yard, other := r.camera(ann, "door"), r.camera(ann, "yard"), r.camera(bob, "bob's")
	want := map[media.ClipID][]byte{}
	add := func(cam media.CameraID) media.ClipID {
		id, picture := r.record(cam)
		r.clock.Advance(time.Minute)
		want[id] = picture
		return id
	}
	before := add(door)
	r.must(r.Grant(ctx, ann, GrantRequest{Camera: door, Account: bob.Account, Actions: []Action{History}}))
	after, second := add(door), add(yard)
	foreign := add(other)
	absent := media.NewClipID()
	all := []media.ClipID{before, after, absent, foreign, second}
	check := func(who string, got map[media.ClipID]item, ids ...media.ClipID) {
		t.Helper()
		if len(got) != len(ids) {
			t.Errorf("%s: %d pictures, want %d", who, len(got), len(ids))
		}
		for _, id := range ids {
			if got[id].status != 1 || !bytes.Equal(got[id].picture, want[id]) {
				t.Errorf("%s: clip %v: %d %q", who, id, got[id].status, got[id].picture)
			}
		}
	}
	check("the owner", r.page(ann, r.found, all...), before, after, second)
	check("a grantee from now on", r.page(bob, r.found, all...), after, foreign)
	for id, got := range r.pageOf(bob, true, r.found, all...) {
		if got.status != 1 || !bytes.Equal(got.picture, smallOf(id)) || id != after && id != foreign {
			t.Errorf("small: clip %v: %d %q", id, got.status, got.picture)
		}
	}
	if n := r.Refused(); len(n) != 0 {
		t.Errorf("counted without a fault: %v", n)
	}
	r.must(r.Revoke(ctx, ann, door, bob.Account))
	check("after the revoke", r.page(bob, r.found, all...), foreign)
}

// TestThumbnailPageRefusesSwappedEntries: whatever comes in the place of the
// clip that was asked for is not written, and counted.
func TestThumbnailPageRefusesSwappedEntries(t *testing.T) {
	r := newRig(t)
	ann, bob := r.person("ann"), r.person("bob")
	door, yard, other := r.camera(ann, "door"), r.camera(ann, "yard"), r.camera(bob, "bob's")
	one, picture := r.record(door)
	two, _ := r.record(yard)
	foreign, _ := r.record(other)
	for n, swap := range []struct {
		camera media.CameraID
		clip   media.ClipID
	}{{yard, two}, {other, foreign}} {
		got := r.page(ann, func(ctx context.Context, p Pass) (*recorder.Clip, error) {
			if p.Clip() == one {
				return r.recorder.Clip(ctx, swap.camera, swap.clip)
			}
			return r.found(ctx, p)
		}, one, two)
		if _, ok := got[one]; ok || len(got) != 1 {
			t.Errorf("swap %d: a page of %d pictures", n, len(got))
		}
		if c := r.Refused()["thumbnail page"]; c != uint64(n+1) {
			t.Errorf("swap %d: counted %d", n, c)
		}
	}
	// Another caller's pass, however it came there.
	page, err := r.Thumbnails(t.Context(), bob, false)
	r.must(err)
	page.caller = account.Caller{Account: ann.Account, Session: ann.Session}
	r.crossed("another one's page", func() error {
		_, _, err := page.open(t.Context(), foreign, r.clipPass(bob, foreign, History), r.file(other, foreign))
		return err
	})
	r.crossed("another pass", func() error {
		page, err := r.Thumbnails(t.Context(), ann, false)
		r.must(err)
		_, _, err = page.open(t.Context(), two, r.clipPass(ann, one, History), r.file(door, one))
		return err
	})
	r.crossed("another wire", func() error {
		page, err := r.Thumbnails(t.Context(), ann, false)
		r.must(err)
		w, b := r.wire(bob.Session)
		err = page.Item(t.Context(), one, r.found, w)
		if b.Len() > 0 {
			t.Errorf("written: %q", b)
		}
		return err
	})
	if got := r.page(ann, r.found, one); !bytes.Equal(got[one].picture, picture) {
		t.Errorf("afterwards: %q", got[one].picture)
	}
	// A file in a wrong place is the recorder's to find.
	r.must(os.Rename(r.path(other, foreign), r.path(door, one)))
	if got := r.page(ann, r.found, one, two); len(got) != 1 || len(got[two].picture) == 0 || r.Refused()["clip header"] != 1 {
		t.Errorf("a misfiled clip: %d pictures, %v", len(got), r.Refused())
	}
}

// short takes so many bytes, and then the viewer is gone.
type short int

func (n *short) Write(b []byte) (int, error) {
	if len(b) <= int(*n) {
		*n -= short(len(b))
		return len(b), nil
	}
	went := int(*n)
	*n = 0
	return went, io.ErrClosedPipe
}

// TestCutPictureIsInTheJournal: who reads the first bytes of a picture and goes has
// seen it: the row is there before any of it goes out.
func TestCutPictureIsInTheJournal(t *testing.T) {
	r := newRig(t)
	list := r.told()
	ann, bob := r.person("ann"), r.person("bob")
	door := r.camera(ann, "door")
	r.must(r.Grant(t.Context(), ann, GrantRequest{Camera: door, Account: bob.Account, Actions: []Action{History}, History: FromStart}))
	clip, _ := r.record(door)
	page, err := r.Thumbnails(t.Context(), bob, false)
	r.must(err)
	here, there := net.Pipe()
	defer here.Close()
	defer there.Close()
	c := &Conn{Conn: here, refused: r.vault.Refusals()}
	r.must(c.Pin(bob.Session))
	const head, seen = 16 + 1 + 4, 3
	left := short(head + seen)
	if err := page.Item(t.Context(), clip, r.found, c.Wire(bob.Session, &left)); !errors.Is(err, io.ErrClosedPipe) {
		t.Fatalf("cut off: %v", err)
	}
	for _, e := range list(ann) {
		if e.Kind == journal.Thumbnails && e.Account == bob.Account && e.Camera == door && e.Bytes >= seen {
			return
		}
	}
	t.Errorf("not there: %+v", list(ann))
}

// watched counts, each time a picture goes out, the cameras that the journal has it of.
type watched struct {
	db   *sql.DB
	said []int
}

func (w *watched) Write(b []byte) (int, error) {
	var n int
	if len(b) > 16+1+4 { // no head
		err := w.db.QueryRow("SELECT count(DISTINCT camera) FROM journal WHERE kind = 'thumbnails'").Scan(&n)
		w.said = append(w.said, n)
		return len(b), err
	}
	return len(b), nil
}

// TestPageIsOneCommit: a page of clips of several cameras waits for one commit of the
// journal, which has a row of each, and no picture goes out before that.
func TestPageIsOneCommit(t *testing.T) {
	r := newRig(t)
	list := r.told()
	ann := r.person("ann")
	const cameras = 4
	var ids []media.ClipID
	for range 2 {
		for i := range cameras {
			if len(ids) < cameras {
				r.camera(ann, fmt.Sprint("camera ", i))
			}
			all, err := r.store.Cameras(t.Context())
			r.must(err)
			id, _ := r.record(all[i].ID)
			ids = append(ids, id)
		}
	}
	r.must(r.Gate.cfg.Journal.Flush(t.Context()))
	db, err := sql.Open("sqlite", "file:"+filepath.Join(r.dir, "lares.db")+"?_pragma=busy_timeout(10000)")
	r.must(err)
	defer db.Close()
	_, err = db.Exec(`CREATE TABLE commits (n INTEGER);
CREATE TRIGGER counts AFTER UPDATE ON setting WHEN NEW.name = 'journal-waits' BEGIN INSERT INTO commits VALUES (1); END`) // once in each
	r.must(err)
	page, err := r.Thumbnails(t.Context(), ann, false)
	r.must(err)
	here, there := net.Pipe()
	defer here.Close()
	defer there.Close()
	c := &Conn{Conn: here, refused: r.vault.Refusals()}
	r.must(c.Pin(ann.Session))
	shown := &watched{db: db}
	wire := c.Wire(ann.Session, shown)
	r.must(page.Announce(t.Context(), ids, r.found))
	for _, id := range ids {
		r.must(page.Item(t.Context(), id, r.found, wire))
	}
	var commits int
	r.must(db.QueryRow("SELECT count(*) FROM commits").Scan(&commits))
	if commits != 1 {
		t.Errorf("%d commits for a page of %d cameras", commits, cameras)
	}
	if len(shown.said) != len(ids) || slices.Min(shown.said) != cameras {
		t.Errorf("rows of cameras when pictures went out: %v", shown.said)
	}
	pictures := int64(0)
	for _, e := range list(ann) {
		if e.Kind == journal.Thumbnails {
			pictures += e.Count
		}
	}
	if pictures != int64(len(ids)) {
		t.Errorf("the journal has %d pictures of %d", pictures, len(ids))
	}
}

// TestAnnouncedIsAdmittedAgain: what was announced, and opened for that, does not go out
// once its right is gone.
func TestAnnouncedIsAdmittedAgain(t *testing.T) {
	r := newRig(t)
	ann, bob := r.person("ann"), r.person("bob")
	door := r.camera(ann, "door")
	r.must(r.Grant(t.Context(), ann, GrantRequest{Camera: door, Account: bob.Account, Actions: []Action{History}, History: FromStart}))
	clip, _ := r.record(door)
	page, err := r.Thumbnails(t.Context(), bob, false)
	r.must(err)
	r.must(page.Announce(t.Context(), []media.ClipID{clip}, r.found))
	r.must(page.Stands(t.Context()))
	w, b := r.wire(bob.Session)
	r.must(r.Revoke(t.Context(), ann, door, bob.Account))
	if err := page.Item(t.Context(), clip, r.found, w); err != nil || b.Len() != 0 {
		t.Errorf("after the revoke: %q, %v", b, err)
	}
	own, err := r.Thumbnails(t.Context(), ann, false)
	r.must(err)
	r.must(own.Announce(t.Context(), []media.ClipID{clip}, r.found))
	if w, _ = r.wire(ann.Session); own.Item(t.Context(), clip, r.found, w) != nil || own.Stands(t.Context()) != nil {
		t.Error("its owner's does not stand")
	}
	r.must(r.RemoveCamera(t.Context(), r.pass(ann, door, Manage)))
	if err := own.Stands(t.Context()); err != ErrNotFound {
		t.Errorf("a removed camera's: %v", err)
	}
}

// path is where the recorder keeps a clip's file.
func (r *rig) path(camera media.CameraID, clip media.ClipID) string {
	return filepath.Join(r.dir, "media", "clips", camera.String(), t0.Format("2006-01"), clip.String()+".lar")
}
