package app_test

import (
	"encoding/binary"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"sync/atomic"
	"testing"
	"time"
)

const (
	// crowd is how many devices a flood plays, and crowdPace how fast: all of
	// them in ten seconds.
	crowd     = 10_000
	crowdPace = time.Millisecond
	// floodAsks is how often at least each page's answer is asked for in it.
	floodAsks = 50
)

// TestFloodLeavesThePagesAlone: while ten thousand devices that do not exist fill
// the list, page, cameras and list are answered as ever, a found camera stays in
// the list, and what is recorded goes on. How slow answers are on this machine is
// only told.
func TestFloodLeavesThePagesAlone(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	w.need("-n", w.hub, "addr", "add", "198.19.0.1/16", "dev", "lan0")
	front, noisy := w.build(), w.build()
	front.camera("front", "hikvision")
	h := startHubIn(t, w.hub, t.TempDir(), "--discover", "lan")
	keeper := h.claim("keeper")
	until(t, patience, "the camera is found", func() bool { return len(keeper.candidates()) == 1 })
	id := keeper.adopt(keeper.candidates()[0].ID, "front")
	waitLive(t, keeper, []string{id})
	client := *keeper.client
	client.Timeout = patience // whoever hangs fails the test
	keeper.client = &client

	sent := noisy.flood(t)
	most, asked := 0, 0
	var slowest time.Duration
	until(t, patience, "all have announced themselves, and half of the list is made up", func() bool {
		for _, page := range []string{h.url + "/", keeper.url("cameras")} {
			began := time.Now()
			keeper.do(http.MethodGet, page, nil, http.StatusOK, nil)
			slowest = max(slowest, time.Since(began))
		}
		began := time.Now()
		list := keeper.candidates()
		slowest = max(slowest, time.Since(began))
		if !slices.ContainsFunc(list, func(c candidateJSON) bool { return c.Address == front.host && c.Added }) {
			t.Fatalf("among %d devices the camera is not", len(list))
		}
		most, asked = max(most, len(list)), asked+1
		return sent.Load() >= crowd && most > 256 && asked >= floodAsks
	})
	until(t, patience, "the camera is live in the flood", func() bool { return keeper.camera(id).Status.State == "live" })
	t.Logf("%d devices at most; the slowest of %d answers took %v", most, 3*asked, slowest.Round(time.Millisecond))
	if most > 512 {
		t.Errorf("%d devices in the list", most)
	}
}

// flood has devices that do not exist announce themselves by mDNS out of the
// building, again and again until the test ends; sent counts.
func (b *building) flood(t *testing.T) (sent *atomic.Int64) {
	t.Helper()
	var conn *net.UDPConn
	err := within(b.space, func() (err error) {
		conn, err = net.ListenUDP("udp4", net.UDPAddrFromAddrPort(netip.AddrPortFrom(netip.MustParseAddr(b.host), 0)))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	sent = &atomic.Int64{}
	ended := make(chan struct{})
	t.Cleanup(func() { conn.Close(); <-ended })
	go func() {
		defer close(ended)
		pace := time.NewTicker(crowdPace)
		defer pace.Stop()
		for i := 0; ; i = (i + 1) % crowd {
			_, err := conn.WriteToUDPAddrPort(advert(i), netip.MustParseAddrPort("224.0.0.251:5353"))
			if err != nil && t.Context().Err() != nil {
				return
			}
			sent.Add(1)
			<-pace.C
		}
	}()
	return sent
}

// advert is what the i-th of them says: PTR, SRV and A (RFC 6762 §18, RFC 1035
// §4.1).
func advert(i int) []byte {
	name := func(labels ...string) (out []byte) {
		for _, l := range labels {
			out = append(append(out, byte(len(l))), l...)
		}
		return append(out, 0)
	}
	service := []string{"_rtsp", "_tcp", "local"}
	instance := name(append([]string{fmt.Sprintf("made up %d", i)}, service...)...)
	host := name(fmt.Sprintf("made-up-%d", i), "local")
	out := []byte{0, 0, 0x84, 0, 0, 0, 0, 1, 0, 0, 0, 2}
	record := func(owner []byte, kind uint16, data []byte) {
		out = binary.BigEndian.AppendUint16(append(out, owner...), kind)
		out = append(out, 0, 1, 0, 0, 0, 120)
		out = append(binary.BigEndian.AppendUint16(out, uint16(len(data))), data...)
	}
	record(name(service...), 12, instance)
	record(instance, 33, append([]byte{0, 0, 0, 0, 554 >> 8, 554 & 255}, host...))
	record(host, 1, []byte{198, 19, byte(1 + i>>8), byte(i)})
	return out
}
