package vault

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"errors"

	"lares/cameras/seal"
	"lares/hub/store"
)

// An API token is 256 random bits. Its key pair, the hash that finds it and the
// scope of its URLs are derived under three labels, so that none of them says
// anything about the others. Nothing of it is wrapped: whoever lost it makes
// another one.

// tokenVersion is the version of a token's keys: they never change.
const tokenVersion = 1

// NewTokenProof is the proof of an API token that was just authenticated; maker
// is the account it acts for.
func NewTokenProof(maker store.AccountID, id store.TokenID, token [seal.KeySize]byte) Proof {
	return Proof{account: maker, apiToken: id, token: &secretToken{&token}}
}

// APITokenHash is what the database keeps of an API token.
func APITokenHash(token [seal.KeySize]byte) []byte {
	sum := sha256.Sum256(seal.Bind("lares api token v1", token[:]))
	return sum[:]
}

// APITokenName is the id of a token and its maker: a row that names another
// account beside that token has the wrong id.
func APITokenName(token [seal.KeySize]byte, maker store.AccountID) store.TokenID {
	sum := sha256.Sum256(seal.Bind("lares api token id v1", token[:], maker[:]))
	return store.TokenID(sum[:16])
}

// APITokenScope is the random part of the token's URLs.
func APITokenScope(token [seal.KeySize]byte) [16]byte {
	return [16]byte(seal.Derive(token[:], seal.Bind("lares api token scope v1")))
}

// openedToken derives a token's keys. It signs nothing: it has no secret that
// the keys of an account are made from.
func (v *Vault) openedToken(id store.TokenID, token [seal.KeySize]byte) (*OpenedAccount, error) {
	binding := seal.Bind("lares api token kem v1", v.key.hub[:], id[:], seal.U32(tokenVersion))
	kem, err := seal.DeriveKey(seal.Derive(token[:], binding))
	if err != nil {
		return nil, err
	}
	return &OpenedAccount{vault: v, id: store.PrincipalID(id), version: tokenVersion, kem: kem}, nil
}

// tokenPrincipal is the signed row of a token's public key.
func (a *OpenedAccount) tokenPrincipal() store.Principal {
	p := store.Principal{
		ID: a.id, Version: a.version, Kind: store.KindToken, Hub: a.vault.key.hub, KEMPublic: a.kem.Public().Bytes(),
	}
	p.Signature = a.vault.Sign(tokenLabel, a.vault.principalBytes(p))
	return p
}

// NewToken is an API token about to be stored. Secret is for its maker alone.
type NewToken struct {
	Secret    [seal.KeySize]byte
	Token     store.Token
	Principal store.Principal
}

// NewToken draws an API token and its keys. The caller fills in the rest of the
// row and stores both rows in one transaction, before the epochs that name it.
func (v *Vault) NewToken(maker store.AccountID) (NewToken, error) {
	var n NewToken
	rand.Read(n.Secret[:])
	n.Token = store.Token{
		ID: APITokenName(n.Secret, maker), Account: maker, TokenHash: APITokenHash(n.Secret),
		ScopeHash: ScopeHash(APITokenScope(n.Secret)), Created: v.cfg.Clock.Now(),
	}
	opened, err := v.openedToken(n.Token.ID, n.Secret)
	if err != nil {
		return n, err
	}
	n.Principal = opened.tokenPrincipal()
	return n, nil
}

// unlockToken opens a token's keys and compares them with its row: a token
// whose row is gone is ErrNoKey.
func (v *Vault) unlockToken(ctx context.Context, p Proof) (*OpenedAccount, error) {
	a, err := v.openedToken(p.apiToken, *p.token.bytes)
	if err != nil {
		return nil, err
	}
	row, err := v.checked(v.cfg.Store.NewestPrincipal(ctx, a.id))
	if errors.Is(err, store.ErrNoRow) {
		return nil, ErrNoKey
	}
	if err != nil {
		return nil, err
	}
	if subtle.ConstantTimeCompare(v.principalBytes(row), v.principalBytes(a.tokenPrincipal())) != 1 {
		return nil, v.crossedAccount("token key", p.account)
	}
	return a, nil
}
