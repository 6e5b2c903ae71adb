package recorder

import "lares/recorder/internal/pool"

// ErrNotKept says that a disk does not give back what was written to it.
var ErrNotKept = pool.ErrNotKept

// TryFolder writes a file into a folder for recordings, through to the disk, reads it back
// and removes it. Its errors are those of the file system, or ErrNotKept.
func TryFolder(dir string) error { return pool.Try(dir) }

// NetworkFS names the network file system that a folder is on: there locks do not hold, what
// is synced may not be on a disk, and a call may wait for as long as the other side is away.
// It is "" for a file system of this machine's own.
func NetworkFS(dir string) string { return pool.Network(dir) }
