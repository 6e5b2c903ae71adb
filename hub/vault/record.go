package vault

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"slices"
	"time"

	"lares/cameras/media"
	"lares/cameras/seal"
	"lares/hub/store"
)

// An epoch record is a seal.Bind of the fields below under recordLabel, then
// the owner's signature 64 (zero if the hub signs alone), then the hub's
// signature 64 over all before it. A principal is 16+4+32+1 bytes: id, version,
// fingerprint, parts.
const (
	recordLabel      = "lares epoch record v1"
	recordOwnerLabel = "lares epoch record owner v1"
	recordHubLabel   = "lares epoch record hub v1"
	principalSize    = 16 + 4 + 32 + 1
	maxPrincipals    = 1000
)

// parts says which private halves a principal holds.
type parts uint8

const (
	hasLive  parts = 1
	hasStore parts = 2
)

func (p parts) has(part seal.Part) bool {
	return part == seal.Live && p&hasLive != 0 || part == seal.Store && p&hasStore != 0
}

// principal is one account or token in an epoch record.
type principal struct {
	id          store.PrincipalID
	version     uint32
	fingerprint [32]byte
	parts       parts
}

// record is an epoch record, parsed.
type record struct {
	hub          media.HubID
	camera       media.CameraID
	ordinal      uint32
	liveKID      media.KeyID
	live         seal.PublicKey
	storeKID     media.KeyID
	store        seal.PublicKey
	owner        store.AccountID
	ownerVersion uint32
	principals   []principal // ascending by id
	previous     [32]byte    // SHA-256 of the whole record before; zero for the first
	since        time.Time   // to the millisecond

	body     []byte
	ownerSig []byte
	hubSig   []byte
}

func (r *record) encode() []byte {
	var ps []byte
	for _, p := range r.principals {
		ps = append(ps, p.id[:]...)
		ps = binary.BigEndian.AppendUint32(ps, p.version)
		ps = append(ps, p.fingerprint[:]...)
		ps = append(ps, uint8(p.parts))
	}
	return seal.Bind(recordLabel, r.hub[:], r.camera[:], seal.U32(r.ordinal), r.liveKID[:], r.live.Bytes(),
		r.storeKID[:], r.store.Bytes(), r.owner[:], seal.U32(r.ownerVersion), ps, r.previous[:], seal.U64(uint64(r.since.UnixMilli())))
}

// sign completes the record; owner may be nil.
func (r *record) sign(v *Vault, owner *OpenedAccount) []byte {
	r.body = r.encode()
	r.ownerSig = make([]byte, ed25519.SignatureSize)
	if owner != nil {
		r.ownerSig = seal.Sign(owner.signKey(), recordOwnerLabel, r.body)
	}
	r.hubSig = v.Sign(recordHubLabel, slices.Concat(r.body, r.ownerSig))
	return slices.Concat(r.body, r.ownerSig, r.hubSig)
}

// hubAlone reports whether the owner did not sign.
func (r *record) hubAlone() bool {
	return !slices.ContainsFunc(r.ownerSig, func(b byte) bool { return b != 0 })
}

func (r *record) principal(id store.PrincipalID) (principal, bool) {
	i := slices.IndexFunc(r.principals, func(p principal) bool { return p.id == id })
	if i < 0 {
		return principal{}, false
	}
	return r.principals[i], true
}

// within reports whether r gives nothing that before did not: the bound on what
// the hub may sign alone.
func (r *record) within(before *record) bool {
	return r.owner == before.owner && r.ownerVersion == before.ownerVersion &&
		!slices.ContainsFunc(r.principals, func(p principal) bool {
			q, ok := before.principal(p.id)
			return !ok || p.version != q.version || p.fingerprint != q.fingerprint || p.parts&^q.parts != 0
		})
}

var errRecord = errors.New("vault: malformed epoch record")

// parseRecord reads a record and checks its form; its signatures are checked by
// Vault.verify. It copies from b.
func parseRecord(b []byte) (*record, error) {
	if len(b) < 2*ed25519.SignatureSize {
		return nil, errRecord
	}
	b = slices.Clone(b)
	at := len(b) - 2*ed25519.SignatureSize
	r := &record{body: b[:at], ownerSig: b[at : at+ed25519.SignatureSize], hubSig: b[at+ed25519.SignatureSize:]}
	f, ok := unbind(r.body, recordLabel, 16, 16, 4, 16, seal.PublicKeySize, 16, seal.PublicKeySize, 16, 4, -1, 32, 8)
	if !ok {
		return nil, errRecord
	}
	r.hub, r.camera, r.ordinal = media.HubID(f[0]), media.CameraID(f[1]), binary.BigEndian.Uint32(f[2])
	r.liveKID, r.storeKID = media.KeyID(f[3]), media.KeyID(f[5])
	var err1, err2 error
	r.live, err1 = seal.ParsePublicKey(f[4])
	r.store, err2 = seal.ParsePublicKey(f[6])
	r.owner, r.ownerVersion = store.AccountID(f[7]), binary.BigEndian.Uint32(f[8])
	r.previous, r.since = [32]byte(f[10]), time.UnixMilli(int64(binary.BigEndian.Uint64(f[11]))).UTC()
	if err := errors.Join(err1, err2); err != nil || len(f[9])%principalSize != 0 || len(f[9]) > maxPrincipals*principalSize {
		return nil, errRecord
	}
	for p := range slices.Chunk(f[9], principalSize) {
		r.principals = append(r.principals, principal{
			id: store.PrincipalID(p[:16]), version: binary.BigEndian.Uint32(p[16:]),
			fingerprint: [32]byte(p[20:52]), parts: parts(p[52]),
		})
	}
	// One record has one encoding.
	if !slices.IsSortedFunc(r.principals, func(a, b principal) int {
		if c := slices.Compare(a.id[:], b.id[:]); c != 0 {
			return c
		}
		return 1 // a principal named twice is out of order
	}) {
		return nil, errRecord
	}
	return r, nil
}

// unbind takes a seal.Bind encoding apart; sizes are those of its fields, -1
// for any.
func unbind(b []byte, label string, sizes ...int) (fields [][]byte, ok bool) {
	if len(b) < len(label)+1 || string(b[:len(label)]) != label || b[len(label)] != 0 {
		return nil, false
	}
	b = b[len(label)+1:]
	for _, want := range sizes {
		if len(b) < 2 {
			return nil, false
		}
		n := int(binary.BigEndian.Uint16(b))
		if len(b) < 2+n || want >= 0 && n != want {
			return nil, false
		}
		fields = append(fields, b[2:2+n])
		b = b[2+n:]
	}
	return fields, len(b) == 0
}

// recordHash chains a record to the next one.
func recordHash(b []byte) [32]byte { return sha256.Sum256(b) }

// recordHub is the hub of an encoded record: its first field.
func recordHub(b []byte) (hub media.HubID) {
	copy(hub[:], b[min(len(recordLabel)+3, len(b)):])
	return hub
}
