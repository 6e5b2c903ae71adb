package journal

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"

	"lares/cameras/seal"
	"lares/hub/store"
	"lares/hub/vault"
)

// How many rows wait is noted, with a key, in the transaction that makes one wait,
// and set back to none in the one that chains them: so whichever of them are taken
// out by hand, the hub or a check misses them, and a crash, which leaves rows and
// note as one commit left them, accuses nobody. What the note cannot show is in doc.go.

// waitsLabel begins what the sum of a note is made of.
const waitsLabel = "lares journal waits v1"

// waits says how many rows wait behind a row of the journal.
type waits struct {
	after place
	n     int64
}

func (w waits) body() []byte {
	return seal.Bind(waitsLabel, seal.U64(uint64(w.after.seq)), w.after.hash[:], seal.U64(uint64(w.n)))
}

// bytes is seq u64, hash 32, n u64, sum 32.
func (w waits) bytes(chain vault.Chain) []byte {
	b := binary.BigEndian.AppendUint64(nil, uint64(w.after.seq))
	b = append(b, w.after.hash[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(w.n))
	sum := chain.Sum(0, w.body())
	return append(b, sum[:]...)
}

// parseWaits reads a note that this hub, or one that it was before, wrote.
func parseWaits(chain vault.Chain, b []byte) (w waits, ok bool) {
	if len(b) != 8+32+8+32 {
		return w, false
	}
	w.after = place{int64(binary.BigEndian.Uint64(b)), [32]byte(b[8:40])}
	w.n = int64(binary.BigEndian.Uint64(b[40:]))
	for age := range chain.Ages() {
		if chain.Sum(age, w.body()) == [32]byte(b[48:]) {
			return w, true
		}
	}
	return w, false
}

// missed is how many rows are gone that waited, at least: of those that are there,
// the hub wrote some, after one of some places. Unknown says that nothing tells.
func missed(chain vault.Chain, note []byte, wrote int, after ...place) (n int64, unknown bool) {
	if note == nil {
		return 0, after[0].seq > 0
	}
	w, ok := parseWaits(chain, note)
	for _, p := range after {
		if ok && w.after == p {
			return max(0, w.n-int64(wrote)), false
		}
	}
	return 1, false // made up, or put back
}

// note reads what the database says of how many rows wait; nil is nothing.
func note(ctx context.Context, rows interface {
	Setting(ctx context.Context, name string) ([]byte, error)
}) ([]byte, error) {
	b, err := rows.Setting(ctx, store.SettingWaits)
	if errors.Is(err, store.ErrNoRow) {
		return nil, nil
	}
	return b, err
}

// oneMore notes a row that waits, and returns its number. A note that is not the
// hub's stays as it is: whoever chains what waits reports it.
func (j *Journal) oneMore(ctx context.Context, tx *store.Tx) (n int64, err error) {
	there, err := tx.LastDueJournal(ctx)
	if err != nil {
		return 0, err
	}
	b, err := note(ctx, tx)
	if err != nil {
		return 0, err
	}
	w, ok := parseWaits(j.chain, b)
	if !ok {
		return there + 1, nil
	}
	w.n = max(there, w.n) + 1
	return w.n, tx.PutSetting(ctx, store.SettingWaits, w.bytes(j.chain))
}

// settled is what waits, beside the newest row, as one commit left it.
type settled struct {
	due  []store.DueRow
	note []byte
	last place
}

// settle reads what waits. Each commit that changes any of it changes the note.
func settle(ctx context.Context, rows Rows) (s settled, err error) {
	for {
		before, err := note(ctx, rows)
		if err != nil {
			return s, err
		}
		last, err := rows.LastJournal(ctx)
		if err != nil && !errors.Is(err, store.ErrNoRow) {
			return s, err
		}
		s.last = place{last.Seq, last.Hash}
		if s.due, err = rows.DueJournal(ctx); err != nil {
			return s, err
		}
		if s.note, err = note(ctx, rows); err != nil || bytes.Equal(before, s.note) {
			return s, err
		}
	}
}
