package worker

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"image/jpeg"
	"runtime"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"lares/cameras/clock"
	"lares/cameras/episode"
	"lares/cameras/h264"
	"lares/cameras/internal/ready"
	"lares/cameras/internal/wire"
	"lares/cameras/media"
	"lares/cameras/motion"
)

// eyeShare is the part of one processor that looking for motion may cost: half of what
// the whole process may, so that pictures are always read.
const eyeShare = 2 * cpuShare

// tellAgain is how often motion that goes on is told: who hears no more of it for an hour
// believes that its end was lost.
const tellAgain = 10 * time.Minute

const (
	// unreadFor is for how long no picture can be read, and unreadLeast how many at least are
	// damaged in that time, until the hub is told: a few are lost on the way to any camera.
	unreadFor   = 10 * time.Second
	unreadLeast = 4
)

// gaze is what is looked at now. One goroutine uses it.
type gaze struct {
	e       *eye
	of      media.StreamID
	wanted  wire.Motion
	watcher *episode.Watcher // nil while nothing is
	sizes   *motion.Sizes    // of pictures, while no stream can be looked at
	counts  bool             // that these say that something moves
	last    time.Duration    // the picture before
	moving  bool             // motion was told, and its end not yet
	told    time.Duration    // when, of the time of pictures
	size    int              // how much moves in the best picture of the episode
	glow    glow             // while somebody looks at where it moves
	units   [][]byte         // reused
	film    allowance        // of small pictures
	smalls  []smallFile      // the last ones that were made

	read   bool          // a picture, in this look
	unread int           // damaged ones since the last that was read
	since  time.Duration // of the first of them
}

// run looks at what comes until the context ends.
func (e *eye) run(ctx context.Context) {
	// The thread is its own, so that what it costs can be told from the rest.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	cpu := budget{part: eyeShare}
	g := gaze{e: e, film: allowance{left: filmFirst}}
	for {
		next, ok := e.next(ctx)
		if !ok {
			return
		}
		if next.alone || next.frame != 0 { // to read or draw it takes long
			ready.Long()
		}
		g.do(next)
		var use unix.Rusage
		if unix.Getrusage(unix.RUSAGE_THREAD, &use) != nil {
			continue
		}
		if wait := cpu.wait(clock.System{}.Now(), time.Duration(use.Utime.Nano()+use.Stime.Nano())); wait > 0 {
			select {
			case <-time.After(wait):
			case <-ctx.Done():
				return
			}
		}
	}
}

// do does one thing.
func (g *gaze) do(next glance) {
	switch {
	case next.want != nil:
		g.wanted = *next.want
		if g.wanted.Off {
			g.finish()
		} else if g.watcher != nil {
			_ = g.watcher.Set(g.wanted.Settings) // they were checked
		} else if g.sizes != nil {
			if g.counts = g.sizes.Set(g.wanted.Settings); !g.counts {
				g.sizes.Finish()
			}
		}
	case next.over:
		if g.of == next.of {
			g.finish()
		}
	case g.wanted.Off || next.past:
	case next.size > 0:
		g.weigh(next)
	default:
		g.look(next)
	}
	if next.frame != 0 {
		g.frame(next)
	}
}

// split finds the NAL units of a picture.
func (g *gaze) split(picture []byte) {
	g.units = g.units[:0]
	for n := range nals(picture) {
		g.units = append(g.units, n)
	}
}

// look looks at a picture. Those that make no sense are passed over, and counted; a stream
// that is not read here is looked at no more.
func (g *gaze) look(next glance) {
	if next.begin {
		g.finish()
		g.of = next.of
		g.watcher = g.watch()
	}
	if g.watcher == nil || next.of != g.of {
		return
	}
	g.shine()
	err := contained(func() error {
		if next.gap {
			g.watcher.Finish(g.last)
		}
		g.last = next.at
		g.split(next.units)
		g.read = false
		return g.watcher.Take(g.units, next.at)
	})
	g.goesOn()
	var stumbled *failure
	switch {
	case errors.As(err, &stumbled):
		g.watcher = nil // what it was doing is not known
		g.tell(wire.Notice{Kind: media.KindMotion}, g.last, media.Event{})
		g.e.cannot(g.of, "is not found, for the camera sends pictures that Lares stumbles over")
	case errors.Is(err, h264.ErrUnsupported):
		g.finish()
		_, what, _ := strings.Cut(err.Error(), h264.ErrUnsupported.Error()+": ")
		what, _, _ = strings.Cut(what, "\n")
		g.e.cannot(g.of, "is not found, for the camera's H.264 has what Lares does not read there ("+wire.Clean(what, 100)+")")
	default:
		g.count(err != nil, next.at)
	}
}

