package onvif

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"

	"lares/cameras/internal/digest"
)

// signature is how requests are signed: by the way that the device asks for, for
// two of them with a wrong password are two failed sign-ins.
type signature int

const (
	unsigned signature = iota // or not known yet
	byDigest                  // HTTP digest, which is preferred
	byToken                   // a WS-Security UsernameToken
	byBoth                    // the web server in front wants one, what is behind it the other
)

func (s signature) digest() bool { return s == byDigest || s == byBoth }
func (s signature) token() bool  { return s == byToken || s == byBoth }

// maxSignIns bounds how often one request is signed. Each after the first is made
// only where the one before cannot have failed by the password.
const maxSignIns = 3

// signed sends a request with the password.
func (c *Client) signed(ctx context.Context, q question) (answer []byte, err error) {
	if err := c.acquaint(ctx); err != nil {
		return nil, err
	}
	end, err := c.admit(ctx)
	if err != nil {
		return nil, err
	}
	open := c.isOpen(q.action)
	defer func() {
		if err == nil && open {
			end(errUntold)
		} else {
			end(err)
		}
	}()
	for try := 1; ; try++ {
		by, challenge := c.way(), c.challenge()
		status, answer, err := c.post(ctx, q, by)
		if err != nil {
			return nil, err
		}
		err = check(status, answer)
		if !errors.Is(err, ErrNotAuthorized) {
			if !open {
				c.prove(true)
			}
			return answer, err
		}
		if try == maxSignIns || !c.again(ctx, try, status, by, challenge) {
			if status == http.StatusUnauthorized {
				c.prove(false)
			}
			return answer, err
		}
	}
}

// preAuth are the requests that a device answers to anybody (PRE_AUTH, ONVIF Core
// §5.9.4.3), whatever password they bring. Of some devices they are told more with the
// right one.
var preAuth = map[string]bool{nsDevice + "/GetServices": true, nsDevice + "/GetCapabilities": true}

// isOpen reports whether an answer shows nothing of the password, for everybody gets one.
func (c *Client) isOpen(action string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return preAuth[action] || c.tellsWho && action == actionWho
}

// errUntold ends a sign-in that shows nothing of the password.
var errUntold = errors.New("onvif: the device asks nobody for a password there")

// admit asks Config.Admit.
func (c *Client) admit(ctx context.Context) (end func(error), err error) {
	if c.cfg.Admit == nil {
		return func(error) {}, nil
	}
	return c.cfg.Admit(ctx)
}

// acquaint finds out, once and without the password, what the device's time is, whether
// it tells anybody who it is, and how it has requests signed: one that it answers to
// nobody (READ_SYSTEM_SECRET, ONVIF Core §5.9.4.3) shows whether it knows HTTP digest. Who
// is not there is not asked twice.
func (c *Client) acquaint(ctx context.Context) error {
	if err := c.learnClock(ctx); err != nil {
		return err
	}
	if c.way() != unsigned {
		return nil
	}
	status, answer, err := c.post(ctx, question{to: c.device, action: actionWho, body: bodyWho}, unsigned)
	if err != nil && absent(ctx, err) {
		return err
	}
	tells := err == nil && check(status, answer) == nil
	if !c.hasDigest() {
		q := question{to: c.device, action: nsDevice + "/GetUsers", body: `<GetUsers xmlns="` + nsDevice + `"/>`}
		if _, _, err := c.post(ctx, q, unsigned); err != nil && absent(ctx, err) {
			return err
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tellsWho = tells
	c.signs = byToken
	if c.digest != nil {
		c.signs = byDigest
	}
	return nil
}

// way is how the device has requests signed, as far as that is known.
func (c *Client) way() signature {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.signs
}

// prove notes whether the device took the password.
func (c *Client) prove(took bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.proven = took
}

// again reports whether a refused request is worth another try: cameras lock out
// whoever is wrong too often, so only where it was not the password.
func (c *Client) again(ctx context.Context, try, status int, by signature, challenge *digest.Challenge) bool {
	if status == http.StatusUnauthorized && by.digest() {
		return c.outdated(try, challenge)
	}
	c.mu.Lock()
	switch {
	case status == http.StatusUnauthorized && c.digest != nil: // the device asked nobody for it before
		c.signs = byDigest
		c.mu.Unlock()
		return true
	case by == byDigest && status != http.StatusForbidden: // its web server took it
		c.signs = byBoth
		c.mu.Unlock()
		return true
	case by == byBoth:
		c.signs = byDigest // it is the right that lacks
	}
	c.mu.Unlock()
	return c.clockMoved(ctx)
}

// outdated reports whether a digest was refused because its challenge was over
// (RFC 7616 §3.3), as the device says or, once a request, as one shows that took the
// password before: most give a new challenge with each refusal, of a password too.
// Another request may have learned the new one.
func (c *Client) outdated(try int, answered *digest.Challenge) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.digest != nil && !c.digest.Repeats(answered) && (c.digest.Stale() || c.proven && try == 1)
}

// challenge is what a digest answers now; nil for none.
func (c *Client) challenge() *digest.Challenge {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.digest
}

func (c *Client) hasDigest() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.digest != nil
}

// learnDigest keeps the strongest Digest challenge of an answer. Basic is never
// used: it would hand the password to whoever answers at the address.
func (c *Client) learnDigest(headers []string) {
	if c.cfg.Username == "" {
		return
	}
	best := digest.Best(headers)
	c.mu.Lock()
	defer c.mu.Unlock()
	if best != nil && !best.Repeats(c.digest) {
		c.digest = best
	}
}

func (c *Client) authorize(r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.digest == nil {
		return
	}
	r.Header.Set("Authorization", c.digest.Answer(r, c.cfg.Username, c.cfg.Password, rand.Text()))
}
