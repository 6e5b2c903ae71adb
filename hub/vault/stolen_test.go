package vault

import (
	"bytes"
	"database/sql"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lares/cameras/media"
	"lares/cameras/seal"
	"lares/hub/store"
	"lares/recorder"
	"lares/recorder/sealed"
)

// loot is everything a thief of the data folder looks for: sealed things, each
// with the way to open it.
type loot struct {
	*rig
	ann    store.AccountID
	cam    media.CameraID
	wraps  []store.Wrap
	epochs []store.EpochWrap
	run    seal.Run
	event  media.EventID
	text   recorder.SealedText
	index  store.IndexKey
	clip   sealed.Header
	sum    [32]byte
	head   sealed.Head
	record []byte
	opened map[string]int
}

func (l *loot) hit(what string, err error) {
	if err == nil {
		l.opened[what]++
	}
}

// try uses 32 bytes, made of 16, 32 or 64 found ones, as a key in every
// function that opens something.
func (l *loot) try(key []byte) {
	v, ctx := l.vault, l.t.Context()
	token := [32]byte(key)
	for _, w := range l.wraps {
		for what, secret := range map[string][]byte{"wrap": key, "wrap by token": sessionSecret(token), "wrap with pepper": append(bytes.Clone(key), v.key.pepper()...)} {
			_, err := seal.Unwrap(secret, w.Salt, wrapBinding(v.key.hub, w), w.Sealed)
			l.hit(what, err)
		}
		if w.Kind == store.WrapSession {
			_, err := v.Unlock(ctx, NewProof(w.Account, w.Session, token))
			l.hit("session", err)
		}
	}
	// As an account's secret, as its key material, as an epoch's private half.
	var privates []seal.PrivateKey
	if a, err := v.opened(v.key.hub, l.ann, 1, key); err == nil {
		privates = append(privates, a.kem)
	}
	if k, err := seal.DeriveKey(key); err == nil {
		privates = append(privates, k)
	}
	if k, err := seal.ParsePrivateKey(key); err == nil {
		privates = append(privates, k)
	}
	for _, k := range privates {
		for _, w := range l.epochs {
			_, err := k.OpenKey(epochBinding(v.key.hub, w, k.Public()), w.Sealed)
			l.hit("epoch wrap", err)
		}
		_, err := l.run.Open(k)
		l.hit("run", err)
		_, err = k.OpenKey(indexBinding(v.key.hub, l.index), l.index.Sealed)
		l.hit("index key", err)
		_, err = k.OpenKey(seal.ClipBinding(l.clip.Hub, l.clip.Camera, l.clip.KID, l.clip.Clip), l.clip.SealedKey)
		l.hit("clip key", err)
	}
	_, err := seal.NewRecords(token, l.sum).Open(nil, l.head.Seq, l.head.Bytes(), l.record)
	l.hit("record", err)
	_, err = seal.OpenText(key, eventBinding(v.key.hub, l.cam, l.text.Index, l.event), l.text.Sealed)
	l.hit("event", err)
}

// fields are the keys that bytes can be: 32 as they are, 16 twice or padded, 64
// in halves.
func fields(b []byte) [][]byte {
	switch len(b) {
	case 32:
		return [][]byte{b}
	case 16:
		return [][]byte{append(bytes.Clone(b), b...), append(bytes.Clone(b), make([]byte, 16)...)}
	case 48, 64:
		return [][]byte{b[:32], b[len(b)-32:]}
	}
	return nil
}

// TestStolenFolder is A4 and K6 for this room: with database, keyring, hub.key
// and a clip, but no password and no cookie, nothing opens.
func TestStolenFolder(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	ann := r.account("ann")
	cam := r.camera(ann)
	l := &loot{rig: r, ann: ann.ID(), cam: cam.ID, opened: map[string]int{}, event: media.NewEventID()}
	var err error
	l.text, err = sealNewest(ctx, r.vault, cam.ID, l.event, t0, []byte(`{"class":"person"}`))
	r.must(err)
	var key seal.RunKey
	l.run, key, err = r.vault.NewRun(ctx, cam.ID)
	r.must(err)
	path := writeClip(l)
	r.must(r.vault.cfg.Store.ClipClosed(ctx, recorder.ClipRow{Clip: l.clip.Clip, Camera: cam.ID, KID: l.clip.KID, Start: t0, State: recorder.StateComplete}))
	r.must(r.store.EventPut(ctx, recorder.EventRow{Event: l.event, Camera: cam.ID, Kind: media.KindMotion, Start: t0, Text: l.text}))
	password, err := r.store.PasswordWrap(ctx, ann.ID())
	r.must(err)
	session, err := r.store.SessionWrap(ctx, ann.proof.session, ann.ID())
	r.must(err)
	l.wraps = []store.Wrap{password, session}
	l.epochs, err = r.store.EpochWraps(ctx, cam.ID, ann.ID())
	r.must(err)
	l.index, err = r.store.IndexKey(ctx, l.text.Index)
	r.must(err)

	var tries int
	for _, b := range append(rows(r), files(r, path)...) {
		for _, key := range fields(b) {
			l.try(key)
			tries++
		}
	}
	if tries < 200 {
		t.Errorf("only %d fields tried", tries)
	}
	if len(l.opened) > 0 {
		t.Errorf("%d fields tried; opened %v", tries, l.opened)
	}

	// Control: what the folder does not hold opens all of it.
	a, _, err := r.vault.OpenPassword(ctx, ann.ID(), "the password of ann")
	if err != nil {
		t.Fatalf("the password: %v", err)
	}
	runKey := key.Bytes()
	for what, b := range map[string][]byte{"token": ann.proof.token.bytes[:], "secret": a.secret, "run key": runKey[:]} {
		l.opened = map[string]int{}
		l.try(b)
		if opens := len(l.opened) > 0; opens != (what != "run key") {
			t.Errorf("control, %s: opened %v", what, l.opened)
		}
	}
	clip, err := a.ClipKey(ctx, cam.ID, l.clip.Clip, l.clip.KID, l.clip.SealedKey)
	r.must(err)
	l.opened = map[string]int{}
	if l.try(clip[:]); l.opened["record"] != 1 {
		t.Errorf("control, clip key: opened %v", l.opened)
	}
}

