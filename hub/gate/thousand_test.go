package gate

import (
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"lares/cameras/media"
	"lares/cameras/seal"
	"lares/hub/account"
	"lares/hub/vault"
	"lares/recorder/sealed"
)

// unsynced is a file whose bytes need not outlive the test.
type unsynced struct{ *os.File }

func (unsynced) Sync() error { return nil }

// partsOfEvent are so many that an event of TestThousandClips goes on over the
// grants.
const partsOfEvent = 8

// short writes clips of one picture each, sealed to the camera's newest epoch,
// one a second, as parts of events that begin anew with every eighth clip.
func (r *rig) short(db *sql.DB, camera media.CameraID, event *media.EventID, from, n int) (clips []media.ClipID) {
	r.t.Helper()
	ctx := r.t.Context()
	public, kid, err := r.vault.StoreKey(ctx, camera)
	r.must(err)
	tx, err := db.BeginTx(ctx, nil)
	r.must(err)
	for i := from; i < from+n; i++ {
		r.clock.Advance(time.Second)
		h := sealed.Header{Hub: r.vault.Hub(), Camera: camera, KID: kid, Clip: media.NewClipID(), Start: r.clock.Now()}
		if i%partsOfEvent == 0 {
			*event = media.NewEventID()
			_, err = tx.ExecContext(ctx, `INSERT INTO event (id, camera, kind, start_ns, end_ns) VALUES (?, ?, 'motion', ?, ?)`,
				event[:], camera[:], h.Start.UnixNano(), h.Start.Add(partsOfEvent*time.Second).UnixNano())
			r.must(err)
		}
		key, sealedKey, err := seal.NewClipKey(public, seal.ClipBinding(h.Hub, h.Camera, h.KID, h.Clip))
		r.must(err)
		h.SealedKey = sealedKey
		f := r.newFile()
		w := sealed.NewWriter(unsynced{f}, h, key, r.vault.Sign, r.clock)
		r.must(errors.Join(w.Record(sealed.Head{Type: sealed.TypeThumbnail}, h.Clip[:]), w.End(sealed.Complete), f.Close()))
		r.putFile(f, h)
		_, err = tx.ExecContext(ctx, `INSERT INTO clip (id, camera, event, part, kid, start_ns, duration_ns, bytes, state, thumbnail) VALUES (?, ?, ?, ?, ?, ?, 1000000000, ?, 'complete', 1)`,
			h.Clip[:], camera[:], event[:], i%partsOfEvent, kid[:], h.Start.UnixNano(), w.Size())
		r.must(err)
		clips = append(clips, h.Clip)
	}
	r.must(tx.Commit())
	return clips
}

// TestThousandClips is VAULT §8 test 1 to the letter: of 1,000 clips, with lock 1
// out of the way, a grant to look live opens none, and one from now on none that
// began before it, parts of an event that goes on among them. Lock 1 alone says
// the same.
func TestThousandClips(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ctx := t.Context()
	ann, live, now := r.person("ann"), r.person("live"), r.person("now")
	cam := r.camera(ann, "door")
	db, err := sql.Open("sqlite", filepath.Join(r.dir, "lares.db")+"?_pragma=busy_timeout(10000)")
	r.must(err)
	defer db.Close()
	const half = 500 // no multiple of partsOfEvent
	var event media.EventID
	clips := r.short(db, cam, &event, 0, half)
	r.clock.Advance(time.Millisecond)
	r.must(r.Grant(ctx, ann, GrantRequest{Camera: cam, Account: live.Account, Actions: []Action{Live, Audio, PTZ, Notify, Manage}, History: FromStart}))
	r.must(r.Grant(ctx, ann, GrantRequest{Camera: cam, Account: now.Account, Actions: []Action{Live, History}}))
	clips = append(clips, r.short(db, cam, &event, half, half)...)
	cases := []struct {
		who      account.Caller
		each     int    // clip of which it is asked
		want     [2]int // of each half
		one, two [2]int // that each lock gives alone
	}{{who: ann, each: 10, want: [2]int{half / 10, half / 10}}, {who: live, each: 1}, {who: now, each: 1, want: [2]int{0, half}}}
	for i, id := range clips {
		clip, err := r.recorder.Clip(ctx, cam, id)
		r.must(err)
		for k := range cases {
			c := &cases[k]
			if i%c.each != 0 {
				continue
			}
			if _, err := r.AdmitClip(ctx, c.who, id, History); err == nil {
				c.one[i/half]++
			} else if err != ErrNotFound {
				t.Fatalf("%s: refused with %v", c.who.Name, err)
			}
			if _, err := r.openClip(ctx, c.who.Proof(), clip); err == nil {
				c.two[i/half]++
			} else if !errors.Is(err, vault.ErrNoKey) {
				t.Fatalf("%s: no key, but %v", c.who.Name, err)
			}
		}
		r.must(clip.Close())
	}
	for _, c := range cases {
		if c.one != c.want || c.two != c.want {
			t.Errorf("%s: lock 1 alone admits to %v, lock 2 alone opens %v, want %v", c.who.Name, c.one, c.two, c.want)
		}
	}
}
