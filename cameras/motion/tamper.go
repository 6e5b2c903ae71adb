package motion

import (
	"math/bits"
	"time"
)

// Kinds of Tamper.
const (
	// Black is a picture that shows nothing any more for lack of light or signal.
	Black = "black"
	// Covered is a picture whose detail is gone: something is before the lens, or on it.
	Covered = "covered"
	// Turned is a picture of another place: the camera was moved.
	Turned = "moved"
)

// Tamper is a time in which the camera did not show its place.
type Tamper struct {
	Kind string
	// From is the first still that showed it, To the first that did not. To is zero when
	// it is told for the first time; it is told again with To when it has ended.
	From, To time.Duration
}

const (
	// blackMean is the mean luma of a black picture at most (Q4; black is 16 or 0), and
	// blackDetail its detail (Q4).
	blackMean, blackDetail = 28 << 4, 10
	// enoughDetail is what a place has to have to be recognised (Q4), and lostDetail by how
	// much it falls when a lens is covered.
	enoughDetail, lostDetail = 24, 4
	// unlike is how like its place a picture of another one is at most, and like what its
	// own has at least (Q8). Other light, infrared among it, and noise leave 110 and more,
	// cars before the lens 50; other places 0 to 67, most of them less than 20. What is
	// between the two may be either: nothing is learnt of it, and it has to last.
	unlike, like = 40, 84
	// knownPlace is how many stills a place has to have been shown in. sure and sureFor are
	// how many have to be unlike it, none among them being like it, and over which time; or
	// lasting and lastingFor how many not to be like it. back is how many have to show the
	// place again.
	knownPlace, back    = 8, 2
	sure, sureFor       = 3, 4 * time.Second
	lasting, lastingFor = 5, 12 * time.Second
	// accepted is after which time what the camera shows is its place.
	accepted = 10 * time.Minute
	// placePace is by which part what is usual follows (right shift).
	placePace = 4
)

// place knows what a camera shows, by how sharp it is where: how much blocks differ from
// the next ones.
type place struct {
	now, usual []int32 // Q8: of the steps of sharpness, by block
	detail     int32   // Q4: usual
	seen       int

	kind     string // what the last stills say instead; nothing for the place
	from, to time.Duration
	count    int // stills that say so, or, once it has been told, that show the place
	clear    int // of those that say so, the ones that are unlike the place
	told     bool
	away     bool // it has been told, and the last still was not of the place
	dark     bool // nothing is to be seen in the last still
}

// take looks at the means of a still's blocks, and says whether it shows the place again.
func (p *place) take(s *stills, at time.Duration, tell func(Tamper)) (returned bool) {
	if len(p.usual) != len(s.now) {
		if p.told {
			tell(Tamper{Kind: p.kind, From: p.from, To: at})
		}
		*p = place{now: make([]int32, len(s.now)), usual: make([]int32, len(s.now))}
	}
	detail := p.sharpness(s)
	kind, likeness := p.judge(detail, mean(s.now))
	returned = kind == "" && p.away
	switch {
	case p.told:
		p.wait(kind == "", at, tell)
	case kind == "":
		p.follow(detail)
	default:
		p.doubt(kind, likeness < unlike, at, tell)
	}
	p.away, p.dark = kind != "" && p.told, kind == Black || kind == Covered && p.told
	return returned
}

// judge says what a picture is instead of one of the place, nothing if it is one, and how
// like that it is.
func (p *place) judge(detail, mean int32) (kind string, likeness int32) {
	if p.seen < knownPlace || p.detail < enoughDetail {
		return "", like
	}
	likeness = p.likeness()
	switch {
	case mean <= blackMean && detail <= blackDetail:
		return Black, 0
	case likeness >= like:
		return "", likeness
	case detail*lostDetail < p.detail:
		return Covered, likeness
	}
	return Turned, likeness
}

// doubt counts the stills that are not like the place, and those that are unlike it.
func (p *place) doubt(kind string, unlike bool, at time.Duration, tell func(Tamper)) {
	if p.kind == "" {
		p.from, p.count, p.clear = at, 0, 0
	}
	p.kind = kind
	p.count++
	if unlike {
		p.clear++
	}
	took := at - p.from
	if (p.clear < sure || took < sureFor) && (p.count < lasting || took < lastingFor) {
		return
	}
	p.told, p.count, p.to = true, 0, 0
	tell(Tamper{Kind: kind, From: p.from})
}

// wait waits for the place, or until what is shown is accepted for it.
func (p *place) wait(alike bool, at time.Duration, tell func(Tamper)) {
	long := at-p.from >= accepted
	if alike && p.count == 0 {
		p.to = at
	}
	if p.count++; !alike {
		p.count = 0
	}
	if p.count < back && !long {
		return
	}
	t := Tamper{Kind: p.kind, From: p.from, To: p.to}
	p.kind, p.count, p.told = "", 0, false
	if t.To == 0 || long {
		t.To, p.seen = at, 0
	}
	tell(t)
}

// follow takes a picture of the place.
func (p *place) follow(detail int32) {
	p.kind = ""
	if p.seen++; p.seen == 1 {
		copy(p.usual, p.now)
		p.detail = detail
		return
	}
	for i, v := range p.now {
		p.usual[i] += (v - p.usual[i]) >> placePace
	}
	p.detail += (detail - p.detail) / (1 << placePace)
}

// sharpness fills now and returns the detail: the mean of how much blocks differ from the
// ones to the right and below.
func (p *place) sharpness(s *stills) int32 {
	sum := int64(0)
	for y := range s.rows {
		for x := range s.columns {
			i := y*s.columns + x
			right, below := s.now[i], s.now[i]
			if x+1 < s.columns {
				right = s.now[i+1]
			}
			if y+1 < s.rows {
				below = s.now[i+s.columns]
			}
			d := abs(s.now[i]-right) + abs(s.now[i]-below)
			p.now[i] = int32(bits.Len32(uint32(d))) << 8
			sum += int64(d)
		}
	}
	return int32(sum / int64(len(p.now)))
}

// likeness is how like the usual sharpness the one of now is, block by block: their
// correlation (Q8), nothing below zero.
func (p *place) likeness() int32 {
	ma, mb := mean(p.now), mean(p.usual)
	var ab, aa, bb int64
	for i, v := range p.now {
		a, b := int64(v-ma)>>4, int64(p.usual[i]-mb)>>4
		ab, aa, bb = ab+a*b, aa+a*a, bb+b*b
	}
	if ab <= 0 {
		return 0
	}
	return int32(uint64(ab) << 8 / max(1, root(uint64(aa))*root(uint64(bb))))
}

func abs(v int32) int32 { return max(v, -v) }

func mean(all []int32) int32 {
	sum := int64(0)
	for _, v := range all {
		sum += int64(v)
	}
	return int32(sum / int64(len(all)))
}
