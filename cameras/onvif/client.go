// Package onvif speaks to one ONVIF device: who it is, which streams it has and
// which of them to take, what it noticed, where it looks and how, and a picture
// of now. It runs inside the camera worker.
//
// The device is hostile: answers are bounded, every call ends within Timeout,
// redirects are refused, and addresses the device gives are cut down to their
// paths unless they name the configured host. Its clock is only used to sign in.
package onvif

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"lares/cameras/clock"
	"lares/cameras/internal/digest"
	"lares/cameras/internal/names"
)

const (
	// Timeout bounds one call, its answer included.
	Timeout = 10 * time.Second

	maxAnswer   = 1 << 20
	maxSnapshot = 2 << 20
	maxHeader   = 32 << 10
)

var (
	// ErrNotAuthorized is returned when the device refuses user or password,
	// or the user lacks the right.
	ErrNotAuthorized = errors.New("onvif: not authorized")
	// ErrUnsupported is returned for a service that the device does not have.
	ErrUnsupported = errors.New("onvif: not supported by the device")
	// ErrBusy is returned for a subscription that the device has no room for,
	// often because of older ones that nobody ended.
	ErrBusy = errors.New("onvif: the device has no room for another subscription")
	// ErrRefused is returned where the device answered that it will not.
	ErrRefused = errors.New("onvif: refused by the device")
	// ErrMalformed is returned for an answer that cannot be what was asked for.
	ErrMalformed = errors.New("onvif: malformed answer")
)

// Config says which device and how to reach it.
type Config struct {
	// URL is the device service, http or https, without credentials.
	URL                string
	Username, Password string
	// Dial connects to the device. It is only ever asked for the URL's host.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// At is the literal address, with or without a port, that Dial connects to: of a URL
	// with a name, what the device calls itself. Empty is not known.
	At    string
	Clock clock.Clock
	// Admit is asked before each request that brings the password, and what it
	// returns is told how that ended; its error goes to who called. Nil lets all
	// pass.
	Admit func(ctx context.Context) (end func(error), err error)
}

// Client is one device. Its methods are safe for concurrent use.
type Client struct {
	cfg    Config
	device *url.URL
	at     netip.Addr // of Config.At
	http   *http.Client

	mu         sync.Mutex // guards following
	offset     time.Duration
	hasOffset  bool
	digest     *digest.Challenge
	signs      signature
	tellsWho   bool                // it tells anybody who it is
	proven     bool                // it took the password when it was last asked for it
	services   map[string]*url.URL // by namespace
	snapshot   *url.URL
	snapshotOf string        // the profile of snapshot
	move       chan struct{} // closed when a newer move or stop takes over; nil before the first
}

