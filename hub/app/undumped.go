package app

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// undumped keeps the memory of this process, which holds keys, out of core dumps, whatever
// its limits were, and from other processes of the same user (prctl(2), PR_SET_DUMPABLE).
func undumped() error {
	if err := unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{}); err != nil {
		return fmt.Errorf("app: forbidding core dumps: %w", err)
	}
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return fmt.Errorf("app: closing the memory: %w", err)
	}
	return nil
}
