package cameras

import "time"

// bucket bounds how often something happens: a store of tokens that fills with
// time. The zero bucket of a size is full. It is not safe for concurrent use.
type bucket struct {
	size  int           // tokens when full
	every time.Duration // until one comes back
	used  int
	at    time.Time // since when tokens come back
}

// take uses a token; false if there is none.
func (b *bucket) take(now time.Time) bool {
	if back := int(now.Sub(b.at) / b.every); back > 0 {
		b.used = max(b.used-back, 0)
		b.at = b.at.Add(time.Duration(back) * b.every)
	}
	if b.used == 0 {
		b.at = now
	}
	if b.used >= b.size {
		return false
	}
	b.used++
	return true
}
