package gate

import (
	"slices"
	"time"

	"lares/hub/store"
	"lares/recorder"
)

// standIn puts what was recorded beside the main stream where nothing of that is, each cut to
// that, among its clips, which are in order.
func standIn(main []slice, beside []recorder.ClipRow, s Span) []slice {
	all := slices.Clone(main)
	for _, row := range beside {
		one := cutTo(row, s)
		at := one.begin()
		put := func(until time.Time) {
			if until.Sub(at) > store.LeastStandIn {
				all = append(all, slice{ClipRow: row, from: at, to: until})
			}
		}
		for _, m := range main {
			if begin := m.begin(); begin.Before(one.end()) {
				put(begin)
				at = later(at, m.end())
			}
		}
		put(one.end())
	}
	slices.SortStableFunc(all, func(a, b slice) int { return a.begin().Compare(b.begin()) })
	return all
}
