package journal

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// Fault is something that was done to a row.
type Fault struct {
	Seq  int64  `json:"seq"`
	What string `json:"what"` // one of the faults below
}

// The faults of rows.
const (
	FaultDeleted  = "deleted"
	FaultChanged  = "changed"
	FaultInserted = "inserted"
	// FaultUnsigned is a row that the hub wrote and that is newer than the newest
	// head: a power cut left it until the next start, or its head was removed.
	FaultUnsigned = "not signed"
)

// maxFaults bounds a report; Report.Faults counts them all.
const maxFaults = 1000

// Report is what Verify found.
type Report struct {
	Rows   int64     // that were looked at
	From   int64     // seq of the row before the first; 0 is the beginning
	To     int64     // seq of the newest
	Signed int64     // seq of the newest head
	Head   [32]byte  // its hash
	At     time.Time // of the newest head; zero without one
	Faults int64     // how many rows
	First  []Fault   // the first of them
	Heads  int       // damaged records of journal.heads
	Lacks  bool      // there are rows and no head at all
	Late   []Range   // rows that a start signed, not the commit that wrote them
	Kept   string    // what a head that was kept shows; "" is nothing bad
	Behind string    // what it shows to be wrong
	Broken int64     // a row up to From that was found to be wrong before; 0 is none

	Waiting int64 // rows that wait to be chained
	Foreign int64 // of them, that the hub did not write
	Removed int64 // that waited and are gone, or changed; at least
	Untold  bool  // nothing tells how many waited

	unproven ranges // rows, by the number they stand under
}

// Range is rows from one to another.
type Range struct{ From, To int64 }

// ranges are row numbers, ascending.
type ranges []Range

// add adds a number; those of rows that were put in come one after the other.
func (s *ranges) add(seq int64) {
	if n := len(*s); n > 0 && (*s)[n-1].To >= seq-1 && (*s)[n-1].From <= seq {
		(*s)[n-1].To = max((*s)[n-1].To, seq)
		return
	}
	*s = append(*s, Range{seq, seq})
}

// sort brings numbers that were added late into their order.
func (s ranges) sort() {
	slices.SortFunc(s, func(a, b Range) int { return cmp.Compare(a.From, b.From) })
}

// has reports whether a number is one of them.
func (s ranges) has(seq int64) bool {
	_, found := slices.BinarySearchFunc(s, seq, func(r Range, seq int64) int {
		switch {
		case r.To < seq:
			return -1
		case r.From > seq:
			return 1
		}
		return 0
	})
	return found
}

// OK reports whether everything is as it was written.
func (r Report) OK() bool {
	return r.Faults == 0 && r.Heads == 0 && !r.Lacks && r.Behind == "" && r.Broken == 0 && r.Foreign == 0 && r.Removed == 0
}

// Lines says what is wrong, one line each; none if nothing is. Rows that are gone one
// after the other have one line: all of a database that was lost would have as many as
// there were.
func (r Report) Lines() (lines []string) {
	for i := 0; i < len(r.First); {
		f, last := r.First[i], i
		for f.What == FaultDeleted && last+1 < len(r.First) && r.First[last+1] == (Fault{f.Seq + int64(last+1-i), FaultDeleted}) {
			last++
		}
		if last > i {
			lines = append(lines, fmt.Sprintf("rows %d–%d are gone", f.Seq, r.First[last].Seq))
		} else {
			lines = append(lines, fmt.Sprintf("row %d: %s", f.Seq, f.What))
		}
		i = last + 1
	}
	if more := r.Faults - int64(len(r.First)); more > 0 {
		lines = append(lines, fmt.Sprintf("and %d more rows", more))
	}
	if r.Heads > 0 {
		lines = append(lines, fmt.Sprintf("%s: %d signed records were damaged or changed", FileName, r.Heads))
	}
	if r.Behind != "" {
		lines = append(lines, r.Behind)
	}
	if r.Broken > 0 {
		lines = append(lines, fmt.Sprintf("row %d, or one before it, was found not to be as it was written: `lares verify journal` says what was done", r.Broken))
	}
	if r.Foreign > 0 {
		lines = append(lines, fmt.Sprintf("%d rows that wait to be written into the journal are not the hub's: it leaves them out", r.Foreign))
	}
	if r.Removed > 0 {
		lines = append(lines, fmt.Sprintf("at least %d rows that waited to be written into the journal are gone, or were changed", r.Removed))
	}
	if r.Lacks {
		lines = append(lines, FileName+" is missing or empty: nothing shows whether rows are missing at the end")
	}
	return lines
}

// late joins rows that a start signed to those before.
func (r *Report) late(from, to int64) {
	if n := len(r.Late); n > 0 && r.Late[n-1].To+1 == from {
		r.Late[n-1].To = to
		return
	}
	r.Late = append(r.Late, Range{from, to})
}

func (r *Report) fault(what string, from, to int64) {
	for seq := from; seq <= to && len(r.First) < maxFaults; seq++ {
		r.First = append(r.First, Fault{Seq: seq, What: what})
	}
	r.Faults += max(to-from+1, 0)
}
