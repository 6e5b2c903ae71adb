package store

import (
	"context"
	"time"
)

// What an account leaves behind is taken away by kind: its row waits for the
// recordings of its cameras to be erased, and nothing else of it does.
const (
	updateAccountRemoved query = `UPDATE account SET removed_ms = ?1, operator = 0, name_key = ' ' || lower(hex(id)) WHERE id = ?2 AND removed_ms IS NULL`
	deleteWrapsOwned     query = `DELETE FROM wrap WHERE account = ?`
	deleteHeldBy         query = `DELETE FROM epoch_wrap WHERE principal = ?`
	deleteGrantsTo       query = `DELETE FROM grants WHERE account = ?`
	deleteSessionsOf     query = `DELETE FROM session WHERE account = ?`
	deleteTOTPOf         query = `DELETE FROM totp WHERE account = ?`
	deleteInvitesOf      query = `DELETE FROM invitation WHERE maker = ?`
	deleteTransfersTo    query = `DELETE FROM transfer WHERE taker = ?`
	deleteLinksOf        query = `DELETE FROM guest_link WHERE account = ?`
	deleteNoticesOf      query = `DELETE FROM notice WHERE account = ?`
	deleteLockdownsOf    query = `DELETE FROM lockdown WHERE account = ?`
	// A lockdown of the hub outlives who made it: another operator has it then, and
	// nobody's session is the one that goes on.
	updateLockdownsOf query = `UPDATE lockdown SET maker = coalesce((SELECT id FROM account WHERE operator AND id <> ?1 ORDER BY id LIMIT 1), maker), session = zeroblob(16) WHERE maker = ?1`
	// An owner's keys stay as long as its cameras do: their records are signed
	// with them.
	deleteKeysOfGone query = `DELETE FROM principal WHERE kind = 'account' AND id IN (SELECT id FROM account a
WHERE removed_ms IS NOT NULL AND NOT EXISTS (SELECT 1 FROM camera WHERE owner = a.id))`
	deleteGone query = `DELETE FROM account WHERE removed_ms IS NOT NULL AND NOT EXISTS (SELECT 1 FROM camera WHERE owner = account.id)`
)

func leaveStatements() []query {
	return append(ofAccount(), updateAccountRemoved, deleteKeysOfGone, deleteGone)
}

// ofAccount are the rows of an account, its cameras and tokens apart.
func ofAccount() []query {
	return []query{deleteWrapsOwned, deleteHeldBy, deleteGrantsTo, deleteSessionsOf, deleteTOTPOf, deleteInvitesOf, deleteTransfersTo,
		deleteLinksOf, deleteNoticesOf, deleteLockdownsOf, updateLockdownsOf, deleteAway}
}

// RemoveAccount takes an account away, after its cameras and tokens: whoever has
// its name next is somebody else. ErrNoRow if there is none. What is left of it
// goes with ForgetAccounts.
func (t *Tx) RemoveAccount(ctx context.Context, id AccountID, at time.Time) error {
	if err := must1(t.exec(ctx, updateAccountRemoved, at.UnixMilli(), id[:])); err != nil {
		return err
	}
	for _, q := range ofAccount() {
		if _, err := t.exec(ctx, q, id[:]); err != nil {
			return err
		}
	}
	return t.ForgetAccounts(ctx)
}

// ForgetAccounts removes the last rows of removed accounts of whose cameras
// nothing is left.
func (t *Tx) ForgetAccounts(ctx context.Context) error {
	for _, q := range []query{deleteKeysOfGone, deleteGone} {
		if _, err := t.exec(ctx, q); err != nil {
			return err
		}
	}
	return nil
}
