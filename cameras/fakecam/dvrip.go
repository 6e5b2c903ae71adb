package fakecam

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"strconv"
	"sync"

	"lares/cameras/dvrip"
)

const (
	dvripPort = 34567
	dvripHead = 20
	// dvripCut is how much of the media one message has, as of real cameras.
	dvripCut = 8 << 10
)

// The numbers of DVRIP's messages; an answer's is one higher.
const (
	dvripLogin = 1000
	dvripAlive = 1006
	dvripTitle = 1048
	dvripStart = 1410
	dvripMedia = 1412
	dvripClaim = 1413
	dvripTalk  = 1434
)

// The values of Ret in its answers.
const (
	dvripOK       = 100
	dvripUnknown  = 103
	dvripNotIn    = 105
	dvripPassword = 203
)

// dvripServer serves both streams by DVRIP, after the public descriptions that package
// dvrip names. All channels of a recorder show the pictures of the first, but for
// Options.Vacant. It has no loudspeaker.
type dvripServer struct {
	cam  *Camera
	gate *gate
	wg   sync.WaitGroup
}

// newDVRIP listens where RTSP does, on the port of its own; nil for a camera of a maker
// that has no DVRIP beside what it announces.
func newDVRIP(c *Camera) (*dvripServer, error) {
	if c.maker == nil || !c.maker.bare {
		return nil, nil
	}
	g, err := listen(net.JoinHostPort(c.rtsp.gate.at().IP.String(), strconv.Itoa(dvripPort)))
	if err != nil {
		return nil, err
	}
	s := &dvripServer{cam: c, gate: g}
	s.wg.Go(s.accept)
	return s, nil
}

func (s *dvripServer) close() {
	if s != nil {
		s.gate.Close()
		s.wg.Wait()
	}
}

func (s *dvripServer) accept() {
	for {
		conn, err := s.gate.Accept()
		if err != nil {
			return
		}
		s.wg.Go(func() {
			defer conn.Close()
			(&dvripConn{cam: s.cam, conn: conn}).serve()
		})
	}
}

// dvripConn is one connection of a hub.
type dvripConn struct {
	cam    *Camera
	signed bool

	mu     sync.Mutex // guards following
	conn   net.Conn
	number uint32
}

// serve answers until the connection ends.
func (c *dvripConn) serve() {
	var playing sync.WaitGroup
	defer playing.Wait()
	over := make(chan struct{})
	defer close(over)
	for {
		number, body, err := c.read()
		if err != nil {
			return
		}
		ret, more := dvripOK, ""
		var of *stream
		switch {
		case number == dvripLogin:
			if c.signed = c.knows(body); !c.signed {
				ret = dvripPassword
			} else {
				more = fmt.Sprintf(`"AliveInterval":20,"ChannelNum":%d,"DeviceType ":"HVR","ExtraChannel":0,`, max(1, c.cam.o.Channels))
			}
		case !c.signed:
			ret = dvripNotIn
		case number == dvripAlive:
		case number == dvripTitle:
			more = `"Name":"ChannelTitle","ChannelTitle":` + c.titles() + `,`
		case number == dvripClaim, number == dvripStart:
			var vacant bool
			if of, vacant = c.stream(body); of == nil && !vacant {
				ret = dvripUnknown
			}
		case number == dvripTalk:
			ret = dvripUnknown
		default:
			continue
		}
		answer := fmt.Appendf(nil, `{%s"Ret":%d,"SessionID":"0x00000001"}`+"\n\x00", more, ret)
		if c.write(number+1, answer) != nil || ret == dvripPassword || ret == dvripNotIn {
			return
		}
		if number == dvripStart && of != nil {
			playing.Go(func() { c.play(of, over) })
		}
	}
}

// read reads the next message.
func (c *dvripConn) read() (number uint16, body []byte, err error) {
	var head [dvripHead]byte
	if _, err := io.ReadFull(c.conn, head[:]); err != nil {
		return 0, nil, err
	}
	n := binary.LittleEndian.Uint32(head[16:])
	if head[0] != 0xff || n > maxRequest {
		return 0, nil, dvrip.ErrFormat
	}
	body = make([]byte, n)
	_, err = io.ReadFull(c.conn, body)
	for len(body) > 0 && (body[len(body)-1] == 0 || body[len(body)-1] == '\n') {
		body = body[:len(body)-1]
	}
	return binary.LittleEndian.Uint16(head[14:]), body, err
}

// write sends a message.
func (c *dvripConn) write(number uint16, body []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	b := make([]byte, dvripHead, dvripHead+len(body))
	b[0], b[1], b[4] = 0xff, 1, 1
	binary.LittleEndian.PutUint32(b[8:], c.number)
	binary.LittleEndian.PutUint16(b[14:], number)
	binary.LittleEndian.PutUint32(b[16:], uint32(len(body)))
	c.number++
	_, err := c.conn.Write(append(b, body...))
	return err
}

// knows judges a sign-in.
func (c *dvripConn) knows(body []byte) bool {
	var in struct{ UserName, PassWord string }
	o := c.cam.o
	return json.Unmarshal(body, &in) == nil &&
		(o.Username == "" || in.UserName == o.Username && in.PassWord == dvrip.Hash(o.Password))
}

// titles are what the channels of a recorder are called, in JSON.
func (c *dvripConn) titles() string {
	names := []string{}
	for n := range max(1, c.cam.o.Channels) {
		names = append(names, fmt.Sprint("Input ", n+1))
	}
	b, err := json.Marshal(names)
	if err != nil {
		return "[]"
	}
	return string(b)
}

// stream is what a request of the monitor names; nil for none. vacant says that its
// channel has no camera: it is granted, and nothing comes.
func (c *dvripConn) stream(body []byte) (s *stream, vacant bool) {
	var ask struct {
		OPMonitor struct {
			Parameter struct {
				Channel    int
				StreamType string
			}
		}
	}
	o := c.cam.o
	if json.Unmarshal(body, &ask) != nil || ask.OPMonitor.Parameter.Channel < 0 || ask.OPMonitor.Parameter.Channel >= max(1, o.Channels) {
		return nil, false
	}
	if ask.OPMonitor.Parameter.Channel+1 == o.Vacant {
		return nil, true
	}
	switch ask.OPMonitor.Parameter.StreamType {
	case "Main":
		return c.cam.rtsp.streams[o.MainPath], false
	case "Extra1":
		return c.cam.rtsp.streams[o.SubPath], false
	}
	return nil, false
}

// play sends a stream until the connection is over.
func (c *dvripConn) play(s *stream, over <-chan struct{}) {
	v := s.join()
	defer s.leave(v)
	for {
		select {
		case <-over:
			return
		case p := <-v.pictures:
			media := p.dvrip()
			for len(media) > 0 {
				n := min(len(media), dvripCut)
				if c.write(dvripMedia, media[:n]) != nil {
					return
				}
				media = media[n:]
			}
		}
	}
}

// dvrip is a picture as DVRIP has it: a head, and the byte stream.
func (p shown) dvrip() []byte {
	head := []byte{0, 0, 1, 0xfd}
	if p.sync {
		const h264, fps, lines = 2, 10, 8 // the size is told in units of eight
		head = append([]byte{0, 0, 1, 0xfc, h264, fps, byte(p.width / lines), byte(p.height / lines)}, 0, 0, 0, 0)
	}
	return append(binary.LittleEndian.AppendUint32(head, uint32(len(p.nals))), p.nals...)
}
