package sealed

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"lares/cameras/clock"
	"lares/cameras/media"
	"lares/cameras/seal"
)

var start = time.Date(2026, 1, 2, 3, 4, 5, 678, time.UTC)

// disk is a clip file in memory: what was synced survives a power cut. After
// room bytes it is full, in the middle of a write.
type disk struct {
	b      []byte
	synced int
	syncs  int
	writes int
	room   int

	refuse, refused int // this sync fails, the first of so many
}

func (d *disk) Write(p []byte) (int, error) {
	d.writes++
	if d.room > 0 && len(d.b)+len(p) > d.room {
		n := max(0, d.room-len(d.b))
		d.b = append(d.b, p[:n]...)
		return n, syscall.ENOSPC
	}
	d.b = append(d.b, p...)
	return len(p), nil
}

func (d *disk) Sync() error {
	d.syncs++
	if d.refused > 0 && d.syncs >= d.refuse && d.syncs < d.refuse+d.refused {
		return syscall.EIO
	}
	d.synced = len(d.b)
	return nil
}

func (d *disk) Truncate(size int64) error {
	d.b = d.b[:size]
	return nil
}

func (d *disk) ReadAt(p []byte, at int64) (int, error) { return bytes.NewReader(d.b).ReadAt(p, at) }

// hub signs, and holds a clip's key.
type hub struct {
	identity ed25519.PrivateKey
	header   Header
	key      [seal.KeySize]byte
	clock    *clock.Manual
}

func newHub(t testing.TB) *hub {
	t.Helper()
	// fixed, so that a failure shows the same bytes again
	identity := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize))
	h := &hub{identity: identity, clock: clock.NewManual(start), header: Header{
		Hub: media.HubID{1}, Camera: media.CameraID{2}, KID: media.KeyID{3}, Clip: media.ClipID{4}, Start: start,
		SealedKey: bytes.Repeat([]byte{5}, seal.SealedKeySize),
	}}
	for i := range h.key {
		h.key[i] = byte(i)
	}
	return h
}

func (h *hub) sign(context string, message []byte) []byte {
	return seal.Sign(h.identity, context, message)
}

func (h *hub) public() Signers {
	return Signers{{h.header.Hub, h.identity.Public().(ed25519.PublicKey)}}
}

func (h *hub) writer(f File) *Writer { return NewWriter(f, h.header, h.key, h.sign, h.clock) }

// records are those of the test clip.
func records() []Head {
	heads := []Head{{Type: TypeInit}, {Type: TypeEvent}}
	for i := range 6 {
		heads = append(heads, Head{Type: TypeFragment, Sync: i%2 == 0, Time: uint64(i) * 90000, Duration: 90000})
	}
	return append(heads, Head{Type: TypeThumbnail, Time: 90000})
}

func plain(i int) []byte { return bytes.Repeat([]byte{byte(0x40 + i)}, 30+i*47) }

// write makes a whole clip file; borders are the offsets of its records' ends,
// the header's first.
func (h *hub) write(t testing.TB) (d *disk, borders []int64) {
	t.Helper()
	d = &disk{}
	w := h.writer(d)
	for i, head := range records() {
		if err := w.Record(head, plain(i)); err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			borders = append(borders, HeaderSize)
		}
		borders = append(borders, w.Size())
		h.clock.Advance(time.Second)
	}
	if err := w.End(Complete); err != nil {
		t.Fatal(err)
	}
	return d, append(borders, w.Size())
}

// openAll opens every record that can be read, and says how many that were.
func (h *hub) openAll(b []byte) (opened int, err error) {
	r := bytes.NewReader(b)
	_, sum, err := ReadHeader(r, h.public())
	if err != nil {
		return 0, err
	}
	cipher := seal.NewRecords(h.key, sum)
	at := int64(HeaderSize)
	for seq := uint32(0); ; seq++ {
		head, next, err := ReadHead(r, int64(len(b)), at, seq)
		if err != nil || head.Type == TypeEnd {
			if errors.Is(err, io.EOF) {
				err = nil
			}
			return opened, err
		}
		got, err := cipher.Open(nil, head.Seq, head.Bytes(), b[Payload(at):next])
		if err != nil {
			return opened, err
		}
		if int64(len(got)) != head.Plain() || !bytes.Equal(got, plain(int(seq))) {
			return opened, fmt.Errorf("record %d opens to something else", seq)
		}
		opened++
		at = next
	}
}

