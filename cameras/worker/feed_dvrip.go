package worker

import (
	"context"
	"net/url"
	"strconv"
	"time"

	"github.com/bluenviron/gortsplib/v5/pkg/format"

	"lares/cameras/dvrip"
	"lares/cameras/internal/wire"
)

// aliveEvery is how often a camera that speaks DVRIP hears that somebody still
// looks; they ask for it every 20 s.
const aliveEvery = 15 * time.Second

// dvr is what a camera sends over DVRIP. It gives pictures no times: they
// are at when they came, and sound follows its samples.
type dvr struct {
	d     *direct
	mixed *mixed
	in    *dvrip.Client
	holds content
	told  time.Duration // when the camera heard of us last

	codec dvrip.Kind // of the pictures
	nals  [][]byte   // reused
	sound [1]frame
	spot  runOn
}

func newDVRIP(d *direct) source { return &dvr{d: d} }

// open implements source.
func (r *dvr) open(ctx context.Context) (picked, error) {
	start := r.d.w.start
	what, f := dvripStream(r.d.route.to.url, start.Username, start.Password)
	if f != nil {
		return picked{}, f
	}
	conn, err := r.d.route.dial(ctx)
	if err != nil {
		return picked{}, err
	}
	if f := r.d.unasked(false); f != nil { // the hash has no salt: who hears it signs in with it
		return picked{}, f
	}
	if r.in, err = dvrip.Play(conn, what); err != nil {
		return picked{}, err
	}
	r.told = r.d.w.now()
	r.mixed = &mixed{feed: r}
	return r.mixed.begin(r.d.stream)
}

// play implements source.
func (r *dvr) play(ctx context.Context, to *ingest) error { return r.mixed.play(ctx, to) }

// dvripStream reads channel and subtype of an address.
func dvripStream(u *url.URL, username, password string) (dvrip.Stream, *failure) {
	s := dvrip.Stream{Username: username, Password: password}
	q := u.Query()
	if c := q.Get("channel"); c != "" {
		n, err := strconv.ParseUint(c, 10, 8)
		if err != nil {
			return s, failed(wire.Unreachable, "The channel in the address of the camera is not a number.")
		}
		s.Channel = int(n)
	}
	s.Sub = q.Get("subtype") == "1"
	return s, nil
}

// content implements feed.
func (r *dvr) content() content { return r.holds }

// next implements feed.
func (r *dvr) next() (piece, error) {
	for {
		u, err := r.in.Next()
		if err != nil {
			return piece{}, err
		}
		now := r.d.w.now()
		if now-r.told >= aliveEvery {
			if err := r.in.KeepAlive(); err != nil {
				return piece{}, err
			}
			r.told = now
		}
		p := piece{time: ticks(now, 90_000), timed: true}
		if u.Picture {
			p.nals = r.picture(u)
		} else {
			p.sound = r.samples(u)
			if f, ok := r.holds.audio.(*format.G711); ok && len(p.sound) > 0 {
				p.time = r.spot.place(p.time, p.sound[0].ticks, int64(f.SampleRate))
			}
		}
		if len(p.nals) > 0 || len(p.sound) > 0 {
			return p, nil
		}
	}
}

func (r *dvr) picture(u dvrip.Unit) [][]byte {
	switch u.Kind {
	case dvrip.None:
	case dvrip.H264, dvrip.H265:
		if r.codec == dvrip.None {
			r.codec = u.Kind
			r.holds.video = &format.H264{PayloadTyp: 96, PacketizationMode: 1}
			if u.Kind == dvrip.H265 {
				r.holds.video = &format.H265{PayloadTyp: 96}
			}
		}
	default:
		r.holds.oddVideo = "another codec than H.264 and H.265"
		return nil
	}
	if r.codec == dvrip.None || u.Kind != dvrip.None && u.Kind != r.codec {
		return nil // it begins in the middle, or has changed
	}
	r.nals = splitAnnexB(r.nals[:0], u.Data)
	return r.nals
}

func (r *dvr) samples(u dvrip.Unit) []frame {
	if u.Kind != dvrip.PCMA && u.Kind != dvrip.PCMU {
		r.holds.oddSound, r.holds.silent = "of another kind than G.711", true
		return nil
	}
	rate := u.Rate
	if rate == 0 {
		rate = 8000
	}
	mu := u.Kind == dvrip.PCMU
	if r.holds.audio == nil {
		r.holds.audio = &format.G711{PayloadTyp: 8, MULaw: mu, SampleRate: rate, ChannelCount: 1}
	}
	if f, ok := r.holds.audio.(*format.G711); !ok || f.MULaw != mu || f.SampleRate != rate || len(u.Data) == 0 {
		return nil
	}
	r.sound[0] = frame{u.Data, int64(len(u.Data))}
	return r.sound[:]
}
