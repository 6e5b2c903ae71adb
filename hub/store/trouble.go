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
// something, and how much room its disk has, which is asked: it may wait for that. A disk that has
// next to none is given some of what is kept back; it is full until that is there again.
func (s *Store) Trouble() recorder.PoolTrouble {
	var fs unix.Statfs_t
	err := unix.Statfs(filepath.Dir(s.path), &fs)
	free := int64(fs.Bavail) * int64(fs.Bsize)
	if err == nil && free < lastRoom {
		s.reserve.letGo()
	}
	was, _ := s.trouble.Load().(recorder.PoolTrouble)
	switch {
	case was != "":
		return was
	case err != nil:
		return recorder.PoolFails
	case fs.Flags&unix.ST_RDONLY != 0:
		return recorder.PoolReadOnly
	case free < leastRoom, s.reserve.out():
		return recorder.PoolFull
	}
	return ""
}

// isFull says whether SQLite had no room on the disk. Its log's index is a file there, too, which is
// mapped into memory.
func isFull(code *sqlite.Error) bool {
	return code.Code()&0xff == sqlite3.SQLITE_FULL || code.Code() == sqlite3.SQLITE_IOERR_SHMSIZE
}

// outcome notes what became of a change; an error that says nothing of the disk changes nothing.
func (s *Store) outcome(err error) {
	var code *sqlite.Error
	switch {
	case err == nil:
		s.trouble.Store(recorder.PoolTrouble(""))
	case errors.As(err, &code):
		if code.Code() == sqlite3.SQLITE_IOERR_WRITE || isFull(code) { // the former is what a quota that is used up makes
			s.reserve.letGo()
		}
		switch code.Code() & 0xff { // the low byte is the primary code
		case sqlite3.SQLITE_READONLY:
			s.trouble.Store(recorder.PoolReadOnly)
		case sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
			is := recorder.PoolFails
			if isFull(code) {
				is = recorder.PoolFull
			}
			s.trouble.Store(is)
		}
	}
}
