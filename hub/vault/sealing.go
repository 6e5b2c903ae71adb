package vault

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"lares/cameras/fault"
	"lares/cameras/media"
	"lares/cameras/seal"
	"lares/hub/store"
	"lares/recorder"
)

// ErrRetired says that a camera was handed over: nothing more is sealed for its
// former owner.
var ErrRetired = errors.New("vault: the camera was handed over")

// NewRun draws a run key sealed to the camera's live key, after checking the
// newest epoch record, and names that epoch's store key. It returns ErrRetired for a
// camera that was handed over.
func (v *Vault) NewRun(ctx context.Context, id media.CameraID) (seal.Run, seal.RunKey, error) {
	_, r, err := v.newest(ctx, v.cfg.Store.View, id)
	if err == nil && r.hub != v.key.hub { // a restore bumps every epoch
		err = v.crossedCamera("epoch record", id)
	}
	if err == nil {
		err = v.inUse(ctx, id)
	}
	if err != nil {
		return seal.Run{}, seal.RunKey{}, err
	}
	run, key, err := seal.NewRun(v.key.hub, id, r.live)
	run.Store, run.StoreKID = r.store, r.storeKID
	return run, key, err
}

// inUse refuses a camera that was handed over: its keys are the former owner's,
// and the device is not.
func (v *Vault) inUse(ctx context.Context, id media.CameraID) error {
	c, err := v.cfg.Store.Camera(ctx, id)
	if err != nil {
		return fmt.Errorf("vault: a run: %w", err)
	}
	if !c.Retired.IsZero() {
		return ErrRetired
	}
	return nil
}

// StoreKey is the camera's store key and its kid, after checking the newest
// epoch record.
func (v *Vault) StoreKey(ctx context.Context, id media.CameraID) (seal.PublicKey, media.KeyID, error) {
	_, r, err := v.newest(ctx, v.cfg.Store.View, id)
	if err == nil && r.hub != v.key.hub { // a restore bumps every epoch
		err = v.crossedCamera("epoch record", id)
	}
	if err != nil {
		return seal.PublicKey{}, media.KeyID{}, err
	}
	return r.store, r.storeKID, nil
}

// indexWriter seals the event texts of one camera, day and epoch. Its key was
// drawn here, not opened, and the hub cannot open it again: it is gone at the
// next day, epoch, removal or restart.
type indexWriter struct {
	last string // newest day it was asked for; guarded by Vault.mu

	mu  sync.Mutex // guards following, through the database write of a new key
	kid media.KeyID
	day string
	id  store.IndexID
	key []byte // nil before the first
}

// SealEvent seals an event's text under the camera's index key of that day and of the
// epoch whose store key is given, whatever epoch there is by now; the newest epoch
// record is checked first.
func (v *Vault) SealEvent(ctx context.Context, id media.CameraID, ev media.EventID, at time.Time, k recorder.StoreKey, text []byte) (recorder.SealedText, error) {
	if _, _, err := v.StoreKey(ctx, id); err != nil {
		return recorder.SealedText{}, err
	}
	if seal.KID(id, seal.Store, k.Key) != k.KID {
		return recorder.SealedText{}, v.crossedCamera("text key", id)
	}
	day := at.UTC().Format(time.DateOnly)
	w := v.writer(id, day)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.key == nil || w.kid != k.KID || w.day != day {
		if err := v.drawIndex(ctx, w, id, k, day); err != nil {
			return recorder.SealedText{}, err
		}
	}
	return recorder.SealedText{KID: k.KID, Index: w.id, Sealed: seal.SealText(w.key, eventBinding(v.key.hub, id, w.id, ev), text)}, nil
}

// writer finds the camera's writer. With the first event of a day, those that
// were last asked for on an earlier one go: removed cameras leave no key behind.
func (v *Vault) writer(id media.CameraID, day string) *indexWriter {
	v.mu.Lock()
	defer v.mu.Unlock()
	w := v.writers[id]
	if w == nil {
		w = &indexWriter{}
		v.writers[id] = w
	}
	if w.last < day {
		w.last = day
		maps.DeleteFunc(v.writers, func(_ media.CameraID, w *indexWriter) bool { return w.last < day })
	}
	return w
}

// Forget lets go of a camera's index key: for a camera that was removed.
func (v *Vault) Forget(id media.CameraID) {
	v.mu.Lock()
	defer v.mu.Unlock()
	delete(v.writers, id)
}

// drawIndex gives a writer a new key. Called with w.mu held.
func (v *Vault) drawIndex(ctx context.Context, w *indexWriter, camera media.CameraID, to recorder.StoreKey, day string) error {
	key := make([]byte, seal.KeySize)
	rand.Read(key)
	k := store.IndexKey{ID: store.NewIndexID(), Camera: camera, KID: to.KID, Created: v.cfg.Clock.Now()}
	var err error
	if k.Sealed, err = to.Key.SealKey(indexBinding(v.key.hub, k), key); err != nil {
		return err
	}
	if err := v.cfg.Store.Update(ctx, func(tx *store.Tx) error { return tx.AddIndexKey(ctx, k) }); err != nil {
		return err
	}
	w.kid, w.day, w.id, w.key = to.KID, day, k.ID, key
	return nil
}

