package recorder

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"sync"

	"lares/cameras/fault"
	"lares/cameras/media"
	"lares/cameras/seal"
	"lares/recorder/internal/pool"
	"lares/recorder/sealed"
)

// ErrNoClip says that there is no such clip file.
var ErrNoClip = errors.New("recorder: no such clip")

// ErrNoEnd says that a clip is being written, or that its file is damaged.
var ErrNoEnd = errors.New("recorder: the clip has no end")

// Clip is an open clip file: ciphertext and what its heads say. Safe for
// concurrent reading.
type Clip struct {
	file   politeFile
	size   int64 // when it was opened
	header sealed.Header
	sum    [32]byte
	state  ClipState

	crossed func(fault.Site, media.CameraID)
	changed func() // hears that a byte of an ended file is not as it was written

	mu    sync.Mutex // guards following
	heads []sealed.Head
	at    []int64 // where each record starts
	next  int64   // where the next one would
	done  error   // why there are no more: io.EOF, ErrFormat or a read error
}

// Clip opens a clip file for reading by its names. It returns ErrNoClip if there is none, or
// a file that is no clip, and seal.ErrCrossed for one that belongs to another hub, camera or
// clip, and is never played: sealed.ErrForeign besides where this hub did not sign it. A clip that
// ended, and whose file is not as it was, is marked as damaged. The caller closes it.
func (r *Recorder) Clip(ctx context.Context, camera media.CameraID, clip media.ClipID) (*Clip, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	open := r.isOpen(clip) // asked first: a clip that ends meanwhile counts as open
	d, f, err := r.file(camera, clip)
	if errors.Is(err, fs.ErrNotExist) {
		r.faulty(camera, clip, err)
		return nil, ErrNoClip
	}
	if errors.Is(err, seal.ErrCrossed) {
		return nil, fmt.Errorf("recorder: opening clip %v: %w", clip, err)
	}
	if err != nil {
		return nil, fmt.Errorf("recorder: %w", err)
	}
	c, err := d.openClip(f, camera, clip, open)
	if err != nil {
		f.Close()
		if errors.Is(err, seal.ErrCrossed) {
			r.config.Crossed(fault.FileOpen, camera)
		}
		return nil, fmt.Errorf("recorder: opening clip %v: %w", clip, err)
	}
	return c, nil
}

// file opens a clip's file, wherever it is: mostly where its camera is recorded to. A disk that
// does not answer is not asked. It is fs.ErrNotExist if there is none, and ErrAway if it may
// be in a pool that is not there.
func (r *Recorder) file(camera media.CameraID, clip media.ClipID) (d *disk, f pool.File, err error) {
	r.mu.Lock()
	first := r.diskIn(camera)
	r.mu.Unlock()
	err = fs.ErrNotExist
	now := r.config.Clock.Now()
	for _, d = range slices.Concat([]*disk{first}, r.disks) {
		if !d.pool.There() || d.held(now) > slowDisk {
			err = ErrAway
			continue
		}
		if f, e := d.file(camera, clip); !errors.Is(e, fs.ErrNotExist) {
			return d, f, e
		}
	}
	return nil, pool.File{}, err
}

// file opens a clip's file in this pool. Another one in its place is ErrCrossed, and counted.
func (d *disk) file(camera media.CameraID, clip media.ClipID) (pool.File, error) {
	f, err := d.pool.Open(camera, clip)
	if errors.Is(err, pool.ErrCrossed) {
		d.r.config.Crossed(fault.FilePath, camera)
		return f, seal.ErrCrossed
	}
	return f, err
}

func (d *disk) openClip(f pool.File, camera media.CameraID, clip media.ClipID, open bool) (*Clip, error) {
	r := d.r
	size, err := f.Size()
	if err != nil {
		return nil, err
	}
	c := &Clip{file: politeFile{f, d.load}, size: size, next: sealed.HeaderSize, crossed: r.config.Crossed}
	c.header, c.sum, err = sealed.ReadHeader(f, r.config.Keys.Signers())
	switch {
	case errors.Is(err, sealed.ErrForeign): // forged, or changed by the disk
		r.faulty(camera, clip, err)
		return nil, fmt.Errorf("%w: %w", seal.ErrCrossed, err)
	case isFormat(err):
		r.faulty(camera, clip, err)
		return nil, fmt.Errorf("%w: %w", ErrNoClip, err)
	case err != nil: // the disk's
		return nil, err
	}
	if c.header.Camera != camera || c.header.Clip != clip {
		return nil, seal.ErrCrossed
	}
	_, end, err := sealed.ReadEnd(f, c.size, r.config.Keys.Signers())
	switch {
	case err == nil:
		c.state = endState(end.State)
		c.size -= sealed.EndSize
	case !isFormat(err): // the disk's
		return nil, err
	case open:
		c.state = StateOpen
	default:
		c.state = StateDamaged
		r.faulty(camera, clip, err)
	}
	if c.state != StateOpen && c.state != StateDamaged {
		c.changed = sync.OnceFunc(func() { r.faulty(camera, clip, sealed.ErrFormat) })
	}
	return c, nil
}

func endState(s sealed.State) ClipState {
	switch s {
	case sealed.Complete:
		return StateComplete
	case sealed.Recovered:
		return StateRecovered
	case sealed.Cut:
		return StateCut
	}
	return StateDamaged
}

