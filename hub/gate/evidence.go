package gate

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"

	"lares/cameras/fault"
	"lares/cameras/media"
	"lares/hub/account"
	"lares/recorder"
	"lares/recorder/evidence"
)

// maxEvidence is how many clips one bundle has: eight hours of five minutes each.
const maxEvidence = 100

// Evidence is the clips of an event as an evidence bundle, for one request: their sealed
// files, which nobody opens, and what was in them, opened with the caller's own keys. Close
// it. One goroutine at a time uses it.
type Evidence struct {
	gate     *Gate
	manifest evidence.Manifest
	files    []evidenceFile // as in the manifest
	clips    []evidenceClip
}

// evidenceFile writes one file of a bundle to a writer that passes it on to the wire.
type evidenceFile func(ctx context.Context, w *Wire, to io.Writer) error

type evidenceClip struct {
	clip   *recorder.Clip
	opener *ClipOpener
	video  Part
}

// Evidence begins a bundle of the event of an Export pass; open opens the file of a clip. It
// returns ErrRecording for an event that goes on, ErrTooMany for one that is too long,
// ErrNotFound, ErrCrossed or ErrUnavailable.
func (g *Gate) Evidence(ctx context.Context, c account.Caller, p Pass, open OpenClip) (*Evidence, error) {
	if p.event.IsZero() || !p.isFor(Export) {
		return nil, g.crossing("pass", p.camera, p.account)
	}
	row, err := g.cfg.Store.VisibleEvent(ctx, p.event, p.from, p.heard, maxEvidence+1)
	if fault.On && err == nil {
		row = fault.Swap(fault.EventPage, p.camera.String(), row)
	}
	switch {
	case err != nil:
		return nil, g.answer(err)
	case row.Event != p.event || row.Camera != p.camera:
		return nil, g.crossing(fault.EventPage, row.Camera, p.account)
	case row.Recording || row.End.IsZero():
		return nil, ErrRecording
	}
	clips := make([]media.ClipID, len(row.Parts))
	for i, part := range row.Parts {
		clips[i] = part.Clip
	}
	return g.bundle(ctx, c, p.camera, clips, open)
}

// SpanEvidence begins a bundle of all clips that reach into a span, each whole. It returns
// ErrRecording where one is being written, Damaged where one is, or the errors of Evidence and
// Estimate.
func (g *Gate) SpanEvidence(ctx context.Context, c account.Caller, s Span, open OpenClip) (*Evidence, error) {
	span, err := g.slices(ctx, c, s)
	if err != nil {
		return nil, g.answer(err)
	}
	if err := span.whole(); err != nil {
		return nil, err
	}
	clips := make([]media.ClipID, len(span.all))
	for i, one := range span.all {
		clips[i] = one.Clip
	}
	return g.bundle(ctx, c, s.Camera, clips, open)
}

// bundle begins a bundle of some clips of a camera, in order.
func (g *Gate) bundle(ctx context.Context, c account.Caller, id media.CameraID, clips []media.ClipID, open OpenClip) (*Evidence, error) {
	now, err := g.now()
	if err != nil {
		return nil, err
	}
	camera, err := g.Camera(ctx, c, id)
	switch {
	case err != nil:
		return nil, err
	case len(clips) == 0:
		return nil, ErrNotFound
	case len(clips) > maxEvidence:
		return nil, ErrTooMany
	}
	e := &Evidence{gate: g, manifest: evidence.Manifest{Made: now, By: c.Name, Camera: camera.Name}}
	for i, s := range g.cfg.Vault.Signers() {
		if i == 0 {
			e.manifest.Hub, e.manifest.Key = s.Hub, evidence.Hex(s.Key)
			continue
		}
		e.manifest.Former = append(e.manifest.Former, evidence.Former{Hub: s.Hub, Key: evidence.Hex(s.Key)})
	}
	for _, clip := range clips {
		if err := e.clip(ctx, c, clip, open); err != nil {
			e.Close()
			return nil, err
		}
	}
	return e, nil
}

// EvidenceKey is the public key that bundles are signed with, and recordings.
func (g *Gate) EvidenceKey() ed25519.PublicKey { return g.cfg.Vault.Signers()[0].Key }

// clip adds one clip, for which the gate is asked as for any other.
func (e *Evidence) clip(ctx context.Context, c account.Caller, id media.ClipID, open OpenClip) error {
	pass, err := e.gate.AdmitClip(ctx, c, id, Export)
	if err != nil {
		return err
	}
	clip, err := open(ctx, pass.Camera(), pass.Clip())
	if err != nil {
		return err
	}
	e.clips = append(e.clips, evidenceClip{clip: clip})
	last := &e.clips[len(e.clips)-1]
	if last.opener, err = e.gate.Opener(ctx, pass, clip); err != nil {
		return err
	}
	layout, err := last.opener.Layout(ctx, Playable)
	if err != nil {
		return err
	}
	original, err := clip.Original()
	if err != nil {
		return err
	}
	last.video = MP4Part(0, layout.Size, Playable)
	opener, video := last.opener, last.video
	n := len(e.clips)
	entry := evidence.Clip{
		Clip: id, Camera: pass.Camera(), Start: clip.Header().Start, Millis: int64(layout.Duration / 90),
		Video: fmt.Sprintf("videos/%03d.mp4", n), Original: fmt.Sprintf("originals/%03d-%s.lar", n, id),
	}
	e.manifest.Clips = append(e.manifest.Clips, entry)
	e.add(entry.Video, layout.Size, func(ctx context.Context, w *Wire, to io.Writer) error {
		return opener.Write(ctx, video, w.through(to))
	})
	e.add(entry.Original, original.Size(), func(_ context.Context, _ *Wire, to io.Writer) error {
		_, err := io.Copy(to, original)
		return err
	})
	return nil
}

func (e *Evidence) add(name string, size int64, write evidenceFile) {
	e.manifest.Files = append(e.manifest.Files, evidence.File{Name: name, Size: size})
	e.files = append(e.files, write)
}

// Add adds a file of the caller's own, such as a page that says what the rest is.
func (e *Evidence) Add(name string, b []byte) {
	e.add(name, int64(len(b)), func(_ context.Context, _ *Wire, to io.Writer) error {
		_, err := to.Write(b)
		return err
	})
}

// Manifest says what the bundle holds so far.
func (e *Evidence) Manifest() evidence.Manifest { return e.manifest }

// Size is how long the bundle is, in bytes; ErrTooMany for what does not fit into one.
func (e *Evidence) Size() (int64, error) {
	size, err := evidence.Size(e.manifest)
	if errors.Is(err, evidence.ErrTooLarge) {
		return 0, ErrTooMany
	}
	return size, err
}

// Announce notes each clip as about to be delivered: with it, a 200 may be promised.
func (e *Evidence) Announce(ctx context.Context) error {
	for _, c := range e.clips {
		if err := c.opener.Announce(ctx, c.video); err != nil {
			return err
		}
	}
	return nil
}

// Write writes the bundle to the wire of the caller's session, signed by the hub. Whatever
// goes wrong after the first byte, the connection must be closed.
func (e *Evidence) Write(ctx context.Context, w *Wire) error {
	return evidence.Write(w, e.manifest, func(i int, to io.Writer) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		return e.files[i](ctx, w, to)
	}, e.gate.cfg.Vault.Sign)
}

// Close ends what was announced and closes the files; twice is fine.
func (e *Evidence) Close() {
	for _, c := range e.clips {
		if c.opener != nil {
			c.opener.End()
		}
		_ = c.clip.Close()
	}
	e.clips = nil
}
