package fakecam

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"lares/cameras/clock"
)

// relays and lamps are what the camera switches.
var (
	relays = []string{"relay_1", "relay_2"}
	lamps  = []string{"tt:WhiteLight", "tt:Siren"}
)

const (
	// rebootTakes is how long a reboot takes here; a real one takes a minute.
	rebootTakes = time.Second
	// rebootAfter lets the answer reach the hub.
	rebootAfter = 50 * time.Millisecond
)

// relayOutputs is GetRelayOutputs (ONVIF Core §8.5.1, DeviceIO §5.3.2).
func (s *onvifServer) relayOutputs(_ *http.Request, c call) (string, error) {
	prefix := "tds"
	if c.XMLName.Space == nsDeviceIO {
		prefix = "tmd"
	}
	var b strings.Builder
	for i, token := range relays {
		mode := "Bistable"
		if i > 0 {
			mode = "Monostable"
		}
		fmt.Fprintf(&b, `<%[1]s:RelayOutputs token="%[2]s"><tt:Properties><tt:Mode>%[3]s</tt:Mode><tt:DelayTime>PT1S</tt:DelayTime>`+
			`<tt:IdleState>open</tt:IdleState></tt:Properties></%[1]s:RelayOutputs>`, prefix, token, mode)
	}
	return fmt.Sprintf(`<%[1]s:GetRelayOutputsResponse>%[2]s</%[1]s:GetRelayOutputsResponse>`, prefix, b.String()), nil
}

const nsDeviceIO = "http://www.onvif.org/ver10/deviceIO/wsdl"

// setRelay is SetRelayOutputState (ONVIF Core §8.5.3).
func (s *onvifServer) setRelay(_ *http.Request, c call) (string, error) {
	if !slices.Contains(relays, c.RelayOutputToken) || c.LogicalState != "active" && c.LogicalState != "inactive" {
		return "", invalid("There is no such relay or state.")
	}
	s.turn(c.RelayOutputToken, c.LogicalState == "active")
	return `<tds:SetRelayOutputStateResponse/>`, nil
}

func (s *onvifServer) turn(output string, on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if on {
		s.on[output] = true
	} else {
		delete(s.on, output)
	}
}

// serviceCapabilities is GetServiceCapabilities of the device service, as far
// as it names lamps (ONVIF Core §8.1.1).
func (s *onvifServer) serviceCapabilities(*http.Request, call) (string, error) {
	var words []string
	for _, l := range lamps {
		words = append(words, l+"|On", l+"|Off")
	}
	return `<tds:GetServiceCapabilitiesResponse><tds:Capabilities><tds:Network/><tds:Security/><tds:System/>` +
		`<tds:Misc AuxiliaryCommands="` + strings.Join(words, " ") + `"/></tds:Capabilities></tds:GetServiceCapabilitiesResponse>`, nil
}

// auxiliary is SendAuxiliaryCommand (ONVIF Core §8.6.1).
func (s *onvifServer) auxiliary(_ *http.Request, c call) (string, error) {
	lamp, state, _ := strings.Cut(c.AuxiliaryCommand, "|")
	if !slices.Contains(lamps, lamp) || state != "On" && state != "Off" {
		return "", invalid("There is no such command.")
	}
	s.turn(lamp, state == "On")
	return `<tds:SendAuxiliaryCommandResponse/>`, nil
}

// setDateAndTime is SetSystemDateAndTime (ONVIF Core §8.2.5). Told to ask a
// time server, the camera is right from then on, if it has one.
func (s *onvifServer) setDateAndTime(_ *http.Request, c call) (string, error) {
	u := c.UTCDateTime
	s.mu.Lock()
	defer s.mu.Unlock()
	switch c.DateTimeType {
	case "NTP":
		if s.device.NTP != "" || s.device.FromDHCP && s.cam.o.DHCPTime != "" {
			s.clock.ahead.Store(0)
		}
	case "Manual":
		if u.Date.Year < 1970 || u.Date.Year > 2100 {
			return "", invalid("There is no such time.")
		}
		s.clock.set(time.Date(u.Date.Year, time.Month(u.Date.Month), u.Date.Day, u.Time.Hour, u.Time.Minute, u.Time.Second, 0, time.UTC))
	default:
		return "", invalid("The type is neither NTP nor Manual.")
	}
	s.device.ByHand = c.DateTimeType == "Manual"
	return `<tds:SetSystemDateAndTimeResponse/>`, nil
}

// timeServers is GetNTP (ONVIF Core §8.2.11).
func (s *onvifServer) timeServers(*http.Request, call) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	host := func(tag, server string) string {
		if server == "" {
			return ""
		}
		return `<tt:` + tag + `><tt:Type>DNS</tt:Type><tt:DNSname>` + escape(server) + `</tt:DNSname></tt:` + tag + `>`
	}
	return fmt.Sprintf(`<tds:GetNTPResponse><tds:NTPInformation><tt:FromDHCP>%t</tt:FromDHCP>%s%s</tds:NTPInformation></tds:GetNTPResponse>`,
		s.device.FromDHCP, host("NTPFromDHCP", s.cam.o.DHCPTime), host("NTPManual", s.device.NTP)), nil
}

// setNTP is SetNTP (ONVIF Core §8.2.12).
func (s *onvifServer) setNTP(_ *http.Request, c call) (string, error) {
	server := c.NTPManual.DNSname + c.NTPManual.IPv4Address + c.NTPManual.IPv6Address
	if server == "" && !c.FromDHCP {
		return "", invalid("There is no server.")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.device.NTP, s.device.FromDHCP = server, c.FromDHCP
	return `<tds:SetNTPResponse/>`, nil
}

// users is GetUsers (ONVIF Core §8.4.3), for those who may see them.
func (s *onvifServer) users(*http.Request, call) (string, error) {
	return `<tds:GetUsersResponse><tds:User><tt:Username>` + escape(s.cam.o.Username) + `</tt:Username><tt:UserLevel>Administrator</tt:UserLevel></tds:User></tds:GetUsersResponse>`, nil
}

// reboot is SystemReboot (ONVIF Core §8.3.7): the camera loses its connections
// and subscriptions and is gone for a while.
func (s *onvifServer) reboot(*http.Request, call) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.device.Reboots++
	clear(s.subs)
	s.moves(0, 0, 0)
	s.cam.wg.Go(func() {
		if !clock.Pause(s.ctx, rebootAfter) || !s.cam.faulty(None) {
			return
		}
		s.cam.SetFault(Drop)
		if clock.Pause(s.ctx, rebootTakes) && s.cam.faulty(Drop) {
			s.cam.SetFault(None)
		}
	})
	return `<tds:SystemRebootResponse><tds:Message>Rebooting</tds:Message></tds:SystemRebootResponse>`, nil
}
