package store

import (
	"context"
	"database/sql"
	"time"
)

// Invitation is a one-time code with which somebody makes an account.
type Invitation struct {
	ID       InvitationID
	CodeHash []byte // 32 bytes
	Name     string // what the operator calls the invited person; may be empty
	Maker    AccountID
	Created  time.Time
	Expires  time.Time
	Used     time.Time // zero until an account was made with it
	Over     bool      // it was seen to have run out, and stays so whatever the clock says later
}

// ranOut stands where an invitation notes its use: it makes no account any more.
const ranOut = -1

const (
	// An invitation is good as long as its maker runs the hub.
	selectInvitation query = `SELECT i.id, i.code_hash, i.name, i.maker, i.created_ms, i.expires_ms, i.used_ms FROM invitation i
JOIN account a ON a.id = i.maker AND a.operator = 1 WHERE i.code_hash = ?`
	selectInvitations query = `SELECT id, code_hash, name, maker, created_ms, expires_ms, used_ms FROM invitation ORDER BY created_ms DESC, id`
	insertInvitation  query = `INSERT INTO invitation (id, code_hash, name, maker, created_ms, expires_ms) VALUES (?, ?, ?, ?, ?, ?)`
	updateInvitation  query = `UPDATE invitation SET used_ms = ?1 WHERE id = ?2 AND used_ms IS NULL AND expires_ms > ?1`
	updateInvitesOver query = `UPDATE invitation SET used_ms = -1 WHERE used_ms IS NULL AND expires_ms <= ?`
	deleteInvitation  query = `DELETE FROM invitation WHERE id = ?`
	deleteOldInvites  query = `DELETE FROM invitation WHERE expires_ms <= ?`
)

func invitationStatements() []query {
	return []query{selectInvitation, selectInvitations, insertInvitation, updateInvitation, updateInvitesOver, deleteInvitation, deleteOldInvites}
}

// InvitationByCode finds an invitation, used or not, or ErrNoRow.
func (v View) InvitationByCode(ctx context.Context, hash []byte) (i Invitation, err error) {
	found, err := all(ctx, v, selectInvitation, []any{hash}, scanInvitation)
	if err == nil && len(found) == 0 {
		err = ErrNoRow
	}
	if err != nil {
		return i, err
	}
	return found[0], nil
}

// Invitations lists all, newest first.
func (v View) Invitations(ctx context.Context) ([]Invitation, error) {
	return all(ctx, v, selectInvitations, nil, scanInvitation)
}

func scanInvitation(r *sql.Rows, i *Invitation) error {
	var created, expires int64
	var used sql.NullInt64
	if err := r.Scan(&i.ID, &i.CodeHash, &i.Name, &i.Maker, &created, &expires, &used); err != nil {
		return err
	}
	i.Created, i.Expires = fromMS(created), fromMS(expires)
	if i.Over = used.Valid && used.Int64 == ranOut; used.Valid && !i.Over {
		i.Used = fromMS(used.Int64)
	}
	return nil
}

// AddInvitation enters an invitation, and forgets those that ran out before
// old.
func (t *Tx) AddInvitation(ctx context.Context, i Invitation, old time.Time) error {
	if _, err := t.exec(ctx, deleteOldInvites, old.UnixMilli()); err != nil {
		return err
	}
	_, err := t.exec(ctx, insertInvitation, i.ID[:], i.CodeHash, i.Name, i.Maker[:], i.Created.UnixMilli(), i.Expires.UnixMilli())
	return err
}

// UseInvitation marks an invitation as used; ErrNoRow if it was already, ran out,
// or was seen to have.
func (t *Tx) UseInvitation(ctx context.Context, id InvitationID, at time.Time) error {
	return must1(t.exec(ctx, updateInvitation, at.UnixMilli(), id[:]))
}

// EndInvitations notes which invitations have run out.
func (t *Tx) EndInvitations(ctx context.Context, now time.Time) error {
	_, err := t.exec(ctx, updateInvitesOver, now.UnixMilli())
	return err
}

// RemoveInvitation withdraws an invitation; ErrNoRow if there is none.
func (t *Tx) RemoveInvitation(ctx context.Context, id InvitationID) error {
	return must1(t.exec(ctx, deleteInvitation, id[:]))
}
