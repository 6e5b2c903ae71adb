package evidence

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"

	"lares/recorder/sealed"
)

// ErrNone says that a file is no evidence bundle, or that so much of it is missing that its
// manifest cannot be found.
var ErrNone = errors.New("evidence: no evidence bundle, or one that lacks its end")

// ErrPacked says that a file is encrypted, or packed by another method than ZIP's first two.
var ErrPacked = errors.New("evidence: a file that does not unpack here")

// Range is bytes of a bundle that are not as they were written, counted from its begin, or, where
// it was packed anew, from the begin of the file inside.
type Range struct {
	From, To int64
	// Part is the name of the file inside that they belong to; "" is the archive around.
	Part string
	// Offset is where in that file they begin, -1 for bytes of the archive around it.
	Offset  int64
	Missing bool // they are not there
	Extra   bool // there is more than was written: behind the end, or within if Part says of what
}

// Original is what one of the sealed files says of itself.
type Original struct {
	Clip Clip
	// Signed says that the hub signed it when it was recorded, and that it has every byte that
	// it had then.
	Signed bool
	State  sealed.State // how it ended
}

// Report is what Check found.
type Report struct {
	Manifest Manifest
	// Changed is in the order of the bundle. What follows bytes that were put in or taken out is
	// compared where it lies now.
	Changed []Range
	// Longer is how many more bytes there are than were written; negative, how many fewer.
	Longer int64
	// Originals are those of the manifest, in its order.
	Originals []Original
	// Repacked says that somebody unpacked the bundle and packed it anew: each file in it was
	// compared, and the archive around them is another one. Missing are those that it lacks, Extra
	// those that it has besides, as they are called there.
	Repacked       bool
	Missing, Extra []string
}

// OK reports whether everything is as it was written: of a bundle that was packed anew, each file.
func (r Report) OK() bool {
	return len(r.Changed)+len(r.Missing)+len(r.Extra) == 0 && !slices.ContainsFunc(r.Originals, func(o Original) bool { return !o.Signed })
}

// ManifestError is a bundle whose manifest or its signature was changed: of all else nothing
// can be said.
type ManifestError struct {
	From, To int64 // where both lie; zero of a bundle that was packed anew
	Err      error // why it is none; nil where the signature does not match
}

