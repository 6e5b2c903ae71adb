// Package lan builds networks of Linux network namespaces for tests, in which fake
// cameras have addresses and cables of their own. It needs root; a test that cannot
// have them is skipped, with the reason. Only tests import it.
package lan

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/sys/unix"
)

// prefix and the number of its process begin the name of each namespace.
const prefix = "lares"

// spaces counts the namespaces of this process.
var spaces atomic.Int32

// Space makes a namespace with nothing in it but a loopback that is down, until the test
// ends; its cables go with it. Addresses of IPv6 are good there at once.
func Space(t testing.TB) string {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("not root: no network namespaces, and what needs a network of its own is not tried")
	}
	forget()
	space := fmt.Sprintf("%s%d-%d", prefix, os.Getpid(), spaces.Add(1))
	Need(t, "netns", "add", space)
	t.Cleanup(func() { exec.Command("ip", "netns", "del", space).Run() })
	// Without IPv6 there is no such file.
	Command(space, "sh", "-c", "echo 0 >/proc/sys/net/ipv6/conf/default/accept_dad").Run()
	return space
}

// forget removes what runs that were killed have left.
func forget() {
	left, _ := filepath.Glob("/run/netns/" + prefix + "*-*")
	for _, path := range left {
		space := filepath.Base(path)
		pid, _, _ := strings.Cut(strings.TrimPrefix(space, prefix), "-")
		if _, err := os.Stat("/proc/" + pid); err != nil {
			exec.Command("ip", "netns", "del", space).Run() // another run may have done it meanwhile
		}
	}
}

// IP runs ip(8).
func IP(args ...string) error {
	if out, err := exec.Command("ip", args...).CombinedOutput(); err != nil {
		return fmt.Errorf("lan: ip %s: %w: %s", strings.Join(args, " "), err, strings.TrimSpace(string(out)))
	}
	return nil
}

// Need is IP for what builds a network: where that fails, the test is skipped.
func Need(t testing.TB, args ...string) {
	t.Helper()
	if err := IP(args...); err != nil {
		t.Skipf("network namespaces cannot be made here, and what needs a network of its own is not tried: %v", err)
	}
}

// Command is a program in a namespace, of which it becomes the one process; "" is ours.
func Command(space string, args ...string) *exec.Cmd {
	if space != "" {
		args = append([]string{"ip", "netns", "exec", space}, args...)
	}
	return exec.Command(args[0], args[1:]...)
}

// Within does what opens sockets from within a namespace; they stay there.
func Within(space string, open func() error) error {
	// A goroutine that ends with its thread would end the processes with it
	// that the thread began (PR_SET_PDEATHSIG, prctl(2)): it goes home first.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	home, err := os.Open("/proc/thread-self/ns/net")
	if err != nil {
		return fmt.Errorf("lan: %w", err)
	}
	defer home.Close()
	there, err := os.Open("/run/netns/" + space)
	if err != nil {
		return fmt.Errorf("lan: %w", err)
	}
	defer there.Close()
	if err := unix.Setns(int(there.Fd()), unix.CLONE_NEWNET); err != nil {
		return fmt.Errorf("lan: entering %s: %w", space, err)
	}
	err = open()
	if err := unix.Setns(int(home.Fd()), unix.CLONE_NEWNET); err != nil {
		panic("lan: a thread cannot go home to its network: " + err.Error())
	}
	return err
}

// LAN is a network of its own: a namespace for the hub, with the bridge lan0, and one for
// each other machine, tied to it by a cable. Its addresses are of 198.18.0.0/15 (RFC 2544
// appendix C.2.2); nothing else is in its namespaces. One goroutine uses it.
type LAN struct {
	Hub string // its namespace

	t    testing.TB
	bits string
	next int
}

// hubAddress is the hub's.
const hubAddress = "198.18.0.1"

// New builds the hub's part; bits is the length of the network, such as "/24".
func New(t testing.TB, bits string) *LAN {
	t.Helper()
	l := &LAN{Hub: Space(t), t: t, bits: bits}
	Need(t, "-n", l.Hub, "link", "set", "lo", "up")
	Need(t, "-n", l.Hub, "link", "add", "lan0", "type", "bridge", "mcast_snooping", "0")
	Need(t, "-n", l.Hub, "addr", "add", hubAddress+bits, "dev", "lan0")
	Need(t, "-n", l.Hub, "link", "set", "lan0", "up")
	return l
}

// House makes a namespace for another machine, whose interface is eth0. An empty address
// is the next free one from 198.18.0.11 on.
func (l *LAN) House(address string) (space, host string) {
	l.t.Helper()
	const first = 11
	if address == "" {
		address = fmt.Sprintf("198.18.0.%d", first+l.next)
	}
	l.next++
	space = Space(l.t)
	port := fmt.Sprintf("p%d", l.next)
	Need(l.t, "-n", l.Hub, "link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", space)
	Need(l.t, "-n", l.Hub, "link", "set", port, "master", "lan0", "up")
	l.Move(space, address)
	return space, address
}

// Move gives a machine one address in place of those it has.
func (l *LAN) Move(space, address string) {
	l.t.Helper()
	Need(l.t, "-n", space, "addr", "flush", "dev", "eth0")
	Need(l.t, "-n", space, "addr", "add", address+l.bits, "dev", "eth0")
	Need(l.t, "-n", space, "link", "set", "eth0", "up")
}
