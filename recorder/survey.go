package recorder

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"lares/cameras/media"
	"lares/cameras/media/fmp4"
	"lares/cameras/seal"
	"lares/recorder/internal/pool"
	"lares/recorder/sealed"
)

// readPool opens a pool to read it alone.
func readPool(of Pool) (*pool.Pool, error) {
	p, err := pool.Read(of.Dir, of.ID)
	if err != nil {
		return nil, fmt.Errorf("recorder: media pool %s in %s: %w", of.Name, of.Dir, err)
	}
	return p, nil
}

// Survey reads what the clip files of media pools say by themselves, with no
// index: it makes the rows of an index that was lost. Rows have no event. A file
// without a valid end is StateDamaged, for nobody knows any more whether it was
// being written. Files that none of hubs signed, or that lie in another camera's
// folder or under another clip's name, are counted as foreign and passed over.
func Survey(ctx context.Context, pools []Pool, hubs sealed.Signers, each func(ClipRow) error) (foreign int, err error) {
	for _, of := range pools {
		n, err := surveyPool(ctx, of, hubs, each)
		if foreign += n; err != nil {
			return foreign, err
		}
	}
	return foreign, nil
}

func surveyPool(ctx context.Context, of Pool, hubs sealed.Signers, each func(ClipRow) error) (foreign int, err error) {
	p, err := readPool(of)
	if err != nil {
		return 0, err
	}
	defer p.Close()
	var failed error
	err = p.Walk(ctx, func(found pool.Found) {
		if failed != nil || ctx.Err() != nil {
			return
		}
		row, err := survey(p, hubs, found)
		row.Pool = of.Number
		switch {
		case err == nil:
			failed = each(row)
		case isFormat(err) || errors.Is(err, fs.ErrNotExist):
			foreign++
		default:
			failed = err
		}
	})
	return foreign, errors.Join(err, failed)
}

func survey(p *pool.Pool, hubs sealed.Signers, found pool.Found) (ClipRow, error) {
	if found.Clip.IsZero() {
		return ClipRow{}, sealed.ErrFormat
	}
	f, err := p.OpenFound(found)
	if err != nil {
		return ClipRow{}, err
	}
	defer f.Close()
	h, _, err := sealed.ReadHeader(f, hubs)
	if err == nil && (h.Camera != found.Camera || h.Clip != found.Clip) {
		err = sealed.ErrForeign
	}
	if err != nil {
		return ClipRow{}, err
	}
	size, err := f.Size()
	if err != nil {
		return ClipRow{}, fmt.Errorf("recorder: %w", err)
	}
	row := ClipRow{Clip: h.Clip, Camera: h.Camera, KID: h.KID, Start: h.Start, Bytes: size, State: StateDamaged}
	if _, end, err := sealed.ReadEnd(f, row.Bytes, hubs); err == nil {
		row.State = endState(end.State)
	}
	return row, heads(f, &row)
}

// heads fills in what the records' heads say: how long the clip is, and whether
// it has pictures.
func heads(f io.ReaderAt, row *ClipRow) error {
	var until uint64
	for at, seq := int64(sealed.HeaderSize), uint32(0); ; seq++ {
		h, next, err := sealed.ReadHead(f, row.Bytes, at, seq)
		if errors.Is(err, io.EOF) || isFormat(err) || err == nil && h.Type == sealed.TypeEnd {
			row.Duration = media90(int64(until), fmp4.TimeScale)
			return nil
		}
		if err != nil {
			return err
		}
		switch h.Type {
		case sealed.TypeInit:
			row.Stretch, row.Beside = h.Stretch, h.Beside
		case sealed.TypeFragment:
			until = max(until, h.Time+uint64(h.Duration))
		case sealed.TypeThumbnail, sealed.TypeSmall:
			row.Thumbnail = true
		case sealed.TypePreview:
			row.Preview = true
		}
		at = next
	}
}

// askedAtOnce is how many clips the index is asked for in one question: a start
// must not take one for each clip.
const askedAtOnce = 500

// Unlisted gives the headers of the newest month's clips of each camera that are
// not listed: what shows, at a start, that the index is older than its files.
// Older months are left to the start-up scan. A clip that cannot be read is no
// reason not to start: odd hears of it, with seal.ErrCrossed where another file
// answered.
func Unlisted(ctx context.Context, of Pool, hubs sealed.Signers, listed func([]media.ClipID) (map[media.ClipID]bool, error),
	each func(sealed.Header) error, odd func(media.CameraID, media.ClipID, error),
) error {
	p, err := readPool(of)
	if err != nil {
		return err
	}
	defer p.Close()
	return unlistedOf(ctx, p, hubs, listed, each, odd)
}

func unlistedOf(ctx context.Context, p *pool.Pool, hubs sealed.Signers, listed func([]media.ClipID) (map[media.ClipID]bool, error),
	each func(sealed.Header) error, odd func(media.CameraID, media.ClipID, error),
) error {
	var waiting []pool.Found
	ask := func() error {
		ids := make([]media.ClipID, len(waiting))
		for i, found := range waiting {
			ids[i] = found.Clip
		}
		known, err := listed(ids)
		if err != nil {
			return err
		}
		for _, found := range waiting {
			if known[found.Clip] {
				continue
			}
			head, err := unlisted(p, hubs, found)
			switch {
			case err != nil:
				odd(found.Camera, found.Clip, err)
			case head != nil:
				if err := each(*head); err != nil {
					return err
				}
			}
		}
		waiting = waiting[:0]
		return nil
	}
	err := p.Newest(ctx, func(found pool.Found) error {
		if found.Clip.IsZero() {
			return nil
		}
		if waiting = append(waiting, found); len(waiting) < askedAtOnce {
			return nil
		}
		return ask()
	})
	if err != nil || len(waiting) == 0 {
		return err
	}
	return ask()
}

// unlisted is the header of one clip; nil if the file is none, or gone.
func unlisted(p *pool.Pool, hubs sealed.Signers, found pool.Found) (*sealed.Header, error) {
	f, err := p.Open(found.Camera, found.Clip)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case errors.Is(err, pool.ErrCrossed):
		return nil, seal.ErrCrossed
	case err != nil:
		return nil, err
	}
	defer f.Close()
	h, _, err := sealed.ReadHeader(f, hubs)
	if isFormat(err) || err == nil && (h.Camera != found.Camera || h.Clip != found.Clip) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &h, nil
}
