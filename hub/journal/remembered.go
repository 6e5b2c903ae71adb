package journal

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"lares/hub/store"
)

// Head is a state of the journal as an account is told it: what its newest row is called
// towards the account (Number: how many rows there are is nobody's to know), and that
// row's hash. Whoever remembers it can ask later whether the row is still there.
type Head struct {
	Number int64
	Hash   [32]byte
}

// String is a head as a browser remembers it.
func (h Head) String() string { return fmt.Sprintf("%d:%x", h.Number, h.Hash) }

var (
	// ErrNoHead says that nothing was written yet.
	ErrNoHead = errors.New("journal: it has no head yet")
	// ErrHead says that something is not a head as it is remembered.
	ErrHead = errors.New("journal: this is not a head")
)

// ParseHead reads what String wrote.
func ParseHead(s string) (h Head, err error) {
	number, sum, _ := strings.Cut(s, ":")
	h.Number, err = strconv.ParseInt(number, 10, 64)
	b, err2 := hex.DecodeString(sum)
	if err != nil || err2 != nil || h.Number < 0 || h.Number >= 1<<(2*numberHalf) || len(b) != len(h.Hash) {
		return Head{}, ErrHead
	}
	return Head{h.Number, [32]byte(b)}, nil
}

// Remembered says what became of a head that was remembered.
type Remembered string

// What there is to be said of it.
const (
	RememberedNone  Remembered = "first" // none was, or its row went with its age
	RememberedSame  Remembered = "same"  // it is the newest that is told, or later
	RememberedAhead Remembered = "ahead" // its row is there, and others after it
	RememberedGone  Remembered = "gone"  // its row is not there, or another one is in its place
)

// Head is the newest head of before the current hour (heads.shown), as an account is told
// it, and what became of the one it remembers; nil for none. It returns ErrNoHead.
func (j *Journal) Head(ctx context.Context, who store.AccountID, kept *Head) (h Head, of Remembered, err error) {
	j.commit.Lock()
	shown := j.heads.shown(j.cfg.Clock.Now())
	pruned, _ := j.heads.found.start()
	j.commit.Unlock()
	if shown.seq == 0 {
		return h, "", ErrNoHead
	}
	h = Head{j.Number(who, shown.seq), shown.hash()}
	if kept == nil {
		return h, RememberedNone, nil
	}
	seq := j.row(who, kept.Number)
	if seq <= pruned {
		return h, RememberedNone, nil
	}
	page, err := j.cfg.Store.Journal(ctx, seq-1, 1)
	switch {
	case err != nil:
		return h, "", fmt.Errorf("journal: looking for a head: %w", err)
	case len(page) == 0 || page[0].Seq != seq || page[0].Hash != kept.Hash:
		return h, RememberedGone, nil
	case seq >= shown.seq: // later, where the clock was set back before a start
		return h, RememberedSame, nil
	}
	return h, RememberedAhead, nil
}
