package worker

import (
	"errors"
	"math/rand/v2"
	"net"
	"strconv"

	"github.com/bluenviron/gortsplib/v5"
	"github.com/bluenviron/gortsplib/v5/pkg/base"
	"github.com/bluenviron/gortsplib/v5/pkg/description"

	"lares/cameras/internal/wire"
)

const (
	// udpBuffer is what a receiving socket asks for: an IDR of 4K in one burst.
	// The kernel gives what its net.core.rmem_max allows.
	udpBuffer = 2 << 20
	// udpTries is how many pairs of ports are tried.
	udpTries = 20
	// The ports, a pair of an even one and the next (RFC 3550 §11), are above
	// those of services.
	firstUDPPort = 10_000
	lastUDPPort  = 65_534
)

// portError is a pair of ports that could not be had.
type portError struct{ error }

func (e *portError) Unwrap() error { return e.error }

// udp reports whether media is to come as datagrams. An encrypted address never
// gets any: few cameras encrypt them.
func (s *session) udp() bool { return s.w.start.UDP && s.peer.url.Scheme == "rtsp" }

// protocol is how media comes.
func (s *session) protocol() *gortsplib.Protocol {
	p := gortsplib.ProtocolTCP
	if s.udp() {
		p = gortsplib.ProtocolUDP
	}
	return &p
}

// setup asks for one track. The ports are chosen here: gortsplib would try for
// ever where the kernel gives none (client_media.go, createUDPListenerPair).
func (s *session) setup(baseURL *base.URL, m *description.Media) (err error) {
	// gortsplib goes on without an address where the description has one that is none.
	if to, err := m.URL(baseURL); err != nil || to == nil {
		return failed(wire.Incompatible, "The camera describes its stream at an address that is none.")
	}
	if !s.udp() {
		_, err = s.client.Setup(baseURL, m, 0, 0)
		return err
	}
	if s.in != nil { // nothing arrives where somebody only speaks
		s.in.noteArrivals(m)
	}
	for range udpTries {
		port := firstUDPPort + 2*rand.IntN((lastUDPPort-firstUDPPort)/2+1)
		_, err = s.client.Setup(baseURL, m, port, port+1)
		var taken *portError
		if !errors.As(err, &taken) {
			return err
		}
	}
	return err
}

// listen opens a socket for media at the address from which the camera is
// spoken to, so that nothing else reaches it. That datagrams come from the
// camera's address and port alone is checked by gortsplib
// (client_udp_listener.go, run).
func (d *dialer) listen(_, address string) (net.PacketConn, error) {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	conn := d.conn
	d.mu.Unlock()
	local, ok := conn.LocalAddr().(*net.TCPAddr)
	if !ok {
		return nil, errors.New("worker: no connection to listen beside")
	}
	pc, err := net.ListenUDP("udp", &net.UDPAddr{IP: local.IP, Zone: local.Zone, Port: n})
	if err != nil {
		return nil, &portError{err}
	}
	_ = pc.SetReadBuffer(udpBuffer) // a smaller one loses more
	return pc, nil
}
