package sealed

import (
	"fmt"
	"io"
)

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
// signed again. The header's errors are returned and the file is not touched.
func Repair(f RepairFile, size int64, hubs Signers, sign SignFunc) (Report, error) {
	report, err := Check(f, size, hubs)
	if err != nil || report.State != 0 {
		return report, err
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
