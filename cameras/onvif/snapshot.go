package onvif

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
)

// Snapshot fetches a JPEG of what a profile shows now, by its snapshot address
// (ONVIF Media §5.15.2). ErrUnsupported if the device has none.
func (c *Client) Snapshot(ctx context.Context, p Profile) ([]byte, error) {
	u, err := c.snapshotAt(ctx, p)
	if err != nil {
		return nil, err
	}
	b, err := c.fetch(ctx, u)
	if err != nil {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.snapshot = nil // it may have moved
	}
	return b, err
}

func (c *Client) fetch(ctx context.Context, u *url.URL) (b []byte, err error) {
	ctx, cancel := context.WithTimeout(ctx, Timeout)
	defer cancel()
	if !c.hasDigest() { // then the web server may ask nobody
		b, err = c.get(ctx, u, false)
		if !errors.Is(err, ErrNotAuthorized) || !c.hasDigest() {
			return b, err
		}
	}
	end, err := c.admit(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { end(err) }()
	by := c.challenge()
	b, err = c.get(ctx, u, true)
	if errors.Is(err, ErrNotAuthorized) && c.outdated(1, by) {
		b, err = c.get(ctx, u, true)
	}
	if err == nil || errors.Is(err, ErrNotAuthorized) {
		c.prove(err == nil)
	}
	return b, err
}

// get asks for a picture once.
func (c *Client) get(ctx context.Context, u *url.URL, sign bool) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, ErrMalformed
	}
	res, err := c.do(r, sign)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	b, err := readAtMost(res.Body, maxSnapshot)
	switch {
	case err != nil:
		return nil, err
	case res.StatusCode == http.StatusUnauthorized:
		return nil, ErrNotAuthorized
	case res.StatusCode != http.StatusOK:
		return nil, fmt.Errorf("onvif: the snapshot's address answers with HTTP status %d", res.StatusCode)
	case !isJPEG(b):
		return nil, fmt.Errorf("%w: the snapshot is no JPEG", ErrMalformed)
	}
	return b, nil
}

// isJPEG looks for the start and end of a JPEG (ITU-T T.81 §B.1.1.3); some
// cameras add padding after the end.
func isJPEG(b []byte) bool {
	return len(b) > 4 && b[0] == 0xff && b[1] == 0xd8 && b[2] == 0xff && bytes.Contains(b[max(0, len(b)-4096):], []byte{0xff, 0xd9})
}

// snapshotAt is the address of a profile's pictures; the last one is remembered.
func (c *Client) snapshotAt(ctx context.Context, p Profile) (*url.URL, error) {
	c.mu.Lock()
	known, of := c.snapshot, c.snapshotOf
	c.mu.Unlock()
	if known != nil && of == p.Token {
		return known, nil
	}
	address, err := c.uri(ctx, p, "GetSnapshotUri", "")
	if err != nil {
		return nil, err
	}
	u, err := c.local(address)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.snapshot, c.snapshotOf = u, p.Token
	return u, nil
}
