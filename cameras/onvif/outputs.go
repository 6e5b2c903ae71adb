package onvif

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// Output is something a device switches: a relay, or a lamp, siren or wiper it
// knows by name.
type Output struct {
	// Token names it towards the device, Name towards people.
	Token, Name string
	// Command says that it is an auxiliary command (ONVIF Core §8.6) and no
	// relay.
	Command bool
	// Momentary says that a relay falls back by itself.
	Momentary bool
}

const maxOutputs = 32

// Outputs lists what a device switches: relays (ONVIF Core §8.5.1, DeviceIO
// §5.3) and auxiliary commands. None is no error.
func (c *Client) Outputs(ctx context.Context) ([]Output, error) {
	relays, err := c.relays(ctx)
	if err != nil && !gone(err) {
		return nil, err
	}
	commands, err := c.commands(ctx)
	if err != nil && !gone(err) {
		return nil, err
	}
	out := append(relays, commands...)
	return out[:min(len(out), maxOutputs)], nil
}

// gone is what devices answer that have nothing of the kind.
func gone(err error) bool { return errors.Is(err, ErrUnsupported) || errors.Is(err, ErrMalformed) }

func (c *Client) relays(ctx context.Context) ([]Output, error) {
	type relays struct {
		Outputs list[struct {
			Token string `xml:"token,attr"`
			Mode  string `xml:"Properties>Mode"`
		}] `xml:"RelayOutputs"`
	}
	a, err := ask[relays](ctx, c, nsDevice, "GetRelayOutputs", "")
	if err != nil || len(a.Outputs) == 0 {
		// Devices that moved them to DeviceIO answer nothing here.
		b, err2 := ask[relays](ctx, c, nsDeviceIO, "GetRelayOutputs", "")
		if err2 == nil {
			a, err = b, nil
		}
	}
	if err != nil {
		return nil, err
	}
	var out []Output
	for _, r := range a.Outputs {
		if r.Token != "" {
			out = append(out, Output{Token: text(r.Token), Name: "Relay " + bounded(r.Token, 32), Momentary: strings.EqualFold(strings.TrimSpace(r.Mode), "Monostable")})
		}
	}
	return out, nil
}

// commands are told as pairs such as tt:WhiteLight|On and tt:WhiteLight|Off, by
// the capabilities of the device service (ONVIF Core §8.1.1, Misc).
func (c *Client) commands(ctx context.Context) ([]Output, error) {
	a, err := ask[struct {
		Misc struct {
			Commands string `xml:"AuxiliaryCommands,attr"`
		} `xml:"Capabilities>Misc"`
	}](ctx, c, nsDevice, "GetServiceCapabilities", "")
	if err != nil {
		return nil, err
	}
	const longest = 64
	var out []Output
	for _, word := range strings.Fields(a.Misc.Commands) {
		token, state, _ := strings.Cut(word, "|")
		if strings.EqualFold(state, "on") && len(token) <= longest && len(out) < maxOutputs {
			_, name, ok := strings.Cut(token, ":")
			if !ok {
				name = token
			}
			out = append(out, Output{Token: text(token), Name: text(name), Command: true})
		}
	}
	return out, nil
}

// Switch turns an output on or off.
func (c *Client) Switch(ctx context.Context, o Output, on bool) error {
	if o.Command {
		state := "Off"
		if on {
			state = "On"
		}
		return tell(ctx, c, nsDevice, "SendAuxiliaryCommand", element("AuxiliaryCommand", o.Token+"|"+state))
	}
	state := "inactive"
	if on {
		state = "active"
	}
	arguments := element("RelayOutputToken", o.Token) + element("LogicalState", state)
	err := tell(ctx, c, nsDevice, "SetRelayOutputState", arguments)
	if errors.Is(err, ErrUnsupported) {
		err = tell(ctx, c, nsDeviceIO, "SetRelayOutputState", arguments)
	}
	if err != nil {
		return fmt.Errorf("onvif: switching an output: %w", err)
	}
	return nil
}
