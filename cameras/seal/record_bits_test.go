package seal_test

import (
	"bytes"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"testing"

	"lares/cameras/seal"
)

// Derive is RFC 5869 without salt, as the standard library has it in two steps.
func TestDeriveIsHKDF(t *testing.T) {
	secret, binding := count(1, 32), seal.Bind("lares stream v1", testRun[:], seal.U8(1))
	prk := must[[]byte](t)(hkdf.Extract(sha256.New, secret, nil))
	want := must[[]byte](t)(hkdf.Expand(sha256.New, prk, string(binding), seal.KeySize))
	if got := seal.Derive(secret, binding); !bytes.Equal(got, want) {
		t.Errorf("derived %x, want %x", got, want)
	}
}

func TestBindPanics(t *testing.T) {
	seal.Bind("label", make([]byte, 65535)) // the largest field
	for what, bind := range map[string]func(){
		"a field of 65536 bytes":   func() { seal.Bind("label", make([]byte, 65536)) },
		"a zero byte in the label": func() { seal.Bind("la\x00bel") },
	} {
		t.Run(what, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			bind()
		})
	}
}

func testHead(seq uint32) []byte {
	head := count(0, 22)
	binary.BigEndian.PutUint32(head[2:], seq)
	return head
}

func TestRecordsOpenAloneInAnyOrder(t *testing.T) {
	const n = 50
	header := [32]byte(count(0xd0, 32))
	writer := seal.NewRecords(testKey, header)
	var sealed [n][]byte
	for i := range uint32(n) {
		sealed[i] = writer.Seal(nil, i, testHead(i), count(byte(i), 100))
	}
	for _, i := range rand.Perm(n) {
		prefix := []byte("before")
		got, err := seal.NewRecords(testKey, header).Open(bytes.Clone(prefix), uint32(i), testHead(uint32(i)), sealed[i])
		if want := append(prefix, count(byte(i), 100)...); err != nil || !bytes.Equal(got, want) {
			t.Errorf("record %d opens as %x: %v", i, got, err)
		}
	}
	// Another's place in the file is not a record's own.
	if _, err := writer.Open(nil, 1, testHead(1), sealed[2]); !errors.Is(err, seal.ErrOpen) {
		t.Errorf("record 2 in the place of record 1: %v", err)
	}
	// Equal heads and texts under two numbers: two nonces, two key streams.
	a, b := writer.Seal(nil, 7, testHead(7), count(0, 100)), writer.Seal(nil, 8, testHead(7), count(0, 100))
	if bytes.Equal(a[:100], b[:100]) {
		t.Error("two records share key and nonce")
	}
}

func TestRecordFlips(t *testing.T) {
	header, head, text := [32]byte(count(0xd0, 32)), testHead(5), []byte("moof mdat")
	r := seal.NewRecords(testKey, header)
	sealed := r.Seal(nil, 5, head, text)
	eachBit(testKey[:], func(b []byte, bit int) {
		_, err := seal.NewRecords([32]byte(b), header).Open(nil, 5, head, sealed)
		refused(t, "key", bit, err, seal.ErrOpen)
	})
	eachBit(header[:], func(b []byte, bit int) {
		_, err := seal.NewRecords(testKey, [32]byte(b)).Open(nil, 5, head, sealed)
		refused(t, "header", bit, err, seal.ErrOpen)
	})
	eachBit(head, func(b []byte, bit int) {
		_, err := r.Open(nil, 5, b, sealed)
		refused(t, "head", bit, err, seal.ErrOpen)
	})
	eachBit(sealed, func(b []byte, bit int) {
		got, err := r.Open([]byte("before"), 5, head, b)
		refused(t, "sealed", bit, err, seal.ErrOpen)
		if string(got) != "before" {
			t.Errorf("sealed, bit %d flipped: %q came with the refusal", bit, got)
		}
	})
	for bit := range 32 {
		_, err := r.Open(nil, 5^1<<bit, head, sealed)
		refused(t, "seq", bit, err, seal.ErrOpen)
	}
	for n := range len(sealed) {
		_, err := r.Open(nil, 5, head, sealed[:n])
		refused(t, "sealed cut", n*8, err, seal.ErrOpen)
	}
	_, err := r.Open(nil, 5, head, append(bytes.Clone(sealed), make([]byte, 1<<20)...))
	refused(t, "sealed longer", len(sealed)*8, err, seal.ErrOpen)
}
