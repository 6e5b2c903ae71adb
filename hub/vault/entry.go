package vault

import (
	"encoding/binary"
	"hash/crc32"
	"time"

	"lares/cameras/media"
	"lares/cameras/seal"
	"lares/hub/store"
)

// The records of a keyring and how they are spelled; see keyring.go for what they
// stand in.

type entryType uint8

const (
	entryAccount      entryType = 1
	entryPasswordWrap entryType = 2
	entryEpoch        entryType = 3
	entryEpochWrap    entryType = 4
	entryRecoveryWrap entryType = 5
	entryGroup        entryType = 6 // begins what one transaction wrote
	entryRemoved      entryType = 7 // an account or a camera that is no more
	entryGrant        entryType = 8 // what an account that an epoch names may do with the camera
	entryRetired      entryType = 9 // a camera that became one of somebody else's; see retired.go
	entryLast                   = entryRetired
)

// entry is one record of a keyring.
type entry struct {
	kind    entryType
	payload []byte
}

func accountEntry(a store.Account, p store.Principal) entry {
	return entry{entryAccount, seal.Bind("lares keyring account v2", a.ID[:], []byte(a.Name), []byte(a.NameKey), boolean(a.Operator),
		seal.U64(uint64(a.Created.UnixMilli())), seal.U32(p.Version), p.Hub[:], p.KEMPublic, p.SignPublic, p.Handover, p.Signature)}
}

func passwordEntry(w store.Wrap) entry {
	return entry{entryPasswordWrap, seal.Bind("lares keyring password v1", w.ID[:], w.Account[:], seal.U32(w.Version), w.Salt,
		seal.U32(w.MemoryKiB), seal.U32(w.Passes), seal.U32(w.Lanes), w.Sealed)}
}

func recoveryEntry(w store.Wrap) entry {
	return entry{entryRecoveryWrap, seal.Bind("lares keyring recovery v1", w.ID[:], w.Account[:], seal.U32(w.Version), w.Salt, w.Sealed)}
}

func wrapEntry(w store.Wrap) entry {
	if w.Kind == store.WrapPassword {
		return passwordEntry(w)
	}
	return recoveryEntry(w)
}

// removedEntry says that an account or a camera was taken away; which of them
// an id names is told by the entries before.
func removedEntry(id [16]byte) entry {
	return entry{entryRemoved, seal.Bind("lares keyring removed v1", id[:])}
}

func parseRemoved(e entry) (id [16]byte, ok bool) {
	if e.kind != entryRemoved {
		return id, false
	}
	f, ok := unbind(e.payload, "lares keyring removed v1", 16)
	if ok {
		id = [16]byte(f[0])
	}
	return id, ok
}

func epochEntry(e store.Epoch) entry { return entry{entryEpoch, e.Record} }

func epochWrapEntry(w store.EpochWrap) entry {
	return entry{entryEpochWrap, seal.Bind("lares keyring epoch key v1", w.KID[:], w.Principal[:], seal.U32(w.Version),
		w.Camera[:], []byte(w.Part), w.Sealed)}
}

// grantEntry is a grant as it stood when an epoch named its account.
func grantEntry(g store.Grant) entry {
	var expires uint64
	if !g.Expires.IsZero() {
		expires = uint64(g.Expires.UnixMilli())
	}
	return entry{entryGrant, seal.Bind("lares keyring grant v1", g.Camera[:], g.Account[:], seal.U32(g.Actions),
		seal.U64(uint64(g.HistoryFrom.UnixMilli())), seal.U64(expires), seal.U64(uint64(g.Granted.UnixMilli())))}
}

func boolean(b bool) []byte {
	if b {
		return seal.U8(1)
	}
	return seal.U8(0)
}

