package gate

import (
	"context"
	"fmt"
	"slices"

	"lares/cameras/fault"
	"lares/cameras/media/fmp4"
	"lares/cameras/seal"
	"lares/hub/account"
	"lares/hub/journal"
	"lares/hub/vault"
	"lares/recorder"
	"lares/recorder/sealed"
)

// ClipOpener opens one clip for one request. It holds an opened key and the
// record opened last: let go of it when the request ends. One goroutine at a
// time uses it.
type ClipOpener struct {
	gate    *Gate
	session account.SessionID
	seen    journal.View // what the journal is told of each part
	clip    *recorder.Clip
	records *seal.Records

	heard   bool             // the sound too; else it is left out of all parts
	recodes *fmp4.Recoder    // once asked for; nil for a clip that is delivered as it is
	made    *recorder.Layout // of a clip with recodes, once asked for

	delivery *journal.Delivery // of what was announced

	// the request's own, used again for each record
	ciphertext, plain, recoded []byte
}

// Opener opens the clip key with the caller's own keys. The file's header must
// be signed by this hub, or one it was before, and name camera and clip of the
// pass. It returns ErrNotFound (also for a clip this caller has no key for),
// ErrCrossed or ErrUnavailable; with an Opener in hand, and what it delivers
// announced, a 200 may be promised.
func (g *Gate) Opener(ctx context.Context, p Pass, clip *recorder.Clip) (*ClipOpener, error) {
	if p.clip.IsZero() || !p.isFor(History, Export) {
		return nil, g.crossing("pass", p.camera, p.account)
	}
	ctx, cancel := context.WithTimeout(ctx, answerIn)
	defer cancel()
	if err := g.isOf(p, clip, fault.FileOpen); err != nil {
		return nil, err
	}
	o, err := g.openClip(ctx, p.proof, clip)
	if err != nil {
		return nil, g.answer(err)
	}
	h := clip.Header()
	o.heard = p.heard
	o.session, o.seen = p.session, p.view(p.kind(), h.Camera, h.Clip)
	o.seen.Start = h.Start
	return o, nil
}

// isOf checks that a file holds the pass's clip, as this hub, or one that it was
// before, signed it; one of another clip is counted at site.
func (g *Gate) isOf(p Pass, clip *recorder.Clip, site fault.Site) error {
	h := clip.Header()
	if h.Camera != p.camera || h.Clip != p.clip {
		return g.crossing(site, h.Camera, p.account)
	}
	// Hash, fields and signature are one check.
	if !g.cfg.Vault.Signers().Signed(h, clip.HeaderHash()) {
		return g.crossing("clip signature", p.camera, p.account)
	}
	return nil
}

// openClip is lock 2 alone: it opens what the session of the proof has keys
// for, whoever may ask. Sound is opened with the pictures: whether it leaves the
// opener is lock 1's.
func (g *Gate) openClip(ctx context.Context, proof vault.Proof, clip *recorder.Clip) (*ClipOpener, error) {
	h := clip.Header()
	key, err := g.cfg.Vault.ClipKey(ctx, proof, h.Camera, h.Clip, h.KID, h.SealedKey)
	if err != nil {
		return nil, err
	}
	return &ClipOpener{gate: g, clip: clip, records: seal.NewRecords(key, clip.HeaderHash())}, nil
}

// PartSize is how many bytes a part has; ErrNotFound for a fragment or picture
// the clip does not have. For MP4Part it is the part of the range inside the
// file; the Layout's Size is the whole. See Layout for what it opens.
func (o *ClipOpener) PartSize(ctx context.Context, part Part) (int64, error) {
	p, err := o.lay(ctx, part)
	return p.size(), o.gate.answer(err)
}

// Write opens a part record by record and writes it to the wire of the same
// session. Only bytes whose tag was verified are written. Whatever goes wrong
// after the first byte, the connection must be closed.
func (o *ClipOpener) Write(ctx context.Context, part Part, w *Wire) error {
	if w == nil || o.session.IsZero() || w.Session() != o.session {
		return o.gate.crossing(fault.WireSession, o.seen.Camera, o.seen.Account)
	}
	p, err := o.lay(ctx, part)
	if err != nil {
		return o.gate.answer(err)
	}
	if err := o.Announce(ctx, part); err != nil {
		return err
	}
	defer o.End()
	w.of(o.seen.Camera, o.seen.Account)
	for _, piece := range p.pieces {
		if err := ctx.Err(); err != nil {
			return err
		}
		plain, err := o.piece(p, piece)
		if err != nil {
			return o.gate.answer(err)
		}
		from, to := max(p.from-piece.Offset, 0), min(p.to-piece.Offset, int64(len(plain)))
		if o.small(part) {
			if err := o.showing(ctx, int(to-from)); err != nil {
				return err
			}
		}
		n, err := w.Write(plain[from:to])
		o.delivery.Bytes(n)
		if err != nil {
			return err
		}
	}
	return nil
}

// piece are the bytes of one piece as they are delivered, valid until the next.
func (o *ClipOpener) piece(p plan, piece recorder.Piece) (plain []byte, err error) {
	if piece.Record >= 0 {
		if plain, err = o.open(piece.Record); err != nil {
			return nil, err
		}
	}
	if p.preview {
		if _, err = sealed.ParsePreview(plain); err != nil { // as it was written, and yet none
			err = fmt.Errorf("gate: a preview that cannot be read: %s", err.Error())
		}
	}
	if p.layout == nil || err != nil {
		return plain, err
	}
	switch {
	case p.recoder == nil || piece.Record < 0:
	case piece.Record == p.layout.Init().Record:
		o.recoded = append(o.recoded[:0], p.recoder.Init()...)
		plain = o.recoded
	default:
		if o.recoded, err = p.recoder.Fragment(o.recoded[:0], plain); err != nil {
			return nil, err
		}
		plain = o.recoded
	}
	return p.layout.Bytes(piece, plain)
}

// open opens record i; what it returns is valid until the next one.
func (o *ClipOpener) open(i int) ([]byte, error) {
	head, ciphertext, err := o.clip.ReadRecord(i, o.ciphertext[:0])
	if err != nil {
		return nil, err
	}
	o.ciphertext = ciphertext
	plain, err := o.records.Open(slices.Grow(o.plain[:0], len(ciphertext)), head.Seq, head.Bytes(), ciphertext)
	if err != nil {
		return nil, o.gate.crossing(fault.Buffer, o.clip.Header().Camera, o.seen.Account)
	}
	o.plain = plain
	return plain, nil
}

// OpenClip is Opener and Write in one, for parts that are answered whole.
func (g *Gate) OpenClip(ctx context.Context, p Pass, clip *recorder.Clip, part Part, w *Wire) error {
	o, err := g.Opener(ctx, p, clip)
	if err != nil {
		return err
	}
	return o.Write(ctx, part, w)
}
