package onvif

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"time"
)

const (
	// nsWSN is of the elements, nsPorts of the port types and so of the actions
	// (WS-BaseNotification 1.3 §1.4).
	nsWSN   = "http://docs.oasis-open.org/wsn/b-2"
	nsPorts = "http://docs.oasis-open.org/wsn/bw-2"

	// Term is how long a subscription lives without a Renew.
	Term = 60 * time.Second
	// pullFor is how long the device may keep a PullMessages open; below
	// Timeout with room for slow devices.
	pullFor      = 5 * time.Second
	messageLimit = 50
)

// Subscription is a pull point of the device (ONVIF Core §9.1). One goroutine
// uses it.
type Subscription struct {
	// Lives is how long the device keeps it without a Renew.
	Lives time.Duration

	c      *Client
	at     *url.URL
	header string // what the device wants to hear with each request
}

// reference is an endpoint (WS-Addressing 1.0 §2.1). Some devices tell their
// subscriptions apart by its parameters instead of its address.
type reference struct {
	Address    string
	Parameters struct {
		Any list[tree] `xml:",any"`
	} `xml:"ReferenceParameters"`
}

// header spells the parameters as elements of a request's header (WS-Addressing
// 1.0 SOAP binding §2.2).
func (r reference) header() string {
	const most = 8
	var b strings.Builder
	for i := range r.Parameters.Any[:min(len(r.Parameters.Any), most)] {
		if p := &r.Parameters.Any[i]; isName(p.name.Local) {
			p.write(&b, p.name.Local, p.name.Space, "")
		}
	}
	return b.String()
}

// Subscribe creates a pull point. The first Pull brings the present state of
// every topic as Initialized. ErrBusy if the device has no room for it.
func (c *Client) Subscribe(ctx context.Context) (*Subscription, error) {
	at, err := c.service(ctx, nsEvents)
	if err != nil {
		return nil, err
	}
	b, err := c.call(ctx, at, nsEvents+"/EventPortType/CreatePullPointSubscriptionRequest",
		`<CreatePullPointSubscription xmlns="`+nsEvents+`"><InitialTerminationTime>`+xsDuration(Term)+`</InitialTerminationTime></CreatePullPointSubscription>`, true)
	if err != nil {
		return nil, err
	}
	a, err := read[struct {
		Reference   reference `xml:"SubscriptionReference"`
		Now         string    `xml:"CurrentTime"`
		Termination string    `xml:"TerminationTime"`
	}](b, "CreatePullPointSubscriptionResponse")
	if err != nil {
		return nil, err
	}
	s := &Subscription{c: c, at: at, header: a.Reference.header(), Lives: lives(a.Now, a.Termination)}
	if a.Reference.Address != "" {
		if s.at, err = c.local(a.Reference.Address); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// lives is the time between two moments of the device's clock, which may be
// years wrong; Term where they are not told or make no sense.
func lives(now, end string) time.Duration {
	from, err := time.Parse(time.RFC3339Nano, strings.TrimSpace(now))
	to, err2 := time.Parse(time.RFC3339Nano, strings.TrimSpace(end))
	if d := to.Sub(from); err == nil && err2 == nil && d > 0 && d < Term {
		return d
	}
	return Term
}

// Pull waits up to some seconds for notifications; none is usual.
func (s *Subscription) Pull(ctx context.Context) ([]Notification, error) {
	b, err := s.call(ctx, nsEvents+"/PullPointSubscription/PullMessagesRequest",
		fmt.Sprintf(`<PullMessages xmlns="%s"><Timeout>%s</Timeout><MessageLimit>%d</MessageLimit></PullMessages>`, nsEvents, xsDuration(pullFor), messageLimit))
	if err != nil {
		return nil, err
	}
	return ParseNotifications(b)
}

func (s *Subscription) call(ctx context.Context, action, body string) ([]byte, error) {
	return s.c.callWith(ctx, question{s.at, action, body, s.header}, true)
}

// Renew asks for another Term.
func (s *Subscription) Renew(ctx context.Context) error {
	_, err := s.call(ctx, nsPorts+"/SubscriptionManager/RenewRequest",
		`<Renew xmlns="`+nsWSN+`"><TerminationTime>`+xsDuration(Term)+`</TerminationTime></Renew>`)
	return err
}

// Unsubscribe frees the pull point: devices have few and some count abandoned
// ones for hours.
func (s *Subscription) Unsubscribe(ctx context.Context) error {
	_, err := s.call(ctx, nsPorts+"/SubscriptionManager/UnsubscribeRequest", `<Unsubscribe xmlns="`+nsWSN+`"/>`)
	return err
}

func xsDuration(d time.Duration) string { return fmt.Sprintf("PT%dS", int(d/time.Second)) }
