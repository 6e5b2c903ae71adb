package gate

import (
	"context"
	"errors"

	"lares/cameras/media"
	"lares/cameras/media/flac"
	"lares/cameras/media/fmp4"
	"lares/recorder"
	"lares/recorder/sealed"
)

// Track is one track of a clip as it is delivered.
type Track struct {
	media.Track
	Recorded media.Codec // as it lies on disk
}

// Tracks are the clip's tracks with the sound in that form, pictures first; of who
// may not hear it, the pictures alone. It opens the init segment and nothing else.
func (o *ClipOpener) Tracks(s Sound) ([]Track, error) {
	l, err := o.recorded()
	if err != nil {
		return nil, o.gate.answer(err)
	}
	init, err := o.open(l.Init().Record)
	if err != nil {
		return nil, o.gate.answer(err)
	}
	recorded, err := fmp4.ReadInit(init)
	if err != nil {
		return nil, o.gate.answer(err)
	}
	tracks := make([]Track, 0, len(recorded))
	for _, t := range recorded {
		shown := Track{Track: t, Recorded: t.Codec}
		if s == Playable {
			shown.Track = flac.Track(t)
		}
		if t.Codec.Video() || o.heard {
			tracks = append(tracks, shown)
		}
	}
	return tracks, nil
}

// Layout is the clip as one MP4 file with the sound in that form, or without any
// for who may not hear it. For a clip without G.711, and for sound as recorded, it
// comes from record heads alone. Else the init segment is opened, and the index; a
// clip without an index, still being written or ended by somebody else, has each
// of its fragments opened once, and so has one whose sound is left out.
func (o *ClipOpener) Layout(ctx context.Context, s Sound) (*recorder.Layout, error) {
	l, _, err := o.layout(ctx, s)
	return l, o.gate.answer(err)
}

// layout comes with what recodes the clip: nil if nothing does.
func (o *ClipOpener) layout(ctx context.Context, s Sound) (*recorder.Layout, *fmp4.Recoder, error) {
	l, err := o.recorded()
	if err != nil || s == Recorded && o.heard {
		return l, nil, err
	}
	r, err := o.recoder(l)
	if err != nil || r == nil {
		return l, nil, err
	}
	if o.made == nil {
		growth, err := o.growth(ctx, l)
		if err != nil {
			return nil, nil, err
		}
		if o.made, err = l.Recoded(int64(len(r.Init())), growth); err != nil {
			return nil, nil, err
		}
	}
	return o.made, r, nil
}

// recorded is the layout of the clip as it lies on disk.
func (o *ClipOpener) recorded() (*recorder.Layout, error) {
	l, err := o.clip.MP4()
	if errors.Is(err, sealed.ErrFormat) {
		return nil, ErrNotFound // nothing to play
	}
	return l, err
}

// recoder is what turns the clip's G.711 into FLAC, or leaves the sound out for who
// may not hear it; nil if there is nothing to do.
func (o *ClipOpener) recoder(l *recorder.Layout) (*fmp4.Recoder, error) {
	heads, err := o.clip.Records()
	if err != nil || o.recodes != nil || o.heard && !heads[l.Init().Record].G711 {
		return o.recodes, err
	}
	init, err := o.open(l.Init().Record)
	if err != nil {
		return nil, err
	}
	if o.heard {
		o.recodes, _, err = fmp4.NewRecoder(init)
		return o.recodes, err
	}
	o.recodes, _, err = fmp4.NewSilencer(init)
	if errors.Is(err, fmp4.ErrTrack) {
		return nil, ErrNotFound // sound alone: nothing is left
	}
	return o.recodes, err
}

// growth says by how much each fragment grows: the index knows it for FLAC, or
// else the fragments themselves do.
func (o *ClipOpener) growth(ctx context.Context, l *recorder.Layout) ([]int64, error) {
	growth := make([]int64, len(l.Fragments()))
	if known, err := o.indexed(growth); known || err != nil {
		return growth, err
	}
	for n, piece := range l.Fragments() {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		plain, err := o.open(piece.Record)
		if errors.Is(err, ErrCrossed) || errors.Is(err, sealed.ErrFormat) {
			break // a damaged clip plays up to here, where its delivery ends
		}
		if err != nil {
			return nil, err
		}
		more, err := o.recodes.Growth(plain)
		if err != nil {
			break
		}
		growth[n] = int64(more)
	}
	return growth, nil
}

// indexed fills in what the clip's index says, if it has one for these fragments.
func (o *ClipOpener) indexed(growth []int64) (known bool, err error) {
	i, err := o.clip.Find(sealed.TypeIndex)
	if err != nil || i < 0 || !o.heard {
		return false, err
	}
	b, err := o.open(i)
	if err != nil {
		return false, err
	}
	index, err := sealed.ParseGrowth(b)
	if err != nil || len(index) != len(growth) {
		return false, nil // counts as none
	}
	for n, more := range index {
		growth[n] = int64(more)
	}
	return true, nil
}
