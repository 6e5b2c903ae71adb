package journal

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Kept is a head that somebody kept outside the hub: a browser, or a note. Only
// it shows that the newest rows were removed together with their heads.
type Kept struct {
	Seq  int64  // 0 is none; of a whole hash it is what one account calls the row (Head)
	Hash []byte // as many bytes of it as were kept
}

// keptHash is how many bytes of a hash are printed, and the fewest that are
// compared.
const keptHash = 8

const (
	// wholeHash is how many bytes a hash has.
	wholeHash = 32
	// keptPage is how many rows are looked through at a time.
	keptPage = 1000
)

var errKept = errors.New("a head is a number and at least 16 hexadecimal digits, such as 1200:9f86d081884c7d65")

// ParseKept reads "seq:hash"; "" is none.
func ParseKept(s string) (k Kept, err error) {
	if s == "" {
		return k, nil
	}
	seq, sum, _ := strings.Cut(s, ":")
	k.Seq, err = strconv.ParseInt(seq, 10, 64)
	if err == nil {
		k.Hash, err = hex.DecodeString(sum)
	}
	if err != nil || k.Seq < 1 || len(k.Hash) < keptHash || len(k.Hash) > wholeHash {
		return Kept{}, errKept
	}
	return k, nil
}

// Compare enters into a report whether the journal still has a head that was
// kept; none is fine.
func (k Kept) Compare(ctx context.Context, rows Rows, r *Report) error {
	switch {
	case k.Seq == 0:
		return nil
	case len(k.Hash) == wholeHash:
		return k.find(ctx, rows, r)
	case k.Seq <= r.From:
		r.Kept = fmt.Sprintf("the head %d was kept before retention removed its row: it shows nothing any more", k.Seq)
		return nil
	}
	page, err := rows.Journal(ctx, k.Seq-1, 1)
	if err != nil {
		return err
	}
	switch {
	case len(page) == 0 || page[0].Seq != k.Seq:
		r.Behind = fmt.Sprintf("the journal had a row %d once, as the head that was kept shows: rows and heads up to it were removed", k.Seq)
	case !strings.HasPrefix(string(page[0].Hash[:]), string(k.Hash)):
		r.Behind = fmt.Sprintf("row %d is not the one of the head that was kept: rows and heads were removed, and others written since", k.Seq)
	default:
		r.Kept = fmt.Sprintf("the head %d that was kept is still there: no row up to it was removed", k.Seq)
	}
	return nil
}

// find is Compare for a whole hash, which tells its row by itself.
func (k Kept) find(ctx context.Context, rows Rows, r *Report) error {
	for after := r.From; ; {
		page, err := rows.Journal(ctx, after, keptPage)
		if err != nil {
			return err
		}
		for _, row := range page {
			if after = row.Seq; [wholeHash]byte(k.Hash) == row.Hash {
				r.Kept = fmt.Sprintf("the head that was kept is still there, as row %d: no row up to it was removed", row.Seq)
				return nil
			}
		}
		if len(page) < keptPage {
			break
		}
	}
	r.Behind = "no row is that of the head that was kept: rows and heads were removed"
	if r.From > 0 {
		r.Behind += ", unless it is so old that retention removed it"
	}
	return nil
}

// Remarks says what is no fault and has to be known: what was signed late, the
// newest head, and what this check cannot see.
func (r Report) Remarks() (lines []string) {
	for _, late := range r.Late[:min(len(r.Late), maxFaults)] {
		lines = append(lines, fmt.Sprintf("rows %d to %d: signed after the fact, at a start of the hub", late.From, late.To))
	}
	if n := r.Waiting - r.Foreign; n > 0 {
		lines = append(lines, fmt.Sprintf("%d rows wait to be written: a hub that was killed left them, or one that runs writes them now", n))
	}
	if r.Untold {
		lines = append(lines, "nothing tells whether rows that waited to be written are gone: as before the first start after an update, or if somebody took that out of the database; the next start says so in a row")
	}
	if r.Kept != "" {
		lines = append(lines, r.Kept)
	}
	if r.Signed > 0 {
		lines = append(lines, fmt.Sprintf("newest head: %d:%x, signed %s", r.Signed, r.Head[:keptHash], r.At.Format("2006-01-02 15:04:05Z")))
	}
	return append(lines,
		"Not to be seen here: whether the newest rows were removed together with their heads. A head that a browser or a note elsewhere remembers shows it: compare with --head.",
		"Nor does it show what a hub that was itself tampered with never wrote.")
}
