package seal

import (
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"fmt"

	"golang.org/x/crypto/chacha20poly1305"

	"lares/cameras/media"
)

// Run describes a run key of one camera worker, sealed to the camera's live
// key. It is public to the hub; only a holder of the live key opens it.
type Run struct {
	Hub    media.HubID
	Camera media.CameraID
	KID    media.KeyID // the live key it is sealed to
	ID     media.RunID
	Sealed []byte // SealedKeySize bytes

	// Store is the store key of the epoch that the run belongs to, and StoreKID
	// its kid: what is recorded of the run is sealed to it. NewRun leaves both to
	// its caller, who knows the epoch.
	Store    PublicKey
	StoreKID media.KeyID
}

// RunKey is the opened key of a run. It makes sealers and openers and is then
// forgotten (VAULT §1.8).
type RunKey struct {
	hub    media.HubID
	camera media.CameraID
	run    media.RunID
	key    [KeySize]byte
}

func (r Run) info() []byte {
	return Bind("lares run v1", r.Hub[:], r.Camera[:], r.KID[:], r.ID[:])
}

// NewRun draws a run key and seals it to the camera's live key.
func NewRun(hub media.HubID, camera media.CameraID, live PublicKey) (Run, RunKey, error) {
	r := Run{Hub: hub, Camera: camera, KID: KID(camera, Live, live), ID: media.NewRunID()}
	k := RunKey{hub: hub, camera: camera, run: r.ID}
	rand.Read(k.key[:])
	sealed, err := live.SealKey(r.info(), k.key[:])
	if err != nil {
		return Run{}, RunKey{}, fmt.Errorf("seal: new run: %w", err)
	}
	r.Sealed = sealed
	return r, k, nil
}

// Open opens the run key with the camera's live key.
func (r Run) Open(live PrivateKey) (RunKey, error) {
	if live.IsZero() || KID(r.Camera, Live, live.Public()) != r.KID {
		return RunKey{}, ErrCrossed
	}
	key, err := live.OpenKey(r.info(), r.Sealed)
	if err != nil {
		return RunKey{}, err
	}
	return RunKey{hub: r.Hub, camera: r.Camera, run: r.ID, key: [KeySize]byte(key)}, nil
}

// RestoreRunKey is the worker's end of the socket: the key the hub sent it.
func RestoreRunKey(hub media.HubID, camera media.CameraID, run media.RunID, key [KeySize]byte) RunKey {
	return RunKey{hub: hub, camera: camera, run: run, key: key}
}

// Bytes is the raw key, for the one message that carries it to the worker.
func (k RunKey) Bytes() [KeySize]byte { return k.key }

// Camera is the camera the key belongs to.
func (k RunKey) Camera() media.CameraID { return k.camera }

// Run is the id of the run the key belongs to.
func (k RunKey) Run() media.RunID { return k.run }

func (k RunKey) stream(s media.StreamID) cipher.AEAD {
	return newAEAD(Derive(k.key[:], Bind("lares stream v1", k.run[:], U8(uint8(s)))))
}

// unitHead leads the plaintext of a unit: track u8, flags u8 (bit 0 sync), DTS
// i64. These travel clear as well, for the fan-out; opening compares them.
const unitHead = 1 + 1 + 8

const unitSync = 1

// UnitOverhead is what sealing adds to the data of a unit, in bytes.
const UnitOverhead = unitHead + Overhead

func unitNonce(seq uint64) []byte {
	return binary.BigEndian.AppendUint64(make([]byte, 4, chacha20poly1305.NonceSize), seq)
}

func (k RunKey) unitBinding(u *media.Unit) []byte {
	return Bind("lares unit v1", k.hub[:], k.camera[:], k.run[:], U8(uint8(u.Stream)), U8(uint8(u.Type)), U64(u.Seq), U64(uint64(u.PTS)))
}

// Sealer seals the units of one stream of one run, in the worker. It counts
// the nonces itself: each Seal spends one, whether its result is sent or not.
// One goroutine uses it at a time.
type Sealer struct {
	key    RunKey
	stream media.StreamID
	aead   cipher.AEAD
	seq    uint64
}

// Sealer makes the one sealer of a stream. A second one for the same stream
// would repeat nonces.
func (k RunKey) Sealer(stream media.StreamID) *Sealer {
	return &Sealer{key: k, stream: stream, aead: k.stream(stream)}
}

// Seal seals one access unit and appends the ciphertext to dst. It returns the
// clear unit, whose Sealed is the appended part, and the extended dst.
func (s *Sealer) Seal(dst []byte, au media.AccessUnit) (media.Unit, []byte) {
	u := media.Unit{
		Camera: s.key.camera, Run: s.key.run, Stream: s.stream, Type: au.Type,
		Track: au.Track, Sync: au.Sync, Seq: s.seq, PTS: au.PTS, DTS: au.DTS,
	}
	s.seq++
	dst = grow(dst, len(au.Data)+UnitOverhead)
	start := len(dst)
	var flags uint8
	if au.Sync {
		flags = unitSync
	}
	dst = append(dst, au.Track, flags)
	dst = binary.BigEndian.AppendUint64(dst, uint64(au.DTS))
	dst = append(dst, au.Data...)
	dst = s.aead.Seal(dst[:start], unitNonce(u.Seq), dst[start:], s.key.unitBinding(&u))
	u.Sealed = dst[start:]
	return u, dst
}

// Opener opens the units of one camera's run: next to the recorder's disk or
// one viewer's connection, nowhere else (VAULT §1.8). One goroutine uses it at
// a time.
type Opener struct {
	key   RunKey
	aeads map[media.StreamID]cipher.AEAD
}

// Opener makes an opener for all streams of the run.
func (k RunKey) Opener() *Opener {
	return &Opener{key: k, aeads: map[media.StreamID]cipher.AEAD{}}
}

// Run is the id of the run it opens.
func (o *Opener) Run() media.RunID { return o.key.run }

// Open opens a unit and appends its data to dst; the access unit's Data is the
// appended part. A unit of another camera or run is ErrCrossed; one whose
// bytes or clear fields were changed is ErrOpen.
func (o *Opener) Open(dst []byte, u media.Unit) (media.AccessUnit, []byte, error) {
	if u.Camera != o.key.camera || u.Run != o.key.run {
		return media.AccessUnit{}, dst, ErrCrossed
	}
	if u.Stream < media.StreamMain || u.Stream > media.StreamCamera || len(u.Sealed) < UnitOverhead {
		return media.AccessUnit{}, dst, ErrOpen
	}
	aead, ok := o.aeads[u.Stream]
	if !ok {
		aead = o.key.stream(u.Stream)
		o.aeads[u.Stream] = aead
	}
	dst = grow(dst, len(u.Sealed))
	start := len(dst)
	out, err := aead.Open(dst, unitNonce(u.Seq), u.Sealed, o.key.unitBinding(&u))
	if err != nil {
		return media.AccessUnit{}, dst, ErrOpen
	}
	head := out[start : start+unitHead]
	if head[0] != u.Track || (head[1]&unitSync != 0) != u.Sync || int64(binary.BigEndian.Uint64(head[2:])) != u.DTS {
		return media.AccessUnit{}, dst, ErrOpen
	}
	return media.AccessUnit{
		Stream: u.Stream, Type: u.Type, Track: u.Track, Sync: u.Sync,
		PTS: u.PTS, DTS: u.DTS, Data: out[start+unitHead:],
	}, out, nil
}
