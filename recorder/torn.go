package recorder

import (
	"lares/cameras/media"
	"lares/recorder/retention"
)

// addTorn keeps a part whose end could not be written for a later try.
func (d *disk) addTorn(p *part) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.torn = append(d.torn, p)
}

// mendTorn tries to end the files that a full disk left torn; d.tidy is held.
func (d *disk) mendTorn() {
	d.mu.Lock()
	torn := d.torn
	d.torn = nil
	d.mu.Unlock()
	for _, p := range torn {
		if !p.abandon() {
			d.addTorn(p)
		}
	}
}

// discardTorn gives up the torn files of a camera that is erased; d.tidy is held.
func (d *disk) discardTorn(id media.CameraID) {
	d.mu.Lock()
	var own, rest []*part
	for _, p := range d.torn {
		if p.row.Camera == id {
			own = append(own, p)
		} else {
			rest = append(rest, p)
		}
	}
	d.torn = rest
	d.mu.Unlock()
	for _, p := range own {
		p.discard()
	}
}

// litter is a file that no row names and that holds no picture, or whose camera is erased.
type litter struct {
	at    retention.Place
	clip  media.ClipID
	bytes int64 // that were counted
}

// mostLitter bounds what waits while a disk lets nothing be removed. The next start finds
// the rest.
const mostLitter = 64

// litters has a file removed soon: by the keeper, for the index waits for no disk.
func (d *disk) litters(l litter) {
	d.mu.Lock()
	if len(d.litter) < mostLitter {
		d.litter = append(d.litter, l)
	}
	d.mu.Unlock()
	d.r.enforce()
}

// sweep removes litter, up to the first that cannot be removed now. d.tidy is held.
func (d *disk) sweep() {
	for {
		d.mu.Lock()
		if len(d.litter) == 0 {
			d.mu.Unlock()
			return
		}
		l := d.litter[0]
		d.mu.Unlock()
		if err := d.pool.Remove(l.at.Camera, l.clip); err != nil {
			d.outcome(err)
			return
		}
		d.mu.Lock()
		d.litter = d.litter[1:]
		d.mu.Unlock()
		d.r.bytes.add(l.at, -l.bytes)
		d.r.clearOpen(l.clip)
	}
}
