package store

import (
	"database/sql"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// renamed are the columns that version 2 calls otherwise.
var renamed = map[string]map[string]string{
	"principal":  {"account": "id"},
	"epoch_wrap": {"account": "principal"},
}

// TestUpgradeFrom1: a database of version 1 keeps every row and becomes what a
// fresh hub makes, down to checks and foreign keys, by way of every later version.
func TestUpgradeFrom1(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lares.db")
	before := makeOld(t, path)
	s, err := Open(t.Context(), Options{Path: path, Create: func() error { t.Error("asked to create"); return nil }})
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
	after := rawDB(t, path)
	for table, rows := range before {
		if len(rows) == 0 {
			t.Errorf("the fixture has no row in %s: its upgrade is not tested", table)
		}
		kept := contents(t, after, table)
		if len(kept) != len(rows) {
			t.Errorf("%s has %d rows, not %d", table, len(kept), len(rows))
		}
		for _, row := range rows {
			if !slices.ContainsFunc(kept, func(now map[string]string) bool { return holds(now, row, renamed[table]) }) {
				t.Errorf("%s lost %v", table, row)
			}
		}
	}
	for _, p := range contents(t, after, "principal") {
		if p["kind"] != "account" || p["hub"] != "\xaa"+strings.Repeat("\x00", 14)+"\x0a" || p["handover"] != "" {
			t.Errorf("principal became %q %x", p["kind"], p["hub"])
		}
	}
	var broken int
	if err := after.QueryRow("SELECT count(*) FROM pragma_foreign_key_check").Scan(&broken); err != nil || broken != 0 {
		t.Errorf("%d foreign keys point nowhere, %v", broken, err)
	}
	sameShape(t, after)
}

// sameShape compares an upgraded database with a fresh one.
func sameShape(t *testing.T, upgraded *sql.DB) {
	t.Helper()
	fresh := filepath.Join(t.TempDir(), "fresh.db")
	s, err := Open(t.Context(), Options{Path: fresh})
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
	want, got := shape(t, rawDB(t, fresh)), shape(t, upgraded)
	for _, line := range want {
		if !slices.Contains(got, line) {
			t.Errorf("an upgraded database lacks %s", line)
		}
	}
	for _, line := range got {
		if !slices.Contains(want, line) {
			t.Errorf("a fresh database lacks %s", line)
		}
	}
}

// TestUpgradeBreaksOff: an upgrade that fails leaves the old database as it was.
func TestUpgradeBreaksOff(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lares.db")
	before := makeOld(t, path)
	db := rawDB(t, path)
	// a row that version 2 refuses: its tables check what version 1 did not
	if _, err := db.Exec("CREATE TABLE totp (x)"); err != nil {
		t.Fatal(err)
	}
	db.Close()
	if s, err := Open(t.Context(), Options{Path: path}); err == nil {
		s.Close()
		t.Fatal("upgraded over a table of that name")
	}
	after := rawDB(t, path)
	for table, rows := range before {
		if now := contents(t, after, table); fmt.Sprint(now) != fmt.Sprint(rows) {
			t.Errorf("%s is\n%v, was\n%v", table, now, rows)
		}
	}
}

// makeOld makes a database of version 1 and returns its rows.
func makeOld(t *testing.T, path string) map[string][]map[string]string {
	t.Helper()
	db := madeBy(t, path, 1)
	if _, err := db.Exec(testdata(t, "rows1.sql")); err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows := map[string][]map[string]string{}
	for _, table := range texts(t, db, "SELECT name FROM sqlite_schema WHERE type = 'table'") {
		rows[table] = contents(t, db, table)
	}
	return rows
}

// madeBy is a database of an old version: what the first one made, brought up to it.
func madeBy(t *testing.T, path string, old int) *sql.DB {
	t.Helper()
	db := rawDB(t, path)
	all := []string{testdata(t, "schema1.sql")}
	for v := 1; v < old; v++ {
		step, err := scripts.ReadFile(fmt.Sprintf("migrate%d.sql", v))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, string(step))
	}
	for _, step := range append(all, fmt.Sprintf("PRAGMA application_id = %d; PRAGMA user_version = %d", applicationID, old)) {
		if _, err := db.Exec(step); err != nil {
			t.Fatal(err)
		}
	}
	return db
}

