package lan

import (
	"fmt"
	"os"
	"sync/atomic"
	"testing"
)

// Cable leads to a network namespace in which one machine lives.
type Cable struct {
	Space string // its namespace
	Host  string // its address
	here  string // our end
}

// cables counts those of this process, of which so many have addresses of their own.
var cables atomic.Int32

const maxCables = 8

// NewCable makes namespace and cable, until the test ends. The addresses are of
// 198.18.0.0/15 (RFC 2544 appendix C.2.2), which no network should use; other runs use
// others.
func NewCable(t testing.TB) *Cable {
	t.Helper()
	pid, n := os.Getpid(), int(cables.Add(1)-1)%maxCables
	c := &Cable{Space: Space(t), here: fmt.Sprintf("lr%d-%d", pid, n)}
	net := 4 * ((pid*maxCables + n) % (1 << 15))
	ours := fmt.Sprintf("198.%d.%d.%d", 18+net>>16, net>>8&255, net&255+1)
	c.Host = fmt.Sprintf("198.%d.%d.%d", 18+net>>16, net>>8&255, net&255+2)
	for _, args := range [][]string{
		{"link", "add", c.here, "type", "veth", "peer", "name", "far", "netns", c.Space},
		{"addr", "add", ours + "/30", "dev", c.here},
		{"link", "set", c.here, "up"},
		{"-n", c.Space, "addr", "add", c.Host + "/30", "dev", "far"},
		{"-n", c.Space, "link", "set", "far", "up"},
	} {
		Need(t, args...)
	}
	return c
}

// Set pulls the cable ("down"), or puts it back ("up"), at the machine's end: our end loses
// its carrier and keeps its route, or the way to the machine would lead elsewhere.
func (c *Cable) Set(state string) error { return IP("-n", c.Space, "link", "set", "far", state) }
