package worker

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/bluenviron/gortsplib/v5/pkg/format"

	"lares/cameras/h264"
	"lares/cameras/picture"
)

const (
	// glimpseWithin bounds the way to a stream's picture: cameras send one that
	// stands alone every few seconds.
	glimpseWithin = 8 * time.Second
	// glimpseWidth of a picture in pixels.
	glimpseWidth = 640
)

// ErrNotDrawn says that a stream's pictures are not drawn here: only frames of H.264 are.
var ErrNotDrawn = errors.New("worker: the pictures of this stream are not drawn")

// Picture plays the stream at an address until its first picture that stands alone, and
// returns that as a JPEG file. It returns the errors of Describe, ErrNotDrawn, and another
// where no such picture comes in time.
func (e *Enquiry) Picture(ctx context.Context, address string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, glimpseWithin)
	defer cancel()
	c, err := e.ask(ctx, address)
	if err != nil {
		return nil, err
	}
	defer c.end()
	h, ok := c.format.(*format.H264)
	if !ok {
		return nil, ErrNotDrawn
	}
	got := make(chan [][]byte, 1)
	w := newWaiter(h, got)
	if _, err := c.Setup(c.base, c.video, 0, 0); err != nil {
		return nil, ended(err, c.session.kept != nil)
	}
	c.OnPacketRTP(c.video, h, w.asm.push)
	if _, err := c.Play(nil); err != nil {
		return nil, ended(err, c.session.kept != nil)
	}
	over := make(chan error, 1)
	go func() { over <- c.Wait() }() // ends with the connection, which end closes
	select {
	case units := <-got:
		return draw(units)
	case err := <-over:
		return nil, ended(err, c.session.kept != nil)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// waiter waits for the first picture that stands alone.
type waiter struct {
	coding *avc
	asm    *assembler
	got    chan<- [][]byte
}

func newWaiter(f *format.H264, got chan<- [][]byte) *waiter {
	w := &waiter{coding: newAVC(f), got: got}
	w.asm = newAssembler(w.coding, w.unit, func(int) {}, func() {})
	return w
}

// unit takes an access unit, whose memory is the assembler's.
func (w *waiter) unit(u *unit) {
	w.coding.learn(u.sets)
	if l := w.coding.look(u, true); !l.whole || !l.sync {
		return
	}
	units := slices.Concat(w.coding.sets.sps, w.coding.sets.pps)
	for n := range nals(u.data) {
		units = append(units, slices.Clone(n))
	}
	select {
	case w.got <- units:
	default: // there is one already
	}
}

// draw makes a JPEG file of an access unit.
func draw(units [][]byte) ([]byte, error) {
	var d h264.Decoder
	img, sps, err := d.Decode(units)
	switch {
	case errors.Is(err, h264.ErrUnsupported):
		return nil, fmt.Errorf("%w: %w", ErrNotDrawn, err)
	case err != nil:
		return nil, fmt.Errorf("worker: drawing a picture: %w", err)
	case img == nil:
		return nil, fmt.Errorf("worker: drawing a picture: %w", h264.ErrDamaged)
	}
	return picture.JPEG(img, glimpseWidth, picture.Of(sps))
}
