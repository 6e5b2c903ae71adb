package retention

import "lares/cameras/media"

// Shelved is where clips of a kind of event lie.
type Shelved struct {
	Place
	Kind media.Kind
}

// Starred are the bytes of clips that somebody starred: they stay for good.
type Starred map[Shelved]int64

// In is what of them takes of a room.
func (s Starred) In(r Room) (sum int64) {
	for at, bytes := range s {
		if r.Has(at.Pool) {
			sum += bytes
		}
	}
	return sum
}

// of is what of them is of a camera, and of one kind; "" is of all.
func (s Starred) of(id media.CameraID, k media.Kind) (sum int64) {
	for at, bytes := range s {
		if at.Camera == id && (k == "" || at.Kind == k) {
			sum += bytes
		}
	}
	return sum
}

// Of is what of them is of a camera.
func (s Starred) Of(id media.CameraID) int64 { return s.of(id, "") }

// Of the part of a room that is a group's own, what it starred may take nine tenths: the rest is
// for what it goes on to record.
const (
	starsOf  = 9
	starsOut = 10
)

// StarsMay is how much of a room what a group starred may take where so many groups record to
// it: nobody else's recordings go for it then. A quota is the room of one.
func StarsMay(room int64, groups int) int64 {
	return room / int64(max(1, groups)) / starsOut * starsOf
}

// Has says whether clips in a pool take of the room.
func (r Room) Has(pool int) bool { return in(r.Pools, pool) }
