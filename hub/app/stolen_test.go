package app_test

import (
	"bytes"
	"database/sql"
	"encoding/binary"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	_ "modernc.org/sqlite"

	"lares/cameras/fakecam"
	"lares/cameras/media"
	"lares/cameras/seal"
	"lares/recorder/sealed"
)

// TestStolenDirectory: whoever has the whole data folder and no password sees
// no picture. Nothing in it shows one, and nothing in it, taken as a key, opens
// one.
func TestStolenDirectory(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	h := startHub(t, data)
	keeper := h.claim("keeper")
	var ids []string
	for i := range 2 {
		cam := startCamera(t, fakecam.Options{Name: fmt.Sprint("stolen ", i), Source: fakecam.TestCard{}, Audio: i == 0, Username: "viewer", Password: "camera secret"})
		ids = append(ids, keeper.addCamera(map[string]string{
			"name": fmt.Sprint("stolen ", i), "main": cam.MainURL(), "sub": cam.SubURL(), "onvif": cam.ONVIFURL(), "username": "viewer", "password": "camera secret",
		}))
	}
	waitLive(t, keeper, ids)
	for _, id := range ids {
		keeper.trigger(id)
	}
	waitRecording(t, keeper, len(ids))
	until(t, 40*time.Second, "the clips end", func() bool {
		for _, e := range keeper.events() {
			if e.Recording {
				return false
			}
		}
		return true
	})

	// The control: the password opens everything, and what the search below
	// looks for is what a picture holds.
	var shown []look
	for _, e := range keeper.events() {
		clip := keeper.get("clips/" + e.Clip + "/clip.mp4")
		if len(fakecam.FindMarks(clip)) == 0 {
			t.Errorf("the owner finds no mark in clip %s", e.Clip)
		}
		shown = append(shown, looks(t, clip)...)
		if !e.Thumbnail {
			t.Fatalf("clip %s has no thumbnail", e.Clip)
		}
		if picture := keeper.get("clips/" + e.Clip + "/thumbnail"); !bytes.Contains(picture, []byte("JFIF")) && !bytes.HasPrefix(picture, []byte{0xff, 0xd8, 0xff}) {
			t.Errorf("the owner's thumbnail of %s is no JPEG", e.Clip)
		}
	}
	h.kill() // as it is when somebody pulls the plug and runs

	files := readAll(t, data)
	for name, b := range files {
		searchPlain(t, name, b, shown...)
	}
	openWithEverything(t, data, files)
}

