//go:build soak

package recorder

import (
	"fmt"
	"testing"
	"time"
)

// TestSoakFailures is TestFailures with each way to fail.
func TestSoakFailures(t *testing.T) {
	for name, fail := range failures {
		for _, lasts := range [...]time.Duration{0, 3 * time.Second} {
			t.Run(fmt.Sprintf("%s for %v", name, lasts), func(t *testing.T) { t.Parallel(); eachFails(t, fail, lasts) })
		}
	}
}

// TestSoakPowerCuts is TestPowerCuts with more images.
func TestSoakPowerCuts(t *testing.T) { powerCuts(t, 40) }

// TestSoakSmallDisk records for an hour a hundred and twenty times what a small disk holds.
func TestSoakSmallDisk(t *testing.T) { fillSmallDisk(t, time.Hour) }
