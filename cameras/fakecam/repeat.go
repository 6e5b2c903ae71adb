package fakecam

// groupMost bounds a group of pictures that Repeat keeps.
const groupMost = 600

// group is the group of pictures that Repeat sends again and again.
type group struct {
	kept  []sample
	whole bool // the next one has begun
	next  int
}

// instead is what is sent in the place of a picture, at its time. Until a whole group
// was seen, it is the picture itself.
func (g *group) instead(s sample) sample {
	g.whole = g.whole || s.sync && len(g.kept) > 0 || len(g.kept) >= groupMost
	if !g.whole {
		if s.sync || len(g.kept) > 0 {
			g.kept = append(g.kept, s)
		}
		return s
	}
	out := g.kept[g.next]
	g.next = (g.next + 1) % len(g.kept)
	out.pts = s.pts
	return out
}