func readAll(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(path)
		files[path] = b
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// look is what something is to be known by in the open: bytes enough that
// neither chance nor the numbers of a database look like it, as they do like a
// start code or a box's name.
type look struct {
	what  string
	bytes []byte
}

// looks are those of an MP4 file, and of the first picture in it.
func looks(t *testing.T, clip []byte) []look {
	t.Helper()
	const nalIDR, prefix, enough = 0x65, 4, 24
	box := bytes.Index(clip, []byte("avcC"))
	_, units, _ := bytes.Cut(clip, []byte("mdat"))
	for len(units) > prefix+enough && units[prefix] != nalIDR {
		units = units[min(len(units), prefix+int(binary.BigEndian.Uint32(units))):]
	}
	if box < 0 || len(units) <= prefix+enough {
		t.Fatal("the owner finds no parameter sets or no IDR slice in a clip")
	}
	return []look{
		{"an MP4 init segment", clip[:enough]},
		{"parameter sets", clip[box : box+enough]},
		{"an IDR slice", units[prefix : prefix+enough]},
	}
}

// searchPlain looks for what a picture, a password or a name of a secret looks
// like in the open, and for what more is shown to the owner.
func searchPlain(t *testing.T, name string, b []byte, more ...look) {
	t.Helper()
	name = filepath.Base(name)
	if n := len(fakecam.FindMarks(b)); n > 0 {
		t.Errorf("%s shows %d marks of access units", name, n)
	}
	for _, l := range append([]look{
		{"a JPEG", []byte{0xff, 0xd8, 0xff, 0xe0, 0x00, 0x10, 'J', 'F', 'I', 'F'}},
		{"the owner's pass", []byte(password)},
		{"the camera's pass", []byte("camera secret")},
	}, more...) {
		if bytes.Contains(b, l.bytes) {
			t.Errorf("%s shows %s", name, l.what)
		}
	}
}

// stolenClip is a clip as a thief reads it: header, and its smallest record.
type stolenClip struct {
	header sealed.Header
	sum    [32]byte
	head   sealed.Head
	record []byte
}

func stolenClips(t *testing.T, files map[string][]byte) (clips []stolenClip) {
	t.Helper()
	for name, b := range files {
		if filepath.Ext(name) != ".lar" {
			continue
		}
		r := bytes.NewReader(b)
		// A thief does not care about the signature.
		head, next, err := sealed.ReadHead(r, int64(len(b)), sealed.HeaderSize, 0)
		if err != nil {
			t.Fatalf("%s: %v", filepath.Base(name), err)
		}
		clips = append(clips, stolenClip{
			header: parseUnsigned(b), sum: sealed.HeaderHash(b), head: head,
			record: b[sealed.Payload(sealed.HeaderSize):next],
		})
	}
	if len(clips) < 2 {
		t.Fatalf("only %d clips to steal", len(clips))
	}
	return clips
}

// parseUnsigned reads the fields of VAULT §3 at their places.
func parseUnsigned(b []byte) (h sealed.Header) {
	at := 10
	for _, id := range []*[16]byte{(*[16]byte)(&h.Hub), (*[16]byte)(&h.Camera), (*[16]byte)(&h.KID), (*[16]byte)(&h.Clip)} {
		copy(id[:], b[at:at+16])
		at += 16
	}
	h.SealedKey = b[at+8 : at+8+seal.SealedKeySize]
	return h
}

// openWithEverything tries every 32 bytes of the small files and every field of
// every row as clip key and as store key.
func openWithEverything(t *testing.T, data string, files map[string][]byte) {
	t.Helper()
	clips := stolenClips(t, files)
	fields := columns(t, filepath.Join(data, "lares.db"))
	var candidates [][]byte
	for _, f := range fields {
		candidates = append(candidates, pieces(f)...)
	}
	seeds := len(candidates) // fields; the windows below are too many for key agreement
	for name, b := range files {
		switch filepath.Ext(name) {
		case ".lar":
			b = b[:sealed.HeaderSize]
		case ".db", ".db-wal", ".db-shm":
			continue // read as rows above, deleted ones below
		}
		for i := 0; i+32 <= len(b); i++ {
			candidates = append(candidates, b[i:i+32])
		}
	}
	for name, b := range files {
		if e := filepath.Ext(name); e == ".db" || e == ".db-wal" {
			for i := 0; i+32 <= len(b); i++ {
				candidates = append(candidates, b[i:i+32])
			}
		}
	}
	t.Logf("%d fields, %d candidates in all, %d clips", len(fields), len(candidates), len(clips))
	for _, c := range clips {
		for i, k := range candidates {
			records := seal.NewRecords([32]byte(k), c.sum)
			if _, err := records.Open(nil, c.head.Seq, c.head.Bytes(), c.record); err == nil {
				t.Fatalf("candidate %d opens a clip", i)
			}
		}
		info := seal.ClipBinding(c.header.Hub, c.header.Camera, c.header.KID, c.header.Clip)
		for i, k := range candidates[:seeds] {
			tryStoreKey(t, i, k, info, c)
		}
	}
}

func tryStoreKey(t *testing.T, i int, seed, info []byte, c stolenClip) {
	t.Helper()
	for _, make := range []func([]byte) (seal.PrivateKey, error){seal.ParsePrivateKey, seal.DeriveKey} {
		if key, err := make(seed); err == nil {
			if _, err := key.OpenKey(info, c.header.SealedKey); err == nil {
				t.Fatalf("field %d opens the clip key of %s", i, media.ClipID(c.header.Clip))
			}
		}
	}
}

// pieces are the 32-byte keys one field may stand for.
func pieces(f []byte) [][]byte {
	switch len(f) {
	case 16:
		return [][]byte{append(bytes.Clone(f), f...), append(bytes.Clone(f), make([]byte, 16)...)}
	case 32:
		return [][]byte{f}
	case 48: // a sealed key: its first and last 32 bytes
		return [][]byte{f[:32], f[16:]}
	case 64:
		return [][]byte{f[:32], f[32:]}
	}
	return nil
}

// columns are all blobs and texts of all rows.
func columns(t *testing.T, path string) (fields [][]byte) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	tables, err := db.Query("SELECT name FROM sqlite_schema WHERE type = 'table'")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for tables.Next() {
		var n string
		if err := tables.Scan(&n); err != nil {
			t.Fatal(err)
		}
		names = append(names, n)
	}
	tables.Close()
	for _, n := range names {
		fields = append(fields, tableFields(t, db, n)...)
	}
	if len(fields) == 0 {
		t.Fatal("the database holds no fields: the test would try nothing")
	}
	return fields
}

func tableFields(t *testing.T, db *sql.DB, name string) (fields [][]byte) {
	t.Helper()
	rows, err := db.Query(fmt.Sprintf("SELECT * FROM %q", name))
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	cols, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		values := make([]any, len(cols))
		for i := range values {
			values[i] = new(any)
		}
		if err := rows.Scan(values...); err != nil {
			t.Fatal(err)
		}
		for _, v := range values {
			switch v := (*v.(*any)).(type) {
			case []byte:
				fields = append(fields, v)
			case string:
				fields = append(fields, []byte(v))
			}
		}
	}
	return fields
}
