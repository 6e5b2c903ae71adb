package seal_test

import (
	"bytes"
	"errors"
	"testing"

	"lares/cameras/media"
	"lares/cameras/seal"
)

func newPair(t *testing.T) seal.PrivateKey {
	t.Helper()
	return must[seal.PrivateKey](t)(seal.GenerateKey())
}

func TestRunOpens(t *testing.T) {
	live := newPair(t)
	run, key, err := seal.NewRun(testHub, testCamera, live.Public())
	if err != nil {
		t.Fatal(err)
	}
	if run.Hub != testHub || run.Camera != testCamera || run.KID != seal.KID(testCamera, seal.Live, live.Public()) || run.ID.IsZero() {
		t.Errorf("new run %+v", run)
	}
	back, err := run.Open(live)
	if err != nil || back != key || back.Run() != run.ID || back.Opener().Run() != run.ID {
		t.Errorf("opened run key is another: %v", err)
	}
	other, otherKey, err := seal.NewRun(testHub, testCamera, live.Public())
	if err != nil || other.ID == run.ID || otherKey.Bytes() == key.Bytes() {
		t.Errorf("two runs share an id or a key: %v", err)
	}
	if raw := key.Bytes(); bytes.Contains(run.Sealed, raw[:]) {
		t.Error("the key is clear in the run")
	}
}

func TestRunFlips(t *testing.T) {
	live := newPair(t)
	good, _, err := seal.NewRun(testHub, testCamera, live.Public())
	if err != nil {
		t.Fatal(err)
	}
	try := func(what string, bit int, r seal.Run, want error) {
		t.Helper()
		_, err := r.Open(live)
		refused(t, what, bit, err, want)
	}
	eachBit(good.Hub[:], func(b []byte, bit int) {
		r := good
		r.Hub = media.HubID(b)
		try("hub", bit, r, seal.ErrOpen)
	})
	eachBit(good.ID[:], func(b []byte, bit int) {
		r := good
		r.ID = media.RunID(b)
		try("run", bit, r, seal.ErrOpen)
	})
	eachBit(good.Camera[:], func(b []byte, bit int) {
		r := good
		r.Camera = media.CameraID(b)
		try("camera", bit, r, seal.ErrCrossed) // its live key has another kid
		r.KID = seal.KID(r.Camera, seal.Live, live.Public())
		try("camera and kid", bit, r, seal.ErrOpen)
	})
	eachBit(good.KID[:], func(b []byte, bit int) {
		r := good
		r.KID = media.KeyID(b)
		try("kid", bit, r, seal.ErrCrossed)
	})
	// One bit of each byte: opening an encapsulated key takes its time.
	for i := range good.Sealed {
		r := good
		r.Sealed = bytes.Clone(good.Sealed)
		r.Sealed[i] ^= 1 << (i % 8)
		try("sealed", i*8+i%8, r, seal.ErrOpen)
	}
	for what, key := range map[string]seal.PrivateKey{"another": newPair(t), "no": {}} {
		if _, err := good.Open(key); !errors.Is(err, seal.ErrCrossed) {
			t.Errorf("opened with %s live key: %v", what, err)
		}
	}
}

// Base mode does not say who sealed. Whoever knows a person's public key can
// make a wrap that opens, holding an epoch key of their own choice; only the
// kid in the signed epoch record shows that it is not the camera's.
func TestForgedWrapOpensButHasAnotherKID(t *testing.T) {
	person, epoch, thief := newPair(t), newPair(t), newPair(t)
	want := seal.KID(testCamera, seal.Store, epoch.Public())
	info := seal.Bind("lares epoch key v1", testHub[:], testCamera[:], []byte(seal.Store), want[:])
	for what, from := range map[string]seal.PrivateKey{"genuine": epoch, "forged": thief} {
		wrap := must[[]byte](t)(person.Public().SealKey(info, must[[]byte](t)(from.Bytes())))
		seed, err := person.OpenKey(info, wrap)
		if err != nil {
			t.Fatalf("the %s wrap does not open: %v", what, err)
		}
		private := must[seal.PrivateKey](t)(seal.ParsePrivateKey(seed))
		kid := seal.KID(testCamera, seal.Store, private.Public())
		if genuine := kid == want; genuine != (what == "genuine") {
			t.Errorf("the kid calls the %s wrap genuine: %v", what, genuine)
		}
	}
}

func TestKIDTellsApart(t *testing.T) {
	pair := newPair(t)
	kid := seal.KID(testCamera, seal.Live, pair.Public())
	if kid == seal.KID(testCamera, seal.Store, pair.Public()) || kid == seal.KID(media.NewCameraID(), seal.Live, pair.Public()) ||
		kid == seal.KID(testCamera, seal.Live, newPair(t).Public()) {
		t.Error("part, camera or key is not part of the kid")
	}
}