func testdata(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func rawDB(t *testing.T, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func texts(t *testing.T, db *sql.DB, query string, args ...any) (out []string) {
	t.Helper()
	rows, err := db.Query(query, args...)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			t.Fatal(err)
		}
		out = append(out, s)
	}
	return out
}

// contents are the rows of a table, by column.
func contents(t *testing.T, db *sql.DB, table string) (out []map[string]string) {
	t.Helper()
	rows, err := db.Query("SELECT * FROM " + table)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		values := make([]sql.NullString, len(columns))
		into := make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		row := map[string]string{}
		for i, c := range columns {
			row[c] = values[i].String
		}
		out = append(out, row)
	}
	return out
}

// holds reports whether a row has all that an old one had.
func holds(now, old map[string]string, renamed map[string]string) bool {
	for column, value := range old {
		if to := renamed[column]; to != "" {
			column = to
		}
		if got, there := now[column]; !there || got != value {
			return false
		}
	}
	return true
}

// shape lists what a schema is made of: columns in any order, for a migration
// adds them at the end; checks as a set, for SQLite keeps their text only.
func shape(t *testing.T, db *sql.DB) (out []string) {
	t.Helper()
	for _, table := range texts(t, db, "SELECT name FROM sqlite_schema WHERE type = 'table'") {
		add := func(what string, lines []string) {
			for _, line := range lines {
				out = append(out, table+" "+what+" "+line)
			}
		}
		add("column", texts(t, db, `SELECT name || ' ' || type || ' notnull=' || "notnull" || ' default=' || coalesce(dflt_value, '') || ' pk=' || pk FROM pragma_table_info(?)`, table))
		add("reference", texts(t, db, `SELECT "from" || ' -> ' || "table" || '.' || "to" || ' ' || on_delete FROM pragma_foreign_key_list(?)`, table))
		add("kind", texts(t, db, `SELECT 'strict=' || strict || ' rowid=' || NOT wr FROM pragma_table_list WHERE name = ?`, table))
		checks := map[string]int{}
		for _, sql := range texts(t, db, "SELECT sql FROM sqlite_schema WHERE name = ?", table) {
			for _, check := range checksOf(sql) {
				checks[check]++
			}
		}
		add("check", slices.Sorted(maps.Keys(checks)))
		for _, index := range texts(t, db, `SELECT name || ' unique=' || "unique" || ' origin=' || origin || ' partial=' || partial FROM pragma_index_list(?)`, table) {
			name, _, _ := strings.Cut(index, " ")
			text := texts(t, db, "SELECT coalesce(sql, '') FROM sqlite_schema WHERE name = ?", name)
			columns := texts(t, db, "SELECT coalesce(name, '') || ' desc=' || \"desc\" FROM pragma_index_xinfo(?) WHERE key", name)
			if strings.HasPrefix(name, "sqlite_autoindex") { // their numbers follow the order of columns
				index = index[strings.Index(index, " "):]
			}
			out = append(out, fmt.Sprint(table, " index ", index, " ", columns, " ", strings.Join(strings.Fields(strings.Join(text, "")), " ")))
		}
	}
	out = append(out, texts(t, db, "SELECT tbl_name || ' trigger ' || sql FROM sqlite_schema WHERE type = 'trigger'")...)
	slices.Sort(out)
	return out
}

// checksOf are the CHECK clauses of a statement, without their spaces.
func checksOf(statement string) (out []string) {
	var clean []string
	for line := range strings.Lines(statement) {
		code, _, _ := strings.Cut(line, "--")
		clean = append(clean, code)
	}
	rest := strings.Join(strings.Fields(strings.Join(clean, " ")), " ")
	for {
		_, after, found := strings.Cut(rest, "CHECK (")
		if !found {
			return out
		}
		depth, end := 1, 0
		for ; depth > 0; end++ {
			switch after[end] {
			case '(':
				depth++
			case ')':
				depth--
			}
		}
		out = append(out, after[:end-1])
		rest = after[end:]
	}
}
