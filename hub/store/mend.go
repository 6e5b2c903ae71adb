package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"lares/cameras/media"
	"lares/recorder"
)

// What a restored, repaired or rolled-back database needs: whole tables, which
// no request ever asks for.
const (
	selectAccounts      query = `SELECT id, name, name_key, operator, version, created_ms FROM account WHERE removed_ms IS NULL ORDER BY created_ms, id`
	selectAccountKeys   query = `SELECT id, version, kind, hub, kem_public, sign_public, handover, signature FROM principal WHERE kind = 'account' ORDER BY id, version`
	selectLastingWraps  query = `SELECT id, account, version, kind, salt, coalesce(memory_kib, 0), coalesce(passes, 0), coalesce(lanes, 0), sealed, created_ms FROM wrap WHERE kind <> 'session'`
	selectAllEpochs     query = `SELECT camera, ordinal, live_kid, store_kid, record, since_ms FROM epoch ORDER BY camera, ordinal`
	selectAllEpochWraps query = `SELECT kid, principal, version, camera, part, sealed FROM epoch_wrap`
	selectAllCameras    query = `SELECT id, owner, name, access, added_ms, removed_ms, retired_ms FROM camera`

	upsertAccount query = `INSERT INTO account (id, name, name_key, operator, version, created_ms) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET name = excluded.name, name_key = excluded.name_key, operator = excluded.operator, version = max(version, excluded.version)`
	updateNameTaken  query = `UPDATE account SET name = name || ?1, name_key = name_key || ?1 WHERE name_key = ?2 AND id <> ?3`
	ignorePrincipal  query = `INSERT OR IGNORE INTO principal (id, version, kind, hub, kem_public, sign_public, handover, signature) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`
	deleteWrapsOf    query = `DELETE FROM wrap WHERE account = ? AND kind = ?`
	deleteEpochsFrom query = `DELETE FROM epoch WHERE camera = ? AND ordinal >= ?`
	// ?1 camera, ?2 ordinal
	deleteWrapsFrom query = `DELETE FROM epoch_wrap WHERE camera = ?1
AND kid IN (SELECT live_kid FROM epoch WHERE camera = ?1 AND ordinal >= ?2 UNION SELECT store_kid FROM epoch WHERE camera = ?1 AND ordinal >= ?2)`
	replaceEpochWrap query = `INSERT OR REPLACE INTO epoch_wrap (kid, principal, version, camera, part, sealed) VALUES (?, ?, ?, ?, ?, ?)`

	// ?1 camera, ?2 JSON array of hexadecimal ids
	deleteGrantsBut     query = `DELETE FROM grants WHERE camera = ?1 AND account NOT IN (SELECT unhex(value) FROM json_each(?2))`
	deleteTokenRightBut query = `DELETE FROM token_camera WHERE camera = ?1 AND token NOT IN (SELECT unhex(value) FROM json_each(?2))`
	deleteEpochWrapsBut query = `DELETE FROM epoch_wrap WHERE camera = ?1 AND principal NOT IN (SELECT unhex(value) FROM json_each(?2))`

	deleteStoreWraps query = `DELETE FROM epoch_wrap WHERE camera = ?1 AND principal = ?2 AND part = 'store'
AND kid NOT IN (SELECT store_kid FROM epoch WHERE camera = ?1 AND since_ms >= ?3)`

	replaceAccess query = `UPDATE camera SET access = ?2, pin_hash = NULL WHERE id = ?1`
	retireFound   query = `UPDATE camera SET retired_ms = ?2 WHERE id = ?1 AND retired_ms IS NULL`

	insertFoundEvent query = `INSERT OR IGNORE INTO event (id, camera, kind, start_ns, end_ns) VALUES (?, ?, ?, ?, ?)`
	insertFoundClip  query = `INSERT OR IGNORE INTO clip (` + clipColumns + `) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`

	deleteAllSessions    query = `DELETE FROM session`
	deleteAllLinks       query = `DELETE FROM guest_link`
	deleteAllInvites     query = `DELETE FROM invitation`
	deleteAllTokens      query = `DELETE FROM token`
	deleteAllTokenWraps  query = `DELETE FROM epoch_wrap WHERE principal IN (SELECT id FROM principal WHERE kind = 'token')`
	deleteSecretSessions query = `DELETE FROM session WHERE account = ?`
	deleteSecretWraps    query = `DELETE FROM wrap WHERE account = ?`
	deleteSecretFactor   query = `DELETE FROM totp WHERE account = ?`
	deleteSecretKeys     query = `DELETE FROM epoch_wrap WHERE principal = ?1 OR principal IN (SELECT id FROM token WHERE account = ?1)`
	deleteSecretTokens   query = `DELETE FROM token WHERE account = ?`
	deleteSecretLinks    query = `DELETE FROM guest_link WHERE account = ?`
	deleteOlderWraps     query = `DELETE FROM wrap WHERE account = ? AND version < ?`
	deleteOlderKeys      query = `DELETE FROM epoch_wrap WHERE principal = ? AND version < ?`
	deleteOlderFactor    query = `DELETE FROM totp WHERE account = ? AND version < ?`
	updateSecretCode     query = `UPDATE account SET recovery_ms = NULL, recovery_wrong = 0 WHERE id = ?`

	deleteSetting   query = `DELETE FROM setting WHERE name = ?`
	insertFormerHub query = `INSERT OR IGNORE INTO former_hub (hub, public, until_ms) VALUES (?, ?, ?)`
)