// count counts pictures that are damaged, up to one that is read. Most are neither: not all
// are looked at, and some wait.
func (g *gaze) count(damaged bool, at time.Duration) {
	switch {
	case g.read:
		g.unread = 0
		g.e.spoilt(false)
	case damaged:
		if g.unread++; g.unread == 1 {
			g.since = at
		}
		if g.unread >= unreadLeast && at-g.since >= unreadFor {
			g.e.spoilt(true)
		}
	}
}

// goesOn tells motion again that has gone on for long.
func (g *gaze) goesOn() {
	if g.moving && g.last-g.told >= tellAgain {
		g.tell(wire.Notice{Kind: media.KindMotion, Active: true}, g.last, media.Event{})
	}
}

// finish ends what goes on, if something is looked at.
func (g *gaze) finish() {
	if g.sizes != nil {
		g.sizes.Finish()
		g.sizes = nil
	}
	if g.watcher == nil {
		return
	}
	w := g.watcher
	g.watcher = nil
	if err := contained(func() error { w.Finish(g.last); return nil }); err != nil {
		g.tell(wire.Notice{Kind: media.KindMotion}, g.last, media.Event{})
	}
}

// watch makes what finds the episodes of a stream.
func (g *gaze) watch() *episode.Watcher {
	w := &episode.Watcher{
		Active: func(time.Duration, int) { g.read = true },
		Began: func(v episode.Episode) {
			g.size = 0
			g.tell(wire.Notice{Kind: media.KindMotion, Active: true}, v.From, media.Event{Zones: v.Zones})
		},
		Best: func(p episode.Picture) {
			g.size = p.Size
			size, err := jpeg.DecodeConfig(bytes.NewReader(p.JPEG))
			if data := (media.Pictures{Large: p.JPEG, Small: p.Small}).Append(nil); err == nil && len(data) <= wire.MaxBest && g.ago(p.At) <= wire.MaxAgo {
				_ = g.e.w.out.channels[media.StreamCamera].best(wire.Best{Of: g.of, Ago: g.ago(p.At), Size: max(1, p.Size), Width: size.Width, Height: size.Height}, data)
			}
		},
		Ended: func(v episode.Episode) {
			g.tell(wire.Notice{Kind: media.KindMotion}, v.To, media.Event{Zones: v.Zones, Score: score(g.size), Why: v.Why})
		},
		Tampered: func(t motion.Tamper) {
			if t.To == 0 {
				g.tell(wire.Notice{Kind: media.KindTamper, Active: true}, t.From, media.Event{Class: t.Kind})
			}
		},
	}
	_ = w.Set(g.wanted.Settings) // they were checked
	return w
}

// tell sends a notice of something that happened at a time. A lost hub is noticed by who
// reads from it.
func (g *gaze) tell(n wire.Notice, at time.Duration, e media.Event) {
	if n.Kind == media.KindMotion {
		g.moving, g.told = n.Active, g.last
	}
	n.Of, n.Ago = g.of, g.ago(at)
	e.Kind, e.Active = n.Kind, n.Active
	data, err := json.Marshal(e)
	if err == nil {
		_ = g.e.w.out.channels[media.StreamCamera].noticed(n, data)
	}
}

func (g *gaze) ago(at time.Duration) time.Duration { return g.e.w.now() - at }

// score makes a part of one of how much moves, in hundredths of the least that counts: that
// is a half.
func score(size int) float64 { return float64(size) / float64(size+100) }
