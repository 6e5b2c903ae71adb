package onvif

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"
)

// Clock is what a device says about its time.
type Clock struct {
	// UTC is the device's time of now, and Offset how far it is ahead of ours.
	UTC    time.Time
	Offset time.Duration
	// NTP says that the device asks a time server, Daylight that it adds an
	// hour in summer, Zone is its time zone as POSIX writes it.
	NTP, Daylight bool
	Zone          string
}

type dateTime struct {
	Type     string `xml:"SystemDateAndTime>DateTimeType"`
	Daylight flag   `xml:"SystemDateAndTime>DaylightSavings"`
	Zone     string `xml:"SystemDateAndTime>TimeZone>TZ"`
	UTC      struct {
		Hour   number `xml:"Time>Hour"`
		Minute number `xml:"Time>Minute"`
		Second number `xml:"Time>Second"`
		Year   number `xml:"Date>Year"`
		Month  number `xml:"Date>Month"`
		Day    number `xml:"Date>Day"`
	} `xml:"SystemDateAndTime>UTCDateTime"`
}

func (d dateTime) time() (time.Time, bool) {
	u := d.UTC
	if u.Year < 1970 || u.Year > 2100 {
		return time.Time{}, false
	}
	return time.Date(int(u.Year), time.Month(u.Month), int(u.Day), int(u.Hour), int(u.Minute), int(u.Second), 0, time.UTC), true
}

// Clock reads the device's clock (ONVIF Core §8.2.6); what is signed from now
// on is dated by it.
func (c *Client) Clock(ctx context.Context) (Clock, error) {
	// Without a signature, for which the clock would be needed; devices that
	// ask for one here still know HTTP digest.
	b, err := c.call(ctx, c.device, actionDateTime, bodyDateTime, false)
	if err != nil {
		return Clock{}, err
	}
	d, t, err := readTime(b)
	if err != nil {
		return Clock{}, err
	}
	offset := t.Sub(c.cfg.Clock.Now())
	c.mu.Lock()
	c.offset, c.hasOffset = offset, true
	c.mu.Unlock()
	return Clock{
		UTC: t, Offset: offset, NTP: strings.EqualFold(strings.TrimSpace(d.Type), "NTP"),
		Daylight: bool(d.Daylight), Zone: bounded(d.Zone, 64),
	}, nil
}

// Time asks for the device's time, in whole seconds as ONVIF tells it. Nothing is signed for
// that, and what is signed is dated as before.
func (c *Client) Time(ctx context.Context) (time.Time, error) {
	_, answer, err := c.post(ctx, question{to: c.device, action: actionDateTime, body: bodyDateTime}, unsigned)
	if err != nil {
		return time.Time{}, err
	}
	_, t, err := readTime(answer)
	return t, err
}

// readTime reads what a device says about its time, and that time of it.
func readTime(answer []byte) (d *dateTime, t time.Time, err error) {
	if d, err = read[dateTime](answer, "GetSystemDateAndTimeResponse"); err != nil {
		return nil, t, err
	}
	t, ok := d.time()
	if !ok {
		return nil, t, fmt.Errorf("%w: no time", ErrMalformed)
	}
	return d, t, nil
}

const (
	actionDateTime = nsDevice + "/GetSystemDateAndTime"
	bodyDateTime   = `<GetSystemDateAndTime xmlns="` + nsDevice + `"/>`
)

// learnClock reads the device's clock once, which needs no sign-in (ONVIF Core
// §8.2.6): a signature is dated, and cameras refuse one that is not of their
// time, wrong as it may be. The error is that of nobody being there.
func (c *Client) learnClock(ctx context.Context) error {
	c.mu.Lock()
	known := c.hasOffset
	c.mu.Unlock()
	if known {
		return nil
	}
	return c.readClock(ctx)
}

// readClock takes our own clock for the device's where that does not tell: some
// ask for a sign-in here, and do not have to be asked again and again.
func (c *Client) readClock(ctx context.Context) error {
	_, answer, err := c.post(ctx, question{to: c.device, action: actionDateTime, body: bodyDateTime}, unsigned)
	if err != nil {
		if absent(ctx, err) {
			return err
		}
		return nil
	}
	var offset time.Duration
	if _, t, err := readTime(answer); err == nil {
		offset = t.Sub(c.cfg.Clock.Now())
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.offset, c.hasOffset = offset, true
	return nil
}

// absent reports whether an error is that nobody is there, or answers in time.
func absent(ctx context.Context, err error) bool {
	var op *net.OpError
	return ctx.Err() != nil || errors.As(err, &op) && (op.Op == "dial" || op.Timeout())
}

// clockMoved reads the device's clock again after a refusal and says whether it
// was set since: then the signature was dated wrongly, whatever the password.
func (c *Client) clockMoved(ctx context.Context) bool {
	const same = 3 * time.Second // the clock's answers are whole seconds, late by the way here
	c.mu.Lock()
	before, had := c.offset, c.hasOffset
	c.mu.Unlock()
	if c.readClock(ctx) != nil {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return had && (c.offset-before).Abs() > same
}

// SetClock sets the device's clock to ours (ONVIF Core §8.2.5). The time zone
// stays; a zone that the device does not tell becomes UTC.
func (c *Client) SetClock(ctx context.Context) error {
	was, err := c.Clock(ctx)
	if err != nil {
		return err
	}
	zone := was.Zone
	if zone == "" {
		zone = "UTC0"
	}
	t := c.cfg.Clock.Now().UTC()
	return c.setDateTime(ctx, "Manual", was.Daylight, zone, fmt.Sprintf(`<UTCDateTime><tt:Time><tt:Hour>%d</tt:Hour><tt:Minute>%d</tt:Minute><tt:Second>%d</tt:Second></tt:Time>`+
		`<tt:Date><tt:Year>%d</tt:Year><tt:Month>%d</tt:Month><tt:Day>%d</tt:Day></tt:Date></UTCDateTime>`,
		t.Hour(), t.Minute(), t.Second(), t.Year(), t.Month(), t.Day()))
}

func (c *Client) setDateTime(ctx context.Context, kind string, daylight bool, zone, utc string) error {
	err := tell(ctx, c, nsDevice, "SetSystemDateAndTime", element("DateTimeType", kind)+
		fmt.Sprintf("<DaylightSavings>%t</DaylightSavings>", daylight)+"<TimeZone>"+element("tt:TZ", zone)+"</TimeZone>"+utc)
	c.mu.Lock()
	c.hasOffset = false // it is another now, or may be
	c.mu.Unlock()
	return err
}
