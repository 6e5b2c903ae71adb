// The race detector forbids what the file layer below SQLite has to do: to read by a number.
// hub/store is tested without it in make test.

//go:build !race

package store

import (
	"sync"
	"testing"
	"unsafe"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// failure is what becomes of a write, or a sync, of a file of the database.
type failure int

const (
	well    failure = iota
	refused         // nothing of it is done
	denied          // it is done, and said to have failed
	full            // half of it is done
)

// disk is what the database's files lie on while a test has it: it counts what is asked of it,
// and has the k-th fail.
var disk struct {
	open    func(tls *libc.TLS, vfs, name, file uintptr, flags int32, out uintptr) int32
	below   uintptr // the system's
	files   sqlite3.Tsqlite3_io_methods
	faulty  map[uintptr]*sqlite3.Tsqlite3_io_methods // by the system's
	mu      sync.Mutex                               // guards following
	n, k    int
	becomes failure
}

// onDisk has all databases that a test opens from now on lie on disk.
func onDisk(t *testing.T) {
	t.Helper()
	tls := libc.NewTLS()
	system := sqlite3.Xsqlite3_vfs_find(tls, 0)
	below := *(*sqlite3.Tsqlite3_vfs)(pointer(system))
	disk.below, disk.open = system, called[func(*libc.TLS, uintptr, uintptr, uintptr, int32, uintptr) int32](below.FxOpen)
	above := &below
	disk.faulty = map[uintptr]*sqlite3.Tsqlite3_io_methods{}
	name, err := libc.CString("failing")
	if err != nil {
		t.Fatal(err)
	}
	above.FpNext, above.FzName, above.FxOpen = 0, name, function(diskOpen)
	if rc := sqlite3.Xsqlite3_vfs_register(tls, uintptr(unsafe.Pointer(above)), 1); rc != 0 {
		t.Fatalf("registering a file system: %d", rc)
	}
	t.Cleanup(func() {
		sqlite3.Xsqlite3_vfs_unregister(tls, uintptr(unsafe.Pointer(above)))
		sqlite3.Xsqlite3_vfs_register(tls, system, 1)
		tls.Close()
	})
}

// fails has the k-th step from now on fail; nothing does where k is 0.
func fails(k int, becomes failure) {
	disk.mu.Lock()
	defer disk.mu.Unlock()
	disk.n, disk.k, disk.becomes = 0, k, becomes
}

// asked is how many steps there were since.
func asked() int {
	disk.mu.Lock()
	defer disk.mu.Unlock()
	return disk.n
}

func next() failure {
	disk.mu.Lock()
	defer disk.mu.Unlock()
	if disk.n++; disk.n == disk.k {
		return disk.becomes
	}
	return well
}

// diskOpen opens a file as the system does, and has its steps fail if it is one of a database.
func diskOpen(tls *libc.TLS, _, name, file uintptr, flags int32, out uintptr) int32 {
	rc := disk.open(tls, disk.below, name, file, flags, out)
	if rc != sqlite3.SQLITE_OK || flags&(sqlite3.SQLITE_OPEN_MAIN_DB|sqlite3.SQLITE_OPEN_WAL) == 0 {
		return rc
	}
	disk.mu.Lock()
	defer disk.mu.Unlock()
	methods := &(*sqlite3.Tsqlite3_file)(pointer(file)).FpMethods
	faulty := disk.faulty[*methods]
	if faulty == nil {
		disk.files = *(*sqlite3.Tsqlite3_io_methods)(pointer(*methods)) // what differs is how they are locked and closed
		faulty = &sqlite3.Tsqlite3_io_methods{}
		*faulty = disk.files
		faulty.FxWrite, faulty.FxTruncate, faulty.FxSync = function(diskWrite), function(diskTruncate), function(diskSync)
		disk.faulty[*methods] = faulty
	}
	*methods = uintptr(unsafe.Pointer(faulty))
	return rc
}

func diskWrite(tls *libc.TLS, file, from uintptr, n int32, at sqlite3.Tsqlite3_int64) int32 {
	write := called[func(*libc.TLS, uintptr, uintptr, int32, sqlite3.Tsqlite3_int64) int32](disk.files.FxWrite)
	switch next() {
	case refused:
		return sqlite3.SQLITE_IOERR_WRITE
	case denied:
		write(tls, file, from, n, at)
		return sqlite3.SQLITE_IOERR_WRITE
	case full:
		write(tls, file, from, n/2, at)
		return sqlite3.SQLITE_FULL
	}
	return write(tls, file, from, n, at)
}

func diskTruncate(tls *libc.TLS, file uintptr, to sqlite3.Tsqlite3_int64) int32 {
	truncate := called[func(*libc.TLS, uintptr, sqlite3.Tsqlite3_int64) int32](disk.files.FxTruncate)
	switch next() {
	case refused, full:
		return sqlite3.SQLITE_IOERR_TRUNCATE
	case denied:
		truncate(tls, file, to)
		return sqlite3.SQLITE_IOERR_TRUNCATE
	}
	return truncate(tls, file, to)
}

// diskSync leaves out what takes its time, and shows only where the power fails.
func diskSync(*libc.TLS, uintptr, int32) int32 {
	if next() != well {
		return sqlite3.SQLITE_IOERR_FSYNC
	}
	return sqlite3.SQLITE_OK
}

// pointer is what SQLite calls by a number.
func pointer(at uintptr) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&at)) }

// function is what SQLite calls a function by, which is declared and no closure; called is the
// function.
func function[F any](f F) uintptr { return *(*uintptr)(unsafe.Pointer(&f)) }

func called[F any](at uintptr) F { return *(*F)(unsafe.Pointer(&struct{ uintptr }{at})) }
