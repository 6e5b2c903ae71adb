package store

import (
	"context"

	"lares/cameras/media"
)

// The kinds of a principal.
const (
	KindAccount = "account"
	KindToken   = "token"
)

// Principal holds the public keys of one version of an account's secret, or of
// an API token.
type Principal struct {
	ID         PrincipalID
	Version    uint32
	Kind       string
	Hub        media.HubID // it was made under
	KEMPublic  []byte      // 1216 bytes
	SignPublic []byte      // Ed25519, 32 bytes; nil for a token
	Handover   []byte      // 64 bytes: the version before signed this one; nil if none did
	Signature  []byte      // the hub's over all of it
}

const (
	selectPrincipal    query = `SELECT id, version, kind, hub, kem_public, sign_public, handover, signature FROM principal WHERE id = ? AND version = ?`
	selectNewPrincipal query = `SELECT id, version, kind, hub, kem_public, sign_public, handover, signature FROM principal
WHERE id = ? ORDER BY version DESC LIMIT 1`
	insertPrincipal query = `INSERT INTO principal (id, version, kind, hub, kem_public, sign_public, handover, signature) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`
)

func principalStatements() []query {
	return []query{selectPrincipal, selectNewPrincipal, insertPrincipal}
}

// Principal finds the public keys of one version, or ErrNoRow.
func (v View) Principal(ctx context.Context, id PrincipalID, version uint32) (Principal, error) {
	return v.principal(ctx, selectPrincipal, id[:], version)
}

// NewestPrincipal finds the public keys of the newest version, or ErrNoRow.
func (v View) NewestPrincipal(ctx context.Context, id PrincipalID) (Principal, error) {
	return v.principal(ctx, selectNewPrincipal, id[:])
}

func (v View) principal(ctx context.Context, q query, args ...any) (p Principal, err error) {
	err = v.one(ctx, q, args, &p.ID, &p.Version, &p.Kind, &p.Hub, &p.KEMPublic, &p.SignPublic, &p.Handover, &p.Signature)
	return p, err
}

// AddPrincipal enters the keys of a principal.
func (t *Tx) AddPrincipal(ctx context.Context, p Principal) error {
	_, err := t.exec(ctx, insertPrincipal, p.ID[:], p.Version, p.Kind, p.Hub[:], p.KEMPublic, p.SignPublic, p.Handover, p.Signature)
	return err
}
