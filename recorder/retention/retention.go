// Package retention decides which clips go: pure policy, without clock, disk
// or database.
package retention

// Clip is what the policy may know of a clip.
type Clip struct {
	Bytes int64
	Open  bool // being written: it never goes
	Star  bool // somebody wants it kept: it never goes
}

// Oldest says how many of the clips, oldest first, must go so that total stays
// within limit; open and starred ones are passed over, and false in the answer. A limit of
// 0 keeps everything. The clips may be a first page only: total counts all.
func Oldest(clips []Clip, total, limit int64) []bool {
	gone := make([]bool, len(clips))
	if limit <= 0 {
		return gone
	}
	for i, c := range clips {
		if total <= limit {
			break
		}
		if c.Open || c.Star {
			continue
		}
		gone[i] = true
		total -= c.Bytes
	}
	return gone
}
