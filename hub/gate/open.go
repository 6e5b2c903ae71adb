package gate

import (
	"context"
	"crypto/sha256"
	"errors"
	"math"
	"slices"

	"lares/cameras/seal"
	"lares/hub/account"
	"lares/hub/vault"
	"lares/recorder"
	"lares/recorder/sealed"
)

// Part says which part of a clip to write. Make one with MP4Part, InitPart,
// FragmentPart or ThumbnailPart.
type Part struct {
	kind     partKind
	from, to int64
	n        int
}

type partKind uint8

const (
	partMP4 partKind = iota + 1
	partInit
	partFragment
	partThumbnail
)

// MP4Part is the bytes [from, to) of the clip as one MP4 file.
func MP4Part(from, to int64) Part { return Part{kind: partMP4, from: from, to: to} }

// InitPart is the init segment.
func InitPart() Part { return Part{kind: partInit} }

// FragmentPart is fragment n, counted from 0.
func FragmentPart(n int) Part { return Part{kind: partFragment, n: n} }

// ThumbnailPart is the clip's picture, a JPEG.
func ThumbnailPart() Part { return Part{kind: partThumbnail} }

// plan is where the bytes of a part come from.
type plan struct {
	layout   *recorder.Layout // nil for a thumbnail
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

// lay finds the pieces of a part, from record heads alone. What the clip does
// not have is ErrNotFound.
func lay(clip *recorder.Clip, part Part) (plan, error) {
	if part.kind == partThumbnail {
		i, err := clip.Find(sealed.TypeThumbnail)
		if err != nil || i < 0 {
			return plan{}, errors.Join(err, ErrNotFound)
		}
		heads, err := clip.Records()
		if err != nil {
			return plan{}, err
		}
		size := heads[i].Plain()
		return plan{pieces: []recorder.Piece{{Size: size, Record: i}}, to: size}, nil
	}
	l, err := clip.MP4()
	if errors.Is(err, sealed.ErrFormat) {
		return plan{}, ErrNotFound // nothing to play
	}
	if err != nil {
		return plan{}, err
	}
	p := plan{layout: l, to: math.MaxInt64}
	switch part.kind {
	case partMP4:
		p.from, p.to = max(part.from, 0), min(part.to, l.Size)
		p.pieces = l.Range(p.from, p.to)
	case partInit:
		p.pieces = []recorder.Piece{l.Init()}
	case partFragment:
		fragments := l.Fragments()
		if part.n < 0 || part.n >= len(fragments) {
			return plan{}, ErrNotFound
		}
		p.pieces = fragments[part.n : part.n+1]
	default:
		return plan{}, ErrNotFound
	}
	return p, nil
}

// PartSize is how many bytes a part has, from record heads alone; ErrNotFound
// for a fragment or picture the clip does not have. For MP4Part it is the part
// of the range inside the file; recorder.Layout.Size is the whole.
func PartSize(clip *recorder.Clip, part Part) (int64, error) {
	p, err := lay(clip, part)
	return p.size(), err
}

// ClipOpener opens one clip for one request. It holds an opened key: let go of
// it when the request ends.
type ClipOpener struct {
	gate    *Gate
	session account.SessionID
	clip    *recorder.Clip
	records *seal.Records
}

// Opener opens the clip key with the caller's own keys. The file's header must
// be signed by this hub and name the hub, camera and clip of the pass. It
// returns ErrNotFound (also for a clip this caller has no key for), ErrCrossed
// or ErrUnavailable; with an Opener in hand a 200 may be promised.
func (g *Gate) Opener(ctx context.Context, p Pass, clip *recorder.Clip) (*ClipOpener, error) {
	if p.clip.IsZero() || !p.isFor(History, Export) {
		return nil, g.crossed("pass")
	}
	ctx, cancel := context.WithTimeout(ctx, answerIn)
	defer cancel()
	h := clip.Header()
	if h.Hub != g.cfg.Vault.Hub() || h.Camera != p.camera || h.Clip != p.clip {
		return nil, g.crossed("clip header")
	}
	// Ed25519 is deterministic: a header that this hub signed is, byte for byte,
	// the one it would sign now. So hash, fields and signature are one check.
	if sha256.Sum256(h.Append(nil, g.cfg.Vault.Sign)) != clip.HeaderHash() {
		return nil, g.crossed("clip signature")
	}
	o, err := g.openClip(ctx, p.proof, clip)
	if err != nil {
		return nil, g.answer(err)
	}
	o.session = p.session
	return o, nil
}

// openClip is lock 2 alone: it opens what the session of the proof has keys
// for, whoever may ask.
func (g *Gate) openClip(ctx context.Context, proof vault.Proof, clip *recorder.Clip) (*ClipOpener, error) {
	a, err := g.cfg.Vault.Unlock(ctx, proof)
	if err != nil {
		return nil, err
	}
	h := clip.Header()
	key, err := a.ClipKey(ctx, h.Camera, h.Clip, h.KID, h.SealedKey)
	if err != nil {
		return nil, err
	}
	return &ClipOpener{gate: g, clip: clip, records: seal.NewRecords(key, clip.HeaderHash())}, nil
}

// Write opens a part record by record and writes it to the wire of the same
// session. Only bytes whose tag was verified are written. Whatever goes wrong
// after the first byte, the connection must be closed.
func (o *ClipOpener) Write(ctx context.Context, part Part, w *Wire) error {
	if w == nil || o.session.IsZero() || w.Session() != o.session {
		return o.gate.crossed("wire session")
	}
	p, err := lay(o.clip, part)
	if err != nil {
		return o.gate.answer(err)
	}
	var sealedBuf, plainBuf []byte // one request's own, used again for each record
	for _, piece := range p.pieces {
		if err := ctx.Err(); err != nil {
			return err
		}
		var plain []byte
		if piece.Record >= 0 {
			head, ciphertext, err := o.clip.ReadRecord(piece.Record, sealedBuf[:0])
			if err != nil {
				return o.gate.answer(err)
			}
			plainBuf = slices.Grow(plainBuf[:0], len(ciphertext))
			if plain, err = o.records.Open(plainBuf, head.Seq, head.Bytes(), ciphertext); err != nil {
				return o.gate.crossed("record")
			}
			sealedBuf, plainBuf = ciphertext, plain
		}
		if p.layout != nil {
			if plain, err = p.layout.Bytes(piece, plain); err != nil {
				return o.gate.answer(err)
			}
		}
		from, to := max(p.from-piece.Offset, 0), min(p.to-piece.Offset, int64(len(plain)))
		if _, err := w.Write(plain[from:to]); err != nil {
			return err
		}
	}
	return nil
}

// OpenClip is Opener and Write in one, for parts that are answered whole.
func (g *Gate) OpenClip(ctx context.Context, p Pass, clip *recorder.Clip, part Part, w *Wire) error {
	o, err := g.Opener(ctx, p, clip)
	if err != nil {
		return err
	}
	return o.Write(ctx, part, w)
}
