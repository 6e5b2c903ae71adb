package seal_test

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"fmt"
	"testing"

	"lares/cameras/media"
	"lares/cameras/seal"
)

func newKey(t testing.TB) seal.PrivateKey {
	t.Helper()
	k, err := seal.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// flips calls f with b changed by one bit, for a bit of every byte.
func flips(b []byte, f func(at int, changed []byte)) {
	for i := range b {
		c := bytes.Clone(b)
		c[i] ^= 1 << (i % 8)
		f(i, c)
	}
}

// TestBindIsUnambiguous: no two different lists of fields bind alike.
func TestBindIsUnambiguous(t *testing.T) {
	a, b := []byte("a"), []byte("b")
	seen := map[string]int{}
	for i, bound := range [][]byte{
		seal.Bind("l"), seal.Bind("l", nil), seal.Bind("l", nil, nil), seal.Bind("l", a, b), seal.Bind("l", b, a),
		seal.Bind("l", []byte("ab")), seal.Bind("l", []byte("ab"), nil), seal.Bind("l", nil, []byte("ab")),
		seal.Bind("la", b), seal.Bind("l", a), seal.Bind("l", []byte("a\x00\x01b")), seal.Bind("l", seal.U64(1)), seal.Bind("l", seal.U32(1)), seal.Bind("l", seal.U8(1)),
	} {
		if j, ok := seen[string(bound)]; ok {
			t.Errorf("lists %d and %d bind alike", i, j)
		}
		seen[string(bound)] = i
	}
}

// TestWrongClipBinding changes hub, camera, kid and clip by one bit, each bit.
func TestWrongClipBinding(t *testing.T) {
	store := newKey(t)
	hub, camera, clip := media.NewHubID(), media.NewCameraID(), media.NewClipID()
	kid := seal.KID(camera, seal.Store, store.Public())
	binding := seal.ClipBinding(hub, camera, kid, clip)
	key, sealed, err := seal.NewClipKey(store.Public(), binding)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := store.OpenKey(binding, sealed); err != nil || [32]byte(got) != key {
		t.Fatal("the right binding does not open:", err)
	}
	for field := range 4 {
		for bit := range 128 {
			ids := [4][16]byte{hub, camera, kid, clip}
			ids[field][bit/8] ^= 1 << (bit % 8)
			wrong := seal.ClipBinding(media.HubID(ids[0]), media.CameraID(ids[1]), media.KeyID(ids[2]), media.ClipID(ids[3]))
			if _, err := store.OpenKey(wrong, sealed); !errors.Is(err, seal.ErrOpen) {
				t.Fatalf("field %d, bit %d: %v", field, bit, err)
			}
		}
	}
	for i := 0; i < len(sealed); i += 13 {
		b := bytes.Clone(sealed)
		b[i] ^= 1
		if _, err := store.OpenKey(binding, b); !errors.Is(err, seal.ErrOpen) {
			t.Fatalf("byte %d of the sealed key: %v", i, err)
		}
	}
	for _, b := range [][]byte{nil, sealed[:1167], append(bytes.Clone(sealed), 0)} {
		if _, err := store.OpenKey(binding, b); !errors.Is(err, seal.ErrOpen) {
			t.Errorf("%d bytes: %v", len(b), err)
		}
	}
	if _, err := newKey(t).OpenKey(binding, sealed); !errors.Is(err, seal.ErrOpen) {
		t.Errorf("another key: %v", err)
	}
	if _, err := (seal.PrivateKey{}).OpenKey(binding, sealed); !errors.Is(err, seal.ErrOpen) {
		t.Errorf("no key: %v", err)
	}
	if _, err := store.Public().SealKey(binding, key[:31]); err == nil {
		t.Error("sealed 31 bytes")
	}
}

func TestKeysReadBack(t *testing.T) {
	k := newKey(t)
	seed, err := k.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	again, err := seal.ParsePrivateKey(seed)
	if err != nil || !bytes.Equal(again.Public().Bytes(), k.Public().Bytes()) {
		t.Errorf("another key (%v)", err)
	}
	public, err := seal.ParsePublicKey(k.Public().Bytes())
	if err != nil || public.Fingerprint() != k.Public().Fingerprint() || len(public.Bytes()) != seal.PublicKeySize {
		t.Errorf("another public key (%v)", err)
	}
	for _, b := range [][]byte{nil, seed[:31], append(bytes.Clone(seed), 0)} {
		if _, err := seal.ParsePrivateKey(b); err == nil {
			t.Errorf("a seed of %d bytes", len(b))
		}
	}
	if _, err := seal.ParsePublicKey(k.Public().Bytes()[:1215]); err == nil {
		t.Error("a short public key")
	}
	if !(seal.PublicKey{}).IsZero() || !(seal.PrivateKey{}).IsZero() || k.IsZero() {
		t.Error("IsZero is wrong")
	}
}

func TestWrongWrap(t *testing.T) {
	secret, salt, binding, plain := []byte("secret"), seal.NewSalt(), seal.Bind("lares wrap v1", []byte("who")), bytes.Repeat([]byte{1}, 32)
	wrapped := seal.Wrap(secret, salt, binding, plain)
	if got, err := seal.Unwrap(secret, salt, binding, wrapped); err != nil || !bytes.Equal(got, plain) {
		t.Fatal(err)
	}
	refused := func(what string, at int, s, sa, b, w []byte) {
		if _, err := seal.Unwrap(s, sa, b, w); !errors.Is(err, seal.ErrOpen) {
			t.Errorf("%s, byte %d: %v", what, at, err)
		}
	}
	flips(secret, func(at int, c []byte) { refused("secret", at, c, salt, binding, wrapped) })
	flips(salt, func(at int, c []byte) { refused("salt", at, secret, c, binding, wrapped) })
	flips(binding, func(at int, c []byte) { refused("binding", at, secret, salt, c, wrapped) })
	flips(wrapped, func(at int, c []byte) { refused("wrap", at, secret, salt, binding, c) })
	refused("short salt", 0, secret, salt[:15], binding, wrapped)
	refused("short wrap", 0, secret, salt, binding, wrapped[:15])
}

func TestWrongText(t *testing.T) {
	key, binding := bytes.Repeat([]byte{3}, 32), seal.Bind("lares event v1", []byte("x"))
	sealed := seal.SealText(key, binding, []byte("a person"))
	if got, err := seal.OpenText(key, binding, sealed); err != nil || string(got) != "a person" {
		t.Fatal(err)
	}
	if bytes.Equal(sealed[:24], seal.SealText(key, binding, []byte("a person"))[:24]) {
		t.Error("a nonce twice")
	}
	flips(key, func(at int, c []byte) { openText(t, c, binding, sealed) })
	flips(binding, func(at int, c []byte) { openText(t, key, c, sealed) })
	flips(sealed, func(at int, c []byte) { openText(t, key, binding, c) })
	for n := range len(sealed) {
		openText(t, key, binding, sealed[:n])
	}
	openText(t, key[:31], binding, sealed)
}

func openText(t *testing.T, key, binding, sealed []byte) {
	t.Helper()
	if _, err := seal.OpenText(key, binding, sealed); !errors.Is(err, seal.ErrOpen) {
		t.Errorf("opened: %v", err)
	}
}

func TestSignatures(t *testing.T) {
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	message := seal.Bind("lares test v1", []byte("m"))
	sig := seal.Sign(private, "one", message)
	if !seal.Verify(public, "one", message, sig) {
		t.Fatal("does not verify")
	}
	if seal.Verify(public, "other", message, sig) || seal.Verify(public[:31], "one", message, sig) || seal.Verify(public, "one", message[1:], sig) || seal.Verify(public, "one", message, sig[1:]) || seal.Verify(nil, "one", message, sig) {
		t.Error("verifies something else")
	}
}

// TestUnits opens each unit once with the right opener, and never after any
// clear field or byte of it was changed.
func TestUnits(t *testing.T) {
	hub, camera, live := media.NewHubID(), media.NewCameraID(), newKey(t)
	run, key, err := seal.NewRun(hub, camera, live.Public())
	if err != nil {
		t.Fatal(err)
	}
	viewer, err := run.Open(live)
	if err != nil || viewer != key {
		t.Fatal("the run does not open:", err)
	}
	sealer, opener := key.Sealer(media.StreamMain), viewer.Opener()
	var buf []byte
	for i := range 50 {
		au := media.AccessUnit{Stream: media.StreamMain, Type: media.UnitVideo, Track: 1, Sync: i%10 == 0, PTS: int64(i)*3000 + 6000, DTS: int64(i) * 3000, Data: []byte(fmt.Sprint("unit ", i))}
		var u media.Unit
		u, buf = sealer.Seal(buf[:0], au)
		if u.Seq != uint64(i) || len(u.Sealed) != len(au.Data)+seal.UnitOverhead {
			t.Fatalf("unit %+v", u)
		}
		got, _, err := opener.Open(nil, u)
		if err != nil || fmt.Sprint(got) != fmt.Sprint(au) {
			t.Fatalf("opened %+v, was %+v (%v)", got, au, err)
		}
		for name, change := range map[string]func(*media.Unit){
			"camera": func(u *media.Unit) { u.Camera[3] ^= 1 }, "run": func(u *media.Unit) { u.Run[3] ^= 1 },
			"stream": func(u *media.Unit) { u.Stream = media.StreamSub }, "no stream": func(u *media.Unit) { u.Stream = 9 },
			"type": func(u *media.Unit) { u.Type = media.UnitAudio }, "track": func(u *media.Unit) { u.Track = 2 },
			"sync": func(u *media.Unit) { u.Sync = !u.Sync }, "seq": func(u *media.Unit) { u.Seq++ },
			"pts": func(u *media.Unit) { u.PTS++ }, "dts": func(u *media.Unit) { u.DTS-- },
			"byte": func(u *media.Unit) { u.Sealed = bytes.Clone(u.Sealed); u.Sealed[i%len(u.Sealed)] ^= 4 },
			"cut":  func(u *media.Unit) { u.Sealed = u.Sealed[:i%seal.UnitOverhead] },
		} {
			changed := u
			change(&changed)
			if _, _, err := opener.Open(nil, changed); !errors.Is(err, seal.ErrOpen) && !errors.Is(err, seal.ErrCrossed) {
				t.Fatalf("%s changed: %v", name, err)
			}
		}
	}
}

func TestRunsDoNotCross(t *testing.T) {
	hub, camera, live := media.NewHubID(), media.NewCameraID(), newKey(t)
	run, key, err := seal.NewRun(hub, camera, live.Public())
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*seal.Run){
		"hub": func(r *seal.Run) { r.Hub[0] ^= 1 }, "camera": func(r *seal.Run) { r.Camera[0] ^= 1 },
		"kid": func(r *seal.Run) { r.KID[0] ^= 1 }, "run": func(r *seal.Run) { r.ID[0] ^= 1 },
		"bytes": func(r *seal.Run) { r.Sealed = bytes.Clone(r.Sealed); r.Sealed[1150] ^= 1 },
	} {
		changed := run
		change(&changed)
		if _, err := changed.Open(live); err == nil {
			t.Errorf("%s changed: opens", name)
		}
	}
	if _, err := run.Open(newKey(t)); !errors.Is(err, seal.ErrCrossed) {
		t.Errorf("another camera's key: %v", err)
	}
	if _, err := run.Open(seal.PrivateKey{}); !errors.Is(err, seal.ErrCrossed) {
		t.Errorf("no key: %v", err)
	}
	// another camera's opener, even with the same raw key
	u, _ := key.Sealer(media.StreamMain).Seal(nil, media.AccessUnit{Type: media.UnitVideo, Data: []byte("x")})
	other := seal.RestoreRunKey(hub, media.NewCameraID(), key.Run(), key.Bytes()).Opener()
	if _, _, err := other.Open(nil, u); !errors.Is(err, seal.ErrCrossed) {
		t.Errorf("another camera's opener: %v", err)
	}
	u2 := u
	u2.Camera = media.NewCameraID()
	if _, _, err := seal.RestoreRunKey(hub, u2.Camera, key.Run(), key.Bytes()).Opener().Open(nil, u2); !errors.Is(err, seal.ErrOpen) {
		t.Errorf("a unit under another camera's name: %v", err)
	}
}

