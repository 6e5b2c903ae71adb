//go:build crossfault

package live

import (
	"os"
	"os/exec"
	"testing"

	"lares/cameras/fault"
	"lares/hub/account"
	"lares/hub/store"
)

// TestVoicesAreCompared: a look-up that finds another account's voice is refused and
// counted at its site. It runs in a process of its own, in which every look-up there
// finds somebody else's, once there is one.
func TestVoicesAreCompared(t *testing.T) {
	const site = fault.VoiceRegistry
	if os.Getenv(fault.Variable) == "" {
		c := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$")
		c.Env = append(os.Environ(), fault.Variable+"=rate=1,sites="+string(site))
		if out, err := c.CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
		return
	}
	ann, eve := account.Caller{Account: store.NewAccountID()}, account.Caller{Account: store.NewAccountID()}
	refused := map[account.ID]uint64{}
	s := New(Config{Crossed: func(at fault.Site, who account.ID) {
		if at != site {
			t.Errorf("counted at %q", at)
		}
		refused[who]++
	}})
	find := func(c account.Caller) int {
		return len(s.talkersOf(func(k *talker) bool { return k.viewer.Caller.Account == c.Account }))
	}
	for _, c := range []account.Caller{ann, eve} {
		if err := s.addTalk(&talker{sockets: s, viewer: Viewer{Caller: c}}); err != nil {
			t.Fatal(err)
		}
	}
	if n := find(ann); n != 1 {
		t.Fatalf("ann's own: %d", n)
	}
	const times = 100
	for range times {
		if n := find(eve); n != 0 {
			t.Fatalf("ann's for eve: %d", n)
		}
	}
	if swapped := fault.Injected()[string(site)]; swapped != times || refused[ann.Account] != swapped || len(refused) != 1 {
		t.Errorf("%d swaps, refused %v", swapped, refused)
	}
}