// Error names the bytes.
func (e *ManifestError) Error() string {
	s := "evidence: the manifest or its signature was changed"
	if e.To > 0 {
		s += fmt.Sprintf(", bytes %d to %d", e.From, e.To-1)
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap is why the manifest is none.
func (e *ManifestError) Unwrap() error { return e.Err }

// Check reads a whole bundle of the given size. What was changed is in the report; it returns
// ErrNone, a *ManifestError, ErrPacked or an error of reading. Whose hub made the bundle only its
// key says: compare Report.Manifest.Key with what the hub shows.
func Check(r io.ReaderAt, size int64) (Report, error) {
	if size < endSize || size > 2*maxBundle {
		return Report{}, ErrNone
	}
	report, err := checkMade(r, size)
	var list *ManifestError
	if err == nil && report.Longer == 0 || err != nil && !errors.Is(err, ErrNone) && !errors.As(err, &list) {
		return report, err
	}
	p, ok := openRepacked(r, size)
	if !ok {
		return report, err
	}
	if err == nil { // it was changed as it lies there, unless files came or went
		if missing, extra := p.strays(report.Manifest); len(missing)+len(extra) == 0 {
			return report, nil
		}
	}
	again, failed := p.check()
	if failed != nil && (err == nil || list != nil) && (errors.Is(failed, ErrNone) || errors.As(failed, new(*ManifestError))) {
		return report, err // which says where
	}
	return again, failed
}

// checkMade compares a bundle byte by byte with what the hub made.
func checkMade(r io.ReaderAt, size int64) (Report, error) {
	m, at, text, err := findManifest(r, size)
	if err != nil {
		return Report{}, err
	}
	entries := entriesOf(m, int64(len(text)))
	for i, f := range m.Files {
		entries[i].crc = crcIn(f.CRC)
	}
	whole := place(entries)
	c := checker{r: r, size: size, moved: at - entries[len(m.Files)].at}
	for i, e := range entries {
		var blocks []byte
		switch {
		case i < len(m.Files):
			blocks = m.Files[i].Blocks
		case e.name == manifestName:
			blocks = blockSums(text)
			entries[i].crc = crcOf(text)
		default:
			e.at += c.moved
			sig, err := signatureAt(r, e)
			if err != nil {
				return Report{}, err
			}
			blocks = blockSums(sig)
			entries[i].crc = crcOf(sig)
		}
		if err := c.entry(entries[i], m, blocks); err != nil {
			return Report{}, err
		}
	}
	last := entries[len(entries)-1].next()
	if err := c.same(last, appendDirectory(nil, entries, m.Made), ""); err != nil {
		return Report{}, err
	}
	if end := whole + c.shift; size > end {
		c.note(Range{From: end, To: size, Offset: -1, Extra: true})
	}
	report := Report{Manifest: m, Changed: c.changed, Longer: size - whole}
	for _, clip := range m.Clips {
		o, err := c.original(m, entries, clip)
		if err != nil {
			return Report{}, err
		}
		report.Originals = append(report.Originals, o)
	}
	return report, nil
}

// checker compares what is there with what was written.
type checker struct {
	r       io.ReaderAt
	size    int64
	buf     []byte
	changed []Range

	moved   int64 // how much further on than it was written the manifest lies
	shift   int64 // how much further on is looked: not at all, and moved from turned on
	turned  int64 // where that was written
	differs bool  // what was looked at last
}

// note adds a range, to the one before it where they are one.
func (c *checker) note(r Range) {
	if n := len(c.changed); n > 0 {
		last := &c.changed[n-1]
		if last.To == r.From && last.Part == r.Part && last.Missing == r.Missing && last.Extra == r.Extra && (last.Offset < 0) == (r.Offset < 0) {
			last.To = r.To
			return
		}
	}
	c.changed = append(c.changed, r)
}

// read reads n bytes, or what is there of them; what it returns holds until it is called again.
func (c *checker) read(at, n int64) ([]byte, error) {
	if at < 0 {
		return nil, nil
	}
	n = max(0, min(n, c.size-at))
	c.buf = slices.Grow(c.buf[:0], int(n))[:n]
	if got, err := c.r.ReadAt(c.buf, at); int64(got) < n {
		return nil, fmt.Errorf("evidence: reading the bundle: %w", err)
	}
	return c.buf, nil
}

// look compares what was written at a place: differ says from where to where bytes are not as
// they were. Where some are not, all of them may lie as much further on as the manifest does:
// then so does what follows.
func (c *checker) look(of Range, differ func([]byte) (from, to int)) error {
	n := of.To - of.From
	got, err := c.read(of.From+c.shift, n)
	if err != nil {
		return err
	}
	from, to := differ(got)
	if int64(len(got)) == n && from == to {
		c.differs = false
		return nil
	}
	if c.shift != c.moved {
		there, err := c.read(of.From+c.moved, n)
		if err != nil {
			return err
		}
		if start, end := differ(there); int64(len(there)) == n && start == end {
			c.turn(of, int64(from))
			return nil
		}
	}
	c.differs = true
	at, end := of.From+c.shift, of.To+c.shift
	if from < to {
		of.From, of.To = at+int64(from), at+int64(to)
		c.note(of)
	}
	if of.From, of.To, of.Missing = at+int64(len(got)), end, true; of.From < of.To {
		c.note(of)
	}
	return nil
}

// turn goes over to what lies further on. Where nothing just before it differs, the bytes were
// put in or taken out right there, or behind so many that are the same.
func (c *checker) turn(of Range, same int64) {
	c.shift, c.turned = c.moved, of.From
	if c.differs {
		c.differs = false
		return
	}
	of.From += same
	of.To = of.From + max(c.moved, -c.moved)
	of.Extra, of.Missing = c.moved > 0, c.moved < 0
	c.note(of)
}

// same compares bytes of the archive around the files.
func (c *checker) same(at int64, want []byte, part string) error {
	of := Range{From: at, To: at + int64(len(want)), Part: part, Offset: -1}
	return c.look(of, func(got []byte) (from, to int) {
		for i, b := range got {
			if b == want[i] {
				continue
			}
			if to == 0 {
				from = i
			}
			to = i + 1
		}
		return from, to
	})
}

// entry checks one file and what is around it.
func (c *checker) entry(e entry, m Manifest, blocks []byte) error {
	if err := c.same(e.at, e.appendLocal(nil, m.Made), e.name); err != nil {
		return err
	}
	count := blocksOf(e.size)
	for i := range count {
		at, length := e.block(i)
		if err := c.same(at, appendStored(nil, length, i == count-1), e.name); err != nil {
			return err
		}
		of := Range{From: at + storedSize, To: at + storedSize + length, Part: e.name, Offset: i * blockSize}
		want := blocks[i*sha256.Size : (i+1)*sha256.Size]
		err := c.look(of, func(got []byte) (from, to int) {
			if sum := sha256.Sum256(got); int64(len(got)) == length && !bytes.Equal(sum[:], want) {
				return 0, len(got)
			}
			return 0, 0
		})
		if err != nil {
			return err
		}
	}
	return c.same(e.descriptor(), e.appendDescriptor(nil), e.name)
}

// original asks a sealed file what it says of itself.
func (c *checker) original(m Manifest, entries []entry, clip Clip) (Original, error) {
	i := slices.IndexFunc(entries, func(e entry) bool { return e.name == clip.Original })
	file := &content{r: c.r, e: entries[i]}
	if first, _ := file.e.block(0); first >= c.turned {
		file.e.at += c.shift
	}
	o := original(m, clip, file, file.e.size)
	if file.failed != nil {
		return o, fmt.Errorf("evidence: reading the bundle: %w", file.failed)
	}
	return o, nil
}

// original asks a sealed file of that many bytes what it says of itself.
func original(m Manifest, clip Clip, file io.ReaderAt, size int64) Original {
	o := Original{Clip: clip}
	report, err := sealed.Check(file, size, m.signers())
	if err != nil { // it is none, or of another hub's
		return o
	}
	o.State = report.State
	o.Signed = report.State != 0 && report.Header.Clip == clip.Clip && report.Header.Camera == clip.Camera
	return o
}

// content is the bytes of one file of a bundle.
type content struct {
	r      io.ReaderAt
	e      entry
	failed error // of the reader below
}

// ReadAt reads across blocks.
func (f *content) ReadAt(p []byte, off int64) (n int, err error) {
	for len(p) > 0 {
		if off >= f.e.size {
			return n, io.EOF
		}
		at, length := f.e.block(off / blockSize)
		into := off % blockSize
		some := p[:min(int64(len(p)), length-into)]
		m, err := f.r.ReadAt(some, at+storedSize+into)
		n += m
		if m < len(some) {
			if !errors.Is(err, io.EOF) {
				f.failed = err
			}
			return n, err
		}
		p, off = p[m:], off+int64(m)
	}
	return n, nil
}
