package fakecam

import (
	"bufio"
	"bytes"
	"net"
	"net/http"

	"lares/cameras/media/g711"
)

// watch calls show with each picture of a stream, its number and the silence that belongs
// to the time up to it, until the other side is gone.
func (s *onvifServer) watch(r *http.Request, of *stream, law g711.Law, show func(p shown, n int, sound []byte) error) {
	v := of.join()
	defer of.leave(v)
	first, samples := int64(0), int64(0)
	for n := 0; ; n++ {
		select {
		case <-r.Context().Done():
			return
		case <-s.ctx.Done():
			return
		case p := <-v.pictures:
			if n == 0 {
				first = p.pts
			}
			due := (p.pts - first) * g711.Rate / videoClock
			sound := bytes.Repeat([]byte{law.Silence()}, int(max(0, due-samples)))
			samples = max(samples, due)
			if show(p, n, sound) != nil {
				return
			}
		}
	}
}

// admits judges a sign-in by Basic, as makers without a digest have it.
func (s *onvifServer) admits(w http.ResponseWriter, r *http.Request, password string) bool {
	o := s.cam.o
	name, given, _ := r.BasicAuth()
	if o.Username == "" || name == o.Username && given == password && !s.cam.faulty(WrongPassword) {
		return true
	}
	s.refuse(w, r, `Basic realm="camera"`)
	return false
}

// hijack takes a connection over from the server, which does not count it any more; done
// closes it.
func (s *onvifServer) hijack(w http.ResponseWriter) (conn net.Conn, rw *bufio.ReadWriter, done func(), err error) {
	if conn, rw, err = http.NewResponseController(w).Hijack(); err != nil {
		return nil, nil, nil, err
	}
	s.conns.Add(1)
	return conn, rw, func() {
		conn.Close()
		s.conns.Done()
	}, nil
}
