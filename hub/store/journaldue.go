package store

import (
	"context"
	"database/sql"
)

// DueRow is a row that waits to be chained: its Seq is its place among those that
// wait, and its Hash hub/journal's sum of it.
type DueRow struct {
	JournalRow
	LastSeq  int64    // of the newest row of the journal; 0 without one
	LastHash [32]byte // its hash
}

// AddDueJournal enters a row that waits.
func (t *Tx) AddDueJournal(ctx context.Context, r JournalRow) error {
	return t.addJournal(ctx, insertDue, []JournalRow{r})
}

// LastDueJournal is the Seq of the last row that waits; 0 if none does.
func (v View) LastDueJournal(ctx context.Context) (seq int64, err error) {
	return seq, v.one(ctx, selectDueLast, nil, &seq)
}

// DueJournal lists all rows that wait, in order, as they stand beside the newest row
// of the journal.
func (v View) DueJournal(ctx context.Context) ([]DueRow, error) {
	return all(ctx, v, selectDue, nil, func(rows *sql.Rows, r *DueRow) error {
		var seq sql.NullInt64
		var hash []byte
		err := scanJournal(rows.Scan, &r.JournalRow, &seq, &hash)
		r.LastSeq = seq.Int64
		copy(r.LastHash[:], hash)
		return err
	})
}

// RemoveDueJournal removes all rows that wait.
func (t *Tx) RemoveDueJournal(ctx context.Context) error {
	_, err := t.exec(ctx, deleteDue)
	return err
}
