package recorder

import (
	"lares/cameras/media"
)

// RecordTo says which pool a camera is recorded to from now on, by its number; one that there
// is not is the first. A file that is being written ends before the next picture that stands
// alone.
func (r *Recorder) RecordTo(id media.CameraID, pool int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if pool == 0 {
		delete(r.places, id)
	} else {
		r.places[id] = pool
	}
}

// diskIn is where a camera is recorded to; r.mu is held.
func (r *Recorder) diskIn(id media.CameraID) *disk {
	if d := r.numbered(r.places[id]); d != nil {
		return d
	}
	return r.disks[0]
}

// disk is where the camera is recorded to.
func (c *camera) disk() *disk {
	c.r.mu.Lock()
	defer c.r.mu.Unlock()
	return c.r.diskIn(c.id)
}

// numbered is the disk of a number; nil for a pool that the configuration has no more.
func (r *Recorder) numbered(pool int) *disk {
	for _, d := range r.disks {
		if d.Number == pool {
			return d
		}
	}
	return nil
}