// What is sealed to a store key, or under a key that is, is bound to the hub of
// that epoch's record.

func indexBinding(hub media.HubID, k store.IndexKey) []byte {
	return seal.Bind("lares index v1", hub[:], k.Camera[:], k.KID[:], k.ID[:])
}

func eventBinding(hub media.HubID, camera media.CameraID, index store.IndexID, ev media.EventID) []byte {
	return seal.Bind("lares event v1", hub[:], camera[:], index[:], ev[:])
}

// OpenedIndex is an opened index key, for one request.
type OpenedIndex struct {
	vault  *Vault
	hub    media.HubID // of the epoch it is sealed to
	camera media.CameraID
	kid    media.KeyID
	id     store.IndexID
	key    []byte
}

// indexKey finds a camera's index key, still sealed.
func (a *OpenedAccount) indexKey(ctx context.Context, camera media.CameraID, kid media.KeyID, id store.IndexID) (store.IndexKey, error) {
	k, err := a.vault.cfg.Store.IndexKey(ctx, id)
	if errors.Is(err, store.ErrNoRow) {
		return k, ErrNoKey
	}
	if fault.On && err == nil {
		k = fault.Swap(fault.IndexKey, camera.String(), k)
	}
	if err == nil && (k.ID != id || k.Camera != camera || k.KID != kid) {
		err = a.vault.crossedCamera("index key", camera)
	}
	return k, err
}

func (v *Vault) openIndex(private seal.PrivateKey, hub media.HubID, k store.IndexKey) (*OpenedIndex, error) {
	key, err := private.OpenKey(indexBinding(hub, k), k.Sealed)
	if err != nil {
		return nil, v.crossedCamera("index key", k.Camera)
	}
	return &OpenedIndex{vault: v, hub: hub, camera: k.Camera, kid: k.KID, id: k.ID, key: key}, nil
}

// Open opens the text of one event of the camera.
func (o *OpenedIndex) Open(camera media.CameraID, ev media.EventID, sealed []byte) ([]byte, error) {
	text, err := seal.OpenText(o.key, eventBinding(o.hub, camera, o.id, ev), sealed)
	if err != nil || camera != o.camera {
		return nil, o.vault.crossedCamera("event", camera)
	}
	return text, nil
}

// ClipKey opens the key of a clip from its file header, with the account's own
// store key. Errors are those of EpochKey.
func (a *OpenedAccount) ClipKey(ctx context.Context, camera media.CameraID, clip media.ClipID, kid media.KeyID, sealed []byte) ([seal.KeySize]byte, error) {
	private, r, err := a.epochKey(ctx, a.vault.cfg.Store.View, camera, seal.Store, kid)
	if err != nil {
		return [seal.KeySize]byte{}, err
	}
	return a.vault.clipKey(private, r.hub, camera, clip, kid, sealed)
}

func (v *Vault) clipKey(private seal.PrivateKey, hub media.HubID, camera media.CameraID, clip media.ClipID, kid media.KeyID, sealed []byte) ([seal.KeySize]byte, error) {
	key, err := private.OpenKey(seal.ClipBinding(hub, camera, kid, clip), sealed)
	if err != nil {
		return [seal.KeySize]byte{}, v.crossedCamera("clip key", camera)
	}
	return [seal.KeySize]byte(key), nil
}

// RunKey opens the key of a camera worker's run, with the account's own live
// key. Errors are those of EpochKey.
func (a *OpenedAccount) RunKey(ctx context.Context, run seal.Run) (seal.RunKey, error) {
	private, err := a.EpochKey(ctx, run.Camera, seal.Live, run.KID)
	if err != nil {
		return seal.RunKey{}, err
	}
	key, err := run.Open(private)
	if err != nil {
		return seal.RunKey{}, a.vault.crossedCamera("run", run.Camera)
	}
	return key, nil
}

func accessBinding(hub media.HubID, camera media.CameraID, owner store.AccountID) []byte {
	return seal.Bind("lares camera access v1", hub[:], camera[:], owner[:])
}

// SealAccess seals how to reach a camera under the hub sealing key.
func (v *Vault) SealAccess(camera media.CameraID, owner store.AccountID, access []byte) []byte {
	return seal.SealText(v.key.sealing, accessBinding(v.key.hub, camera, owner), access)
}

// OpenAccess opens what SealAccess sealed, towards the camera's worker. A row
// whose camera or owner was changed is seal.ErrCrossed.
func (v *Vault) OpenAccess(c store.Camera) ([]byte, error) {
	access, err := seal.OpenText(v.key.sealing, accessBinding(v.key.hub, c.ID, c.Owner), c.Access)
	if err != nil {
		return nil, fmt.Errorf("vault: camera access: %w", v.crossedCamera("camera access", c.ID))
	}
	return access, nil
}

