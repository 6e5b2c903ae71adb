package app_test

import (
	"bufio"
	"context"
	"errors"
	"net"
	"os/exec"
	"testing"

	"lares/cameras/fakecam/lan"
)

// dialIn dials from within a network namespace; nil, which is as everywhere, for
// ours.
func dialIn(space string) func(ctx context.Context, network, address string) (net.Conn, error) {
	if space == "" {
		return nil
	}
	return func(ctx context.Context, network, address string) (c net.Conn, err error) {
		return c, errors.Join(lan.Within(space, func() error {
			c, err = (&net.Dialer{}).DialContext(ctx, network, address)
			return nil
		}), err)
	}
}

// town is a network of its own: the hub's namespace, and one for each building.
type town struct {
	*lan.LAN
	t *testing.T
}

func newTown(t *testing.T) *town {
	t.Helper()
	return &town{lan.New(t, "/24"), t}
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
	b := &building{w: w}
	b.space, b.host = w.House("")
	return b
}

// move gives the building one address, another than before.
func (b *building) move(host string) {
	b.w.t.Helper()
	b.w.Move(b.space, host)
	b.host = host
}

// camera runs a camera in the building, and returns once it answers. Its name is
// its identity.
func (b *building) camera(name, maker string, args ...string) {
	b.w.t.Helper()
	b.said = &said{}
	b.cmd = lan.Command(b.space, append([]string{lares, "fakecam", "--name", name, "--maker", maker,
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
