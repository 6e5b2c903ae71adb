package vault

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"lares/cameras/media"
	"lares/cameras/seal"
	"lares/hub/store"
)

// scene is what a forger finds: ann's camera, shared with bob; eve may write
// rows but holds no key.
type scene struct {
	*rig
	ann, bob, eve person
	cam           store.Camera
}

func newScene(t *testing.T) scene {
	r := newRig(t)
	s := scene{rig: r, ann: r.account("ann"), bob: r.account("bob"), eve: r.account("eve")}
	s.cam = s.camera(s.ann)
	s.must(s.epoch(s.cam, Change{Owner: s.ann.OpenedAccount, Add: &Member{Principal: s.bob.ID(), Store: true}}))
	return s
}

// use is everything that seals, opens or signs.
func (s scene) use() []error {
	_, _, run := s.vault.NewRun(s.t.Context(), s.cam.ID)
	_, _, key := s.vault.StoreKey(s.t.Context(), s.cam.ID)
	_, text := sealNewest(s.t.Context(), s.vault, s.cam.ID, media.NewEventID(), t0, []byte("{}"))
	return []error{run, key, text, s.open(), s.epoch(s.cam, Change{}), s.epoch(s.cam, Change{Owner: s.ann.OpenedAccount})}
}

func (s scene) open() error {
	_, kid := s.kids(s.cam)
	_, err := s.ann.EpochKey(s.t.Context(), s.cam.ID, seal.Store, kid)
	return err
}

func (s scene) public() seal.PublicKey {
	k, err := seal.GenerateKey()
	s.must(err)
	return k.Public()
}

// newest is the camera's newest record, parsed.
func (s scene) newest() (*record, []byte) {
	e, err := s.store.NewestEpoch(s.t.Context(), s.cam.ID)
	s.must(err)
	r, err := parseRecord(e.Record)
	s.must(err)
	return r, e.Record
}

// put writes a record over the newest one, with the signatures it has.
func (s scene) put(r *record) {
	b := slices.Concat(r.encode(), r.ownerSig, r.hubSig)
	s.sql("UPDATE epoch SET record = ?, live_kid = ?, store_kid = ? WHERE camera = ? AND ordinal = ?", b, r.liveKID[:], r.storeKID[:], s.cam.ID[:], r.ordinal)
}

func (s scene) add(r *record, p person) {
	r.principals = append(r.principals, principal{id: p.ID(), version: 1, fingerprint: s.vault.fingerprint(p.principal()), parts: hasLive | hasStore})
	slices.SortFunc(r.principals, func(a, b principal) int { return bytes.Compare(a.id[:], b.id[:]) })
}