// New makes a client; nothing is sent yet.
func New(cfg Config) (*Client, error) {
	u, err := url.Parse(cfg.URL)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.User != nil {
		return nil, errors.New("onvif: the device's address is not an http or https URL")
	}
	c := &Client{cfg: cfg, device: u}
	host := cfg.At
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	c.at, _ = netip.ParseAddr(host)
	c.at = c.at.Unmap().WithZone("")
	c.http = &http.Client{
		Transport: &http.Transport{
			DialContext:            c.dial,
			TLSClientConfig:        tlsConfig(),
			MaxResponseHeaderBytes: maxHeader,
			MaxIdleConns:           2,
			IdleConnTimeout:        time.Minute,
			DisableCompression:     true, // a bounded answer that unpacks is not bounded
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return c, nil
}

// Close drops idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

func (c *Client) dial(ctx context.Context, network, address string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil || host != c.device.Hostname() {
		return nil, errors.New("onvif: refusing to connect to another host")
	}
	return c.cfg.Dial(ctx, network, address)
}

// itself reports whether a host is the device's: as it was configured, or where that name
// leads to. It is never this machine, where others than cameras listen.
func (c *Client) itself(host string) bool {
	if names.HereBy(host) || names.HereBy(c.device.Hostname()) {
		return false
	}
	ip, err := netip.ParseAddr(host)
	return host == c.device.Hostname() || err == nil && ip.Unmap().WithZone("") == c.at
}

// local makes an address the device gave into one at the configured host: the port counts
// only if the device named itself, and never leads from https to http.
func (c *Client) local(address string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil || u.Opaque != "" {
		return nil, ErrMalformed
	}
	at := *c.device
	at.Path, at.RawPath, at.RawQuery = u.Path, u.RawPath, u.RawQuery
	if c.itself(u.Hostname()) && (u.Scheme == "https" || u.Scheme == "http" && c.device.Scheme == "http") {
		at.Scheme, at.Host = u.Scheme, hostPort(c.device.Hostname(), u.Port())
	}
	return &at, nil
}

// hostPort is the host of a URL; without a port it is the scheme's.
func hostPort(host, port string) string {
	if port != "" {
		return net.JoinHostPort(host, port)
	}
	if strings.Contains(host, ":") {
		return "[" + host + "]"
	}
	return host
}

// call sends one SOAP request and returns the answer's bytes.
func (c *Client) call(ctx context.Context, to *url.URL, action, body string, signed bool) ([]byte, error) {
	return c.callWith(ctx, question{to: to, action: action, body: body}, signed)
}

// question is one SOAP request.
type question struct {
	to           *url.URL
	action, body string
	header       string // elements of the header besides
}

// callWith is call with elements of the header besides. What needs no sign-in is
// signed all the same where the device asks for it.
func (c *Client) callWith(ctx context.Context, q question, signed bool) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, Timeout)
	defer cancel()
	if c.cfg.Username != "" && signed {
		return c.signed(ctx, q)
	}
	status, answer, err := c.post(ctx, q, unsigned)
	if err != nil {
		return nil, err
	}
	if status == http.StatusUnauthorized && c.hasDigest() {
		return c.signed(ctx, q)
	}
	return answer, check(status, answer)
}

func (c *Client) post(ctx context.Context, q question, by signature) (int, []byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, q.to.String(), bytes.NewReader(c.envelope(q, by.token())))
	if err != nil {
		return 0, nil, ErrMalformed
	}
	r.Header.Set("Content-Type", `application/soap+xml; charset=utf-8; action="`+q.action+`"`)
	res, err := c.do(r, by.digest())
	if err != nil {
		return 0, nil, err
	}
	defer res.Body.Close()
	answer, err := readAtMost(res.Body, maxAnswer)
	if port := c.secure(res); err == nil && port != "" {
		err = &SecureError{port}
	}
	return res.StatusCode, answer, err
}

// SecureError is a device that sends the hub on from http to https.
type SecureError struct {
	// Port is where, of the same host: of another host nothing is believed.
	Port string
}

// Error says so.
func (e *SecureError) Error() string {
	return "onvif: the device sends the hub on to HTTPS, at port " + e.Port
}

// secure is the port of HTTPS to which a device sends the hub on, "" for none. Of this
// machine none is believed, as in local.
func (c *Client) secure(res *http.Response) string {
	to, err := res.Location()
	if err != nil || res.StatusCode/100 != 3 || c.device.Scheme != "http" || to.Scheme != "https" || to.User != nil ||
		!c.itself(to.Hostname()) {
		return ""
	}
	port, err := strconv.ParseUint(cmp.Or(to.Port(), "443"), 10, 16)
	if err != nil || port == 0 {
		return ""
	}
	return strconv.FormatUint(port, 10)
}

// do sends a request, with the digest learned so far if it is to be signed by it,
// and learns a new challenge.
func (c *Client) do(r *http.Request, sign bool) (*http.Response, error) {
	if sign {
		c.authorize(r)
	}
	res, err := c.http.Do(r)
	if err != nil {
		// *url.Error repeats the URL; what is below it does not.
		var u *url.Error
		if errors.As(err, &u) {
			err = u.Err
		}
		return nil, fmt.Errorf("onvif: asking the device: %w", err)
	}
	if res.StatusCode == http.StatusUnauthorized {
		c.learnDigest(res.Header.Values("WWW-Authenticate"))
	}
	return res, nil
}

func readAtMost(r io.Reader, most int64) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, most+1))
	if err != nil {
		return nil, fmt.Errorf("onvif: reading the answer: %w", err)
	}
	if int64(len(b)) > most {
		return nil, fmt.Errorf("%w: above %d bytes", ErrMalformed, most)
	}
	return b, nil
}
