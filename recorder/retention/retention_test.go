package retention

import (
	"slices"
	"testing"
)

func TestOldest(t *testing.T) {
	ten := Clip{Bytes: 10}
	open := Clip{Bytes: 10, Open: true}
	star := Clip{Bytes: 10, Star: true}
	for _, c := range []struct {
		name         string
		clips        []Clip
		total, limit int64
		want         []bool
	}{
		{"no clips", nil, 0, 100, []bool{}},
		{"no limit", []Clip{ten, ten}, 1 << 50, 0, []bool{false, false}},
		{"a limit below zero is none", []Clip{ten}, 10, -1, []bool{false}},
		{"below the limit", []Clip{ten, ten}, 20, 21, []bool{false, false}},
		{"exactly at the limit", []Clip{ten, ten}, 20, 20, []bool{false, false}},
		{"one byte over: one clip", []Clip{ten, ten, ten}, 30, 29, []bool{true, false, false}},
		{"one byte over a border: one more", []Clip{ten, ten, ten}, 30, 19, []bool{true, true, false}},
		{"all of them", []Clip{ten, ten}, 20, 1, []bool{true, true}},
		{"oldest first, not largest", []Clip{{Bytes: 1}, {Bytes: 1000}, ten}, 1011, 1010, []bool{true, false, false}},
		{"an open clip never goes", []Clip{open}, 10, 1, []bool{false}},
		{"the next goes in place of an open one", []Clip{open, ten, ten}, 30, 20, []bool{false, true, false}},
		{"an open one is not counted as gone", []Clip{ten, open, ten, ten}, 40, 15, []bool{true, false, true, true}},
		{"a starred clip never goes", []Clip{star}, 10, 1, []bool{false}},
		{"the next goes in place of a starred one", []Clip{star, ten, ten}, 30, 20, []bool{false, true, false}},
		{"a starred one is not counted as gone", []Clip{ten, star, ten, ten}, 40, 15, []bool{true, false, true, true}},
		{"empty clips free nothing", []Clip{{}, {}, ten, ten}, 20, 10, []bool{true, true, true, false}},
		{"the page is a part of the total", []Clip{ten, ten}, 1000, 500, []bool{true, true}},
		{"large numbers", []Clip{{Bytes: 1 << 61}, {Bytes: 1 << 61}}, 1 << 62, 1 << 61, []bool{true, false}},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := slices.Clone(c.clips)
			if got := Oldest(c.clips, c.total, c.limit); !slices.Equal(got, c.want) {
				t.Errorf("gone %v, want %v", got, c.want)
			}
			if !slices.Equal(before, c.clips) {
				t.Error("the policy changed its input")
			}
		})
	}
}
