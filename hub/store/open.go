package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"lares/recorder"
)

// scripts are the schema of a fresh database, and what brings one of version i to
// i+1: migrate<i>.sql.
//
//go:embed schema.sql migrate*.sql
var scripts embed.FS

const (
	// applicationID marks the file as ours ("LARS"; PRAGMA application_id).
	applicationID = 0x4c415253
	// version is the schema this program reads and writes (PRAGMA user_version).
	version = 19
	// readers is how many connections read at once.
	readers = 4
)

var (
	// ErrNewer says that a newer version of Lares made the database.
	ErrNewer = errors.New("made by a newer Lares")
	// ErrDamaged says that the database is not, or no longer, one of ours.
	ErrDamaged = errors.New("damaged")
	// ErrUnwritable says that the folder of the database cannot be used.
	ErrUnwritable = errors.New("cannot be written")
)

// Options say which database to open.
type Options struct {
	// Path of the file. Its folder must exist, on a local file system.
	Path string
	// Create is asked before a database is made where there is none; its
	// error, if any, is returned as it is. Nil: always create. It is where a
	// lost database is told from a fresh hub.
	Create func() error
}

// Open opens the database, or makes it, and checks it from end to end. Its
// errors are one line for a person and say what to do; ErrNewer, ErrDamaged
// and ErrUnwritable tell them apart. Recordings are never touched.
func Open(ctx context.Context, o Options) (*Store, error) {
	newReserve(o.Path).ease()
	fresh, err := inspect(o)
	if err != nil {
		return nil, err
	}
	if err := private(o.Path); err != nil {
		return nil, err
	}
	s, err := open(ctx, o.Path)
	if err != nil {
		return nil, explain(o.Path, err)
	}
	if !fresh {
		fresh, err = s.begun(ctx, o)
	}
	if err == nil {
		err = s.setUp(ctx, fresh)
	}
	if err != nil {
		s.outcome(err) // on a full disk the next start has more room
		s.Close()
		return nil, explain(o.Path, err)
	}
	return s, nil
}

// begun says that the power went while the database was made: it holds nothing yet.
func (s *Store) begun(ctx context.Context, o Options) (bool, error) {
	var things int
	if err := s.write.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_schema").Scan(&things); err != nil || things > 0 {
		return false, err
	}
	return true, create(o)
}

// create asks whether a database may be made.
func create(o Options) error {
	if o.Create == nil {
		return nil
	}
	return o.Create()
}

// inspect looks at folder and file before SQLite does: SQLite would make an
// empty database where one was lost.
func inspect(o Options) (fresh bool, err error) {
	dir := filepath.Dir(o.Path)
	// SQLite's locks do not hold on one (https://www.sqlite.org/wal.html, "Overview").
	if kind := recorder.NetworkFS(dir); kind != "" {
		return false, fmt.Errorf("store: the folder %s %w for a database: it is on a network file system (%s); choose a local one with --data, recordings may stay there with --media", dir, ErrUnwritable, kind)
	}
	if err := writable(dir); err != nil {
		return false, fmt.Errorf("store: the folder %s %w: %w: give it to the user who runs lares, or choose another with --data", dir, ErrUnwritable, err)
	}
	info, err := os.Stat(o.Path)
	if err == nil && info.Size() > 0 {
		return false, header(o.Path)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return false, fmt.Errorf("store: the database %s: %w", o.Path, err)
	}
	return true, create(o)
}

// private makes the database, if there is none, and what SQLite keeps beside it
// readable for nobody else: names, hashes and sealed access are in each. What SQLite
// makes later gets the mode of the database.
func private(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err == nil {
		err = f.Close()
	}
	for _, name := range []string{path, path + "-wal", path + "-shm"} {
		info, absent := os.Stat(name)
		if err == nil && absent == nil && info.Mode().Perm()&0o077 != 0 {
			err = os.Chmod(name, 0o600)
		}
	}
	if err != nil {
		return fmt.Errorf("store: the database %s %w: %w: give it and its folder to the user who runs lares", path, ErrUnwritable, err)
	}
	return nil
}

// header refuses a file that SQLite would call "not a database" only after
// trying to write it. Beside a journal it is SQLite that says what the file was: one is
// there only while a database is made, until it has a log.
func header(path string) error {
	if info, err := os.Stat(path + "-journal"); err == nil && info.Size() > 0 {
		return nil
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("store: the database %s %w: %w: give it to the user who runs lares", path, ErrUnwritable, err)
	}
	defer f.Close()
	const magic = "SQLite format 3\x00" // https://www.sqlite.org/fileformat.html §1.3
	head := make([]byte, len(magic))
	if _, err := io.ReadFull(f, head); err != nil || string(head) != magic {
		return damaged(path)
	}
	return nil
}

func damaged(path string) error {
	return fmt.Errorf("store: the database %s is %w: run `lares repair` to make it anew, put back the newest copy of it, or move hub.key, lares.db and the media folder away to begin anew; the recordings are untouched", path, ErrDamaged)
}

