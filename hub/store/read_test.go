package store

import (
	"errors"
	"path/filepath"
	"testing"
)

// TestReaderReadsAll: what the console reads of a database is prepared, each of it.
func TestReaderReadsAll(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "lares.db")
	s, err := Open(t.Context(), Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	r, err := OpenRead(t.Context(), path)
	if err != nil {
		t.Fatal(errors.Join(err, s.Close()))
	}
	_, errJournal := r.Journal(t.Context(), 0, 10)
	_, errDue := r.DueJournal(t.Context())
	if err := errors.Join(errJournal, errDue); err != nil {
		t.Error(err)
	}
	if _, err := r.LastJournal(t.Context()); !errors.Is(err, ErrNoRow) {
		t.Errorf("the newest row of none: %v", err)
	}
	if _, err := r.Setting(t.Context(), SettingWaits); !errors.Is(err, ErrNoRow) {
		t.Errorf("a note that is not there: %v", err)
	}
	if err := errors.Join(r.Close(), s.Close()); err != nil {
		t.Error(err)
	}
}
