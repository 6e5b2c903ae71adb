package motion

import (
	"math/rand/v2"
	"testing"
	"time"
)

// sent is a stream's pictures as their sizes: a second each of ten, the first of every
// twentieth alone.
type sent struct {
	z      Sizes
	random *rand.Rand
	n      int
	moved  [][2]time.Duration
}

func newSent() *sent {
	s := &sent{random: rand.New(rand.NewPCG(1, 2))}
	s.z.Began = func(at time.Duration) { s.moved = append(s.moved, [2]time.Duration{at, -1}) }
	s.z.Ended = func(at time.Duration) { s.moved[len(s.moved)-1][1] = at }
	return s
}

func (s *sent) at() time.Duration { return time.Duration(s.n) * 100 * time.Millisecond }

// pass lets seconds pass in which pictures are so large, and stray by a part of that.
func (s *sent) pass(seconds, size, stray int) {
	for range 10 * seconds {
		alone, n := s.n%20 == 0, size+s.random.IntN(2*stray+1)-stray
		switch {
		case alone:
			n = 40 * size
		case s.n%20 <= sizesSettling:
			n = 3 * size
		}
		s.z.Take(n, alone, s.at())
		s.n++
	}
}

// TestLarger: what makes pictures larger for a second or more moves, from when they are to
// when they are no more.
func TestLarger(t *testing.T) {
	s := newSent()
	s.pass(30, 500, 100)
	s.pass(4, 1200, 300)
	s.pass(30, 500, 100)
	s.pass(6, 1500, 300)
	s.pass(10, 500, 100)
	if len(s.moved) != 2 {
		t.Fatalf("%v, want two", s.moved)
	}
	for i, want := range [][2]time.Duration{{30 * time.Second, 34 * time.Second}, {64 * time.Second, 70 * time.Second}} {
		if from, to := s.moved[i][0]-want[0], s.moved[i][1]-want[1]; from.Abs() > time.Second || to.Abs() > time.Second {
			t.Errorf("%v, want %v", s.moved[i], want)
		}
	}
}

// TestNoLarger: a rate that is kept, one large picture, what grows slowly and what is small
// tell nothing; nor does anything before what is usual is known. What is never at rest tells
// next to nothing.
func TestNoLarger(t *testing.T) {
	for name, pass := range map[string]func(*sent){
		"a rate that is kept":    func(s *sent) { s.pass(300, 4000, 1500) },
		"a light that is put on": func(s *sent) { s.pass(30, 500, 100); s.z.Take(30_000, false, s.at()); s.n++; s.pass(30, 500, 100) },
		"what is never at rest": func(s *sent) {
			for range 60 {
				s.pass(3, 3000, 1000)
				s.pass(2, 4600, 1500)
			}
			s.z.Finish()
			s.moved = nil
			for range 60 {
				s.pass(3, 3000, 1000)
				s.pass(2, 4600, 1500)
			}
		},
		"the evening": func(s *sent) {
			for i := range 300 {
				s.pass(2, 1000+10*i, 300)
			}
		},
		"what is small":       func(s *sent) { s.pass(30, 40, 5); s.pass(5, 75, 10); s.pass(30, 40, 5) },
		"how it begins":       func(s *sent) { s.pass(2, 500, 50); s.pass(4, 3000, 500) },
		"a gap in the middle": func(s *sent) { s.pass(30, 500, 100); s.n += 600; s.pass(30, 500, 100) },
	} {
		s := newSent()
		if pass(s); len(s.moved) > 2 || len(s.moved) > 0 && name != "what is never at rest" {
			t.Errorf("%s: %v moves", name, s.moved)
		}
	}
}

// TestLargerEnds: what moves ends with the stream, and after two minutes it is usual. A
// greater sensitivity finds more, a lower one less.
func TestLargerEnds(t *testing.T) {
	s := newSent()
	s.pass(30, 500, 100)
	s.pass(4, 2000, 100)
	s.z.Finish()
	if len(s.moved) != 1 || s.moved[0][1] < 0 {
		t.Errorf("at the end: %v", s.moved)
	}
	s.pass(20, 500, 100)
	s.moved = nil
	s.pass(200, 2000, 100)
	if len(s.moved) != 1 || s.moved[0][1]-s.moved[0][0] > sizesLongest+time.Second {
		t.Errorf("what goes on for minutes: %v", s.moved)
	}
	for sensitivity, want := range map[int]int{90: 1, 50: 0} {
		s := newSent()
		if !s.z.Set(Settings{Sensitivity: sensitivity}) {
			t.Error("without zones it is not known whether it counts")
		}
		s.pass(60, 500, 100)
		if s.pass(5, 720, 50); len(s.moved) != want {
			t.Errorf("at %d: %v", sensitivity, s.moved)
		}
	}
	var z Sizes
	if z.Set(Settings{Masks: []Polygon{square(0, 0, 1, 1)}}) || z.Set(Settings{Zones: []Zone{{Name: "a", Polygon: square(0, 0, 1, 1)}}}) {
		t.Error("with zones it is known whether it counts")
	}
}
