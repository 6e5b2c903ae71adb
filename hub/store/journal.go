package store

import (
	"context"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"lares/cameras/media"
)

// JournalRow is one row of the access journal; hub/journal says what its fields
// mean, and how they are chained. Zero ids are null.
type JournalRow struct {
	Seq     int64
	At      time.Time // to the millisecond
	Kind    string
	Account AccountID
	Via     string
	Session [16]byte
	Camera  media.CameraID
	Owner   AccountID
	Object  [16]byte
	Other   AccountID
	Count   int64
	Bytes   int64
	Span    time.Duration // to the millisecond
	Place   string
	Detail  string
	Hash    [32]byte
}

// JournalQuery selects what of the journal concerns an account.
type JournalQuery struct {
	Account AccountID
	Before  int64          // seq; rows below it
	Limit   int            // most rows of each sort that are looked at
	Hub     bool           // with what concerns those who run the hub, unless a camera is asked for
	Camera  media.CameraID // zero is all
}

const (
	journalColumns = `seq, at_ms, kind, account, via, session, camera, owner, object, other, count, bytes, span_ms, place, detail, hash`

	// ?1 a JSON array of rows, each an array in the order of journalColumns, with hexadecimal
	// digits for blobs: many rows keep the others waiting no longer than one.
	insertJournal query = `INSERT INTO journal (` + journalColumns + `) SELECT ` + journalArray + ` FROM json_each(?1) j ORDER BY j.key`
	journalArray        = `j.value ->> 0, j.value ->> 1, j.value ->> 2, unhex(j.value ->> 3), j.value ->> 4, unhex(j.value ->> 5), unhex(j.value ->> 6), unhex(j.value ->> 7), unhex(j.value ->> 8), unhex(j.value ->> 9), j.value ->> 10, j.value ->> 11, j.value ->> 12, j.value ->> 13, j.value ->> 14, unhex(j.value ->> 15)`
	// ?1 a seq, ?2 limit
	selectJournal     query = `SELECT ` + journalColumns + ` FROM journal WHERE seq > ?1 ORDER BY seq LIMIT ?2`
	selectJournalLast query = `SELECT ` + journalColumns + ` FROM journal ORDER BY seq DESC LIMIT 1`
	selectJournalRow  query = `SELECT ` + journalColumns + ` FROM journal WHERE seq = ?`
	// ?1 account, ?2 below this seq, ?3 limit, ?4 whether to add hub matters. Each
	// sort has its index and gives at most a page.
	selectJournalOf query = `SELECT ` + journalColumns + ` FROM journal WHERE seq IN (
  SELECT seq FROM (SELECT seq FROM journal INDEXED BY journal_account WHERE account = ?1 AND seq < ?2 ORDER BY seq DESC LIMIT ?3)
  UNION SELECT seq FROM (SELECT seq FROM journal INDEXED BY journal_owner WHERE owner = ?1 AND seq < ?2 ORDER BY seq DESC LIMIT ?3)
  UNION SELECT seq FROM (SELECT seq FROM journal INDEXED BY journal_other WHERE other = ?1 AND seq < ?2 ORDER BY seq DESC LIMIT ?3)
  UNION SELECT seq FROM (SELECT seq FROM journal INDEXED BY journal_hub WHERE ?4 AND kind IN (` + hubKinds + `) AND seq < ?2 ORDER BY seq DESC LIMIT ?3)
) ORDER BY seq DESC LIMIT ?3`
	// ?1 account, ?2 below this seq, ?3 limit, ?4 camera
	selectJournalOfCamera query = `SELECT ` + journalColumns + ` FROM journal INDEXED BY journal_camera
WHERE camera = ?4 AND seq < ?2 AND (account = ?1 OR owner = ?1 OR other = ?1) ORDER BY seq DESC LIMIT ?3`
	// hubKinds concern whoever runs the hub; the index journal_hub lists the same.
	hubKinds = `'account-made', 'account-removed', 'invited', 'operator', 'quota', 'refused', 'sign-in-refused', 'lockdown', 'lifted', 'backup', 'restored', 'repaired', 'rolled-back', 'confirmed-rollback', 'pruned', 'resigned', 'lost', 'incident'`

	// ?1 not later than this time, ?2 limit, ?3 before rows from between ?1 and this time:
	// the newest rows of what stood, and the oldest
	selectStood query = `SELECT ` + journalColumns + ` FROM journal INDEXED BY journal_standing WHERE kind = 'standing' AND at_ms <= ?1
AND seq < coalesce((SELECT min(seq) FROM journal INDEXED BY journal_standing WHERE kind = 'standing' AND at_ms > ?1 AND at_ms < ?3), 9223372036854775807) ORDER BY seq DESC LIMIT ?2`
	selectStoodFirst query = `SELECT ` + journalColumns + ` FROM journal INDEXED BY journal_standing WHERE kind = 'standing' ORDER BY seq LIMIT ?`

	insertDue query = `INSERT INTO journal_due (` + journalColumns + `) SELECT ` + journalArray + ` FROM json_each(?1) j`
	selectDue query = `SELECT ` + journalColumns + `, last_seq, last_hash FROM journal_due
LEFT JOIN (SELECT seq AS last_seq, hash AS last_hash FROM journal ORDER BY seq DESC LIMIT 1) ORDER BY seq`
	selectDueLast query = `SELECT coalesce(max(seq), 0) FROM journal_due`
	deleteDue     query = `DELETE FROM journal_due`

	selectJournalCount query = `SELECT count(*), coalesce(min(seq), 0) FROM journal`
	selectJournalUntil query = `SELECT coalesce(max(seq), 0) FROM journal WHERE at_ms < ?1 AND seq <= coalesce((SELECT seq FROM journal WHERE at_ms >= ?1 ORDER BY seq LIMIT 1), 9223372036854775807)`
	// ?1 newest seq that goes, ?2 at most so many, the oldest
	deleteJournal query = `DELETE FROM journal WHERE seq IN (SELECT seq FROM journal WHERE seq <= ?1 ORDER BY seq LIMIT ?2)`
	// ?1 JSON array of ids in hexadecimal digits
	selectCameraOwners query = `SELECT id, owner FROM camera WHERE id IN (SELECT unhex(value) FROM json_each(?1))`
	// Also of cameras that are no more in use: their rows go last.
	selectRights query = `SELECT camera, account, granted_ms, expires_ms FROM grants
UNION ALL SELECT camera, clip, created_ms, min(expires_ms, coalesce(revoked_ms, expires_ms)) FROM guest_link
UNION ALL SELECT camera, token, created_ms, expires_ms FROM token_camera JOIN token ON token.id = token`
	selectOwners       query = `SELECT id, owner, added_ms FROM camera`
	selectAccountNames query = `SELECT id, name, operator FROM account`
)

