package app_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/sys/unix"
)

// dialIn dials from within a network namespace; nil, which is as everywhere, for
// ours.
func dialIn(space string) func(ctx context.Context, network, address string) (net.Conn, error) {
	if space == "" {
		return nil
	}
	return func(ctx context.Context, network, address string) (c net.Conn, err error) {
		return c, errors.Join(within(space, func() error {
			c, err = (&net.Dialer{}).DialContext(ctx, network, address)
			return nil
		}), err)
	}
}

// within does what opens sockets from within a network namespace.
func within(space string, open func() error) error {
	// A goroutine that ends with its thread would end the processes with it
	// that the thread began (PR_SET_PDEATHSIG, prctl(2)): it goes home first.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	home, err := os.Open("/proc/thread-self/ns/net")
	if err != nil {
		return err
	}
	defer home.Close()
	there, err := os.Open("/run/netns/" + space)
	if err != nil {
		return err
	}
	defer there.Close()
	if err := unix.Setns(int(there.Fd()), unix.CLONE_NEWNET); err != nil {
		return err
	}
	err = open()
	if err := unix.Setns(int(home.Fd()), unix.CLONE_NEWNET); err != nil {
		panic("a thread cannot go home to its network: " + err.Error())
	}
	return err
}

// town is a network of its own: a namespace for the hub, with a bridge, and one
// for each house, tied to it by a cable. Its addresses are of 198.18.0.0/15 (RFC
// 2544 appendix C.2.2); nothing else is in its namespaces.
type town struct {
	t    *testing.T
	name string
	hub  string
	next int
}

// towns counts those of this process.
var towns atomic.Int32

func newTown(t *testing.T) *town {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("not root: no network namespaces, a hub on a network of its own is not tried")
	}
	forgetLinks()
	w := &town{t: t, name: fmt.Sprintf("lares%d-t%d", os.Getpid(), towns.Add(1))}
	w.hub = w.name + "hub"
	w.space(w.hub)
	w.need("-n", w.hub, "link", "set", "lo", "up")
	w.need("-n", w.hub, "link", "add", "lan0", "type", "bridge", "mcast_snooping", "0")
	w.need("-n", w.hub, "addr", "add", "198.18.0.1/24", "dev", "lan0")
	w.need("-n", w.hub, "link", "set", "lan0", "up")
	return w
}

func (w *town) need(args ...string) {
	w.t.Helper()
	if out, err := exec.Command("ip", args...).CombinedOutput(); err != nil {
		w.t.Skipf("network namespaces cannot be made here, a hub on a network of its own is not tried: ip %s: %v: %s", strings.Join(args, " "), err, out)
	}
}

func (w *town) space(name string) {
	w.t.Helper()
	w.need("netns", "add", name)
	w.t.Cleanup(func() { exec.Command("ip", "netns", "del", name).Run() })
}

// building is a machine in the town and what it is called there.
type building struct {
	w     *town
	space string
	host  string
	cmd   *exec.Cmd // of its camera
	said  *said
}

// build makes a namespace with a cable to the hub's.
func (w *town) build() *building {
	w.t.Helper()
	w.next++
	b := &building{w: w, space: fmt.Sprintf("%s-%d", w.name, w.next)}
	w.space(b.space)
	port := fmt.Sprintf("p%d", w.next)
	w.need("-n", w.hub, "link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", b.space)
	w.need("-n", w.hub, "link", "set", port, "master", "lan0", "up")
	b.move(fmt.Sprintf("198.18.0.%d", 10+w.next))
	return b
}

// move gives the building one address, another than before.
func (b *building) move(host string) {
	b.w.t.Helper()
	b.w.need("-n", b.space, "addr", "flush", "dev", "eth0")
	b.w.need("-n", b.space, "addr", "add", host+"/24", "dev", "eth0")
	b.w.need("-n", b.space, "link", "set", "eth0", "up")
	b.host = host
}

// camera runs a camera in the building, and returns once it answers. Its name is
// its identity.
func (b *building) camera(name, maker string, args ...string) {
	b.w.t.Helper()
	b.said = &said{}
	b.cmd = exec.Command("ip", append([]string{"netns", "exec", b.space, lares, "fakecam", "--name", name, "--maker", maker,
		"--listen", b.host + ":554", "--http", b.host + ":80", "--user", "user", "--password", "correct horse", "--verbose"}, args...)...)
	out, err := b.cmd.StdoutPipe()
	if err != nil {
		b.w.t.Fatal(err)
	}
	process(b.w.t, b.cmd)
	lines := bufio.NewReader(out)
	if _, err := lines.ReadString('\n'); err != nil {
		b.w.t.Fatalf("the camera %s: %v", name, err)
	}
	go lines.WriteTo(b.said)
}

// down ends its camera as a power cut does.
func (b *building) down() {
	b.cmd.Process.Kill()
	b.cmd.Wait()
}
