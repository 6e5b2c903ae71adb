package detector

import (
	"errors"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// path is the question that CodeProject.AI and DeepStack answer: what is on a picture.
const path = "/v1/vision/detection"

const (
	// MaxAddress is how long an address is at most, in bytes.
	MaxAddress = 256
	// UsualConfidence is how sure a detector has to be where nobody said otherwise, in
	// percent.
	UsualConfidence = 50
)

// The reasons why settings cannot be meant.
var (
	ErrAddress    = errors.New("detector: an address begins with http:// or https://, and names a host")
	ErrConfidence = errors.New("detector: how sure it has to be is from 1 to 100 percent")
	ErrClass      = errors.New("detector: a class is one that detectors recognise, named once")
)

// Settings say which detector is asked about a camera's pictures, and what counts of its
// answers.
type Settings struct {
	// Address is as ParseAddress returns it.
	Address string `json:"address"`
	// MinConfidence is in percent; 0 is UsualConfidence.
	MinConfidence int `json:"min_confidence,omitempty"`
	// Classes are those that count; none is all.
	Classes []string `json:"classes,omitempty"`
}

// Validate returns one of the errors above for settings that cannot be meant.
func (s Settings) Validate() error {
	if address, err := ParseAddress(s.Address); err != nil || address != s.Address {
		return ErrAddress
	}
	if s.MinConfidence < 0 || s.MinConfidence > 100 {
		return ErrConfidence
	}
	for i, c := range s.Classes {
		if !slices.Contains(Classes(), c) || slices.Contains(s.Classes[:i], c) {
			return ErrClass
		}
	}
	return nil
}

// confidence is how sure a detector has to be, from 0 to 1.
func (s Settings) confidence() float64 {
	if s.MinConfidence == 0 {
		return UsualConfidence / 100.0
	}
	return float64(s.MinConfidence) / 100
}

// counts reports whether a class is wanted.
func (s Settings) counts(class string) bool {
	return len(s.Classes) == 0 || slices.Contains(s.Classes, class)
}

// ParseAddress reads the address of a detector as a person writes it: with or without the
// path of the question, which is added where it is asked. It is returned in one spelling,
// as scheme, host and port.
func ParseAddress(text string) (string, error) {
	u, err := url.Parse(strings.TrimSpace(text))
	if err != nil || len(text) > MaxAddress || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" ||
		u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || u.Opaque != "" {
		return "", ErrAddress
	}
	if rest := strings.TrimSuffix(u.Path, "/"); rest != "" && rest != path {
		return "", ErrAddress
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n == 0 {
		return "", ErrAddress
	}
	at := url.URL{Scheme: u.Scheme, Host: net.JoinHostPort(strings.ToLower(u.Hostname()), strconv.FormatUint(n, 10))}
	return at.String(), nil
}