func (h *hub) check(t *testing.T, b []byte) Report {
	t.Helper()
	r, err := Check(bytes.NewReader(b), int64(len(b)), h.public())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestRoundTrip(t *testing.T) {
	h := newHub(t)
	d, borders := h.write(t)
	n := len(records())
	if d.writes != n+1 {
		t.Errorf("%d writes for %d records and an end", d.writes, n)
	}
	if d.syncs > n+1 || d.synced != len(d.b) {
		t.Errorf("%d syncs, %d of %d bytes synced", d.syncs, d.synced, len(d.b))
	}
	if opened, err := h.openAll(d.b); opened != n || err != nil {
		t.Errorf("%d records open, want %d (%v)", opened, n, err)
	}
	r := h.check(t, d.b)
	if r.State != Complete || int(r.Count) != n || r.Whole != borders[n] || r.Until != 6*90000 || !r.Thumbnail {
		t.Errorf("report %+v", r)
	}
	head, end, err := ReadEnd(d, int64(len(d.b)), h.public())
	if err != nil || end.State != Complete || int(end.Count) != n || head.Time != 6*90000 || end.Sum != sha256.Sum256(d.b[:len(d.b)-EndSize]) {
		t.Errorf("end %+v %+v (%v)", head, end, err)
	}
	got, sum, err := ReadHeader(d, h.public())
	if !h.public().Signed(got, sum) {
		t.Error("the header as it was read is not signed")
	}
	got.Signature = nil
	if err != nil || fmt.Sprint(got) != fmt.Sprint(h.header) || sum != sha256.Sum256(d.b[:HeaderSize]) {
		t.Errorf("header %+v (%v)", got, err)
	}
}

func TestAnyRecordOpensAlone(t *testing.T) {
	h := newHub(t)
	d, borders := h.write(t)
	_, sum, err := ReadHeader(d, h.public())
	if err != nil {
		t.Fatal(err)
	}
	for i := len(records()) - 1; i >= 0; i-- {
		head, next, err := ReadHead(d, int64(len(d.b)), borders[i], uint32(i))
		if err != nil {
			t.Fatal(err)
		}
		got, err := seal.NewRecords(h.key, sum).Open(nil, head.Seq, head.Bytes(), d.b[Payload(borders[i]):next])
		if err != nil || !bytes.Equal(got, plain(i)) {
			t.Errorf("record %d: %v", i, err)
		}
	}
}

// TestCutIsRepaired cuts the file at every byte near every border.
func TestCutIsRepaired(t *testing.T) {
	h := newHub(t)
	whole, borders := h.write(t)
	for i, border := range borders[:len(borders)-1] {
		for _, more := range [...]int64{0, 1, HeadSize - 1, HeadSize, HeadSize + crcSize, HeadSize + crcSize + 1, 40} {
			d := &disk{b: bytes.Clone(whole.b[:border+more])}
			if r := h.check(t, d.b); r.State != 0 || int(r.Count) != i || r.Whole != border {
				t.Fatalf("cut %d behind record %d: %+v", more, i, r)
			}
			if _, _, err := ReadEnd(d, int64(len(d.b)), h.public()); err == nil {
				t.Fatalf("cut %d behind record %d has an end", more, i)
			}
			r, err := Repair(d, int64(len(d.b)), h.public(), h.sign)
			if i < 3 { // init, event, and no fragment yet
				if !errors.Is(err, ErrEmpty) || int64(len(d.b)) != border+more {
					t.Fatalf("a file without a fragment: %+v (%v), now of %d bytes", r, err, len(d.b))
				}
				continue
			}
			if err != nil || r.State != Recovered || int(r.Count) != i {
				t.Fatalf("repair: %+v (%v)", r, err)
			}
			if int64(len(d.b)) != border+EndSize || d.synced != len(d.b) || !bytes.Equal(d.b[:border], whole.b[:border]) {
				t.Fatalf("repaired to %d bytes, %d synced", len(d.b), d.synced)
			}
			if r := h.check(t, d.b); r.State != Recovered {
				t.Fatalf("after repair: %+v", r)
			}
			if opened, err := h.openAll(d.b); opened != i || err != nil {
				t.Fatalf("after repair %d records open, want %d (%v)", opened, i, err)
			}
			again := bytes.Clone(d.b)
			if r, err := Repair(d, int64(len(d.b)), h.public(), h.sign); err != nil || r.State != Recovered || !bytes.Equal(d.b, again) {
				t.Fatalf("a second repair changed the file: %+v (%v)", r, err)
			}
		}
	}
	d := &disk{b: bytes.Clone(whole.b[:HeaderSize-1])}
	if _, err := Repair(d, int64(len(d.b)), h.public(), h.sign); !errors.Is(err, ErrFormat) || len(d.b) != HeaderSize-1 {
		t.Errorf("a torn header: %v", err)
	}
}

// TestEveryFlipIsSeen flips each byte in turn.
func TestEveryFlipIsSeen(t *testing.T) {
	h := newHub(t)
	whole, _ := h.write(t)
	step := 1
	if testing.Short() {
		step = 7
	}
	for i := 0; i < len(whole.b); i += step {
		b := bytes.Clone(whole.b)
		b[i] ^= 1 << (i % 8)
		r, err := Check(bytes.NewReader(b), int64(len(b)), h.public())
		if err == nil && r.State != 0 {
			t.Fatalf("byte %d: flipped, and %+v", i, r)
		}
		if i < HeaderSize {
			if err == nil {
				t.Fatalf("byte %d of the header: no error", i)
			}
			continue
		}
		if i%5 != 0 { // opening is the slow half
			continue
		}
		if opened, err := h.openAll(b); err == nil && opened == len(records()) && i < len(b)-EndSize && !isCRC(i, h) {
			t.Fatalf("byte %d: everything opens", i)
		}
	}
}

// isCRC says whether byte i of the test clip is in a CRC, which opening does
// not look at: the tag says more.
func isCRC(i int, h *hub) bool {
	at := HeaderSize
	for n := range records() {
		if i >= at+HeadSize && i < at+HeadSize+crcSize {
			return true
		}
		at += RecordOverhead + len(plain(n))
	}
	return false
}

func TestZeroedTail(t *testing.T) {
	h := newHub(t)
	whole, _ := h.write(t)
	d := &disk{b: bytes.Clone(whole.b)}
	clear(d.b[len(d.b)-1024:])
	if r := h.check(t, d.b); r.State != 0 {
		t.Errorf("report %+v", r)
	}
	if _, _, err := ReadEnd(d, int64(len(d.b)), h.public()); err == nil {
		t.Error("a zeroed end is an end")
	}
	if r, err := Repair(d, int64(len(d.b)), h.public(), h.sign); err != nil || r.State != Recovered || r.Count == 0 {
		t.Errorf("repair %+v (%v)", r, err)
	}
}

// TestRearranged drops, repeats and swaps records, and replaces one as a holder
// of the clip key can: the file never has a valid end.
func TestRearranged(t *testing.T) {
	h := newHub(t)
	whole, borders := h.write(t)
	record := func(i int) []byte { return whole.b[borders[i]:borders[i+1]] }
	join := func(parts ...[]byte) []byte { return bytes.Join(parts, nil) }
	n := len(records())
	head, tail := whole.b[:borders[3]], whole.b[borders[5]:]
	forged := join(record(3))
	forgedHead, err := parseHead(forged)
	if err != nil {
		t.Fatal(err)
	}
	_, sum, err := ReadHeader(whole, h.public())
	if err != nil {
		t.Fatal(err)
	}
	other := bytes.Repeat([]byte{0xee}, int(forgedHead.Plain()))
	forged = append(forged[:HeadSize+crcSize], seal.NewRecords(h.key, sum).Seal(nil, forgedHead.Seq, forgedHead.Bytes(), other)...)
	putCRC(forged)
	for name, b := range map[string][]byte{
		"dropped":        join(head, record(4), tail),
		"repeated":       join(head, record(3), record(3), record(4), tail),
		"swapped":        join(head, record(4), record(3), tail),
		"replaced":       join(head, forged, record(4), tail),
		"end too early":  join(whole.b[:borders[n-1]], record(n)),
		"two ends":       join(whole.b, record(n)),
		"more after end": join(whole.b, []byte{0}),
		"end cut":        whole.b[:len(whole.b)-1],
	} {
		d := &disk{b: bytes.Clone(b)}
		if r := h.check(t, d.b); r.State != 0 {
			t.Errorf("%s: %+v", name, r)
		}
		if _, _, err := ReadEnd(d, int64(len(b)), h.public()); err == nil && len(b) != len(whole.b) {
			t.Errorf("%s: the end fits", name)
		}
		if opened, err := h.openAll(d.b); name != "replaced" && opened > 3 && err == nil && len(b) < len(whole.b) && name != "end too early" && name != "end cut" {
			t.Errorf("%s: %d records open", name, opened)
		}
	}
}

// TestRepairKeepsTheOrder: a torn file whose records are out of order is ended
// where the order breaks.
func TestRepairKeepsTheOrder(t *testing.T) {
	h := newHub(t)
	whole, borders := h.write(t)
	record := func(i int) []byte { return whole.b[borders[i]:borders[i+1]] }
	head := whole.b[:borders[3]]
	for name, parts := range map[string][][]byte{
		"dropped":  {head, record(4), record(5)},
		"repeated": {head, record(2), record(3)},
		"swapped":  {head, record(4), record(3)},
	} {
		d := &disk{b: bytes.Join(parts, nil)}
		if r, err := Repair(d, int64(len(d.b)), h.public(), h.sign); err != nil || r.Count != 3 || r.Whole != borders[3] {
			t.Errorf("%s: %d records, %d bytes (%v)", name, r.Count, r.Whole, err)
		}
		if opened, err := h.openAll(d.b); opened != 3 || err != nil {
			t.Errorf("%s: %d records open (%v)", name, opened, err)
		}
	}
}

func TestForeign(t *testing.T) {
	h, other := newHub(t), newHub(t)
	other.identity = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{8}, ed25519.SeedSize))
	d, _ := other.write(t)
	got, _, err := ReadHeader(d, h.public())
	if !errors.Is(err, ErrForeign) || got.Clip != h.header.Clip {
		t.Errorf("header %v (%v)", got.Clip, err)
	}
	before := bytes.Clone(d.b)
	if _, err := Repair(d, int64(len(d.b)), h.public(), h.sign); !errors.Is(err, ErrForeign) || !bytes.Equal(d.b, before) {
		t.Errorf("a foreign file was repaired: %v", err)
	}
	// our header, another's end
	mine, borders := h.write(t)
	_, end, err := ReadEnd(mine, int64(len(mine.b)), h.public())
	if err != nil {
		t.Fatal(err)
	}
	b := appendEnd(bytes.Clone(mine.b[:borders[len(borders)-2]]), end, 6*90000, other.sign)
	if r := h.check(t, b); r.State != 0 {
		t.Errorf("another hub's end counts: %+v", r)
	}
	// the end of one clip under another's bytes
	h2 := newHub(t)
	h2.header.Clip = media.ClipID{9}
	next, _ := h2.write(t)
	b = append(bytes.Clone(next.b[:len(next.b)-EndSize]), mine.b[len(mine.b)-EndSize:]...)
	if r := h.check(t, b); r.State != 0 {
		t.Errorf("another clip's end counts: %+v", r)
	}
	// a record of one clip in another with the same key
	at := len(mine.b) - EndSize
	b = append(bytes.Clone(next.b[:HeaderSize]), mine.b[HeaderSize:at]...)
	if opened, err := h.openAll(b); opened != 0 || !errors.Is(err, seal.ErrOpen) {
		t.Errorf("%d records open under another header (%v)", opened, err)
	}
	b = bytes.Clone(mine.b)
	b[9] = 2
	if _, _, err := ReadHeader(bytes.NewReader(b), h.public()); !errors.Is(err, ErrVersion) {
		t.Errorf("version 2: %v", err)
	}
}

