package recorder

import (
	"errors"
	"slices"
	"time"

	"lares/cameras/media"
	"lares/recorder/retention"
)

// Pool is a media pool: a folder, mostly the root of a disk, and what is in it.
type Pool struct {
	// Number is what ClipRow.Pool calls it, for good. 0 is the first one.
	Number int
	Name   string // to people
	// Dir is its root; clips lie in clips/<camera>/<yyyy-mm>/<clip>.lar below it.
	Dir string
	// ID is that of its marker: without it another folder is there, as under a disk that is
	// not mounted. To who only reads it may be zero: then it is whatever is found.
	ID PoolID
	// IfLost says to people in the log what to do where its disk is lost for good.
	IfLost string
}

// PoolTrouble says in a word why a pool takes no recordings.
type PoolTrouble string

// The troubles.
const (
	// PoolMissing is a pool whose folder is not there, or another in its place.
	PoolMissing PoolTrouble = "missing"
	// PoolReadOnly is one that is mounted for reading alone.
	PoolReadOnly PoolTrouble = "read-only"
	// PoolFull is one without room for a clip.
	PoolFull PoolTrouble = "full"
	// PoolSlow is one that takes no more, or gives no answer, for seconds.
	PoolSlow PoolTrouble = "slow"
	// PoolFails is one whose disk reports errors, or does not keep what is written to it.
	PoolFails PoolTrouble = "fails"
)

// PoolState is how a media pool does.
type PoolState struct {
	Number  int
	Name    string
	Network string // the network file system that it is on, or ""
	Device  uint64 // the number of its file system, 0 while that is not known
	Used    int64  // bytes, by all listed clips in it
	Free    int64  // on its disk, as far as known; and what is to stay free
	Floor   int64
	// Trouble is "" for one that takes recordings. Since is when it began, zero without one.
	Trouble PoolTrouble
	Since   time.Time
}

// May is how much the clips in it may take together, whatever the limit of all is and if those
// in other pools on its disk stay as they are.
func (s PoolState) May() int64 { return max(0, s.Used+s.Free-s.Floor) }

// Shares says whether it is on the same disk as another: what is free is there for both.
func (s PoolState) Shares(o PoolState) bool {
	return s.Number == o.Number || s.Device != 0 && s.Device == o.Device
}

// roomOf is what the clips in pools on one disk may take together.
func roomOf(disk []PoolState) (room retention.Room) {
	found := disk[0]
	var used int64
	for _, s := range disk {
		room.Pools, used = append(room.Pools, s.Number), used+s.Used
		if found.Trouble == PoolMissing { // known is what was free when it was there
			found = s
		}
	}
	room.Bytes = max(0, used+found.Free-found.Floor)
	return room
}

// Recorded is what all recordings take, and where.
type Recorded struct {
	Pools []PoolState // the first one first
	Limit int64       // Config.LimitBytes; 0 is none
	Used  map[retention.Place]int64
}

// Disks are the pools by the disk that they are on, in their order.
func (s Recorded) Disks() (disks [][]PoolState) {
	for _, p := range s.Pools {
		at := slices.IndexFunc(disks, func(d []PoolState) bool { return d[0].Shares(p) })
		if at < 0 {
			at, disks = len(disks), append(disks, nil)
		}
		disks[at] = append(disks[at], p)
	}
	return disks
}

// Rooms are those of the disks, in their order, and that of all where there is a limit.
func (s Recorded) Rooms() (rooms []retention.Room) {
	for _, d := range s.Disks() {
		rooms = append(rooms, roomOf(d))
	}
	if s.Limit > 0 {
		rooms = append(rooms, retention.Room{Bytes: s.Limit})
	}
	return rooms
}

// ByCamera is what the clips of each camera take.
func (s Recorded) ByCamera() map[media.CameraID]int64 {
	of := map[media.CameraID]int64{}
	for at, bytes := range s.Used {
		of[at.Camera] += bytes
	}
	return of
}

// ErrCounting says that the clips of before a start are not counted yet.
var ErrCounting = errors.New("recorder: clips are being counted")

// Recorded says what recordings take, and where. It returns ErrCounting for a moment after a
// start.
func (r *Recorder) Recorded() (Recorded, error) {
	select {
	case <-r.counted:
	default:
		return Recorded{}, ErrCounting
	}
	return Recorded{Pools: r.Pools(), Limit: r.config.LimitBytes, Used: r.bytes.all()}, nil
}

// Pools says how the media pools do. It waits for no disk.
func (r *Recorder) Pools() []PoolState {
	now := r.config.Clock.Now()
	list := make([]PoolState, 0, len(r.disks))
	for _, d := range r.disks {
		list = append(list, d.state(now))
	}
	return list
}
