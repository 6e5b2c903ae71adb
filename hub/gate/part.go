package gate

import (
	"context"
	"errors"
	"math"

	"lares/cameras/media/fmp4"
	"lares/recorder"
	"lares/recorder/sealed"
)

// Sound says in which form a clip's sound is delivered, to who may hear it.
type Sound uint8

const (
	// Playable is sound that players know: G.711 as FLAC, all other as it is.
	Playable Sound = iota
	// Recorded is sound as the camera sent it.
	Recorded
)

// Part says which part of a clip to write. Make one with MP4Part, InitPart,
// FragmentPart, ThumbnailPart, SmallPart or PreviewPart.
type Part struct {
	kind     partKind
	from, to int64
	sound    Sound
	n        int
}

type partKind uint8

const (
	partMP4 partKind = iota + 1
	partInit
	partFragment
	partThumbnail
	partSmall
	partPreview
)

// MP4Part is the bytes [from, to) of the clip as one MP4 file.
func MP4Part(from, to int64, s Sound) Part {
	return Part{kind: partMP4, from: from, to: to, sound: s}
}

// InitPart is the init segment, for playable sound.
func InitPart() Part { return Part{kind: partInit} }

// FragmentPart is fragment n, counted from 0, with playable sound.
func FragmentPart(n int) Part { return Part{kind: partFragment, n: n} }

// ThumbnailPart is the clip's picture, a JPEG: a small one where there is no other.
func ThumbnailPart() Part { return Part{kind: partThumbnail} }

// SmallPart is the clip's small picture, a JPEG: its picture where there is no small one.
func SmallPart() Part { return Part{kind: partSmall} }

// PreviewPart is small pictures of all of the clip, as sealed.AppendPreview makes them.
func PreviewPart() Part { return Part{kind: partPreview} }

// plan is where the bytes of a part come from.
type plan struct {
	layout   *recorder.Layout // nil for pictures
	preview  bool             // what is opened is to be one
	recoder  *fmp4.Recoder    // nil to deliver what was recorded
	pieces   []recorder.Piece
	from, to int64 // in the bytes that pieces count in
}

func (p plan) size() int64 {
	var n int64
	for _, piece := range p.pieces {
		n += min(p.to, piece.Offset+piece.Size) - max(p.from, piece.Offset)
	}
	return n
}

// lay finds the pieces of a part: from record heads alone, but for G.711 that
// is to be FLAC and for sound that is left out. What the clip does not have is ErrNotFound.
func (o *ClipOpener) lay(ctx context.Context, part Part) (plan, error) {
	switch part.kind {
	case partThumbnail, partSmall:
		return o.layPicture(part.kind == partSmall)
	case partPreview:
		p, err := o.layLast(sealed.TypePreview)
		p.preview = true
		return p, err
	case partMP4:
		l, r, err := o.layout(ctx, part.sound)
		if err != nil {
			return plan{}, err
		}
		p := plan{layout: l, recoder: r, from: max(part.from, 0), to: min(part.to, l.Size)}
		p.pieces = l.Range(p.from, p.to)
		return p, nil
	case partInit, partFragment:
		return o.layOne(part)
	}
	return plan{}, ErrNotFound
}

// layPicture finds the clip's picture. A small one before the last one that is not is of
// another.
func (o *ClipOpener) layPicture(small bool) (plan, error) {
	large, err := o.clip.Last(sealed.TypeThumbnail)
	if err != nil {
		return plan{}, err
	}
	if little, err := o.clip.Last(sealed.TypeSmall); large < 0 || small && little > large || err != nil {
		return o.layLast(sealed.TypeSmall)
	}
	return o.layLast(sealed.TypeThumbnail)
}

// layLast finds the last record of a type.
func (o *ClipOpener) layLast(t sealed.Type) (plan, error) {
	i, err := o.clip.Last(t)
	if err != nil || i < 0 {
		return plan{}, errors.Join(err, ErrNotFound)
	}
	heads, err := o.clip.Records()
	if err != nil {
		return plan{}, err
	}
	size := heads[i].Plain()
	return plan{pieces: []recorder.Piece{{Size: size, Record: i}}, to: size}, nil
}

// layOne finds an init segment or one fragment, without a look at the others.
func (o *ClipOpener) layOne(part Part) (plan, error) {
	l, err := o.recorded()
	if err != nil {
		return plan{}, err
	}
	r, err := o.recoder(l)
	if err != nil {
		return plan{}, err
	}
	piece := l.Init()
	if part.kind == partFragment {
		fragments := l.Fragments()
		if part.n < 0 || part.n >= len(fragments) {
			return plan{}, ErrNotFound
		}
		piece = fragments[part.n]
	}
	if r != nil {
		growth := len(r.Init()) - int(piece.Size)
		if part.kind == partFragment {
			plain, err := o.open(piece.Record)
			if err != nil {
				return plan{}, err
			}
			if growth, err = r.Growth(plain); err != nil {
				return plan{}, err
			}
		}
		piece.Size += int64(growth)
	}
	return plan{layout: l, recoder: r, pieces: []recorder.Piece{piece}, to: math.MaxInt64}, nil
}
