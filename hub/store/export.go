package store

import (
	"context"
	"time"

	"lares/cameras/media"
)

// The holder of an address is a login session or a token: ?1 or ?2 is null.
const (
	selectExport query = `SELECT id_hash, coalesce(session, token), camera, from_ns, to_ns, speed FROM export WHERE id_hash = ?1 AND coalesce(session, token) = ?2 AND until_ms > ?3`
	insertExport query = `INSERT INTO export (session, token, id_hash, camera, from_ns, to_ns, speed, until_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)`
	// ?3 how many stay
	deleteExportsOwn query = `DELETE FROM export WHERE id_hash IN (
SELECT id_hash FROM (SELECT id_hash, until_ms FROM export WHERE session = ?1 UNION ALL SELECT id_hash, until_ms FROM export WHERE token = ?2) ORDER BY until_ms DESC, id_hash LIMIT -1 OFFSET ?3)`
	deleteExportsMost query = `DELETE FROM export WHERE id_hash IN (SELECT id_hash FROM export ORDER BY until_ms DESC, id_hash LIMIT -1 OFFSET ?)`
	deleteExportsOver query = `DELETE FROM export WHERE until_ms <= ?`
)

func exportStatements() []query {
	return []query{selectExport, insertExport, deleteExportsOwn, deleteExportsMost, deleteExportsOver}
}

// Export is what an address downloads.
type Export struct {
	Hash     []byte    // of the address, 32 bytes
	Holder   SessionID // whose it is; of a token that name of it
	Camera   media.CameraID
	From, To time.Time
	Speed    int // of a time-lapse; 0 is a video
}

// ExportLimits are how many addresses stay, of one holder and of all.
type ExportLimits struct{ Own, All int }

// Export finds what an address of a holder downloads, or ErrNoRow.
func (v View) Export(ctx context.Context, hash []byte, holder SessionID, now time.Time) (e Export, err error) {
	var from, to int64
	err = v.one(ctx, selectExport, []any{hash, holder[:], now.UnixMilli()}, &e.Hash, &e.Holder, &e.Camera, &from, &to, &e.Speed)
	e.From, e.To = fromNS(from), fromNS(to)
	return e, err
}

// AddExport enters an address that is good until a time, for the token unless that is zero.
// Those that ran out go, and of too many the oldest: of the holder's own first.
func (t *Tx) AddExport(ctx context.Context, e Export, token TokenID, now, until time.Time, most ExportLimits) error {
	var session, program any
	if token.IsZero() {
		session = e.Holder[:]
	} else {
		program = token[:]
	}
	if _, err := t.exec(ctx, deleteExportsOver, now.UnixMilli()); err != nil {
		return err
	}
	_, err := t.exec(ctx, insertExport, session, program, e.Hash, e.Camera[:], e.From.UnixNano(), e.To.UnixNano(), e.Speed, until.UnixMilli())
	if err != nil {
		return err
	}
	if _, err := t.exec(ctx, deleteExportsOwn, session, program, most.Own); err != nil {
		return err
	}
	_, err = t.exec(ctx, deleteExportsMost, most.All)
	return err
}
