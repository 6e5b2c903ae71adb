package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"lares/cameras/media"
)

// Notice is something that an account has to be told on its page.
type Notice struct {
	ID      NoticeID
	Account AccountID // whom to tell
	At      time.Time
	Kind    string
	Camera  media.CameraID // zero for none
	Detail  string         // JSON object, or ""
	Read    bool
}

// NoticeUnconfirmed is the kind of notice that tells an owner of a member whose
// keys changed: it gets nothing new of the camera until they are confirmed.
const NoticeUnconfirmed = "unconfirmed"

const (
	noticeColumns       = `id, account, at_ms, kind, camera, detail, read_ms IS NOT NULL`
	selectNotices query = `SELECT ` + noticeColumns + ` FROM notice WHERE account = ? ORDER BY at_ms DESC, id DESC LIMIT ?`
	selectUnread  query = `SELECT count(*) FROM notice WHERE account = ? AND read_ms IS NULL`
	insertNotice  query = `INSERT INTO notice (id, account, at_ms, kind, camera, detail) VALUES (?, ?, ?, ?, ?, ?)`
	updateRead    query = `UPDATE notice SET read_ms = ? WHERE account = ? AND read_ms IS NULL`
	deleteNotices query = `DELETE FROM notice WHERE account = ?1 AND id NOT IN (SELECT id FROM notice WHERE account = ?1 ORDER BY at_ms DESC, id DESC LIMIT ?2)`
	// noticeNames are what in details says what a notice is about: one of another disk, or of
	// another trouble with it, is another notice.
	noticeNames          = `'$.site', '$.pool', '$.account', '$.state', '$.cause', '$.partly'`
	selectLikeThis query = `SELECT ` + noticeColumns + ` FROM notice
WHERE account = ?1 AND kind = ?2 AND camera IS ?3 AND read_ms IS NULL
AND iif(json_valid(detail), json_extract(detail, ` + noticeNames + `), '') IS iif(json_valid(?4), json_extract(?4, ` + noticeNames + `), '')
ORDER BY at_ms DESC LIMIT 1`
	updateNotice    query = `UPDATE notice SET at_ms = ?, detail = ? WHERE id = ?`
	selectOperators query = `SELECT id FROM account WHERE operator`
	selectPeople    query = `SELECT id FROM account`
	selectSharers   query = `SELECT c.owner FROM grants g JOIN camera c ON c.id = g.camera WHERE g.account = ?1
UNION SELECT g.account FROM grants g JOIN camera c ON c.id = g.camera WHERE c.owner = ?1`
)

func noticeStatements() []query {
	return []query{selectNotices, selectUnread, insertNotice, updateRead, deleteNotices, selectLikeThis, updateNotice, selectOperators, selectPeople, selectSharers}
}

// KeptNotices is how many notices of an account are kept: the newest.
const KeptNotices = 200

func scanNotice(r *sql.Rows, n *Notice) error {
	var at int64
	err := r.Scan(&n.ID, &n.Account, &at, &n.Kind, scan16{(*[16]byte)(&n.Camera)}, &n.Detail, &n.Read)
	n.At = fromMS(at)
	return err
}

// Notices lists what an account is told, newest first.
func (v View) Notices(ctx context.Context, account AccountID, limit int) ([]Notice, error) {
	return all(ctx, v, selectNotices, []any{account[:], limit}, scanNotice)
}

// UnreadNotices counts what an account has not read yet.
func (v View) UnreadNotices(ctx context.Context, account AccountID) (n int, err error) {
	return n, v.one(ctx, selectUnread, []any{account[:]}, &n)
}

// UnreadNotice finds an unread notice like this: of the same account, kind and camera, and about
// the same site, media pool, account, and trouble, as the details say; or ErrNoRow.
func (v View) UnreadNotice(ctx context.Context, like Notice) (Notice, error) {
	found, err := all(ctx, v, selectLikeThis, []any{like.Account[:], like.Kind, nullID(like.Camera), like.Detail}, scanNotice)
	if err == nil && len(found) == 0 {
		err = ErrNoRow
	}
	if err != nil {
		return Notice{}, err
	}
	return found[0], nil
}

// Operators lists the accounts that run the hub.
func (v View) Operators(ctx context.Context) ([]AccountID, error) {
	return v.ids(ctx, selectOperators)
}

// People lists all accounts.
func (v View) People(ctx context.Context) ([]AccountID, error) { return v.ids(ctx, selectPeople) }

// Sharers lists the accounts that share a camera with this one, in either
// direction.
func (v View) Sharers(ctx context.Context, account AccountID) ([]AccountID, error) {
	return v.ids(ctx, selectSharers, account[:])
}

// noticed is the detail of a notice about the account.
func (a Account) noticed() string {
	b, _ := json.Marshal(map[string]string{"account": a.ID.String(), "name": a.Name}) // strings always encode
	return string(b)
}

// TellSharers tells each account that shares a camera with this one, in either
// direction, and those of also, that something became of it.
func (t *Tx) TellSharers(ctx context.Context, account AccountID, kind string, at time.Time, also ...AccountID) error {
	a, err := t.Account(ctx, account)
	if err != nil {
		return err
	}
	sharers, err := t.Sharers(ctx, account)
	if err != nil {
		return err
	}
	for _, id := range append(sharers, also...) {
		if err := t.AddNotice(ctx, Notice{ID: NewNoticeID(), Account: id, At: at, Kind: kind, Detail: a.noticed()}); err != nil {
			return err
		}
	}
	return nil
}

// Tell tells one account of what another did, with a camera of the first or the
// zero one.
func (t *Tx) Tell(ctx context.Context, to, about AccountID, kind string, camera media.CameraID, at time.Time) error {
	a, err := t.Account(ctx, about)
	if err != nil {
		return err
	}
	return t.AddNotice(ctx, Notice{ID: NewNoticeID(), Account: to, At: at, Kind: kind, Camera: camera, Detail: a.noticed()})
}

func (v View) ids(ctx context.Context, q query, args ...any) ([]AccountID, error) {
	return all(ctx, v, q, args, func(r *sql.Rows, id *AccountID) error { return r.Scan(id) })
}

// AddNotice enters a notice; of an account's the newest are kept. An account
// that is gone is told nothing.
func (t *Tx) AddNotice(ctx context.Context, n Notice) error {
	if _, err := t.Account(ctx, n.Account); errors.Is(err, ErrNoRow) {
		return nil
	} else if err != nil {
		return err
	}
	if _, err := t.exec(ctx, insertNotice, n.ID[:], n.Account[:], n.At.UnixMilli(), n.Kind, nullID(n.Camera), n.Detail); err != nil {
		return err
	}
	_, err := t.exec(ctx, deleteNotices, n.Account[:], KeptNotices)
	return err
}

// SetNotice replaces time and detail of a notice.
func (t *Tx) SetNotice(ctx context.Context, n Notice) error {
	return must1(t.exec(ctx, updateNotice, n.At.UnixMilli(), n.Detail, n.ID[:]))
}

// ReadNotices notes that an account has read all there is.
func (t *Tx) ReadNotices(ctx context.Context, account AccountID, at time.Time) error {
	_, err := t.exec(ctx, updateRead, at.UnixMilli(), account[:])
	return err
}
