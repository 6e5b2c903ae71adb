package recorder

import "lares/cameras/media"

// addTorn keeps a part whose end could not be written for a later try.
func (r *Recorder) addTorn(p *part) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.torn = append(r.torn, p)
}

// mendTorn tries to end the files that a full disk left torn; r.tidy is held.
func (r *Recorder) mendTorn() {
	r.mu.Lock()
	torn := r.torn
	r.torn = nil
	r.mu.Unlock()
	for _, p := range torn {
		if !p.abandon() {
			r.addTorn(p)
		}
	}
}

// discardTorn gives up the torn files of a camera that is erased.
func (r *Recorder) discardTorn(id media.CameraID) {
	r.tidy.Lock()
	defer r.tidy.Unlock()
	r.mu.Lock()
	var own, rest []*part
	for _, p := range r.torn {
		if p.row.Camera == id {
			own = append(own, p)
		} else {
			rest = append(rest, p)
		}
	}
	r.torn = rest
	r.mu.Unlock()
	for _, p := range own {
		p.discard()
	}
}

// litter is a file that no row names and that holds no picture, or whose camera is erased.
type litter struct {
	camera media.CameraID
	clip   media.ClipID
	bytes  int64 // that were counted
}

// mostLitter bounds what waits while a disk lets nothing be removed. The next start finds
// the rest.
const mostLitter = 64

// litters has a file removed soon: by the keeper, for the index waits for no disk.
func (r *Recorder) litters(l litter) {
	r.mu.Lock()
	if len(r.litter) < mostLitter {
		r.litter = append(r.litter, l)
	}
	r.mu.Unlock()
	r.enforce()
}

// sweep removes litter, up to the first that cannot be removed now. r.tidy is held.
func (r *Recorder) sweep() {
	for {
		r.mu.Lock()
		if len(r.litter) == 0 {
			r.mu.Unlock()
			return
		}
		l := r.litter[0]
		r.mu.Unlock()
		if err := r.pool.Remove(l.camera, l.clip); err != nil {
			r.diskProblem(err)
			return
		}
		r.mu.Lock()
		r.litter = r.litter[1:]
		r.mu.Unlock()
		r.bytes.add(l.camera, -l.bytes)
		r.clearOpen(l.clip)
	}
}
