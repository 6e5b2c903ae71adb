package recorder

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"sync/atomic"
	"time"

	"lares/cameras/media"
	"lares/cameras/media/fmp4"
	"lares/cameras/seal"
	"lares/recorder/internal/pool"
	"lares/recorder/sealed"
)

const (
	// largestPart is of how many parts of the room for all clips a file may take one, if that is
	// largestLeast bytes, and largestAfter how long it is at least then: files follow each other
	// no faster than pace lets them.
	largestPart  = 32
	largestLeast = 1 << 20
	largestAfter = 10 * time.Second
)

// part is one clip file while it is written. Its camera's goroutine owns it.
type part struct {
	r      *Recorder
	d      *disk
	w      *writes
	files  *atomic.Int32 // that its camera has open
	row    ClipRow
	run    media.RunID
	file   pool.File
	writer *sealed.Writer
	muxer  *fmp4.Muxer
	law    *fmp4.Recoder // measures G.711; nil without
	growth []uint32      // of the fragments, with law
	video  media.Track
	began  time.Time // when its first picture came
	first  int64     // DTS of it
	config media.Config
	slew   slewing
	idr    int64 // DTS of the newest IDR
	group  int64 // ticks between the two newest IDRs
	filled bool  // it holds a fragment
	listed bool  // its row went to the index
	held   int64 // pictures that wait for the next one

	most    int64 // bytes, from which on it ends soon
	preview preview
	small   bool // it holds a small picture
}

// openPart makes the file of a clip that starts with the IDR u. On an error
// nothing is left behind. DESIGN.md "Create" numbers these steps.
func (c *camera) openPart(row ClipRow, key StoreKey, config media.Config, u media.Unit) (_ *part, err error) {
	r, d := c.r, c.disk()
	video, ok := config.Track(u.Track)
	if !ok {
		return nil, fmt.Errorf("recorder: track %d: %w", u.Track, fmp4.ErrTrack)
	}
	muxer, err := fmp4.NewMuxer(config)
	if err != nil {
		return nil, err
	}
	if err := d.takes(); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			d.outcome(err)
		}
	}()
	if free, _, err := d.room(); err != nil {
		return nil, err
	} else if free < startSpace {
		return nil, errFull
	}
	row.Clip, row.KID, row.State, row.Pool = media.NewClipID(), key.KID, StateOpen, d.Number
	header := sealed.Header{Hub: r.config.Hub, Camera: row.Camera, KID: key.KID, Clip: row.Clip, Start: row.Start}
	clipKey, sealedKey, err := seal.NewClipKey(key.Key, seal.ClipBinding(header.Hub, header.Camera, header.KID, header.Clip))
	if err != nil {
		return nil, err
	}
	header.SealedKey = sealedKey
	p := &part{
		r: r, d: d, w: c.writes, files: c.files, row: row, run: u.Run, muxer: muxer, config: config, video: video, began: u.Received, first: u.DTS, idr: u.DTS,
		preview: newPreview(u.Received, r.frameStep(row.Stretch)), most: r.largest(d),
	}
	r.makes(row.Clip)
	err = p.w.do(d.load, func() (err error) {
		p.file, err = d.pool.Create(row.Camera, row.Clip, row.Start)
		return err
	})
	if err != nil {
		r.clearOpen(row.Clip)
		return nil, err
	}
	p.writer = sealed.NewWriter(timedFile{p.file, p.w, d}, header, clipKey, r.config.Keys.Sign, r.config.Clock)
	if err = p.begin(); err != nil {
		p.discard()
		return nil, err
	}
	return p, nil
}

// begin writes header and init segment and makes both, and the name, durable.
func (p *part) begin() error {
	init := p.muxer.Init(nil)
	law, needed, err := fmp4.NewRecoder(init)
	if err != nil {
		return err
	}
	p.law = law
	if err := p.record(sealed.Head{Type: sealed.TypeInit, G711: needed, Stretch: p.row.Stretch, Beside: p.row.Beside}, init); err != nil {
		return err
	}
	if err := p.writer.Sync(); err != nil {
		return err
	}
	if err := p.w.do(p.d.load, func() error { return p.d.pool.SyncName(p.row.Camera, p.row.Start) }); err != nil {
		return err
	}
	p.row.Bytes, p.listed = p.writer.Size(), true
	row := p.row
	p.r.queue.putRowNow(row.Camera, "clip opened", func(ctx context.Context, rows RowIndex) error { return rows.ClipOpened(ctx, row) })
	return nil
}

