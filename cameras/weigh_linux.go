package cameras

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

const (
	// mostWeight is the memory of its own that a worker may hold: a 4K camera
	// makes it hold 20 to 30 MiB, and its collector aims below 48.
	mostWeight = 64<<20 + raceWeight
	// weighEvery is how often that is looked at; RLIMIT_DATA holds in between.
	weighEvery = 2 * time.Second
)

// weigh is the memory that only this process holds, in bytes, as the kernel
// tells it to everybody (proc(5), statm); 0 where it does not.
func weigh(pid int) int {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		return 0
	}
	f := strings.Fields(string(b)) // size, resident, shared, …, in pages
	if len(f) < 3 {
		return 0
	}
	resident, err1 := strconv.Atoi(f[1])
	shared, err2 := strconv.Atoi(f[2])
	if err1 != nil || err2 != nil {
		return 0
	}
	return (resident - shared) * os.Getpagesize()
}
