package fakecam_test

import (
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"lares/cameras/fakecam"
)

const question = `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Header><a:MessageID>urn:uuid:one</a:MessageID></s:Header>` +
	`<s:Body><d:Probe><d:Types>dn:NetworkVideoTransmitter</d:Types></d:Probe></s:Body></s:Envelope>`

// TestTells: a camera of a maker answers whoever asks on its network, one
// without stays hidden, and an unknown maker is refused.
func TestTells(t *testing.T) {
	found := start(t, fakecam.Options{Name: "Found", Maker: "hikvision"})
	hidden := start(t, fakecam.Options{Name: "Hidden"})
	c, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	var answers []string
	b := make([]byte, 16<<10)
	deadline := time.Now().Add(5 * time.Second)
	for mine := false; !mine; {
		if _, err := c.WriteToUDP([]byte(question), &net.UDPAddr{IP: net.IPv4(239, 255, 255, 250), Port: 3702}); err != nil {
			t.Skipf("no multicast on loopback here: %v", err)
		}
		if err := c.SetReadDeadline(time.Now().Add(time.Second)); err != nil {
			t.Fatal(err)
		}
		n, _, err := c.ReadFromUDP(b)
		if err != nil && (!os.IsTimeout(err) || time.Now().After(deadline)) {
			t.Fatal(err)
		}
		answers = append(answers, string(b[:n]))
		mine = strings.Contains(string(b[:n]), found.ONVIFURL())
	}
	all := strings.Join(answers, "")
	if strings.Contains(all, hidden.ONVIFURL()) {
		t.Error("a camera without a maker answers")
	}
	for _, want := range []string{"RelatesTo>urn:uuid:one<", "hardware/DS-2CD2042WD-I", "/MAC/", "name/Found"} {
		if !strings.Contains(all, want) {
			t.Errorf("no %s in %s", want, all)
		}
	}
	if _, err := fakecam.Start(t.Context(), fakecam.Options{Name: "x", Maker: "nobody"}); err == nil {
		t.Error("an unknown maker is accepted")
	}
}