func writable(dir string) error {
	f, err := os.CreateTemp(dir, ".lares-probe-*")
	if err != nil {
		var reason *os.PathError
		if errors.As(err, &reason) {
			return reason.Err
		}
		return err
	}
	f.Close()
	return os.Remove(f.Name())
}

// explain turns SQLite's codes into a line for a person.
func explain(path string, err error) error {
	var code *sqlite.Error
	if errors.Is(err, ErrDamaged) {
		return damaged(path)
	}
	if errors.As(err, &code) {
		if isFull(code) {
			return fmt.Errorf("store: no space left for the database %s: free some", path)
		}
		switch code.Code() & 0xff { // the low byte is the primary code
		case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
			return damaged(path)
		case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM:
			return fmt.Errorf("store: the database %s %w: give it and its folder to the user who runs lares", path, ErrUnwritable)
		case sqlite3.SQLITE_BUSY:
			return fmt.Errorf("store: the database %s is in use by another program: end it first", path)
		}
	}
	return err
}

// pragmas are set by the DSN on every connection, and asserted on every one:
// by database/sql they would reach one connection of a pool only. secure_delete
// overwrites what was deleted: wraps, above all.
var pragmas = [...]struct{ name, set, want string }{
	{"busy_timeout", "1000", "1000"}, // lockWait
	{"journal_mode", "WAL", "wal"},
	{"synchronous", "FULL", "2"}, // NORMAL may lose the last commits at a power cut
	{"foreign_keys", "1", "1"},
	{"trusted_schema", "0", "0"},
	{"secure_delete", "1", "1"},
	{"temp_store", "2", "2"}, // in memory: nothing spills to a disk we do not seal
	{"cache_size", "-8000", "-8000"},
}

// pageBytes is the size of a page of a database that is made now; one of before keeps its own.
// The rows of an event change a dozen pages, each in another tree, and a page goes to the log
// whole for each: with SQLite's own 4 KiB that wears an SD card three times as much (TestWear).
const pageBytes = 1024

// connector opens connections of one pool and checks each.
type connector struct {
	driver   *sqlite.Driver
	path     string
	readOnly bool
}

func newConnector(path string, readOnly bool) *connector {
	return &connector{driver: &sqlite.Driver{}, path: path, readOnly: readOnly}
}

func (c *connector) dsn() string {
	var b strings.Builder
	b.WriteString("file:" + strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(c.path))
	fmt.Fprintf(&b, "?_pragma=page_size(%d)", pageBytes)
	for _, p := range pragmas {
		if p.name == "journal_mode" {
			// A log makes the file, and fixes how large a page is. The driver sets pragmas in
			// the order of the alphabet, and behind them what has a key of its own.
			fmt.Fprintf(&b, "&_journal_mode=%s", p.set)
			continue
		}
		fmt.Fprintf(&b, "&_pragma=%s(%s)", p.name, p.set)
	}
	if c.readOnly {
		b.WriteString("&mode=ro&_pragma=query_only(1)")
	} else {
		// A deferred transaction that reads, then writes, fails at once whatever
		// the timeout (SQLITE_BUSY_SNAPSHOT).
		b.WriteString("&_txlock=immediate")
	}
	return b.String()
}

// Driver is the driver below.
func (c *connector) Driver() driver.Driver { return c.driver }

// Connect opens a connection and asserts its pragmas.
func (c *connector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.driver.Open(c.dsn())
	if err != nil {
		return nil, err
	}
	if err := c.assert(ctx, conn); err != nil {
		conn.Close()
		return nil, err
	}
	return conn, nil
}

func (c *connector) assert(ctx context.Context, conn driver.Conn) error {
	q, ok := conn.(driver.QueryerContext)
	if !ok {
		return errors.New("store: the SQLite driver cannot query a connection")
	}
	check := func(name, want string) error {
		rows, err := q.QueryContext(ctx, "PRAGMA "+name, nil)
		if err != nil {
			return fmt.Errorf("store: reading pragma %s: %w", name, err)
		}
		defer rows.Close()
		got := make([]driver.Value, 1)
		if err := rows.Next(got); err != nil {
			return fmt.Errorf("store: reading pragma %s: %w", name, err)
		}
		if s := fmt.Sprint(got[0]); s != want {
			return fmt.Errorf("store: pragma %s is %s on a connection, not %s", name, s, want)
		}
		return nil
	}
	for _, p := range pragmas {
		if err := check(p.name, p.want); err != nil {
			return err
		}
	}
	if c.readOnly {
		return check("query_only", "1")
	}
	return nil
}

// pool opens all n connections of a pool now, so that a wrong one stops the
// start and not a request.
func pool(ctx context.Context, c *connector, n int) (*sql.DB, error) {
	db := sql.OpenDB(c)
	db.SetMaxOpenConns(n)
	db.SetMaxIdleConns(n)
	conns := make([]*sql.Conn, 0, n)
	defer func() {
		for _, c := range conns {
			c.Close()
		}
	}()
	for range n {
		conn, err := db.Conn(ctx)
		if err != nil {
			return nil, errors.Join(err, db.Close())
		}
		conns = append(conns, conn)
	}
	return db, nil
}