func mendStatements() []query {
	return []query{selectAccounts, selectAccountKeys, selectLastingWraps, selectAllEpochs, selectAllEpochWraps, selectAllCameras,
		upsertAccount, updateNameTaken, ignorePrincipal, deleteWrapsOf, deleteEpochsFrom, deleteWrapsFrom, replaceEpochWrap, deleteGrantsBut, deleteTokenRightBut,
		deleteEpochWrapsBut, deleteStoreWraps, replaceAccess, retireFound, deleteAllSessions, deleteAllLinks, deleteAllInvites, deleteAllTokens,
		deleteAllTokenWraps, deleteSetting, insertFormerHub, insertFoundEvent, insertFoundClip,
		deleteSecretSessions, deleteSecretWraps, deleteSecretFactor, deleteSecretKeys, deleteSecretTokens, deleteSecretLinks, updateSecretCode,
		deleteOlderWraps, deleteOlderKeys, deleteOlderFactor}
}

// Copy writes a whole, compact copy of the database to a new file, while others
// go on reading and writing.
func (s *Store) Copy(ctx context.Context, path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600) // SQLite would make it readable for others
	if err != nil {
		return fmt.Errorf("store: copying the database: %w", err)
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("store: copying the database: %w", err)
	}
	db := sql.OpenDB(newConnector(s.path, false))
	defer db.Close()
	db.SetMaxOpenConns(1)
	if _, err := db.ExecContext(ctx, "VACUUM INTO ?", path); err != nil {
		return errors.Join(fmt.Errorf("store: copying the database: %w", err), os.Remove(path))
	}
	return nil
}

// Accounts lists all accounts, oldest first.
func (v View) Accounts(ctx context.Context) ([]Account, error) {
	return all(ctx, v, selectAccounts, nil, func(r *sql.Rows, a *Account) error {
		var created int64
		err := r.Scan(&a.ID, &a.Name, &a.NameKey, &a.Operator, &a.Version, &created)
		a.Created = fromMS(created)
		return err
	})
}

// AccountKeys lists the public keys of all versions of all accounts.
func (v View) AccountKeys(ctx context.Context) ([]Principal, error) {
	return all(ctx, v, selectAccountKeys, nil, func(r *sql.Rows, p *Principal) error {
		return r.Scan(&p.ID, &p.Version, &p.Kind, &p.Hub, &p.KEMPublic, &p.SignPublic, &p.Handover, &p.Signature)
	})
}

