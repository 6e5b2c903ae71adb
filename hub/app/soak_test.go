//go:build soak

package app_test

import "testing"

// TestSoakKilledHub is TestKilledHubLosesAtMostTwoSeconds for longer.
func TestSoakKilledHub(t *testing.T) { killHub(t, 50) }

// TestSoakLinkDrops is TestLinkDrops with 200 drops, of four cables.
func TestSoakLinkDrops(t *testing.T) {
	t.Parallel()
	dropLinks(t, 4, 50)
}
