package recorder

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"lares/cameras/media"
	"lares/cameras/seal"
	"lares/recorder/internal/pool"
	"lares/recorder/sealed"
)

// found writes a clip of three seconds into the house's folder, ended or not.
func found(t *testing.T, h *house, start time.Time, state sealed.State) (ClipRow, string) {
	t.Helper()
	public, kid, err := h.vault.StoreKey(t.Context(), h.cam.id)
	if err != nil {
		t.Fatal(err)
	}
	head := sealed.Header{Hub: h.vault.hub, Camera: h.cam.id, KID: kid, Clip: media.NewClipID(), Start: start}
	key, sealedKey, err := seal.NewClipKey(public, seal.ClipBinding(head.Hub, head.Camera, kid, head.Clip))
	if err != nil {
		t.Fatal(err)
	}
	head.SealedKey = sealedKey
	path := filepath.Join(h.dir, "clips", h.cam.id.String(), start.UTC().Format("2006-01"), head.Clip.String()+".lar")
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w := sealed.NewWriter(f, head, key, h.vault.Sign, h.clock)
	err = errors.Join(w.Record(sealed.Head{Type: sealed.TypeThumbnail}, []byte("picture")),
		w.Record(sealed.Head{Type: sealed.TypeFragment, Duration: 90000}, []byte("one")),
		w.Record(sealed.Head{Type: sealed.TypeFragment, Time: 90000, Duration: 180000}, []byte("two")))
	if state != 0 {
		err = errors.Join(err, w.End(state))
	}
	info, err2 := f.Stat()
	if err := errors.Join(err, err2); err != nil {
		t.Fatal(err)
	}
	row := ClipRow{Clip: head.Clip, Camera: head.Camera, KID: kid, Start: start, Duration: 3 * time.Second, Bytes: info.Size(), State: endState(state), Thumbnail: true}
	return row, path
}

// TestSurvey: files alone tell what their rows told. A file without an end is
// damaged, one that lies in the wrong place or is nobody's is left alone.
func TestSurvey(t *testing.T) {
	h := newHouse(t)
	want := map[media.ClipID]ClipRow{}
	for i, state := range []sealed.State{sealed.Complete, sealed.Cut, sealed.Recovered, 0} {
		row, _ := found(t, h, h.clock.Now().AddDate(0, -i, 0), state)
		want[row.Clip] = row
	}
	_, path := found(t, h, h.clock.Now(), sealed.Complete)
	moved := filepath.Join(filepath.Dir(path), media.NewClipID().String()+".lar")
	if err := os.Rename(path, moved); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(filepath.Dir(path), "notes.txt"), []byte("not a clip"), 0o600); err != nil {
		t.Fatal(err)
	}
	foreign, err := Survey(t.Context(), h.pools(), h.vault.Signers(), func(r ClipRow) error {
		if w, ok := want[r.Clip]; !ok || r != w {
			t.Errorf("got  %+v\nwant %+v", r, w)
		}
		delete(want, r.Clip)
		return nil
	})
	if err != nil || foreign != 2 || len(want) != 0 {
		t.Errorf("%d foreign, %d not found, %v", foreign, len(want), err)
	}
	stop := errors.New("stop")
	if _, err := Survey(t.Context(), h.pools(), h.vault.Signers(), func(ClipRow) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("an error of the caller: %v", err)
	}
	if n, err := Survey(t.Context(), h.pools(), nil, func(ClipRow) error { return stop }); err != nil || n != 6 {
		t.Errorf("nobody's files: %d, %v", n, err)
	}
}

// only lists these clips.
func only(known ...media.ClipID) func([]media.ClipID) (map[media.ClipID]bool, error) {
	return func(ids []media.ClipID) (map[media.ClipID]bool, error) {
		listed := map[media.ClipID]bool{}
		for _, id := range ids {
			listed[id] = slices.Contains(known, id)
		}
		return listed, nil
	}
}

// TestUnlisted: of each camera's newest month, what is not listed is given.
func TestUnlisted(t *testing.T) {
	h := newHouse(t)
	listed, _ := found(t, h, h.clock.Now(), sealed.Complete)
	newer, _ := found(t, h, h.clock.Now(), 0)
	found(t, h, h.clock.Now().AddDate(0, -1, 0), sealed.Complete)
	unread, _ := found(t, h, h.clock.Now(), 0)
	link, file := found(t, h, h.clock.Now(), 0)
	must(t, errors.Join(os.Remove(file), os.Symlink("elsewhere", file))) // no clip
	var got, odd []media.ClipID
	each := func(head sealed.Header) error { got = append(got, head.Clip); return nil }
	p, err := readPool(h.pools()[0])
	must(t, err)
	defer p.Close()
	p.Intercept(func(s pool.Step, take func() error) error {
		if s.Op == pool.OpRead && strings.Contains(s.Name, unread.Clip.String()) {
			return errBroken // what the disk no longer gives
		}
		return take()
	})
	err = unlistedOf(t.Context(), p, h.vault.Signers(), only(listed.Clip), each, func(_ media.CameraID, clip media.ClipID, _ error) { odd = append(odd, clip) })
	if err != nil || len(got) != 1 || got[0] != newer.Clip || len(odd) != 1 || odd[0] != unread.Clip {
		t.Errorf("%v, unread %v, %v (a link is %v)", got, odd, err, link.Clip)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := Unlisted(ctx, h.pools()[0], h.vault.Signers(), only(), each, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("after its context: %v", err)
	}
}
