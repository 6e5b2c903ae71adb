package fakecam

import "sync"

// viewersWait is how many pictures may wait for one viewer.
const viewersWait = 64

// shown is a picture for who watches a stream otherwise than by RTSP.
type shown struct {
	nals          []byte // a byte stream, with parameter sets before each IDR
	sync          bool
	pts           int64 // at 90 kHz
	width, height int
}

// viewer is one of those.
type viewer struct {
	pictures chan shown
	behind   bool // nothing before the next IDR; guarded by viewers.mu
}

// viewers are those of one stream.
type viewers struct {
	mu  sync.Mutex // guards all
	all map[*viewer]struct{}
}

func (s *stream) join() *viewer {
	v := &viewer{pictures: make(chan shown, viewersWait), behind: true}
	s.viewers.mu.Lock()
	defer s.viewers.mu.Unlock()
	if s.viewers.all == nil {
		s.viewers.all = map[*viewer]struct{}{}
	}
	s.viewers.all[v] = struct{}{}
	s.wantSync.Store(true)
	return v
}

func (s *stream) leave(v *viewer) {
	s.viewers.mu.Lock()
	defer s.viewers.mu.Unlock()
	delete(s.viewers.all, v)
}

// share gives a picture to the viewers. Who lags behind goes on with an IDR.
func (s *stream) share(in format, got sample, mark Mark) {
	s.viewers.mu.Lock()
	defer s.viewers.mu.Unlock()
	if len(s.viewers.all) == 0 || in.video != codecH264 {
		return
	}
	p := shown{sync: got.sync, pts: got.pts, width: in.width, height: in.height}
	for _, u := range in.arrange(got, Both, mark) {
		p.nals = append(append(p.nals, 0, 0, 0, 1), u...)
	}
	for v := range s.viewers.all {
		if v.behind && !got.sync {
			continue
		}
		select {
		case v.pictures <- p:
			v.behind = false
		default:
			v.behind = true
		}
	}
}