// Header is the file's header; its signature, hub, camera and clip are checked.
func (c *Clip) Header() sealed.Header { return c.header }

// HeaderHash is what seal.NewRecords needs beside the clip key.
func (c *Clip) HeaderHash() [32]byte { return c.sum }

// State says how the file ended: StateOpen while it is being written or waits
// to be repaired, StateDamaged for any other file without a valid end.
func (c *Clip) State() ClipState { return c.state }

// step reads one more head; false if there is none. c.mu is held.
func (c *Clip) step() bool {
	if c.done != nil {
		return false
	}
	h, next, err := sealed.ReadHead(c.file, c.size, c.next, uint32(len(c.heads)))
	if err == nil && h.Type == sealed.TypeEnd {
		err = sealed.ErrFormat // the end was taken off; another one is none
	}
	if err != nil {
		c.done = err
		return false
	}
	c.heads, c.at, c.next = append(c.heads, h), append(c.at, c.next), next
	return true
}

// all reads the remaining heads. Those of a damaged or open file end where they
// stop making sense. c.mu is held.
func (c *Clip) all() error {
	for c.step() {
	}
	if errors.Is(c.done, sealed.ErrFormat) && c.changed != nil { // what ended well has heads up to its end
		c.changed()
	}
	if errors.Is(c.done, io.EOF) || errors.Is(c.done, sealed.ErrFormat) {
		return nil
	}
	return fmt.Errorf("recorder: reading clip %v: %w", c.header.Clip, c.done)
}

// Records are the heads of the records before the end, in file order, not to be
// changed. They are read on first use.
func (c *Clip) Records() ([]sealed.Head, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.heads, c.all()
}

// Find is the index of the first record of a type, and -1 if there is none; it
// reads no further than that.
func (c *Clip) Find(t sealed.Type) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := 0; i < len(c.heads) || c.step(); i++ {
		if c.heads[i].Type == t {
			return i, nil
		}
	}
	return -1, c.all()
}

// Last is the index of the last record of a type, and -1 if there is none.
func (c *Clip) Last(t sealed.Type) (int, error) {
	heads, err := c.Records()
	for i := len(heads) - 1; i >= 0; i-- {
		if heads[i].Type == t {
			return i, err
		}
	}
	return -1, err
}

// ReadRecord appends the ciphertext of record i to dst: for seal.Records.Open
// with the head's Seq and Bytes. It returns sealed.ErrFormat if there is no
// record i or the disk changed it, which marks the clip as damaged, and
// seal.ErrCrossed if another one stands where it was found before.
func (c *Clip) ReadRecord(i int, dst []byte) (sealed.Head, []byte, error) {
	head, at, err := c.record(i)
	if err != nil {
		return sealed.Head{}, dst, err
	}
	if fault.On {
		at = c.elsewhere(at, head)
	}
	start, whole := len(dst), sealed.RecordSize(head)
	if n := start + whole; n > cap(dst) {
		dst = append(make([]byte, 0, n), dst...)
	}
	out := dst[:start+whole]
	if n, err := c.file.ReadAt(out[start:], at); n < whole {
		return sealed.Head{}, dst, fmt.Errorf("recorder: reading record %d of clip %v: %w", i, c.header.Clip, err)
	}
	ciphertext, ok := sealed.Matches(head, out[start:])
	if !ok {
		c.crossed(fault.RecordOffset, c.header.Camera)
		return sealed.Head{}, dst, fmt.Errorf("recorder: reading record %d of clip %v: %w", i, c.header.Clip, seal.ErrCrossed)
	}
	if !sealed.Unchanged(out[start:]) {
		if c.changed != nil {
			c.changed()
		}
		return sealed.Head{}, dst, fmt.Errorf("recorder: record %d of clip %v is not as it was written: %w", i, c.header.Clip, sealed.ErrFormat)
	}
	if fault.On {
		other := fault.Swap(fault.Buffer, c.header.Camera.String(), bytes.Clone(ciphertext))
		copy(ciphertext, other)
	}
	return head, append(dst[:start], ciphertext...), nil
}

// elsewhere is another clip's place for a record, where this file has one.
func (c *Clip) elsewhere(at int64, head sealed.Head) int64 {
	return fault.SwapIf(fault.RecordOffset, c.header.Camera.String(), at, func(other int64) bool {
		return other != at && other+int64(sealed.RecordSize(head)) <= c.size
	})
}

func (c *Clip) record(i int) (sealed.Head, int64, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i >= len(c.heads) && c.step() {
	}
	if i < 0 || i >= len(c.heads) {
		return sealed.Head{}, 0, fmt.Errorf("recorder: no record %d in clip %v: %w", i, c.header.Clip, sealed.ErrFormat)
	}
	return c.heads[i], c.at[i], nil
}

// Close releases the file; twice is fine.
func (c *Clip) Close() error {
	if err := c.file.Close(); err != nil && !errors.Is(err, fs.ErrClosed) {
		return fmt.Errorf("recorder: closing clip %v: %w", c.header.Clip, err)
	}
	return nil
}

// Original is the whole file as it lies on the disk, its end included: nothing of it opens
// without a key. One that has no end yet, or none that holds, is ErrNoEnd.
func (c *Clip) Original() (*io.SectionReader, error) {
	if c.state == StateOpen || c.state == StateDamaged {
		return nil, ErrNoEnd
	}
	return io.NewSectionReader(c.file, 0, c.size+sealed.EndSize), nil
}
