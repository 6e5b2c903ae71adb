package vault

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/subtle"
	"errors"

	"lares/cameras/fault"
	"lares/cameras/media"
	"lares/cameras/seal"
	"lares/hub/store"
)

// Proof is what one login session, API token or guest can open keys with. Only
// hub/account makes one that works, and hub/gate a guest's; it stays with the
// request or socket it was made for.
type Proof struct {
	account  store.AccountID
	session  store.SessionID
	apiToken store.TokenID // of the token that asks; zero for a person
	guest    store.GuestID // of the guest that asks; zero for all others
	token    *secretToken
}

// secretToken is two pointers away from whoever holds a Proof: fmt follows one
// for some verbs, so that printing a Proof would show what it holds.
type secretToken struct{ bytes *[seal.KeySize]byte }

// NewProof is the proof of a login session that was just authenticated.
func NewProof(account store.AccountID, session store.SessionID, token [seal.KeySize]byte) Proof {
	return Proof{account: account, session: session, token: &secretToken{&token}}
}

// OpenedAccount is an account's opened secret and its key pair, or an API
// token's key pair: for one request or one stream's start, then to be let go of.
type OpenedAccount struct {
	vault   *Vault
	hub     media.HubID // its keys were made under: this one, or a former one
	id      store.AccountID
	version uint32
	secret  []byte // 32 bytes; nil for a token, which signs and wraps nothing
	kem     seal.PrivateKey
}

// ID is the name of the account or token.
func (a *OpenedAccount) ID() store.AccountID { return a.id }

// opened derives the keys of an account from its secret, under the hub that
// they are, or were, made under.
func (v *Vault) opened(hub media.HubID, id store.AccountID, version uint32, secret []byte) (*OpenedAccount, error) {
	kem, err := seal.DeriveKey(seal.Derive(secret, seal.Bind("lares account kem v1", hub[:], id[:], seal.U32(version))))
	if err != nil {
		return nil, err
	}
	return &OpenedAccount{vault: v, hub: hub, id: id, version: version, secret: secret, kem: kem}, nil
}

// signKey is derived each time: few requests sign.
func (a *OpenedAccount) signKey() ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(seal.Derive(a.secret, seal.Bind("lares account sign v1", a.hub[:], a.id[:], seal.U32(a.version))))
}

// What the hub signs public keys under: the keys of a token are never those of
// an account.
const (
	principalLabel = "lares principal v1"
	tokenLabel     = "lares token principal v1"
)

func labelOf(p store.Principal) string {
	if p.Kind == store.KindToken {
		return tokenLabel
	}
	return principalLabel
}

// principalBytes is what the hub signs of a principal's public keys, and what
// its fingerprint in an epoch record is made of.
func (v *Vault) principalBytes(p store.Principal) []byte {
	return seal.Bind(labelOf(p), p.Hub[:], p.ID[:], seal.U32(p.Version), p.KEMPublic, p.SignPublic)
}

// fingerprint names the public keys of one version of a principal.
func (v *Vault) fingerprint(p store.Principal) [32]byte { return sha256.Sum256(v.principalBytes(p)) }

// principal is the signed row made from an opened secret.
func (a *OpenedAccount) principal() store.Principal {
	p := store.Principal{
		ID: a.id, Version: a.version, Kind: store.KindAccount, Hub: a.hub, KEMPublic: a.kem.Public().Bytes(),
		SignPublic: a.signKey().Public().(ed25519.PublicKey),
	}
	if a.hub == a.vault.key.hub { // what a former hub signed is its row's
		p.Signature = a.vault.Sign(principalLabel, a.vault.principalBytes(p))
	}
	return p
}

// checked refuses a row of public keys that neither this hub nor a former one
// signed.
func (v *Vault) checked(p store.Principal, err error) (store.Principal, error) {
	if err != nil {
		return p, err
	}
	if !v.verified(p.Hub, labelOf(p), v.principalBytes(p), p.Signature) {
		return p, v.crossedAccount("account key", p.ID)
	}
	return p, nil
}

// wrapBinding is the AAD and HKDF info of one wrap. Hub is that of the row of
// principal with the wrap's version.
func wrapBinding(hub media.HubID, w store.Wrap) []byte {
	return seal.Bind("lares wrap v1", hub[:], w.Account[:], seal.U32(w.Version), []byte(w.Kind), w.ID[:])
}

// unwrap opens a wrap and compares the keys it leads to with the account's row:
// a swapped row is refused even if its wrap opens.
func (v *Vault) unwrap(ctx context.Context, w store.Wrap, secret []byte) (*OpenedAccount, error) {
	row, err := v.checked(v.cfg.Store.Principal(ctx, w.Account, w.Version))
	if err != nil {
		return nil, err
	}
	s, err := seal.Unwrap(secret, w.Salt, wrapBinding(row.Hub, w), w.Sealed)
	if err != nil {
		return nil, err
	}
	if len(s) != seal.KeySize {
		return nil, v.crossedAccount("account wrap", w.Account)
	}
	// After a restore a wrap may be older than the newest keys, which are made
	// of the same secret; after a rotation no older wrap is left.
	newest, err := v.checked(v.cfg.Store.NewestPrincipal(ctx, w.Account))
	if err != nil {
		return nil, err
	}
	for _, row := range []store.Principal{row, newest} {
		a, err := v.opened(row.Hub, w.Account, row.Version, s)
		if err != nil {
			return nil, err
		}
		if subtle.ConstantTimeCompare(v.principalBytes(row), v.principalBytes(a.principal())) != 1 {
			return nil, v.crossedAccount("account key", w.Account)
		}
		if row.Version == newest.Version {
			return a, nil
		}
	}
	return nil, v.crossedAccount("account key", w.Account)
}

// Unlock opens the account's secret with its login session, or a token's keys
// with the token: the first step of lock 2. A session whose wrap is gone, or a
// token that is, is ErrNoKey.
func (v *Vault) Unlock(ctx context.Context, p Proof) (*OpenedAccount, error) {
	if p.token == nil || !p.guest.IsZero() { // a guest holds no keys but its clip's
		return nil, ErrNoKey
	}
	if !p.apiToken.IsZero() {
		return v.unlockToken(ctx, p)
	}
	w, err := v.cfg.Store.SessionWrap(ctx, p.session, p.account)
	if errors.Is(err, store.ErrNoRow) {
		return nil, ErrNoKey
	}
	if err != nil {
		return nil, err
	}
	if fault.On {
		w = fault.Swap(fault.SessionWrap, p.account.String(), w)
	}
	if w.Account != p.account || w.Session != p.session || w.Kind != store.WrapSession {
		return nil, v.crossedAccount("session wrap", p.account)
	}
	a, err := v.unwrap(ctx, w, sessionSecret(*p.token.bytes))
	if errors.Is(err, seal.ErrOpen) {
		return nil, v.crossedAccount("session wrap", p.account)
	}
	return a, err
}