// record writes one record and counts its bytes. Where both streams of the camera are recorded
// each file is synced half as often: what an SD card bears is one a second of a camera, and which
// of the two a power cut costs more is not to be chance.
func (p *part) record(h sealed.Head, plain []byte) error {
	before := p.writer.Size()
	p.writer.SyncEvery(max(1, time.Duration(p.files.Load())) * time.Second)
	err := p.writer.Record(h, plain)
	p.r.bytes.add(p.row.place(), p.writer.Size()-before)
	return err
}

// add muxes one opened unit and writes the fragment that it completes; it says whether the
// unit is one that can be kept.
func (p *part) add(au media.AccessUnit) (kept bool, err error) {
	if au.Track == p.video.ID && au.Sync && au.DTS > p.idr {
		p.group, p.idr = au.DTS-p.idr, au.DTS
	}
	if au.Type == media.UnitVideo {
		p.held++
	}
	f, ok, err := p.muxer.Add(p.slewed(au))
	if errors.Is(err, fmp4.ErrUnit) {
		p.r.config.Log.Warn("unit dropped", "camera", p.row.Camera.String(), "error", err)
		return false, nil
	}
	if err != nil || !ok {
		return err == nil, err
	}
	return true, p.fragment(f)
}

func (p *part) fragment(f fmp4.Fragment) error {
	if p.d.scarce() {
		return errFull
	}
	if p.law != nil {
		growth, err := p.law.Growth(f.Data)
		if err != nil {
			return err
		}
		p.growth = append(p.growth, uint32(growth))
	}
	err := p.record(sealed.Head{Type: sealed.TypeFragment, Sync: f.Sync, Time: f.Time, Duration: f.Duration}, f.Data)
	if err == nil {
		p.filled, p.held = true, 0
	}
	return err
}

// largest is from what size on a file on a disk ends, in bytes: while it is open nothing of it
// can go, and on a small one all that others recorded would go for it. Until all is counted
// nobody knows.
func (r *Recorder) largest(d *disk) int64 {
	if !isClosed(r.counted) {
		return math.MaxInt64
	}
	var on []PoolState
	for _, o := range d.sharing(r.disks) {
		on = append(on, o.state(r.config.Clock.Now()))
	}
	may := roomOf(on).Bytes
	if r.config.LimitBytes > 0 {
		may = min(may, r.config.LimitBytes)
	}
	return max(largestLeast, may/largestPart)
}

// rolls says whether the file must end before a picture at dts: at an IDR whose
// group would not fit any more, or where the file is large, or else when it is as long as may
// be.
func (p *part) rolls(u media.Unit) bool {
	if u.Track != p.video.ID {
		return false
	}
	long := u.DTS - p.first
	if u.Sync {
		if p.writer.Size() > p.most && media90(long, p.video.ClockRate) > largestAfter {
			return true
		}
		long += p.group
	}
	return media90(long, p.video.ClockRate) > p.r.config.MaxClip
}

func media90(ticks int64, rate uint32) time.Duration {
	return time.Duration(float64(ticks) / float64(rate) * float64(time.Second))
}

// ended is when what was written does, by the clock that nobody sets.
func (p *part) ended() time.Time {
	return p.began.Add(p.slew.back(media90(int64(p.writer.Until()), fmp4.TimeScale)))
}

// ticks is a time of what was written, 90 kHz.
func (p *part) ticks(at time.Time) uint64 {
	ticks := max(0, p.slew.of(at.Sub(p.began)).Microseconds()*fmp4.TimeScale/1e6)
	return min(uint64(ticks), p.writer.Until())
}

// thumbnail, smallPicture, film and note add what belongs to the clip beside its pictures.
// at is when the thumbnail was taken.
func (p *part) thumbnail(files media.Pictures, at time.Time) error {
	if len(files.Large) > 0 {
		if err := p.record(sealed.Head{Type: sealed.TypeThumbnail, Time: p.ticks(at)}, files.Large); err != nil {
			return err
		}
		p.row.Thumbnail = true
	}
	if len(files.Small) == 0 {
		return nil
	}
	return p.smallPicture(files.Small, p.ticks(at))
}

func (p *part) smallPicture(jpeg []byte, at uint64) error {
	err := p.record(sealed.Head{Type: sealed.TypeSmall, Time: at}, jpeg)
	if err == nil {
		p.row.Thumbnail, p.small = true, true
	}
	return err
}

func (p *part) film(frames []sealed.Frame) error {
	err := p.record(sealed.Head{Type: sealed.TypePreview, Time: frames[0].Time}, sealed.AppendPreview(nil, frames))
	if err == nil {
		p.row.Preview = true
	}
	return err
}

func (p *part) note(n EventNote) error {
	text, err := json.Marshal(n)
	if err != nil {
		return fmt.Errorf("recorder: encoding an event: %w", err)
	}
	return p.record(sealed.Head{Type: sealed.TypeEvent, Time: p.writer.Until()}, text)
}
