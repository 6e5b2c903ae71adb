package live

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"lares/cameras/fault"
	"lares/cameras/media"
	"lares/cameras/media/flac"
	"lares/cameras/media/fmp4"
	"lares/hub/gate"
)

const (
	// maxLag is how old a unit may get on its way to a viewer who has seen the
	// present before; then the film is cut and goes on at an IDR.
	maxLag = 3 * time.Second
	// fresh is how young a unit must be to count as the present.
	fresh = time.Second
	// soundEvery is how much sound one message holds, in parts of a second.
	soundEvery = 10
)

var (
	errNoPicture = errors.New("live: a stream without pictures")
	errOldRun    = errors.New("live: the stream's run is over")
	errNoKey     = errors.New("live: admitted, but without a key to this run")
)

// film turns the sealed units of one stream into messages for one viewer. What
// it opens goes into the next message and nowhere else.
type film struct {
	watch  *watch
	sound  bool // sound is granted
	opener *gate.LiveOpener

	config  []byte // as last announced
	tracks  []*shownTrack
	waiting bool   // for an IDR, after a cut
	present bool   // the viewer has caught up with the present once
	opened  []byte // of one unit
	recoded []byte // one unit of G.711 as FLAC
	message []byte // about to be sent
}

// shownTrack is one track on its way into one SourceBuffer, as it is shown:
// G.711 is FLAC there.
type shownTrack struct {
	media.Track
	source media.Track // as the camera sends it
	muxer  *fmp4.Muxer
	first  int64 // DTS of the first unit
	last   int64 // DTS of the newest unit
	begun  bool
	unsent int64 // DTS from which on nothing was sent
}

// cut drops everything up to the next IDR.
func (f *film) cut() { f.waiting = true }

// show opens one unit and sends what becomes complete by it. Its errors are
// the gate's, the wire's, or say that the stream has to be opened anew.
func (f *film) show(ctx context.Context, u media.Unit) error {
	if f.late(u) || !f.wanted(u) {
		return nil
	}
	if f.opener == nil || f.opener.Run() != u.Run {
		if err := f.openRun(ctx, u.Run); err != nil {
			return err
		}
	}
	au, opened, err := f.opener.Open(f.opened[:0], u)
	f.opened = opened
	if err != nil {
		return err
	}
	if au.Type == media.UnitConfig {
		return f.configure(au.Data)
	}
	return f.add(au)
}

// late decides by the clear part of a unit whether to drop it unopened.
func (f *film) late(u media.Unit) bool {
	age := f.watch.socket.sockets.cfg.Clock.Now().Sub(u.Received)
	if age < fresh {
		f.present = true
	}
	if f.present && age > maxLag {
		f.cut()
	}
	if u.Type == media.UnitConfig {
		return false
	}
	if f.waiting && u.Type == media.UnitVideo && u.Sync && (!f.present || age < maxLag) {
		f.waiting = false
	}
	return f.waiting
}

func (f *film) wanted(u media.Unit) bool {
	switch u.Type {
	case media.UnitConfig:
		return true
	case media.UnitVideo, media.UnitAudio:
		return f.track(u.Track) != nil
	}
	return false
}

func (f *film) track(id uint8) *shownTrack {
	for _, t := range f.tracks {
		if t.ID == id {
			return t
		}
	}
	return nil
}

// openRun asks the gate anew: a run changes when somebody's access did.
func (f *film) openRun(ctx context.Context, id media.RunID) error {
	w := f.watch
	run, ok := w.socket.sockets.cfg.Fleet.RunOf(w.camera, id)
	if !ok {
		return errOldRun
	}
	asking, answered := gate.Question(ctx)
	defer answered()
	g := w.socket.sockets.cfg.Gate
	pass, err := g.Admit(asking, w.socket.viewer.Caller, w.camera, gate.Live)
	if err != nil {
		return err
	}
	if fault.On {
		run = fault.Swap(fault.Run, w.camera.String(), run)
	}
	opener, err := g.OpenLive(asking, pass, run)
	if errors.Is(err, gate.ErrNotFound) {
		return errNoKey
	}
	if err != nil {
		return err
	}
	if err := opener.Announce(ctx); err != nil {
		opener.End()
		return err
	}
	f.end()
	f.opener, w.keyless = opener, time.Time{}
	return nil
}

