package store

import (
	"context"
	"database/sql"
	"time"

	"lares/cameras/media"
)

// Transfer is a camera offered to another account.
type Transfer struct {
	ID        TransferID
	Camera    media.CameraID // its id with the old owner
	Owner     AccountID      // the old owner, who may be gone
	OwnerName string
	Taker     AccountID
	TakerName string // as it is now; not stored with the offer
	Name      string
	Access    []byte // sealed, bound to Camera and Owner
	Erase     bool   // the old recordings are erased, not kept by the old owner
	Created   time.Time
	Expires   time.Time
}

const (
	transferRows = `SELECT t.id, t.camera, t.owner, t.owner_name, t.taker, a.name, t.name, t.access, t.erase, t.created_ms, t.expires_ms
FROM transfer t JOIN account a ON a.id = t.taker `
	selectTransfer        query = transferRows + `WHERE t.id = ? AND t.expires_ms > ?`
	selectTransfers       query = transferRows + `WHERE (t.owner = ?1 OR t.taker = ?1) AND t.expires_ms > ?2 ORDER BY t.created_ms, t.id`
	selectAllTransfers    query = transferRows + `ORDER BY t.id`
	updateTransferAccess  query = `UPDATE transfer SET access = ? WHERE id = ?`
	insertTransfer        query = `INSERT INTO transfer (id, camera, owner, owner_name, taker, name, access, erase, created_ms, expires_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	deleteTransfer        query = `DELETE FROM transfer WHERE id = ?1 AND (owner = ?2 OR taker = ?2)`
	deleteCameraTransfers query = `DELETE FROM transfer WHERE camera = ?`
	deleteTransfersOf     query = `DELETE FROM transfer WHERE owner = ?`
	deleteTransfersOver   query = `DELETE FROM transfer WHERE expires_ms <= ?`
)

func transferStatements() []query {
	return []query{selectTransfer, selectTransfers, selectAllTransfers, updateTransferAccess, insertTransfer, deleteTransfer, deleteCameraTransfers, deleteTransfersOf, deleteTransfersOver}
}

func scanTransfer(r *sql.Rows, t *Transfer) error {
	var created, expires int64
	err := r.Scan(&t.ID, &t.Camera, &t.Owner, &t.OwnerName, &t.Taker, &t.TakerName, &t.Name, &t.Access, &t.Erase, &created, &expires)
	t.Created, t.Expires = fromMS(created), fromMS(expires)
	return err
}

// Transfer finds an offer that is good now, or ErrNoRow.
func (v View) Transfer(ctx context.Context, id TransferID, now time.Time) (Transfer, error) {
	found, err := all(ctx, v, selectTransfer, []any{id[:], now.UnixMilli()}, scanTransfer)
	if err != nil {
		return Transfer{}, err
	}
	if len(found) != 1 {
		return Transfer{}, ErrNoRow
	}
	return found[0], nil
}

// Transfers lists the offers of an account and those to it that are good now,
// oldest first.
func (v View) Transfers(ctx context.Context, account AccountID, now time.Time) ([]Transfer, error) {
	return all(ctx, v, selectTransfers, []any{account[:], now.UnixMilli()}, scanTransfer)
}

// AllTransfers lists every offer there is.
func (v View) AllTransfers(ctx context.Context) ([]Transfer, error) {
	return all(ctx, v, selectAllTransfers, nil, scanTransfer)
}

// SetTransferAccess replaces what an offer keeps sealed.
func (t *Tx) SetTransferAccess(ctx context.Context, id TransferID, access []byte) error {
	return must1(t.exec(ctx, updateTransferAccess, access, id[:]))
}

// AddTransfer enters an offer; ErrTaken if the camera is offered already.
func (t *Tx) AddTransfer(ctx context.Context, o Transfer) error {
	_, err := t.exec(ctx, insertTransfer, o.ID[:], o.Camera[:], o.Owner[:], o.OwnerName, o.Taker[:], o.Name, o.Access, o.Erase,
		o.Created.UnixMilli(), o.Expires.UnixMilli())
	if unique(err) {
		return ErrTaken
	}
	return err
}

// RemoveTransfer removes an offer that this account made or got; ErrNoRow if
// there is none.
func (t *Tx) RemoveTransfer(ctx context.Context, id TransferID, account AccountID) error {
	return must1(t.exec(ctx, deleteTransfer, id[:], account[:]))
}

// EndTransfersOf removes the offers that an account made.
func (t *Tx) EndTransfersOf(ctx context.Context, owner AccountID) error {
	_, err := t.exec(ctx, deleteTransfersOf, owner[:])
	return err
}

// EndTransfers removes the offers that ran out.
func (t *Tx) EndTransfers(ctx context.Context, now time.Time) error {
	_, err := t.exec(ctx, deleteTransfersOver, now.UnixMilli())
	return err
}
