package probe

import (
	"encoding/binary"
	"encoding/hex"
	"net/netip"
	"os"
	"strings"
)

// Router is where the router of this machine's default route would answer SSDP; "" if
// there is no such route over IPv4.
func Router() string {
	table, err := os.ReadFile("/proc/net/route")
	if err != nil {
		return ""
	}
	if at := gatewayOf(table); at.IsValid() {
		return netip.AddrPortFrom(at, 1900).String()
	}
	return ""
}

// gatewayOf reads the kernel's table of routes (proc(5)): interface, destination and
// gateway in hexadecimal digits, the last byte first.
func gatewayOf(table []byte) netip.Addr {
	for line := range strings.Lines(string(table)) {
		f := strings.Fields(line)
		if len(f) < 3 || f[1] != "00000000" {
			continue
		}
		b, err := hex.DecodeString(f[2])
		if err != nil || len(b) != 4 {
			continue
		}
		var ip [4]byte
		binary.BigEndian.PutUint32(ip[:], binary.LittleEndian.Uint32(b))
		if at := netip.AddrFrom4(ip); !at.IsUnspecified() {
			return at
		}
	}
	return netip.Addr{}
}
