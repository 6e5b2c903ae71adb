package seal_test

import (
	"bytes"
	"crypto/cipher"
	"errors"
	"math"
	"testing"

	"golang.org/x/crypto/chacha20poly1305"

	"lares/cameras/media"
	"lares/cameras/seal"
)

var (
	testHub    = media.HubID(count(0x10, 16))
	testCamera = media.CameraID(count(0x30, 16))
	testRun    = media.RunID(count(0x50, 16))
	testKey    = [seal.KeySize]byte(count(0x90, 32))
)

func testRunKey() seal.RunKey { return seal.RestoreRunKey(testHub, testCamera, testRun, testKey) }

func testAccessUnit() media.AccessUnit {
	return media.AccessUnit{
		Stream: media.StreamMain, Type: media.UnitVideo, Track: 1, Sync: true,
		PTS: 3000, DTS: -3003, Data: []byte("four score and seven"),
	}
}

// testUnit is the third unit of its stream, so that its number is not zero.
func testUnit() media.Unit {
	s := testRunKey().Sealer(media.StreamMain)
	s.Seal(nil, testAccessUnit())
	s.Seal(nil, testAccessUnit())
	u, _ := s.Seal(nil, testAccessUnit())
	return u
}

// eachBit calls try with every one-bit change of b; b itself stays as it was.
func eachBit(b []byte, try func(changed []byte, bit int)) {
	for bit := range len(b) * 8 {
		c := bytes.Clone(b)
		c[bit/8] ^= 1 << (bit % 8)
		try(c, bit)
	}
}

func refused(t *testing.T, what string, bit int, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s, bit %d flipped: %v, want %v", what, bit, err, want)
	}
}

// count is n bytes that count up from b: values a reader recognises.
func count(b byte, n int) []byte {
	out := make([]byte, n)
	for i := range out {
		out[i] = b + byte(i)
	}
	return out
}

func must[T any](t *testing.T) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func TestUnitOpens(t *testing.T) {
	want := testAccessUnit()
	prefix := []byte("before")
	sealer := testRunKey().Sealer(media.StreamMain)
	u, dst := sealer.Seal(bytes.Clone(prefix), want)
	if !bytes.HasPrefix(dst, prefix) || !bytes.Equal(dst[len(prefix):], u.Sealed) {
		t.Error("sealing did not append to dst")
	}
	if len(u.Sealed) != len(want.Data)+seal.UnitOverhead || bytes.Contains(u.Sealed, want.Data) {
		t.Errorf("%d sealed bytes of %d", len(u.Sealed), len(want.Data))
	}
	au, dst, err := testRunKey().Opener().Open(bytes.Clone(prefix), u)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(dst[:len(prefix)], prefix) || !bytes.Equal(au.Data, want.Data) {
		t.Errorf("opened %q behind %q", au.Data, dst[:len(prefix)])
	}
	au.Data, want.Data = nil, nil
	if au.Stream != want.Stream || au.Type != want.Type || au.Track != want.Track || !au.Sync || au.PTS != want.PTS || au.DTS != want.DTS {
		t.Errorf("opened %+v, want %+v", au, want)
	}
}

func TestUnitEmptyAndLargest(t *testing.T) {
	s, o := testRunKey().Sealer(media.StreamSub), testRunKey().Opener()
	for _, n := range []int{0, media.MaxUnit} {
		u, _ := s.Seal(nil, media.AccessUnit{Type: media.UnitVideo, Track: 1, PTS: math.MinInt64, DTS: math.MaxInt64, Data: make([]byte, n)})
		au, _, err := o.Open(nil, u)
		if err != nil || len(au.Data) != n || au.PTS != math.MinInt64 || au.DTS != math.MaxInt64 {
			t.Errorf("a unit of %d bytes opened to %d: %v", n, len(au.Data), err)
		}
	}
}

// The id of camera or run says whose unit it is: one of another is crossed.
// Everything else, once changed, does not open.
func TestUnitFlips(t *testing.T) {
	good, o := testUnit(), testRunKey().Opener()
	if _, _, err := o.Open(nil, good); err != nil {
		t.Fatal(err)
	}
	try := func(what string, bit int, u media.Unit, want error) {
		t.Helper()
		prefix := []byte("before")
		au, dst, err := o.Open(prefix, u)
		refused(t, what, bit, err, want)
		if au.Data != nil || !bytes.Equal(dst, prefix) {
			t.Errorf("%s, bit %d flipped: bytes came with the refusal", what, bit)
		}
	}
	eachBit(good.Camera[:], func(b []byte, bit int) {
		u := good
		u.Camera = media.CameraID(b)
		try("camera", bit, u, seal.ErrCrossed)
	})
	eachBit(good.Run[:], func(b []byte, bit int) {
		u := good
		u.Run = media.RunID(b)
		try("run", bit, u, seal.ErrCrossed)
	})
	eachBit(good.Sealed, func(b []byte, bit int) {
		u := good
		u.Sealed = b
		try("sealed", bit, u, seal.ErrOpen)
	})
	for bit := range 64 {
		u := good
		u.Seq ^= 1 << bit
		try("seq", bit, u, seal.ErrOpen)
		u = good
		u.PTS ^= 1 << bit
		try("pts", bit, u, seal.ErrOpen)
		u = good
		u.DTS ^= 1 << bit
		try("dts", bit, u, seal.ErrOpen)
	}
	for bit := range 8 {
		u := good
		u.Stream ^= 1 << bit
		try("stream", bit, u, seal.ErrOpen)
		u = good
		u.Type ^= 1 << bit
		try("type", bit, u, seal.ErrOpen)
		u = good
		u.Track ^= 1 << bit
		try("track", bit, u, seal.ErrOpen)
	}
	u := good
	u.Sync = !u.Sync
	try("sync", 0, u, seal.ErrOpen)
	if _, _, err := o.Open(nil, good); err != nil {
		t.Errorf("after all refusals the good unit: %v", err)
	}
}

