package app

import "time"

// Build says which program this is.
type Build struct {
	Version string // as git describes it
	Time    string // RFC 3339, of the newest commit; "" unknown
}

// oldest is a time before which no clock can be right: this file was written
// after it.
var oldest = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)

// time is when the program was built, for judging the machine's clock.
func (b Build) time() time.Time {
	if t, err := time.Parse(time.RFC3339, b.Time); err == nil && t.After(oldest) {
		return t
	}
	return oldest
}
