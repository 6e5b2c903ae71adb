package recorder

import "lares/cameras/media"

// What came of a camera, was to be recorded and is not, is counted, so that a camera's page
// tells it: what its reader lost, what lay between two readers, and what was read and could not
// be kept.

// place is where a unit stands in what a worker sends.
type place struct {
	run media.RunID
	seq uint64
}

// missed is how many units were lost before a picture that is looked at now, or -1 if it was
// looked at before.
func (t *take) missed(u media.Unit) (n int64) {
	if u.Run == t.read.run {
		if u.Seq <= t.read.seq {
			return -1
		}
		if t.fresh {
			n = int64(u.Seq - t.read.seq - 1)
		}
	}
	t.fresh, t.read = false, place{u.Run, u.Seq}
	return n
}

// drops counts what was lost.
func (c *camera) drops(n int64) {
	if n <= 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.dropped += n
}

// stopReading ends a reader, and counts what it lost, unless it is left to who records next.
func (t *take) stopReading(reader media.Reader, left bool) {
	t.c.mu.Lock()
	t.c.reader = nil
	if !left {
		t.c.dropped += reader.Queue().Dropped
	}
	t.c.mu.Unlock()
	if !left {
		reader.Close()
	}
}
