package cameras

import (
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"strings"

	"lares/cameras/internal/serials"
)

// The kinds of a Pin, strongest first.
const (
	PinSerial = "serial" // the ONVIF serial number, with maker and model
	PinTLS    = "tls"    // hex SHA-256 of the public key of an rtsps or https device
	PinMAC    = "mac"    // the link layer address, aa:bb:cc:dd:ee:ff
)

// Pin identifies the device behind an address. The zero Pin says that none was
// learned yet.
type Pin struct {
	Kind  string `json:"kind,omitempty"`
	Value string `json:"value,omitempty"`
	// Vendor and Model are whose number a serial number is, in small letters. Both
	// are empty in pins from before they were kept, and where a device says neither.
	Vendor string `json:"vendor,omitempty"`
	Model  string `json:"model,omitempty"`
}

// IsZero reports whether no pin was learned.
func (p Pin) IsZero() bool { return p == Pin{} }

// serialPin is the pin of what a device says of itself over ONVIF.
func serialPin(vendor, model, number string) Pin {
	return Pin{Kind: PinSerial, Value: number, Vendor: fold(vendor), Model: fold(model)}
}

// PinOf is the strongest pin that can be made of what a device shows: what it says of
// itself over ONVIF, the key of its encrypted streams, and the link layer address that the
// kernel sees behind it. It is zero for nothing.
func PinOf(vendor, model, serial, tls, mac string) Pin {
	switch said := serialPin(vendor, model, serial); {
	case !said.Weak():
		return said
	case tls != "":
		return Pin{Kind: PinTLS, Value: tls}
	case mac != "":
		return Pin{Kind: PinMAC, Value: mac}
	}
	return Pin{}
}

// fold makes one of the ways in which firmwares spell one maker.
func fold(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), " ")) }

// Weak reports whether the pin is a serial number that many devices have. No such
// pin is learned; those from before that was looked at are kept until there is a
// better one.
func (p Pin) Weak() bool { return p.Kind == PinSerial && serials.Weak(p.Value) }

// Names reports whether a device that calls itself by a serial number calls itself
// what the pin says.
func (p Pin) Names(number string) bool {
	return p.Kind == PinSerial && !p.Weak() && strings.EqualFold(p.Value, number)
}

// Same reports whether two pins are of one device, as far as they tell: one of the
// two may lack whose serial number it is.
func (p Pin) Same(o Pin) bool {
	if p.IsZero() || p.Kind != o.Kind || p.Value != o.Value {
		return false
	}
	return p.Vendor == o.Vendor && p.Model == o.Model || p.bare() || o.bare()
}

// Respells reports whether the pin is the serial number of another one beside
// another maker or model: what a new firmware may say of an old device, and any
// device that has the same number.
func (p Pin) Respells(old Pin) bool {
	return p.Kind == PinSerial && old.Kind == PinSerial && p.Value == old.Value && !p.Weak() && !p.bare() && !p.Same(old)
}

// ID names what a device shows towards those who are asked about it; it is no
// secret.
func (p Pin) ID() string {
	sum := sha256.Sum256([]byte(strings.Join([]string{p.Kind, p.Value, p.Vendor, p.Model}, "\x00")))
	return hex.EncodeToString(sum[:16])
}

// bare reports whether it is not known whose serial number it is.
func (p Pin) bare() bool { return p.Vendor == "" && p.Model == "" }

// ofBoth reports whether the connections of both streams show what the pin is made
// of. A serial number is of the device, at whose one address both streams are.
func (p Pin) ofBoth(a Access) bool {
	main, err := url.Parse(a.Main)
	sub, err2 := url.Parse(a.Sub)
	switch {
	case a.Sub == "" || p.Kind == PinSerial:
		return true
	case err != nil || err2 != nil:
		return false
	case p.Kind == PinTLS && main.Scheme != sub.Scheme:
		return false
	}
	return main.Hostname() == sub.Hostname()
}

// Replaces reports whether the pin, which the same device shows, may take the place
// of an older one: that tells less, or says the same number in other words.
func (p Pin) Replaces(old Pin) bool {
	switch {
	case p.IsZero() || p.Weak() || p == old || old.Kind != PinSerial:
		return false
	case old.Weak():
		return true
	}
	return old.bare() && p.Same(old) || p.Respells(old)
}
