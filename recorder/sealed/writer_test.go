package sealed

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"syscall"
	"testing"
	"time"

	"lares/cameras/seal"
)

func TestSyncEachSecond(t *testing.T) {
	h := newHub(t)
	d := &disk{}
	w := h.writer(d)
	for i := range 100 { // ten seconds
		if err := w.Record(Head{Type: TypeFragment}, plain(i%9)); err != nil {
			t.Fatal(err)
		}
		h.clock.Advance(100 * time.Millisecond)
		if lost := h.clock.Now().Sub(w.Durable()); lost > syncPeriod+100*time.Millisecond {
			t.Fatalf("%v not yet on the disk", lost)
		}
	}
	if d.syncs < 9 || d.syncs > 11 {
		t.Errorf("%d syncs in ten seconds", d.syncs)
	}
}

// spy is a Sealer that writes every (key, nonce) down.
type spy struct {
	t    *testing.T
	key  [seal.KeySize]byte
	next *seal.Records
	seen map[string]bool
}

func (s *spy) Seal(dst []byte, seq uint32, head, plain []byte) []byte {
	pair := fmt.Sprintf("%x %d", sha256.Sum256(s.key[:]), seq)
	if s.seen[pair] {
		s.t.Errorf("key and nonce %d serve twice", seq)
	}
	s.seen[pair] = true
	return s.next.Seal(dst, seq, head, plain)
}

// TestFullAtEveryByte fills the disk at every write in turn: no nonce serves
// twice, the file is ended as cut once there is room, and all of it opens.
func TestFullAtEveryByte(t *testing.T) {
	h := newHub(t)
	whole, _ := h.write(t)
	for room := 1; room < len(whole.b); room += 31 {
		d := &disk{room: room}
		header := h.header.Append(nil, h.sign)
		s := &spy{t, h.key, seal.NewRecords(h.key, HeaderHash(header)), map[string]bool{}}
		w := newWriter(d, header, s, h.sign, h.clock)
		var failed error
		for i, head := range records() {
			if err := w.Record(head, plain(i)); err != nil {
				if failed != nil && !errors.Is(err, ErrEnded) {
					t.Fatalf("room %d: a second failure: %v", room, err)
				}
				failed = errors.Join(failed, err)
			}
		}
		if failed == nil {
			failed = w.End(Complete)
		}
		if !errors.Is(failed, syscall.ENOSPC) {
			t.Fatalf("room %d: %v", room, failed)
		}
		if err := w.Abandon(); err == nil && len(d.b) > room {
			t.Fatalf("room %d: ended with %d bytes", room, len(d.b))
		}
		d.room = 0
		err := w.Abandon()
		if w.Size() == 0 {
			if !errors.Is(err, ErrEnded) || len(d.b) != 0 {
				t.Fatalf("room %d: an empty file: %v", room, err)
			}
			continue
		}
		if err != nil || w.Abandon() != nil || w.End(Complete) == nil {
			t.Fatalf("room %d: abandon: %v", room, err)
		}
		r := h.check(t, d.b)
		if r.State != Cut {
			t.Fatalf("room %d: %+v", room, r)
		}
		if opened, err := h.openAll(d.b); opened != int(r.Count) || err != nil {
			t.Fatalf("room %d: %d of %d records open (%v)", room, opened, r.Count, err)
		}
	}
}

func TestWriterRefuses(t *testing.T) {
	h := newHub(t)
	w := h.writer(&disk{})
	for _, head := range []Head{{Type: TypeEnd}, {Type: 0}, {Type: 99}} {
		if err := w.Record(head, nil); !errors.Is(err, ErrFormat) {
			t.Errorf("type %d: %v", head.Type, err)
		}
	}
	if err := w.Record(Head{Type: TypeFragment}, make([]byte, MaxRecord)); !errors.Is(err, ErrFormat) {
		t.Errorf("a huge record: %v", err)
	}
	if err := w.End(Complete); err != nil {
		t.Fatal(err)
	}
	if err := w.Record(Head{Type: TypeInit}, nil); !errors.Is(err, ErrEnded) {
		t.Errorf("after the end: %v", err)
	}
}

// TestSyncFailsAtK lets the disk refuse each sync in turn: the file takes no
// more records, and later ends as cut, once, also if the sync of that end is
// refused too.
func TestSyncFailsAtK(t *testing.T) {
	h := newHub(t)
	whole, _ := h.write(t)
	for k := 1; k <= whole.syncs; k++ {
		for _, again := range [...]int{0, 1, 3} {
			d := &disk{refuse: k, refused: 1 + again}
			header := h.header.Append(nil, h.sign)
			s := &spy{t, h.key, seal.NewRecords(h.key, HeaderHash(header)), map[string]bool{}}
			w := newWriter(d, header, s, h.sign, h.clock)
			var failed error
			for i, head := range records() {
				if err := w.Record(head, plain(i)); failed == nil {
					failed = err
				} else if !errors.Is(err, ErrEnded) {
					t.Fatalf("sync %d: a record after a failure: %v", k, err)
				}
				h.clock.Advance(time.Second)
			}
			if failed == nil {
				failed = w.End(Complete)
			}
			if !errors.Is(failed, syscall.EIO) {
				t.Fatalf("sync %d: %v", k, failed)
			}
			for range again {
				if err := w.Abandon(); !errors.Is(err, syscall.EIO) {
					t.Fatalf("sync %d: abandon: %v", k, err)
				}
			}
			if err := w.Abandon(); err != nil || int64(len(d.b)) != w.Size() {
				t.Fatalf("sync %d: %d of %d bytes: %v", k, w.Size(), len(d.b), err)
			}
			if r := h.check(t, d.b); r.State != Cut {
				t.Fatalf("sync %d, refused %d times: state %d", k, 1+again, r.State)
			}
		}
	}
}
