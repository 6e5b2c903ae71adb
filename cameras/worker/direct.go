package worker

import (
	"context"
	"errors"
	"os"

	"lares/cameras/dvrip"
	"lares/cameras/eseecloud"
	"lares/cameras/flv"
	"lares/cameras/internal/wire"
	"lares/cameras/mpegts"
	"lares/cameras/rtmp"
)

// source is what a camera sends in another language than RTSP. One goroutine
// uses it.
type source interface {
	// open asks for the stream and tells what it holds.
	open(ctx context.Context) (picked, error)
	// play hands on what comes until the connection ends.
	play(ctx context.Context, to *ingest) error
}

// direct is one connection to a camera that does not speak RTSP. Lares itself
// opens it, so that it leads to one address, everything has its time, and
// nothing is read that was not measured before.
type direct struct {
	*stream
	route *route
	src   source
	in    *ingest // nil before the stream is open
}

// direct runs one connection. played reports whether pictures came.
func (s *stream) direct(ctx context.Context, p place, speak func(*direct) source) (played bool, err error) {
	d := &direct{stream: s, route: &route{s: s, to: p}}
	d.src = speak(d)
	defer d.route.cut()
	stop := context.AfterFunc(ctx, d.route.cut)
	defer stop()
	err = d.name(d.silentAfter(d.openIn(ctx)))
	d.route.settle(err)
	if err != nil {
		return false, err
	}
	s.connects.Add(1)
	err = d.play(ctx)
	return d.in.delivered.Load() != 0, d.name(err)
}

// openIn opens the stream within its time.
func (d *direct) openIn(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, openWithin)
	defer cancel()
	stop := context.AfterFunc(ctx, d.route.cut)
	err := contained(func() error {
		p, err := d.src.open(ctx)
		if err != nil {
			return err
		}
		d.in, err = newIngest(d.stream, p)
		return err
	})
	if !stop() {
		return errStalled
	}
	return err
}

// silentAfter is what the end of opening shows: who answered and then fell silent was there.
func (d *direct) silentAfter(err error) error {
	if errors.Is(err, os.ErrDeadlineExceeded) && d.route.answered.Load() {
		return failed(wire.NoVideo, "The camera at %s answers, and then sends no pictures.", d.route.to.name)
	}
	return err
}

// play hands on what comes, until the connection ends or nothing comes.
func (d *direct) play(ctx context.Context) error {
	ended := make(chan error, 1)
	go func() { ended <- contained(func() error { return d.src.play(ctx, d.in) }) }()
	err := d.watch(ctx, vigil{in: d.in, ended: ended, hangUp: d.route.cut, silent: d.silent})
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return d.silent(d.in.delivered.Load() != 0)
	}
	return err
}

func (d *direct) silent(pictures bool) error { return d.silence(d.in, pictures) }

// unasked says why the password does not go out in a language that sends it without
// being asked; nil where it may, or there is none.
func (d *direct) unasked(encrypted bool) *failure {
	if !d.to.Moved || d.w.start.Password == "" {
		return nil
	}
	return d.w.keeps(d.to, d.route.to.dial, encrypted)
}

// name says in plain words what an error of the languages means.
func (d *direct) name(err error) error {
	where := d.route.to.name
	switch {
	case errors.Is(err, flv.ErrFormat), errors.Is(err, mpegts.ErrFormat), errors.Is(err, errParts):
		return failed(wire.Incompatible, "What the camera at %s sends begins as a stream and then makes no sense.", where)
	case errors.Is(err, eseecloud.ErrFormat):
		return failed(wire.Incompatible, "What answers at %s is no stream of ESeeCloud. Check the path: /livestream/11 is the large stream of the first camera, /livestream/12 the small one.", where)
	case errors.Is(err, rtmp.ErrFormat):
		return failed(wire.Incompatible, "Something answers at %s, but it does not speak RTMP. Check the port.", where)
	case errors.Is(err, dvrip.ErrFormat):
		return failed(wire.Incompatible, "Something answers at %s, but it does not speak DVRIP. Check the port.", where)
	case errors.Is(err, dvrip.ErrPassword):
		return failed(wire.WrongPassword, "The camera at %s refused the user name or password.", where)
	case errors.Is(err, dvrip.ErrRefused):
		return failed(wire.Unreachable, "The camera at %s does not give this stream. Check channel and subtype in its address.", where)
	case errors.Is(err, rtmp.ErrRefused):
		return failed(wire.WrongPassword, "The camera at %s does not let the hub in over RTMP. Check the path, the user name and the password.", where)
	case errors.Is(err, rtmp.ErrNoStream):
		return failed(wire.Unreachable, "The camera at %s answers but has no stream of this name.", where)
	case errors.Is(err, rtmp.ErrEnded):
		return failed(wire.Unreachable, "The camera at %s ended the stream.", where)
	}
	return err
}

// contained turns a panic of what reads a camera's bytes into a failure of this
// connection.
func contained(read func() error) (err error) {
	defer func() {
		if recover() != nil {
			err = failed(wire.Incompatible, "The camera sends something that Lares stumbles over. Nothing of it is recorded.")
		}
	}()
	return read()
}
