package onvif

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/url"
)

// Snapshot fetches a JPEG of now, by the snapshot address of the first profile
// (ONVIF Media §5.15.2). ErrUnsupported if the device has none.
func (c *Client) Snapshot(ctx context.Context) ([]byte, error) {
	u, err := c.firstSnapshot(ctx)
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

// SnapshotOf fetches a JPEG of what one profile shows.
func (c *Client) SnapshotOf(ctx context.Context, p Profile) ([]byte, error) {
	u, err := c.snapshotURI(ctx, p)
	if err != nil {
		return nil, err
	}
	return c.fetch(ctx, u)
}

func (c *Client) fetch(ctx context.Context, u *url.URL) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, Timeout)
	defer cancel()
	for try := 0; ; try++ {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
		if err != nil {
			return nil, ErrMalformed
		}
		res, err := c.do(r)
		if err != nil {
			return nil, err
		}
		b, err := readAtMost(res.Body, maxSnapshot)
		res.Body.Close()
		switch {
		case err != nil:
			return nil, err
		case res.StatusCode == http.StatusUnauthorized && try == 0 && c.hasDigest():
			continue
		case res.StatusCode == http.StatusUnauthorized:
			return nil, ErrNotAuthorized
		case res.StatusCode != http.StatusOK:
			return nil, fmt.Errorf("onvif: the snapshot's address answers with HTTP status %d", res.StatusCode)
		case !isJPEG(b):
			return nil, fmt.Errorf("%w: the snapshot is no JPEG", ErrMalformed)
		}
		return b, nil
	}
}

// isJPEG looks for the start and end of a JPEG (ITU-T T.81 §B.1.1.3); some
// cameras add padding after the end.
func isJPEG(b []byte) bool {
	return len(b) > 4 && b[0] == 0xff && b[1] == 0xd8 && b[2] == 0xff && bytes.Contains(b[max(0, len(b)-4096):], []byte{0xff, 0xd9})
}

func (c *Client) firstSnapshot(ctx context.Context) (*url.URL, error) {
	c.mu.Lock()
	known := c.snapshot
	c.mu.Unlock()
	if known != nil {
		return known, nil
	}
	profiles, err := c.Profiles(ctx)
	if err != nil {
		return nil, err
	}
	if len(profiles) == 0 {
		return nil, ErrUnsupported
	}
	u, err := c.snapshotURI(ctx, profiles[0])
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.snapshot = u
	return u, nil
}

func (c *Client) snapshotURI(ctx context.Context, p Profile) (*url.URL, error) {
	address, err := c.uri(ctx, p, "GetSnapshotUri", "")
	if err != nil {
		return nil, err
	}
	return c.local(address)
}