// LastingWraps lists the password and recovery wraps of all accounts.
func (v View) LastingWraps(ctx context.Context) ([]Wrap, error) {
	return all(ctx, v, selectLastingWraps, nil, func(r *sql.Rows, w *Wrap) error {
		var created int64
		err := r.Scan(&w.ID, &w.Account, &w.Version, &w.Kind, &w.Salt, &w.MemoryKiB, &w.Passes, &w.Lanes, &w.Sealed, &created)
		w.Created = fromMS(created)
		return err
	})
}

// AllEpochs lists the epochs of all cameras, each camera's in order.
func (v View) AllEpochs(ctx context.Context) ([]Epoch, error) {
	return all(ctx, v, selectAllEpochs, nil, func(r *sql.Rows, e *Epoch) error {
		var since int64
		err := r.Scan(&e.Camera, &e.Ordinal, &e.LiveKID, &e.StoreKID, &e.Record, &since)
		e.Since = fromMS(since)
		return err
	})
}

// AllEpochWraps lists the epoch wraps of everybody.
func (v View) AllEpochWraps(ctx context.Context) ([]EpochWrap, error) {
	return all(ctx, v, selectAllEpochWraps, nil, func(r *sql.Rows, w *EpochWrap) error {
		return r.Scan(&w.KID, &w.Principal, &w.Version, &w.Camera, &w.Part, &w.Sealed)
	})
}

// AllCameras lists every camera that has a row, the retired and removed too.
func (v View) AllCameras(ctx context.Context) ([]Camera, error) {
	return all(ctx, v, selectAllCameras, nil, func(r *sql.Rows, c *Camera) error {
		var added int64
		var removed, retired sql.NullInt64
		err := r.Scan(&c.ID, &c.Owner, &c.Name, &c.Access, &added, &removed, &retired)
		c.set(added, removed, retired)
		return err
	})
}

// PutAccount enters an account or brings its row up to date. Another account
// with that name, which cannot be told from it any more, is renamed.
func (t *Tx) PutAccount(ctx context.Context, a Account) error {
	if _, err := t.exec(ctx, updateNameTaken, " ("+a.ID.String()[:6]+")", a.NameKey, a.ID[:]); err != nil {
		return err
	}
	_, err := t.exec(ctx, upsertAccount, a.ID[:], a.Name, a.NameKey, a.Operator, a.Version, a.Created.UnixMilli())
	return err
}

// PutPrincipal enters the keys of a principal unless that version is there.
func (t *Tx) PutPrincipal(ctx context.Context, p Principal) error {
	_, err := t.exec(ctx, ignorePrincipal, p.ID[:], p.Version, p.Kind, p.Hub[:], p.KEMPublic, p.SignPublic, p.Handover, p.Signature)
	return err
}

// PutLastingWrap stores the one wrap of its kind, password or recovery.
func (t *Tx) PutLastingWrap(ctx context.Context, w Wrap) error {
	if _, err := t.exec(ctx, deleteWrapsOf, w.Account[:], w.Kind); err != nil {
		return err
	}
	return t.AddWrap(ctx, w)
}

// RemoveEpochsFrom removes a camera's epochs from a place on, with their wraps.
func (t *Tx) RemoveEpochsFrom(ctx context.Context, camera media.CameraID, ordinal uint32) error {
	for _, q := range []query{deleteWrapsFrom, deleteEpochsFrom} {
		if _, err := t.exec(ctx, q, camera[:], ordinal); err != nil {
			return err
		}
	}
	return nil
}

// PutEpochWrap enters a wrap, or replaces that of the same key and principal.
func (t *Tx) PutEpochWrap(ctx context.Context, w EpochWrap) error {
	_, err := t.exec(ctx, replaceEpochWrap, w.KID[:], w.Principal[:], w.Version, w.Camera[:], w.Part, w.Sealed)
	return err
}

// KeepOnly takes a camera's grants, token rights and wraps from everybody but
// these, and the grants not from those who wait for its owner either.
func (t *Tx) KeepOnly(ctx context.Context, camera media.CameraID, who, waiting []PrincipalID) error {
	for q, ids := range map[query][]PrincipalID{deleteGrantsBut: slices.Concat(who, waiting), deleteTokenRightBut: who, deleteEpochWrapsBut: who} {
		if _, err := t.exec(ctx, q, camera[:], hexList(ids)); err != nil {
			return err
		}
	}
	return nil
}

