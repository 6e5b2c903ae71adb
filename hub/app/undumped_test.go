package app_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// TestMemoryIsClosed: a hub leaves no core dump, whatever it was started with, and no
// process of its own user looks into its memory, where the keys are (VAULT §5).
func TestMemoryIsClosed(t *testing.T) {
	h := startHub(t, t.TempDir())
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/limits", h.cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for line := range strings.Lines(string(b)) {
		if rest, ok := strings.CutPrefix(line, "Max core file size"); ok {
			found = slices.Equal(strings.Fields(rest)[:2], []string{"0", "0"})
		}
	}
	if !found {
		t.Errorf("core dumps are possible:\n%s", b)
	}
	if os.Getuid() == 0 {
		return // to it nothing is closed, and nothing would show
	}
	info, err := os.Stat(fmt.Sprintf("/proc/%d/environ", h.cmd.Process.Pid)) // root's where memory is closed: proc(5)
	if err != nil {
		t.Fatal(err)
	}
	if s, ok := info.Sys().(*syscall.Stat_t); !ok || s.Uid != 0 {
		t.Errorf("the memory is open to processes of the hub's user: %+v", info.Sys())
	}
}
