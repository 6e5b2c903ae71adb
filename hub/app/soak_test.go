//go:build soak

package app_test

import "testing"

// TestSoakKilledHub is TestKilledHubLosesAtMostTwoSeconds for longer.
func TestSoakKilledHub(t *testing.T) { killHub(t, 50) }