// RemoveStoreWraps takes from somebody the store keys of a camera's epochs that
// began before a time.
func (t *Tx) RemoveStoreWraps(ctx context.Context, camera media.CameraID, who PrincipalID, from time.Time) error {
	_, err := t.exec(ctx, deleteStoreWraps, camera[:], who[:], from.UnixMilli())
	return err
}

// PutAccess replaces a camera's sealed access, and forgets which device it was
// last: the hash of that was made with the old key.
func (t *Tx) PutAccess(ctx context.Context, camera media.CameraID, access []byte) error {
	_, err := t.exec(ctx, replaceAccess, camera[:], access)
	return err
}

// Retire takes a camera out of use and keeps its recordings.
func (t *Tx) Retire(ctx context.Context, camera media.CameraID, at time.Time) error {
	_, err := t.exec(ctx, retireFound, camera[:], at.UnixMilli())
	return err
}

// AddFoundEvents enters events that clip files tell of.
func (t *Tx) AddFoundEvents(ctx context.Context, events []recorder.EventRow) error {
	for _, e := range events {
		if _, err := t.exec(ctx, insertFoundEvent, e.Event[:], e.Camera[:], string(e.Kind), e.Start.UnixNano(), e.End.UnixNano()); err != nil {
			return err
		}
	}
	return nil
}

// AddFoundClips enters clips whose files were found.
func (t *Tx) AddFoundClips(ctx context.Context, rows []recorder.ClipRow) error {
	for _, c := range rows {
		if _, err := t.exec(ctx, insertFoundClip, c.Clip[:], c.Camera[:], c.Event[:], c.Part, c.KID[:],
			c.Start.UnixNano(), int64(c.Duration), c.Bytes, string(c.State), c.Thumbnail, c.Preview, c.Stretch, c.Pool, c.Beside); err != nil {
			return err
		}
	}
	return nil
}

// EndVisits ends every login session, guest link and invitation.
func (t *Tx) EndVisits(ctx context.Context) error {
	for _, q := range []query{deleteAllSessions, deleteAllLinks, deleteAllInvites} {
		if _, err := t.exec(ctx, q); err != nil {
			return err
		}
	}
	return nil
}

// ForgetSecret takes from an account all that its old secret opens, and what
// opens that: sessions, wraps, second factor, keys, tokens, links; and exits and offers of
// cameras, which who had it may have made.
func (t *Tx) ForgetSecret(ctx context.Context, id AccountID) error {
	for _, q := range []query{deleteSecretSessions, deleteSecretWraps, deleteSecretFactor, deleteSecretKeys, deleteSecretTokens, deleteSecretLinks, deleteExitsOf, deleteTransfersOf, updateSecretCode} {
		if _, err := t.exec(ctx, q, id[:]); err != nil {
			return err
		}
	}
	return nil
}

// OutdateSecret takes away what belongs to older versions of an account's
// secret: nothing opens it any more.
func (t *Tx) OutdateSecret(ctx context.Context, id AccountID, version uint32) error {
	for _, q := range []query{deleteOlderWraps, deleteOlderKeys, deleteOlderFactor} {
		if _, err := t.exec(ctx, q, id[:], version); err != nil {
			return err
		}
	}
	return nil
}

// EndTokens ends every API token and takes its keys.
func (t *Tx) EndTokens(ctx context.Context) error {
	for _, q := range []query{deleteAllTokenWraps, deleteAllTokens} {
		if _, err := t.exec(ctx, q); err != nil {
			return err
		}
	}
	return nil
}

// RemoveSetting removes a fact about the hub.
func (t *Tx) RemoveSetting(ctx context.Context, name string) error {
	_, err := t.exec(ctx, deleteSetting, name)
	return err
}

// AddFormerHub notes what the hub was called before.
func (t *Tx) AddFormerHub(ctx context.Context, hub media.HubID, public []byte, until time.Time) error {
	_, err := t.exec(ctx, insertFormerHub, hub[:], public, until.UnixMilli())
	return err
}
