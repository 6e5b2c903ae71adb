package onvif

import (
	"context"
	"fmt"
	"net/url"
	"time"
)

const (
	nsWSN = "http://docs.oasis-open.org/wsn/b-2"

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
	c  *Client
	at *url.URL
}

// Subscribe creates a pull point. The first Pull brings the present state of
// every topic as Initialized.
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
	var a struct {
		Response *struct {
			Address string `xml:"SubscriptionReference>Address"`
		} `xml:"Body>CreatePullPointSubscriptionResponse"`
	}
	if err := decode(b, &a); err != nil || a.Response == nil {
		return nil, fmt.Errorf("%w: no subscription", ErrMalformed)
	}
	s := &Subscription{c: c, at: at}
	if a.Response.Address != "" {
		if s.at, err = c.local(a.Response.Address); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// Pull waits up to some seconds for notifications; none is usual.
func (s *Subscription) Pull(ctx context.Context) ([]Notification, error) {
	b, err := s.c.call(ctx, s.at, nsEvents+"/PullPointSubscription/PullMessagesRequest",
		fmt.Sprintf(`<PullMessages xmlns="%s"><Timeout>%s</Timeout><MessageLimit>%d</MessageLimit></PullMessages>`, nsEvents, xsDuration(pullFor), messageLimit), true)
	if err != nil {
		return nil, err
	}
	return ParseNotifications(b)
}

// Renew asks for another Term.
func (s *Subscription) Renew(ctx context.Context) error {
	_, err := s.c.call(ctx, s.at, nsWSN+"/wsn/SubscriptionManager/RenewRequest",
		`<Renew xmlns="`+nsWSN+`"><TerminationTime>`+xsDuration(Term)+`</TerminationTime></Renew>`, true)
	return err
}

// Unsubscribe frees the pull point: devices have few and some count abandoned
// ones for hours.
func (s *Subscription) Unsubscribe(ctx context.Context) error {
	_, err := s.c.call(ctx, s.at, nsWSN+"/wsn/SubscriptionManager/UnsubscribeRequest", `<Unsubscribe xmlns="`+nsWSN+`"/>`, true)
	return err
}

func xsDuration(d time.Duration) string { return fmt.Sprintf("PT%dS", int(d/time.Second)) }