// TestNothingSealsAlike: the same text sealed twice, or for another stream or
// run, shares no ciphertext: no key and nonce serve twice.
func TestNothingSealsAlike(t *testing.T) {
	seen := map[string]bool{}
	live, data := newKey(t), make([]byte, 64)
	for range 20 {
		_, key, err := seal.NewRun(media.HubID{1}, media.CameraID{2}, live.Public())
		if err != nil {
			t.Fatal(err)
		}
		for _, stream := range [...]media.StreamID{media.StreamMain, media.StreamSub, media.StreamCamera} {
			sealer := key.Sealer(stream)
			for range 50 {
				u, _ := sealer.Seal(nil, media.AccessUnit{Data: data})
				if c := string(u.Sealed[:32]); seen[c] {
					t.Fatal("a keystream twice")
				} else {
					seen[c] = true
				}
			}
		}
	}
}

func TestSealKeepsWhatWasThere(t *testing.T) {
	r := seal.NewRecords([32]byte{1}, [32]byte{2})
	dst := append(make([]byte, 0, 500), "before"...)
	sealed := r.Seal(dst, 0, []byte("head"), []byte("plain"))
	if string(sealed[:6]) != "before" {
		t.Error("Seal lost what was there")
	}
	plain, err := r.Open([]byte("x"), 0, []byte("head"), sealed[6:])
	if err != nil || string(plain) != "xplain" {
		t.Errorf("%q (%v)", plain, err)
	}
	for _, test := range []struct {
		seq  uint32
		head string
		r    *seal.Records
	}{{1, "head", r}, {0, "heaf", r}, {0, "head", seal.NewRecords([32]byte{1}, [32]byte{3})}, {0, "head", seal.NewRecords([32]byte{3}, [32]byte{2})}} {
		if got, err := test.r.Open(nil, test.seq, []byte(test.head), sealed[6:]); !errors.Is(err, seal.ErrOpen) || got != nil {
			t.Errorf("%+v: %q, %v", test, got, err)
		}
	}
}

func FuzzOpen(f *testing.F) {
	key := seal.RestoreRunKey(media.HubID{1}, media.CameraID{2}, media.RunID{3}, [32]byte{4})
	u, _ := key.Sealer(media.StreamMain).Seal(nil, media.AccessUnit{Type: media.UnitVideo, Track: 1, Data: []byte("data")})
	f.Add(uint8(u.Stream), uint8(u.Type), u.Track, u.Sync, u.Seq, u.PTS, u.DTS, u.Sealed)
	f.Fuzz(func(t *testing.T, stream, kind, track uint8, sync bool, seq uint64, pts, dts int64, sealed []byte) {
		in := media.Unit{Camera: media.CameraID{2}, Run: media.RunID{3}, Stream: media.StreamID(stream), Type: media.UnitType(kind), Track: track, Sync: sync, Seq: seq, PTS: pts, DTS: dts, Sealed: sealed}
		if au, _, err := key.Opener().Open(nil, in); err == nil && (string(au.Data) != "data" || !bytes.Equal(sealed, u.Sealed)) {
			t.Errorf("something else opens: %+v", au)
		}
		seal.OpenText(make([]byte, 32), nil, sealed)
		seal.Unwrap(sealed, sealed, sealed, sealed)
	})
}
