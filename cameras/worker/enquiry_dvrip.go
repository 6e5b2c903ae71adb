package worker

import (
	"context"
	"encoding/binary"
	"errors"
	"net"

	"github.com/bluenviron/gortsplib/v5/pkg/format"

	"lares/cameras/dvrip"
	"lares/cameras/media"
)

// ErrNotDVRIP says that what answers does not speak DVRIP.
var ErrNotDVRIP = errors.New("worker: what answers does not speak DVRIP")

// ChannelsDVRIP asks the device at dial, a literal address and port, what it calls its
// channels, of which it has one at least. Its errors are those of DescribeDVRIP.
func ChannelsDVRIP(ctx context.Context, dial, username, password string) ([]string, error) {
	ctx, cancel := context.WithTimeout(ctx, glimpseWithin)
	defer cancel()
	conn, err := (&net.Dialer{Timeout: dialTimeout}).DialContext(ctx, "tcp", dial)
	if err != nil {
		return nil, ErrNobody
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	names, err := dvrip.Channels(conn, username, password)
	if err != nil {
		return nil, endedDVRIP(ctx, err)
	}
	return names, nil
}

// DescribeDVRIP plays a stream of the device at dial, a literal address and port, until
// its first picture that stands alone, and says what it is; shown is that picture as a
// JPEG file, nil with why not. The language tells nothing of a stream that is not played.
// It returns ErrRefused, after which the device is not to be asked again, ErrNoStream,
// ErrNotDVRIP, ErrNobody, or another error.
func DescribeDVRIP(ctx context.Context, dial string, s dvrip.Stream) (d Description, shown []byte, unshown, err error) {
	ctx, cancel := context.WithTimeout(ctx, glimpseWithin)
	defer cancel()
	conn, err := (&net.Dialer{Timeout: dialTimeout}).DialContext(ctx, "tcp", dial)
	if err != nil {
		return d, nil, nil, ErrNobody
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	in, err := dvrip.Play(conn, s)
	if err != nil {
		return d, nil, nil, endedDVRIP(ctx, err)
	}
	for {
		u, err := in.Next()
		if err != nil {
			return d, nil, nil, endedDVRIP(ctx, err)
		}
		if !u.Picture || u.Kind == dvrip.None { // sound, or the middle of a group
			continue
		}
		return showDVRIP(u)
	}
}

// showDVRIP says what begins a group of pictures, and draws it.
func showDVRIP(u dvrip.Unit) (d Description, shown []byte, unshown, err error) {
	units := splitAnnexB(nil, u.Data)
	var sets []byte
	for _, n := range units {
		sets = append(binary.BigEndian.AppendUint32(sets, uint32(len(n))), n...)
	}
	switch u.Kind {
	case dvrip.H264:
		c := newAVC(&format.H264{PacketizationMode: 1})
		c.learn(sets)
		d = sizedAs("H264", c)
		shown, unshown = draw(units)
	case dvrip.H265:
		c := newHEVC(&format.H265{})
		c.learn(sets)
		d, unshown = sizedAs("H265", c), ErrNotDrawn
	}
	if d.Width == 0 {
		return d, nil, nil, ErrNoStream
	}
	return d, shown, unshown, nil
}

// sizedAs is what the parameter sets of a stream tell; without a size where they do not.
func sizedAs(codec string, c interface {
	track(id uint8) (media.Track, bool)
}) Description {
	t, _ := c.track(videoTrack)
	return Description{Codec: codec, Width: int(t.Width), Height: int(t.Height)}
}

// endedDVRIP sorts what became of a question.
func endedDVRIP(ctx context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, dvrip.ErrPassword):
		return ErrRefused
	case errors.Is(err, dvrip.ErrRefused):
		return ErrNoStream
	case errors.Is(err, dvrip.ErrFormat):
		return ErrNotDVRIP
	}
	return err
}
