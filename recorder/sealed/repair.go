package sealed

import (
	"errors"
	"fmt"
	"io"
)

// ErrEmpty says that a clip file holds no picture.
var ErrEmpty = errors.New("sealed: clip file without a picture")

// mostTorn is how much a crash may tear: what was written since the last sync.
const mostTorn = 2 * (MaxRecord + HeadSize + crcSize)

// RepairFile is a clip file open for reading and appending.
type RepairFile interface {
	io.ReaderAt
	File
}

// Repair ends a file that a crash left open: it cuts the file behind its last
// whole record and appends a synced end that says Recovered. It needs no key of
// the clip. A file that has a valid end already is left as it is.
//
// Only a clip whose row says open may be repaired: nobody else's torn file is
// signed again. The header's errors are returned and the file is not touched, nor is
// one without a whole fragment: ErrEmpty, or ErrFormat if more of it does not hold than
// a crash leaves.
func Repair(f RepairFile, size int64, hubs Signers, sign SignFunc) (Report, error) {
	report, err := Check(f, size, hubs)
	switch {
	case err != nil || report.State != 0:
		return report, err
	case report.Until == 0 && size-report.Whole > mostTorn:
		return report, fmt.Errorf("sealed: %d bytes behind the first records do not hold: %w", size-report.Whole, ErrFormat)
	case report.Until == 0:
		return report, ErrEmpty
	}
	if err := f.Truncate(report.Whole); err != nil {
		return report, fmt.Errorf("sealed: cutting a torn record: %w", err)
	}
	end := End{State: Recovered, Count: report.Count, Bytes: uint64(report.Whole), Sum: report.sum}
	if _, err := f.Write(appendEnd(nil, end, report.Until, sign)); err != nil {
		return report, fmt.Errorf("sealed: ending a recovered clip: %w", err)
	}
	if err := f.Sync(); err != nil {
		return report, fmt.Errorf("sealed: syncing a recovered clip: %w", err)
	}
	report.State = Recovered
	return report, nil
}

// Filled is ErrEmpty for a clip file that ends behind whole records none of which holds
// pictures: a crash came before its first fragment. It reads heads alone, and returns the
// errors of that; what is torn or ended is no such file.
func Filled(r io.ReaderAt, size int64) error {
	for at, seq := int64(HeaderSize), uint32(0); ; seq++ {
		if at == size {
			return ErrEmpty
		}
		h, next, err := ReadHead(r, size, at, seq)
		switch {
		case errors.Is(err, ErrFormat), err == nil && (h.Type == TypeFragment || h.Type == TypeEnd):
			return nil
		case err != nil:
			return err
		}
		at = next
	}
}
