package store

import (
	"context"
	"database/sql"
	"time"
)

const (
	selectAways query = `SELECT account, since_ms FROM away`
	insertAway  query = `INSERT INTO away (account, since_ms) VALUES (?, ?) ON CONFLICT (account) DO NOTHING`
	deleteAway  query = `DELETE FROM away WHERE account = ?`
	// ?1 token, ?2 now, ?3 maker. The row says whom it is about.
	selectTokenAway query = `SELECT t.id, t.account FROM token t WHERE t.id = ?1 AND t.account = ?3 AND t.away AND ` + tokenAlive
)

func awayStatements() []query { return []query{selectAways, insertAway, deleteAway, selectTokenAway} }

// Away is a row: since when the people of an account are away. The zero one is none.
type Away struct {
	Account AccountID
	Since   time.Time
}

// Aways are the accounts whose people are away, and since when. All at once: whoever
// asks for one's cameras asks for those of their owners as well.
func (v View) Aways(ctx context.Context) (map[AccountID]Away, error) {
	found, err := all(ctx, v, selectAways, nil, func(r *sql.Rows, a *Away) error {
		var since int64
		err := r.Scan(&a.Account, &since)
		a.Since = fromMS(since)
		return err
	})
	if err != nil {
		return nil, err
	}
	aways := make(map[AccountID]Away, len(found))
	for _, a := range found {
		aways[a.Account] = a
	}
	return aways, nil
}

// SetAway says that an account is away from a time on, or at home; what is so already
// stays as it is, and changed is false.
func (t *Tx) SetAway(ctx context.Context, account AccountID, away bool, at time.Time) (changed bool, err error) {
	var n int64
	if away {
		n, err = t.exec(ctx, insertAway, account[:], at.UnixMilli())
	} else {
		n, err = t.exec(ctx, deleteAway, account[:])
	}
	return n > 0, err
}

// AwayToken is a living token that may say whether its maker is away; ErrNoRow if this
// is none.
func (v View) AwayToken(ctx context.Context, token TokenID, maker AccountID, now time.Time) (id TokenID, of AccountID, err error) {
	return id, of, v.one(ctx, selectTokenAway, []any{token[:], now.UnixMilli(), maker[:]}, &id, &of)
}