// end lets go of the opener.
func (f *film) end() { f.opener.End() }

// deliver sends the message; the journal hears how much it was.
func (f *film) deliver() error {
	err := f.watch.socket.out.binary(f.message)
	if err == nil {
		f.opener.Sent(len(f.message))
	}
	return err
}

// configure announces the tracks, unless they are those announced before: a
// change of the run alone does not disturb the viewer.
func (f *film) configure(config []byte) error {
	if f.config != nil && bytes.Equal(config, f.config) {
		return nil
	}
	c, err := media.ParseConfig(config)
	if err != nil {
		return err
	}
	f.config = append([]byte(nil), config...)
	f.tracks = nil
	picture, ok := c.Video()
	if !ok {
		return errNoPicture
	}
	for _, t := range c.Tracks {
		if t.ID != picture.ID && (t.Codec.Video() || !f.sound) {
			continue
		}
		shown := flac.Track(t)
		m, err := fmp4.NewMuxer(media.Config{Tracks: []media.Track{shown}})
		if err != nil {
			return err
		}
		f.tracks = append(f.tracks, &shownTrack{Track: shown, source: t, muxer: m})
	}
	leader := f.track(picture.ID)
	for _, t := range f.tracks {
		if t != leader {
			t.muxer.Follow(leader.muxer)
		}
	}
	return f.announce()
}

func (f *film) announce() error {
	note := answer{Watch: f.watch.number, Type: "tracks"}
	for _, t := range f.tracks {
		note.Tracks = append(note.Tracks, trackNote{ID: t.ID, MIME: mime(t.Track)})
	}
	out := f.watch.socket.out
	if err := out.text(note); err != nil {
		return err
	}
	for _, t := range f.tracks {
		f.message = t.muxer.Init(appendFrameHead(f.message[:0], f.watch.number, t.ID, kindInit))
		if err := f.deliver(); err != nil {
			return err
		}
	}
	return nil
}

func mime(t media.Track) string {
	kind := "audio"
	if t.Codec.Video() {
		kind = "video"
	}
	return fmt.Sprintf("%s/mp4; codecs=%q", kind, t.MIME)
}

// add muxes one access unit. Times that run backwards mean another worker: its
// tracks are announced anew although they are equal.
func (f *film) add(au media.AccessUnit) error {
	t := f.track(au.Track)
	if t.begun && au.DTS < t.last {
		again := f.config
		f.config = nil
		if err := f.configure(again); err != nil {
			return err
		}
		f.cut()
		if !au.Sync {
			return nil
		}
		f.waiting = false
		t = f.track(au.Track)
	}
	if !t.begun {
		t.first = au.DTS
	}
	t.begun, t.last = true, au.DTS
	if t.source.Codec.G711() { // its clock counts samples
		f.recoded = flac.AppendFrame(f.recoded[:0], t.source, uint64(au.DTS-t.first), au.Data)
		au.Data = f.recoded
	}
	done, ok, err := t.muxer.Add(au)
	if errors.Is(err, fmp4.ErrUnit) {
		return nil // what no player could take
	}
	if err != nil {
		return err
	}
	if ok {
		if err := f.send(t, done); err != nil {
			return err
		}
	}
	if au.Type == media.UnitAudio && au.DTS-t.unsent < int64(t.ClockRate)/soundEvery {
		return nil
	}
	t.unsent = au.DTS
	if done, ok = t.muxer.Flush(); ok {
		return f.send(t, done)
	}
	return nil
}

func (f *film) send(t *shownTrack, done fmp4.Fragment) error {
	f.message = append(appendFrameHead(f.message[:0], f.watch.number, t.ID, kindFragment), done.Data...)
	return f.deliver()
}
