//go:build soak || bench

package app_test

import (
	"os/exec"
	"strings"
	"testing"
)

// run runs a program of the system, which has to succeed, and returns what it says.
func run(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %q: %v: %s", name, args, err, out)
	}
	return strings.TrimSpace(string(out))
}