// TestVector checks the published file byte for byte.
func TestVector(t *testing.T) {
	h := newHub(t)
	d, _ := h.write(t)
	name := filepath.Join("testdata", "clip.lar")
	if os.Getenv("LARES_WRITE_VECTORS") != "" {
		if err := os.WriteFile(name, d.b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(d.b, want) {
		t.Errorf("the writer makes other bytes than %s: the format changed", name)
	}
	if r := h.check(t, want); r.State != Complete {
		t.Errorf("report %+v", r)
	}
}

func FuzzCheck(f *testing.F) {
	h := newHub(f)
	d, borders := h.write(f)
	f.Add(d.b)
	for _, b := range borders {
		f.Add(d.b[:b])
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := Check(bytes.NewReader(b), int64(len(b)), h.public())
		if err == nil && r.State != 0 && !bytes.Equal(b, d.b) {
			t.Errorf("a valid end over other bytes: %+v", r)
		}
		if r.Whole > int64(len(b)) {
			t.Errorf("%d whole bytes of %d", r.Whole, len(b))
		}
		ReadEnd(bytes.NewReader(b), int64(len(b)), h.public())
		at := int64(HeaderSize)
		for seq := uint32(0); at <= int64(len(b)); seq++ {
			_, next, err := ReadHead(bytes.NewReader(b), int64(len(b)), at, seq)
			if err != nil {
				break
			}
			if next <= at {
				t.Fatal("the reader does not move")
			}
			at = next
		}
		dup := &disk{b: bytes.Clone(b)}
		if r, err := Repair(dup, int64(len(dup.b)), h.public(), h.sign); err == nil {
			again, err := Check(dup, int64(len(dup.b)), h.public())
			if err != nil || again.State != r.State || again.Count != r.Count {
				t.Errorf("repaired to %+v, then %+v (%v)", r, again, err)
			}
		}
	})
}
