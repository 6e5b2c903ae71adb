package gate

import (
	"context"

	"lares/cameras/media"
	"lares/cameras/seal"
	"lares/hub/account"
	"lares/recorder"
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

// PartSize is how many bytes a part has, from record heads alone; ErrNotFound
// for a fragment or picture the clip does not have. For MP4Part it is the part
// of the range inside the file; recorder.Layout.Size is the whole.
func PartSize(clip *recorder.Clip, part Part) (int64, error) { return 0, ErrNotFound }

// ClipOpener opens one clip for one request. It holds an opened key: let go of
// it when the request ends.
type ClipOpener struct {
	session account.SessionID
	clip    *recorder.Clip
	records *seal.Records
}

// Opener opens the clip key with the caller's own keys. The file's header must
// be signed by this hub and name the hub, camera and clip of the pass. It
// returns ErrNotFound (also for a clip this caller has no key for), ErrCrossed
// or ErrUnavailable; with an Opener in hand a 200 may be promised.
func (g *Gate) Opener(ctx context.Context, p Pass, clip *recorder.Clip) (*ClipOpener, error) {
	return nil, ErrUnavailable
}

// Write opens a part record by record and writes it to the wire of the same
// session. Only bytes whose tag was verified are written. Whatever goes wrong
// after the first byte, the connection must be closed.
func (o *ClipOpener) Write(ctx context.Context, part Part, w *Wire) error { return ErrUnavailable }

// OpenClip is Opener and Write in one, for parts that are answered whole.
func (g *Gate) OpenClip(ctx context.Context, p Pass, clip *recorder.Clip, part Part, w *Wire) error {
	return ErrUnavailable
}

// LiveOpener opens the units of one camera's run for one viewer. It is made
// again at each run. One goroutine uses it at a time.
type LiveOpener struct {
	session account.SessionID
	opener  *seal.Opener
}

// OpenLive opens the run key with the caller's own keys; p is a Live pass. It
// returns ErrNotFound, ErrCrossed or ErrUnavailable.
func (g *Gate) OpenLive(ctx context.Context, p Pass, run seal.Run) (*LiveOpener, error) {
	return nil, ErrUnavailable
}

// Session is the login session it opens for: only its wire may carry the result.
func (o *LiveOpener) Session() account.SessionID { return o.session }

// Run is the run it opens; units of another one are ErrCrossed.
func (o *LiveOpener) Run() media.RunID { return o.opener.Run() }

// Open opens a unit and appends its data to dst, as seal.Opener does; a unit of
// another camera or run is ErrCrossed.
func (o *LiveOpener) Open(dst []byte, u media.Unit) (media.AccessUnit, []byte, error) {
	return o.opener.Open(dst, u)
}