func journalStatements() []query {
	return []query{insertJournal, selectJournal, selectJournalLast, selectJournalRow, selectJournalOf, selectJournalOfCamera, selectStood, selectStoodFirst, selectJournalCount, selectJournalUntil,
		insertDue, selectDue, selectDueLast, deleteDue, deleteJournal, selectCameraOwners, selectRights, selectOwners, selectAccountNames}
}

// hex16 are the digits of an id; of zero it is null.
func hex16(id [16]byte) any {
	if id == [16]byte{} {
		return nil
	}
	return hex.EncodeToString(id[:])
}

// AddJournal enters rows.
func (t *Tx) AddJournal(ctx context.Context, rows ...JournalRow) error {
	return t.addJournal(ctx, insertJournal, rows)
}

func (t *Tx) addJournal(ctx context.Context, q query, rows []JournalRow) error {
	list := make([][]any, 0, len(rows))
	for _, r := range rows {
		list = append(list, []any{r.Seq, r.At.UnixMilli(), r.Kind, hex16(r.Account), r.Via, hex16(r.Session), hex16(r.Camera),
			hex16(r.Owner), hex16(r.Object), hex16(r.Other), r.Count, r.Bytes, r.Span.Milliseconds(), r.Place, r.Detail, hex.EncodeToString(r.Hash[:])})
	}
	b, err := json.Marshal(list)
	if err != nil {
		return fmt.Errorf("store: rows of the journal: %w", err)
	}
	_, err = t.exec(ctx, q, string(b))
	return err
}

// scan16 reads a nullable id.
type scan16 struct{ to *[16]byte }

// Scan leaves null as zero.
func (s scan16) Scan(src any) error {
	if src == nil {
		return nil
	}
	return (*media.ID[struct{}])(s.to).Scan(src)
}

func scanJournal(scan func(...any) error, r *JournalRow, more ...any) error {
	var at, span int64
	var hash []byte
	err := scan(append([]any{&r.Seq, &at, &r.Kind, scan16{(*[16]byte)(&r.Account)}, &r.Via, scan16{&r.Session}, scan16{(*[16]byte)(&r.Camera)},
		scan16{(*[16]byte)(&r.Owner)}, scan16{&r.Object}, scan16{(*[16]byte)(&r.Other)}, &r.Count, &r.Bytes, &span, &r.Place, &r.Detail, &hash}, more...)...)
	r.At, r.Span = fromMS(at), time.Duration(span)*time.Millisecond
	copy(r.Hash[:], hash)
	return err
}

func scanJournalRow(rows *sql.Rows, r *JournalRow) error { return scanJournal(rows.Scan, r) }

// Journal lists rows after a seq, oldest first.
func (v View) Journal(ctx context.Context, after int64, limit int) ([]JournalRow, error) {
	return all(ctx, v, selectJournal, []any{after, limit}, scanJournalRow)
}

