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

// TestSoakFaults turns every switch three times, with the proof of TestFaults.
func TestSoakFaults(t *testing.T) {
	t.Parallel()
	tables := map[string][]faultRow{"lossy": lossyFaults(), "lying": lyingFaults(), "lost": lostFaults(), "silent": silentFaults()}
	for _, row := range rareFaults() { // each waits for minutes
		tables[row.fault.String()] = []faultRow{row}
	}
	for name, rows := range tables {
		t.Run(name, func(t *testing.T) { t.Parallel(); faultTable(t, 3, rows) })
	}
}

// TestSoakSwappedAddresses is TestSwappedAddresses for longer.
func TestSoakSwappedAddresses(t *testing.T) {
	t.Parallel()
	swapCameras(t, 3)
}

// TestSoakExchangedAtRestarts is TestExchangedAtRestarts for longer.
func TestSoakExchangedAtRestarts(t *testing.T) { exchangeAtRestarts(t, 100) }