// Even the right key opens nothing under another hub, camera or run: the ids
// are bound, not only compared.
func TestUnitBindsItsRun(t *testing.T) {
	good := testUnit()
	open := func(hub media.HubID, camera media.CameraID, run media.RunID, key [seal.KeySize]byte) error {
		u := good
		u.Camera, u.Run = camera, run
		_, _, err := seal.RestoreRunKey(hub, camera, run, key).Opener().Open(nil, u)
		return err
	}
	if err := open(testHub, testCamera, testRun, testKey); err != nil {
		t.Fatal(err)
	}
	eachBit(testHub[:], func(b []byte, bit int) {
		refused(t, "hub", bit, open(media.HubID(b), testCamera, testRun, testKey), seal.ErrOpen)
	})
	eachBit(testCamera[:], func(b []byte, bit int) {
		refused(t, "camera", bit, open(testHub, media.CameraID(b), testRun, testKey), seal.ErrOpen)
	})
	eachBit(testRun[:], func(b []byte, bit int) {
		refused(t, "run", bit, open(testHub, testCamera, media.RunID(b), testKey), seal.ErrOpen)
	})
	eachBit(testKey[:], func(b []byte, bit int) {
		refused(t, "key", bit, open(testHub, testCamera, testRun, [seal.KeySize]byte(b)), seal.ErrOpen)
	})
}

func TestUnitCrossed(t *testing.T) {
	good := testUnit()
	for what, o := range map[string]*seal.Opener{
		"camera": seal.RestoreRunKey(testHub, media.NewCameraID(), testRun, testKey).Opener(),
		"run":    seal.RestoreRunKey(testHub, testCamera, media.NewRunID(), testKey).Opener(),
	} {
		if _, _, err := o.Open(nil, good); !errors.Is(err, seal.ErrCrossed) {
			t.Errorf("a unit of another %s: %v", what, err)
		}
	}
}

func TestUnitShort(t *testing.T) {
	good, o := testUnit(), testRunKey().Opener()
	for n := range len(good.Sealed) {
		u := good
		u.Sealed = good.Sealed[:n:n]
		if _, _, err := o.Open(nil, u); !errors.Is(err, seal.ErrOpen) {
			t.Fatalf("the first %d bytes: %v", n, err)
		}
	}
	for _, extra := range []int{1, seal.UnitOverhead, media.MaxUnit} {
		u := good
		u.Sealed = append(bytes.Clone(good.Sealed), make([]byte, extra)...)
		if _, _, err := o.Open(nil, u); !errors.Is(err, seal.ErrOpen) {
			t.Fatalf("%d bytes more: %v", extra, err)
		}
	}
}

// One key and nonce make one key stream: equal access units would then show as
// equal ciphertext. Streams, runs, numbers and raw keys each change it.
func TestUnitNoNonceTwice(t *testing.T) {
	seen := map[string]string{}
	note := func(what string, u media.Unit) {
		body := string(u.Sealed[:len(u.Sealed)-seal.Overhead])
		if before, twice := seen[body]; twice {
			t.Errorf("%s and %s share key and nonce", what, before)
		}
		seen[body] = what
	}
	otherKey := testKey
	otherKey[0] ^= 1
	for what, key := range map[string]seal.RunKey{
		"run":                       testRunKey(),
		"run with the key of run":   seal.RestoreRunKey(testHub, testCamera, media.RunID(count(0x51, 16)), testKey),
		"run with a key of its own": seal.RestoreRunKey(testHub, testCamera, testRun, otherKey),
	} {
		for s := media.StreamMain; s <= media.StreamCamera; s++ {
			sealer := key.Sealer(s)
			for n := range uint64(300) {
				u, _ := sealer.Seal(nil, testAccessUnit())
				if u.Seq != n || u.Stream != s {
					t.Fatalf("%s: unit %d of %v is numbered %d of %v", what, n, s, u.Seq, u.Stream)
				}
				note(what+" "+s.String(), u)
			}
		}
	}
	if len(seen) != 3*3*300 {
		t.Errorf("%d different ciphertexts", len(seen))
	}
}

// A worker taken over holds its run key: what it seals is genuine and may yet
// be shorter than the head of a unit.
func TestUnitWithoutHead(t *testing.T) {
	aead := must[cipher.AEAD](t)(chacha20poly1305.New(seal.Derive(testKey[:], seal.Bind("lares stream v1", testRun[:], seal.U8(1)))))
	binding := seal.Bind("lares unit v1", testHub[:], testCamera[:], testRun[:], seal.U8(1), seal.U8(2), seal.U64(0), seal.U64(0))
	const head = seal.UnitOverhead - seal.Overhead
	for n := range head + 1 {
		u := media.Unit{Camera: testCamera, Run: testRun, Stream: media.StreamMain, Type: media.UnitVideo}
		u.Sealed = aead.Seal(nil, make([]byte, chacha20poly1305.NonceSize), make([]byte, n), binding)
		au, _, err := testRunKey().Opener().Open(nil, u)
		if n < head && !errors.Is(err, seal.ErrOpen) || n == head && (err != nil || len(au.Data) != 0) {
			t.Errorf("a genuine unit of %d bytes: %v", n, err)
		}
	}
}