// Concerns reports whether a row is among those that the query selects.
func (r JournalRow) Concerns(q JournalQuery) bool {
	if !q.Camera.IsZero() && r.Camera != q.Camera {
		return false
	}
	return r.Account == q.Account || r.Owner == q.Account || r.Other == q.Account || q.Hub && q.Camera.IsZero() && strings.Contains(hubKinds, "'"+r.Kind+"'")
}

// JournalOf lists rows that concern an account, newest first.
func (v View) JournalOf(ctx context.Context, q JournalQuery) ([]JournalRow, error) {
	if !q.Camera.IsZero() {
		return all(ctx, v, selectJournalOfCamera, []any{q.Account[:], q.Before, q.Limit, q.Camera[:]}, scanJournalRow)
	}
	return all(ctx, v, selectJournalOf, []any{q.Account[:], q.Before, q.Limit, q.Hub}, scanJournalRow)
}

// StandingJournal lists the newest rows that say what stood, none from after a
// time nor behind one from between it and another, newest first.
func (v View) StandingJournal(ctx context.Context, until, between time.Time, limit int) ([]JournalRow, error) {
	return all(ctx, v, selectStood, []any{until.UnixMilli(), limit, between.UnixMilli()}, scanJournalRow)
}

// FirstStandingJournal lists the oldest of them, oldest first.
func (v View) FirstStandingJournal(ctx context.Context, limit int) ([]JournalRow, error) {
	return all(ctx, v, selectStoodFirst, []any{limit}, scanJournalRow)
}

// LastJournal is the newest row, or ErrNoRow.
func (v View) LastJournal(ctx context.Context) (JournalRow, error) {
	return v.journalRow(ctx, selectJournalLast)
}

// JournalRow finds a row by its seq, or ErrNoRow.
func (v View) JournalRow(ctx context.Context, seq int64) (JournalRow, error) {
	return v.journalRow(ctx, selectJournalRow, seq)
}

func (v View) journalRow(ctx context.Context, q query, args ...any) (r JournalRow, err error) {
	err = scanJournal(func(dest ...any) error { return v.one(ctx, q, args, dest...) }, &r)
	return r, err
}

// CountJournal counts the rows and finds the seq of the oldest; 0 if there is
// none.
func (v View) CountJournal(ctx context.Context) (rows, oldest int64, err error) {
	return rows, oldest, v.one(ctx, selectJournalCount, nil, &rows, &oldest)
}

// JournalUntil finds the newest seq of the oldest rows that are all from before
// a time; 0 if there is none.
func (v View) JournalUntil(ctx context.Context, at time.Time) (seq int64, err error) {
	return seq, v.one(ctx, selectJournalUntil, []any{at.UnixMilli()}, &seq)
}

// PruneJournal removes at most limit of the oldest rows up to a seq and says
// how many there were.
func (t *Tx) PruneJournal(ctx context.Context, until int64, limit int) (int64, error) {
	return t.exec(ctx, deleteJournal, until, limit)
}

// CameraOwners says whose some cameras are, in use or not; of what is no camera nothing is
// said.
func (v View) CameraOwners(ctx context.Context, ids ...media.CameraID) (map[media.CameraID]AccountID, error) {
	rows, err := all(ctx, v, selectCameraOwners, []any{hexList(ids)}, func(r *sql.Rows, k *Right) error { return r.Scan(&k.Camera, scan16{&k.Holder}) })
	owners := make(map[media.CameraID]AccountID, len(rows))
	for _, k := range rows {
		owners[k.Camera] = k.Holder
	}
	return owners, err
}

// AccountName is an account as lists name it.
type AccountName struct {
	ID       AccountID
	Name     string
	Operator bool
}

// AccountNames lists all accounts: a household has few.
func (v View) AccountNames(ctx context.Context) ([]AccountName, error) {
	return all(ctx, v, selectAccountNames, nil, func(r *sql.Rows, a *AccountName) error { return r.Scan(&a.ID, &a.Name, &a.Operator) })
}

// Right is what somebody may have of a camera that is not the own: an account by a
// grant, whoever has a link to a clip, or a token.
type Right struct {
	Camera media.CameraID
	Holder [16]byte // the account, the clip of the link, or the token
	Since  time.Time
	Until  time.Time // zero is for good
}

// AllOwners lists whose the cameras are and since when, also those out of use.
func (v View) AllOwners(ctx context.Context) ([]Right, error) {
	return all(ctx, v, selectOwners, nil, func(r *sql.Rows, k *Right) error {
		var since int64
		err := r.Scan(&k.Camera, scan16{&k.Holder}, &since)
		k.Since = fromMS(since)
		return err
	})
}

// AllRights lists the grants, guest links and tokens that there are.
func (v View) AllRights(ctx context.Context) ([]Right, error) {
	return all(ctx, v, selectRights, nil, func(r *sql.Rows, k *Right) error {
		var since int64
		var until sql.NullInt64
		err := r.Scan(&k.Camera, scan16{&k.Holder}, &since, &until)
		k.Since = fromMS(since)
		if until.Valid {
			k.Until = fromMS(until.Int64)
		}
		return err
	})
}