// TestForgedRows is VAULT §8 test 4: whoever may write rows, but holds no key,
// gains nothing, and each try is counted.
func TestForgedRows(t *testing.T) {
	bump := func(s scene) error { return s.epoch(s.cam, Change{Owner: s.ann.OpenedAccount}) }
	for _, c := range []struct {
		name    string
		swap    func(scene)
		refused func(scene) error // what must be refused; nil: all use
	}{
		{"an epoch's public key", func(s scene) {
			r, _ := s.newest()
			r.store = s.public()
			was := r.storeKID
			r.storeKID = seal.KID(s.cam.ID, seal.Store, r.store)
			s.put(r)
			s.sql("UPDATE epoch_wrap SET kid = ? WHERE kid = ?", r.storeKID[:], was[:])
		}, nil},
		{"a principal added", func(s scene) { r, _ := s.newest(); s.add(r, s.eve); s.put(r) }, nil},
		{"a principal added by the hub alone", func(s scene) {
			r, before := s.newest()
			r.ordinal, r.previous = r.ordinal+1, recordHash(before)
			r.live, r.store = s.public(), s.public()
			r.liveKID, r.storeKID = seal.KID(s.cam.ID, seal.Live, r.live), seal.KID(s.cam.ID, seal.Store, r.store)
			s.add(r, s.eve)
			b := r.sign(s.vault, nil)
			s.sql("INSERT INTO epoch VALUES (?, ?, ?, ?, ?, ?)", s.cam.ID[:], r.ordinal, r.liveKID[:], r.storeKID[:], b, 0)
			s.sql("INSERT INTO epoch_wrap SELECT ?, principal, version, camera, part, sealed FROM epoch_wrap WHERE principal = ? AND part = 'store' LIMIT 1", r.storeKID[:], idOf(s.ann))
		}, nil},
		{"a record out of the chain", func(s scene) {
			s.sql("UPDATE epoch SET record = CAST(record || x'00' AS BLOB) WHERE camera = ?1 AND ordinal = (SELECT max(ordinal) - 1 FROM epoch WHERE camera = ?1)", s.cam.ID[:])
		}, nil},
		{"the owner", func(s scene) { s.sql("UPDATE camera SET owner = ? WHERE id = ?", idOf(s.eve), s.cam.ID[:]) }, nil},
		{"a record of another camera", func(s scene) {
			other := s.camera(s.eve)
			s.sql("UPDATE epoch SET record = (SELECT record FROM epoch WHERE camera = ?) WHERE camera = ?", other.ID[:], s.cam.ID[:])
		}, nil},
		{"the owner's signing key", func(s scene) {
			s.sql("UPDATE principal SET sign_public = (SELECT sign_public FROM principal WHERE id = ?) WHERE id = ?", idOf(s.eve), idOf(s.ann))
		}, nil},
		{"a member's public key", func(s scene) {
			s.sql("UPDATE principal SET kem_public = ? WHERE id = ?", s.public().Bytes(), idOf(s.bob))
		}, bump},
		{"a member's whole row", func(s scene) {
			s.sql("UPDATE principal SET (kem_public, sign_public, signature) = (SELECT kem_public, sign_public, signature FROM principal WHERE id = ?) WHERE id = ?", idOf(s.eve), idOf(s.bob))
		}, bump},
		{"a member's key, with the hub's signature", func(s scene) {
			p := s.bob.principal()
			p.KEMPublic = s.public().Bytes()
			p.Signature = s.vault.Sign(principalLabel, s.vault.principalBytes(p))
			s.sql("UPDATE principal SET kem_public = ?, signature = ? WHERE id = ?", p.KEMPublic, p.Signature, idOf(s.bob))
		}, bump},
		{"a wrap that opens to another key", func(s scene) {
			// HPKE does not say who sealed: anyone can make a wrap that ann opens.
			mine, err := seal.GenerateKey()
			s.must(err)
			seed, err := mine.Bytes()
			s.must(err)
			_, kid := s.kids(s.cam)
			w := store.EpochWrap{KID: kid, Principal: s.ann.ID(), Version: 1, Camera: s.cam.ID, Part: seal.Store}
			sealed, err := s.ann.kem.Public().SealKey(epochBinding(s.vault.key.hub, w, s.ann.kem.Public()), seed)
			s.must(err)
			s.sql("UPDATE epoch_wrap SET sealed = ? WHERE principal = ? AND kid = ?", sealed, idOf(s.ann), kid[:])
		}, scene.open},
		{"somebody else's wrap", func(s scene) {
			_, kid := s.kids(s.cam)
			s.sql("UPDATE epoch_wrap SET sealed = (SELECT sealed FROM epoch_wrap WHERE principal = ? AND kid = ?) WHERE principal = ? AND kid = ?", idOf(s.bob), kid[:], idOf(s.ann), kid[:])
		}, scene.open},
		{"how to reach the camera", func(s scene) { s.sql("UPDATE camera SET owner = ? WHERE id = ?", idOf(s.eve), s.cam.ID[:]) },
			func(s scene) error {
				c, err := s.store.Camera(s.t.Context(), s.cam.ID)
				s.must(err)
				_, err = s.vault.OpenAccess(c)
				return err
			}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newScene(t)
			for i, err := range s.use() {
				if err != nil {
					t.Fatalf("use %d before the swap: %v", i, err)
				}
			}
			c.swap(s)
			if c.refused != nil {
				s.crossed(c.name, func() error { return c.refused(s) })
				return
			}
			before := s.refused()
			errs := s.use()
			for i, err := range errs {
				if !errors.Is(err, seal.ErrCrossed) {
					t.Errorf("use %d: %v, not refused as crossed", i, err)
				}
			}
			if n := s.refused() - before; n < uint64(len(errs)) {
				t.Errorf("%d of %d refusals counted", n, len(errs))
			}
		})
	}
}