func motionBinding(hub media.HubID, camera media.CameraID, owner store.AccountID) []byte {
	return seal.Bind("lares camera motion v1", hub[:], camera[:], owner[:])
}

// SealMotion seals what counts of that which moves before a camera under the hub
// sealing key.
func (v *Vault) SealMotion(camera media.CameraID, owner store.AccountID, motion []byte) []byte {
	return seal.SealText(v.key.sealing, motionBinding(v.key.hub, camera, owner), motion)
}

// OpenMotion opens what SealMotion sealed. What is of another camera or owner is
// seal.ErrCrossed.
func (v *Vault) OpenMotion(c store.Camera, sealed []byte) ([]byte, error) {
	motion, err := seal.OpenText(v.key.sealing, motionBinding(v.key.hub, c.ID, c.Owner), sealed)
	if err != nil {
		return nil, fmt.Errorf("vault: camera motion: %w", v.crossedCamera("camera motion", c.ID))
	}
	return motion, nil
}

func soundBinding(hub media.HubID, camera media.CameraID, owner store.AccountID) []byte {
	return seal.Bind("lares camera sound v1", hub[:], camera[:], owner[:])
}

// SealSound seals what is listened for at a camera under the hub sealing key.
func (v *Vault) SealSound(camera media.CameraID, owner store.AccountID, sound []byte) []byte {
	return seal.SealText(v.key.sealing, soundBinding(v.key.hub, camera, owner), sound)
}

// OpenSound opens what SealSound sealed. What is of another camera or owner is
// seal.ErrCrossed.
func (v *Vault) OpenSound(c store.Camera, sealed []byte) ([]byte, error) {
	sound, err := seal.OpenText(v.key.sealing, soundBinding(v.key.hub, c.ID, c.Owner), sealed)
	if err != nil {
		return nil, fmt.Errorf("vault: camera sound: %w", v.crossedCamera("camera sound", c.ID))
	}
	return sound, nil
}

func exitBinding(hub media.HubID, e store.Exit) []byte {
	return seal.Bind("lares exit v1", hub[:], e.Camera[:], e.Account[:], e.ID[:])
}

// SealExit seals where pictures of a camera leave the hub under the hub sealing key.
func (v *Vault) SealExit(e store.Exit, target []byte) []byte {
	return seal.SealText(v.key.sealing, exitBinding(v.key.hub, e), target)
}

// OpenExit opens what SealExit sealed. What is of another camera, account or exit is
// seal.ErrCrossed.
func (v *Vault) OpenExit(e store.Exit) ([]byte, error) {
	target, err := seal.OpenText(v.key.sealing, exitBinding(v.key.hub, e), e.Sealed)
	if err != nil {
		return nil, fmt.Errorf("vault: an exit: %w", v.crossedCamera("exit", e.Camera))
	}
	return target, nil
}

// offerBinding holds an offer of a camera together: who changes any of it makes
// another row that opens nothing.
func offerBinding(hub media.HubID, t store.Transfer) []byte {
	erase := []byte{0}
	if t.Erase {
		erase[0] = 1
	}
	return seal.Bind("lares camera offer v1", hub[:], t.ID[:], t.Camera[:], t.Owner[:], t.Taker[:], []byte(t.Name), erase,
		seal.U64(uint64(t.Expires.UnixMilli())))
}

// SealOffer seals how to reach a camera into the offer of it.
func (v *Vault) SealOffer(t store.Transfer, access []byte) []byte {
	return seal.SealText(v.key.sealing, offerBinding(v.key.hub, t), access)
}

// OpenOffer opens what SealOffer sealed. An offer that the hub did not make like
// this is seal.ErrCrossed.
func (v *Vault) OpenOffer(t store.Transfer) ([]byte, error) {
	access, err := seal.OpenText(v.key.sealing, offerBinding(v.key.hub, t), t.Access)
	if err != nil {
		return nil, fmt.Errorf("vault: camera offer: %w", v.crossing(Crossing{Site: "camera offer", Camera: t.Camera, Account: t.Taker}))
	}
	return access, nil
}

// PinHash names a device by what identifies it, so that the database can hold
// one device to one owner and says nothing about it to who reads it: HMAC-SHA256
// under the pepper, over the binding. beside is what is known beside the value,
// each part at its place; a hash of the value alone is the one of older hubs.
func (v *Vault) PinHash(kind, value string, beside ...string) []byte {
	label, parts := "lares camera pin v1", [][]byte{[]byte(kind), []byte(value)}
	if slices.ContainsFunc(beside, func(s string) bool { return s != "" }) {
		label = "lares camera pin v2"
		for _, s := range beside {
			parts = append(parts, []byte(s))
		}
	}
	m := hmac.New(sha256.New, v.key.pepper())
	m.Write(seal.Bind(label, parts...))
	return m.Sum(nil)
}
