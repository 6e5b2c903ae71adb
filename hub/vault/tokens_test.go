package vault

import (
	"bytes"
	"runtime"
	"slices"
	"sync"
	"testing"

	"lares/cameras/seal"
)

// TestTokensNeverRepeat draws the tokens and scopes of many login sessions.
func TestTokensNeverRepeat(t *testing.T) {
	const many = 100_000
	r := newRig(t)
	ann := r.account("ann")
	tokens, scopes := make([][seal.KeySize]byte, many), make([][16]byte, many)
	for i := range many {
		tokens[i] = ann.NewSession(r.clock.Now()).Token
		scopes[i] = Scope(tokens[i])
	}
	slices.SortFunc(tokens, func(a, b [seal.KeySize]byte) int { return bytes.Compare(a[:], b[:]) })
	slices.SortFunc(scopes, func(a, b [16]byte) int { return bytes.Compare(a[:], b[:]) })
	if n := len(slices.Compact(tokens)); n != many {
		t.Errorf("%d of %d tokens are different", n, many)
	}
	if n := len(slices.Compact(scopes)); n != many {
		t.Errorf("%d of %d scopes are different", n, many)
	}
}

// TestHashesAtOnce: however many people sign in at once, the memory of two
// passwords is taken.
func TestHashesAtOnce(t *testing.T) {
	const (
		people = 8
		each   = 32 << 20 // VAULT §2
		room   = 16 << 20
	)
	r := newCostlyRig(t)
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	before, most := m.HeapInuse, m.HeapInuse
	var hashing sync.WaitGroup
	for range people {
		hashing.Go(func() { r.must(r.vault.WastePassword(t.Context(), "a long enough password")) })
	}
	done := make(chan struct{})
	go func() { hashing.Wait(); close(done) }()
	for over := false; !over; {
		select {
		case <-done:
			over = true
		default:
			runtime.ReadMemStats(&m)
			most = max(most, m.HeapInuse)
			runtime.Gosched()
		}
	}
	if taken := most - before; taken < each/2 || taken > 2*each+room {
		t.Errorf("%d passwords at once took %d MiB", people, taken>>20)
	}
}
