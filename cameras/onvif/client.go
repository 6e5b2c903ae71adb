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
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"lares/cameras/clock"
	"lares/cameras/internal/digest"
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
	// ErrMalformed is returned for an answer that cannot be what was asked for.
	ErrMalformed = errors.New("onvif: malformed answer")
)

// Config says which device and how to reach it.
type Config struct {
	// URL is the device service, http or https, without credentials.
	URL                string
	Username, Password string
	// Dial connects to the device. It is only ever asked for the URL's host.
	Dial  func(ctx context.Context, network, address string) (net.Conn, error)
	Clock clock.Clock
}

// Client is one device. Its methods are safe for concurrent use.
type Client struct {
	cfg    Config
	device *url.URL
	http   *http.Client

	mu        sync.Mutex // guards following
	offset    time.Duration
	hasOffset bool
	digest    *digest.Challenge
	services  map[string]*url.URL // by namespace
	snapshot  *url.URL
	moves     uint64 // counts the moves of PTZ, of which the newest decides
}

// New makes a client; nothing is sent yet.
func New(cfg Config) (*Client, error) {
	u, err := url.Parse(cfg.URL)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.User != nil {
		return nil, errors.New("onvif: the device's address is not an http or https URL")
	}
	c := &Client{cfg: cfg, device: u}
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

// local makes an address the device gave into one at the configured host: the
// port counts only if the device named itself as we do, and never leads from
// https to http.
func (c *Client) local(address string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil || u.Opaque != "" {
		return nil, ErrMalformed
	}
	at := *c.device
	at.Path, at.RawPath, at.RawQuery = u.Path, u.RawPath, u.RawQuery
	if u.Hostname() == c.device.Hostname() && (u.Scheme == "https" || u.Scheme == "http" && c.device.Scheme == "http") {
		at.Scheme, at.Host = u.Scheme, u.Host
	}
	return &at, nil
}

// call sends one SOAP request and returns the answer's bytes.
func (c *Client) call(ctx context.Context, to *url.URL, action, body string, signed bool) ([]byte, error) {
	return c.callWith(ctx, to, action, body, "", signed)
}

// callWith is call with elements of the header besides.
func (c *Client) callWith(ctx context.Context, to *url.URL, action, body, header string, signed bool) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, Timeout)
	defer cancel()
	signed = signed && c.cfg.Username != ""
	if signed {
		c.learnClock(ctx)
	}
	digests, moved := 0, false
	for {
		status, answer, err := c.post(ctx, to, action, c.envelope(to, action, body, header, signed))
		if err != nil {
			return nil, err
		}
		if status == http.StatusUnauthorized && digests == 0 && c.hasDigest() {
			digests++
			continue
		}
		err = check(status, answer)
		// One more try, and only where it may help: cameras lock out whoever
		// is wrong too often.
		if errors.Is(err, ErrNotAuthorized) && signed && !moved && c.clockMoved(ctx) {
			moved = true
			continue
		}
		return answer, err
	}
}

func (c *Client) post(ctx context.Context, to *url.URL, action string, body []byte) (int, []byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, to.String(), bytes.NewReader(body))
	if err != nil {
		return 0, nil, ErrMalformed
	}
	r.Header.Set("Content-Type", `application/soap+xml; charset=utf-8; action="`+action+`"`)
	res, err := c.do(r)
	if err != nil {
		return 0, nil, err
	}
	defer res.Body.Close()
	answer, err := readAtMost(res.Body, maxAnswer)
	return res.StatusCode, answer, err
}

// do sends a request with the digest learned so far and learns a new challenge.
func (c *Client) do(r *http.Request) (*http.Response, error) {
	c.authorize(r)
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
