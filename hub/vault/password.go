package vault

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"

	"golang.org/x/crypto/argon2"

	"lares/cameras/media"
	"lares/cameras/seal"
	"lares/hub/store"
)

// Argon2id (RFC 9106) parameters of new password wraps, and the least that an
// old one may have: a row that asks for less was tampered with. The most bounds
// what a row can cost the hub.
const (
	argonMemoryKiB = 32 << 10
	argonPasses    = 3
	argonLanes     = 1
	argonMostMore  = 8 // times the above

	// What they are where something else is tested: Argon2id takes no less.
	cheapMemoryKiB = 8
	cheapPasses    = 1

	// hashesAtOnce bounds the memory that sign-ins take, whatever arrives.
	hashesAtOnce = 2
)

// passwordCost is what Argon2id costs in new password wraps.
func (v *Vault) passwordCost() (memoryKiB, passes uint32) {
	if v.cfg.CheapPasswords {
		return cheapMemoryKiB, cheapPasses
	}
	return argonMemoryKiB, argonPasses
}

// passwordSecret is Argon2id of the password, then the pepper of the hub that
// the wrap is bound to: guessing needs the database and hub.key. It waits for
// its turn.
func (v *Vault) passwordSecret(ctx context.Context, hub media.HubID, w store.Wrap, password string) ([]byte, error) {
	pepper, ok := v.key.pepperOf(hub)
	if !ok {
		return nil, v.crossedAccount("account key", w.Account)
	}
	memory, passes := v.passwordCost()
	if !argonFits(w.MemoryKiB, memory) || !argonFits(w.Passes, passes) || !argonFits(w.Lanes, argonLanes) {
		return nil, v.crossedAccount("password parameters", w.Account)
	}
	select {
	case v.hashing <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { <-v.hashing }()
	key := argon2.IDKey([]byte(password), w.Salt, w.Passes, w.MemoryKiB, uint8(w.Lanes), seal.KeySize)
	if w.MemoryKiB >= argonMemoryKiB {
		// The 32 MiB of one sign-in would else stay with the hub for minutes, more
		// than all the rest of it takes.
		debug.FreeOSMemory()
	}
	return slices.Concat(key, pepper), nil
}

func argonFits(got, least uint32) bool { return got >= least && got <= least*argonMostMore }

// NewPassword wraps the account's secret with a password. The caller stores it.
func (a *OpenedAccount) NewPassword(ctx context.Context, password string) (store.Wrap, error) {
	memory, passes := a.vault.passwordCost()
	w := store.Wrap{
		ID: store.NewWrapID(), Account: a.id, Version: a.version, Kind: store.WrapPassword, Salt: seal.NewSalt(),
		MemoryKiB: memory, Passes: passes, Lanes: argonLanes, Created: a.vault.cfg.Clock.Now(),
	}
	secret, err := a.vault.passwordSecret(ctx, a.hub, w, password)
	if err != nil {
		return store.Wrap{}, err
	}
	w.Sealed = seal.Wrap(secret, w.Salt, wrapBinding(a.hub, w), a.secret)
	return w, nil
}

// OpenPassword opens an account with its password: that is the password check,
// there is no other. It returns the wrap it opened too; seal.ErrOpen for a
// wrong password.
func (v *Vault) OpenPassword(ctx context.Context, id store.AccountID, password string) (*OpenedAccount, store.Wrap, error) {
	w, err := v.cfg.Store.PasswordWrap(ctx, id)
	if errors.Is(err, store.ErrNoRow) {
		return nil, w, errors.Join(seal.ErrOpen, v.WastePassword(ctx, password))
	}
	if err != nil {
		return nil, w, err
	}
	if w.Account != id || w.Kind != store.WrapPassword {
		return nil, w, v.crossedAccount("account wrap", id)
	}
	p, err := v.checked(v.cfg.Store.Principal(ctx, w.Account, w.Version))
	if err != nil {
		return nil, w, err
	}
	secret, err := v.passwordSecret(ctx, p.Hub, w, password)
	if err != nil {
		return nil, w, err
	}
	a, err := v.unwrap(ctx, w, secret)
	return a, w, err
}

// WastePassword takes as long as OpenPassword with a wrong password, so that an
// unknown name does not answer sooner than a known one.
func (v *Vault) WastePassword(ctx context.Context, password string) error {
	memory, passes := v.passwordCost()
	_, err := v.passwordSecret(ctx, v.key.hub, store.Wrap{Salt: seal.NewSalt(), MemoryKiB: memory, Passes: passes, Lanes: argonLanes}, password)
	return err
}

// ReplacePassword stores a new password wrap in the place of the old one. It
// fails with store.ErrNoRow if the old one is gone.
func (v *Vault) ReplacePassword(ctx context.Context, tx *store.Tx, old, new store.Wrap) error {
	if old.Account != new.Account {
		return fmt.Errorf("vault: replacing a password: %w", v.crossedAccount("account wrap", old.Account))
	}
	if err := tx.RemovePasswordWrap(ctx, old.ID, old.Account); err != nil {
		return err
	}
	return v.addPassword(ctx, tx, new)
}

// PutPassword stores a password wrap in the place of any other one.
func (v *Vault) PutPassword(ctx context.Context, tx *store.Tx, w store.Wrap) error {
	if err := tx.RemovePasswords(ctx, w.Account); err != nil {
		return err
	}
	return v.addPassword(ctx, tx, w)
}

func (v *Vault) addPassword(ctx context.Context, tx *store.Tx, w store.Wrap) error {
	if err := tx.AddWrap(ctx, w); err != nil {
		return err
	}
	v.keep(tx, passwordEntry(w))
	return nil
}