const canary = "a picture nobody may see"

func writeClip(l *loot) string {
	public, kid, err := l.vault.StoreKey(l.t.Context(), l.cam)
	l.must(err)
	l.clip = sealed.Header{Hub: l.vault.Hub(), Camera: l.cam, KID: kid, Clip: media.NewClipID(), Start: t0}
	key, sealedKey, err := seal.NewClipKey(public, seal.ClipBinding(l.clip.Hub, l.clip.Camera, kid, l.clip.Clip))
	l.must(err)
	l.clip.SealedKey = sealedKey
	path := filepath.Join(l.pool, "clips", l.cam.String(), "2026-03", l.clip.Clip.String()+".lar")
	l.must(os.MkdirAll(filepath.Dir(path), 0o700))
	f, err := os.Create(path)
	l.must(err)
	defer f.Close()
	w := sealed.NewWriter(f, l.clip, key, l.vault.Sign, l.clock)
	l.must(w.Record(sealed.Head{Type: sealed.TypeThumbnail}, []byte(canary)))
	l.must(w.End(sealed.Complete))
	b, err := os.ReadFile(path)
	l.must(err)
	l.sum = sealed.HeaderHash(b)
	l.head, _, err = sealed.ReadHead(bytes.NewReader(b), int64(len(b)), sealed.HeaderSize, 0)
	l.must(err)
	l.record = b[sealed.Payload(sealed.HeaderSize):][:l.head.Length]
	return path
}

// rows are all values of all columns of all tables.
func rows(r *rig) (out [][]byte) {
	db, err := sql.Open("sqlite", "file:"+r.db()+"?mode=ro")
	r.must(err)
	defer db.Close()
	names, err := db.Query("SELECT name FROM sqlite_schema WHERE type = 'table'")
	r.must(err)
	defer names.Close()
	for names.Next() {
		var table string
		r.must(names.Scan(&table))
		values, err := db.Query("SELECT * FROM " + table)
		r.must(err)
		defer values.Close()
		columns, err := values.Columns()
		r.must(err)
		for values.Next() {
			row := make([]sql.RawBytes, len(columns))
			into := make([]any, len(columns))
			for i := range row {
				into[i] = &row[i]
			}
			r.must(values.Scan(into...))
			for _, v := range row {
				out = append(out, bytes.Clone(v))
			}
		}
	}
	return out
}

// files are the fields of all files: of hub.key and clip header every 16, 32
// and 64 bytes, of the keyring's records every field. Plain canaries fail here.
func files(r *rig, clip string) (out [][]byte) {
	r.must(filepath.WalkDir(r.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if bytes.Contains(b, []byte(canary)) || bytes.Contains(b, []byte(`{"class"`)) {
			r.t.Errorf("%s holds plain text", path)
		}
		switch {
		case d.Name() == HubKeyName:
			out = append(out, windows(b, 1)...)
		case path == clip:
			out = append(out, windows(b, 16)...)
		case d.Name() == KeyringName:
			_, entries, _, err := parseRing(b)
			if err != nil {
				return err
			}
			for _, e := range entries {
				out = append(out, bound(e.payload)...)
			}
		}
		return nil
	}))
	return out
}

func windows(b []byte, step int) (out [][]byte) {
	for _, size := range []int{16, 32, 64} {
		for i := 0; i+size <= len(b); i += step {
			out = append(out, b[i:i+size])
		}
	}
	return out
}

// bound takes any seal.Bind encoding apart, and what follows it in halves.
func bound(b []byte) (out [][]byte) {
	_, rest, _ := strings.Cut(string(b), "\x00")
	for b = []byte(rest); len(b) >= 2; {
		n := int(b[0])<<8 | int(b[1])
		if len(b) < 2+n {
			break
		}
		out = append(out, b[2:2+n])
		b = b[2+n:]
	}
	return append(out, windows(b, 32)...)
}