// parseAccount reads an account entry and checks that a hub of this one's
// signed its keys.
func (v *Vault) parseAccount(b []byte) (a store.Account, p store.Principal, ok bool) {
	f, ok := unbind(b, "lares keyring account v2", 16, -1, -1, 1, 8, 4, 16, -1, -1, -1, -1)
	if !ok {
		return a, p, false
	}
	a = store.Account{
		ID: store.AccountID(f[0]), Name: string(f[1]), NameKey: string(f[2]), Operator: f[3][0] != 0,
		Created: time.UnixMilli(int64(binary.BigEndian.Uint64(f[4]))).UTC(), Version: binary.BigEndian.Uint32(f[5]),
	}
	p = store.Principal{ID: a.ID, Version: a.Version, Kind: store.KindAccount, Hub: media.HubID(f[6]), KEMPublic: f[7], SignPublic: f[8], Signature: f[10]}
	if len(f[9]) > 0 {
		p.Handover = f[9]
	}
	return a, p, v.verified(p.Hub, principalLabel, v.principalBytes(p), p.Signature)
}

// parseWrap reads a password or recovery entry; when it was made is not in it.
func parseWrap(e entry) (store.Wrap, bool) {
	if e.kind == entryRecoveryWrap {
		f, ok := unbind(e.payload, "lares keyring recovery v1", 16, 16, 4, 16, 48)
		if !ok {
			return store.Wrap{}, false
		}
		return store.Wrap{ID: store.WrapID(f[0]), Account: store.AccountID(f[1]), Version: binary.BigEndian.Uint32(f[2]),
			Kind: store.WrapRecovery, Salt: f[3], Sealed: f[4]}, true
	}
	f, ok := unbind(e.payload, "lares keyring password v1", 16, 16, 4, 16, 4, 4, 4, 48)
	if !ok {
		return store.Wrap{}, false
	}
	return store.Wrap{ID: store.WrapID(f[0]), Account: store.AccountID(f[1]), Version: binary.BigEndian.Uint32(f[2]), Kind: store.WrapPassword, Salt: f[3],
		MemoryKiB: binary.BigEndian.Uint32(f[4]), Passes: binary.BigEndian.Uint32(f[5]), Lanes: binary.BigEndian.Uint32(f[6]), Sealed: f[7]}, true
}

func parseGrant(b []byte) (store.Grant, bool) {
	f, ok := unbind(b, "lares keyring grant v1", 16, 16, 4, 8, 8, 8)
	if !ok {
		return store.Grant{}, false
	}
	ms := func(b []byte) time.Time { return time.UnixMilli(int64(binary.BigEndian.Uint64(b))).UTC() }
	g := store.Grant{Camera: media.CameraID(f[0]), Account: store.AccountID(f[1]), Actions: binary.BigEndian.Uint32(f[2]), HistoryFrom: ms(f[3]), Granted: ms(f[5])}
	if binary.BigEndian.Uint64(f[4]) != 0 {
		g.Expires = ms(f[4])
	}
	return g, g.Actions != 0
}

func parseEpochWrap(b []byte) (store.EpochWrap, bool) {
	f, ok := unbind(b, "lares keyring epoch key v1", 16, 16, 4, 16, -1, seal.SealedKeySize)
	if !ok {
		return store.EpochWrap{}, false
	}
	w := store.EpochWrap{KID: media.KeyID(f[0]), Principal: store.PrincipalID(f[1]), Version: binary.BigEndian.Uint32(f[2]),
		Camera: media.CameraID(f[3]), Part: seal.Part(f[4]), Sealed: f[5]}
	return w, w.Part == seal.Live || w.Part == seal.Store
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func (e entry) append(b []byte) []byte {
	start := len(b)
	b = append(b, uint8(e.kind))
	b = binary.BigEndian.AppendUint32(b, uint32(len(e.payload)))
	b = append(b, e.payload...)
	return binary.BigEndian.AppendUint32(b, crc32.Checksum(b[start:], castagnoli))
}

// readEntry reads the record that b begins with, and its size; 0 is none.
func readEntry(b []byte) (entry, int) {
	if len(b) < entryHead {
		return entry{}, 0
	}
	n := int64(binary.BigEndian.Uint32(b[1:]))
	size := entryHead + n + crc32.Size
	if n > maxEntry || size > int64(len(b)) {
		return entry{}, 0
	}
	body, sum := b[:size-crc32.Size], b[size-crc32.Size:size]
	if crc32.Checksum(body, castagnoli) != binary.BigEndian.Uint32(sum) {
		return entry{}, 0
	}
	return entry{entryType(body[0]), append([]byte(nil), body[entryHead:]...)}, int(size)
}
