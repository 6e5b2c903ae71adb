package store

import (
	"errors"
	"path/filepath"

	"golang.org/x/sys/unix"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"lares/recorder"
)

// leastRoom is what the database needs free beside it, in bytes: what a checkpoint and some
// transactions take.
const leastRoom = 4 << 20

// Trouble says in a word why the database takes nothing, or soon will not: full, read-only or
// fails; "" where all is well. That is the outcome of the newest transaction that was to change
// something, and how much room its disk has, which is asked: it may wait for that.
func (s *Store) Trouble() recorder.PoolTrouble {
	if was, _ := s.trouble.Load().(recorder.PoolTrouble); was != "" {
		return was
	}
	var fs unix.Statfs_t
	switch err := unix.Statfs(filepath.Dir(s.path), &fs); {
	case err != nil:
		return recorder.PoolFails
	case fs.Flags&unix.ST_RDONLY != 0:
		return recorder.PoolReadOnly
	case int64(fs.Bavail)*int64(fs.Bsize) < leastRoom:
		return recorder.PoolFull
	}
	return ""
}

// outcome notes what became of a change; an error that says nothing of the disk changes nothing.
func (s *Store) outcome(err error) {
	var code *sqlite.Error
	switch {
	case err == nil:
		s.trouble.Store(recorder.PoolTrouble(""))
	case errors.As(err, &code):
		switch code.Code() & 0xff { // the low byte is the primary code
		case sqlite3.SQLITE_FULL:
			s.trouble.Store(recorder.PoolFull)
		case sqlite3.SQLITE_READONLY:
			s.trouble.Store(recorder.PoolReadOnly)
		case sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
			s.trouble.Store(recorder.PoolFails)
		}
	}
}
