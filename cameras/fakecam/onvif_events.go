package fakecam

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	maxSubscriptions = 16
	maxQueue         = 64 // messages that wait for one subscriber
	defaultTerm      = time.Minute
	maxTerm          = time.Hour
	maxPoll          = time.Minute
	maxMessages      = 100 // of one answer
)

// subscription is one pull point (ONVIF Core §9.1). Guarded by onvifServer.mu.
type subscription struct {
	expires  time.Time
	messages []string
	arrived  chan struct{} // holds one value while messages wait
}

func (p *subscription) push(m ...string) {
	p.messages = append(p.messages, m...)
	p.messages = p.messages[max(0, len(p.messages)-maxQueue):]
	p.signal()
}

func (p *subscription) signal() {
	select {
	case p.arrived <- struct{}{}:
	default:
	}
}

// motion tells all subscribers.
func (s *onvifServer) motion(active bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.moving = active
	for _, p := range s.subs {
		p.push(s.motionMessages(s.cam.o.Clock.Now(), active, "Changed")...)
	}
}

// stray tells all subscribers that something moves before the neighbour.
func (s *onvifServer) stray(active bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.subs {
		p.push(notification("tns1:RuleEngine/CellMotionDetector/Motion", s.cam.o.Clock.Now(), "Changed",
			`<tt:SimpleItem Name="VideoSourceConfigurationToken" Value="`+neighbour+`"/>`,
			fmt.Sprintf(`<tt:SimpleItem Name="IsMotion" Value="%t"/>`, active)))
	}
}

// motionMessages are the two messages that cameras send for one motion: of the
// analytics rule and of the video source.
func (s *onvifServer) motionMessages(at time.Time, active bool, operation string) []string {
	return []string{
		notification("tns1:RuleEngine/CellMotionDetector/Motion", at, operation,
			`<tt:SimpleItem Name="VideoSourceConfigurationToken" Value="`+videoConfig+`"/>`+
				`<tt:SimpleItem Name="VideoAnalyticsConfigurationToken" Value="analytics"/>`+
				`<tt:SimpleItem Name="Rule" Value="`+escape(s.cam.o.Rule)+`"/>`,
			fmt.Sprintf(`<tt:SimpleItem Name="IsMotion" Value="%t"/>`, active)),
		notification("tns1:VideoSource/MotionAlarm", at, operation,
			`<tt:SimpleItem Name="Source" Value="`+videoSource+`"/>`,
			fmt.Sprintf(`<tt:SimpleItem Name="State" Value="%t"/>`, active)),
	}
}

func notification(topic string, at time.Time, operation, source, data string) string {
	return fmt.Sprintf(`<wsnt:NotificationMessage>`+
		`<wsnt:Topic Dialect="http://www.onvif.org/ver10/tev/topicExpression/ConcreteSet">%s</wsnt:Topic>`+
		`<wsnt:Message><tt:Message UtcTime="%s" PropertyOperation="%s"><tt:Source>%s</tt:Source><tt:Data>%s</tt:Data>`+
		`</tt:Message></wsnt:Message></wsnt:NotificationMessage>`, topic, stamp(at), operation, source, data)
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// createPullPoint is CreatePullPointSubscription (ONVIF Core §9.1.1). The
// present state comes first, as Initialized.
func (s *onvifServer) createPullPoint(r *http.Request, c call) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.cam.o.Clock.Now()
	for id, p := range s.subs {
		if !p.expires.After(now) {
			delete(s.subs, id)
		}
	}
	if s.faulty(ONVIFBusy) || s.device.Refused < s.cam.o.RefuseSubscriptions {
		s.device.Refused++
		return "", &soapFault{http.StatusBadRequest, "ter:BlockedThreadUpperLimit", ""}
	}
	if len(s.subs) >= maxSubscriptions {
		return "", &soapFault{http.StatusBadRequest, "wsnt:SubscribeCreationFailedFault", "Too many subscriptions."}
	}
	s.nextID++
	id := strconv.Itoa(s.nextID)
	p := &subscription{expires: terminate(now, c.InitialTerminationTime), arrived: make(chan struct{}, 1)}
	p.push(s.motionMessages(now, s.moving, "Initialized")...)
	s.subs[id] = p
	return fmt.Sprintf(`<tev:CreatePullPointSubscriptionResponse><tev:SubscriptionReference><wsa5:Address>%s</wsa5:Address>`+
		`</tev:SubscriptionReference><wsnt:CurrentTime>%s</wsnt:CurrentTime><wsnt:TerminationTime>%s</wsnt:TerminationTime>`+
		`</tev:CreatePullPointSubscriptionResponse>`, s.base(r)+pullPath+id, stamp(now), stamp(p.expires)), nil
}

// find is the subscription that the request's path names; s.mu must be held.
func (s *onvifServer) find(r *http.Request) (id string, p *subscription, err error) {
	id = strings.TrimPrefix(r.URL.Path, pullPath)
	p, ok := s.subs[id]
	if !ok || !p.expires.After(s.cam.o.Clock.Now()) {
		return id, nil, &soapFault{http.StatusBadRequest, "wsnt:ResourceUnknownFault", "There is no such subscription."}
	}
	return id, p, nil
}

// pullMessages is PullMessages (ONVIF Core §9.1.2): it waits for a message or
// the timeout.
func (s *onvifServer) pullMessages(r *http.Request, c call) (string, error) {
	s.mu.Lock()
	_, p, err := s.find(r)
	s.mu.Unlock()
	if err != nil {
		return "", err
	}
	wait, ok := parseDuration(c.Timeout)
	if !ok {
		return "", &soapFault{http.StatusBadRequest, "ter:InvalidArgVal", "The timeout is not a duration."}
	}
	timer := time.NewTimer(min(wait, maxPoll))
	defer timer.Stop()
	select {
	case <-p.arrived:
	case <-timer.C:
	case <-r.Context().Done():
	case <-s.ctx.Done():
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	n := min(len(p.messages), maxMessages)
	if c.MessageLimit > 0 {
		n = min(n, c.MessageLimit)
	}
	taken := strings.Join(p.messages[:n], "")
	if p.messages = p.messages[n:]; len(p.messages) > 0 {
		p.signal()
	}
	return fmt.Sprintf(`<tev:PullMessagesResponse><tev:CurrentTime>%s</tev:CurrentTime><tev:TerminationTime>%s</tev:TerminationTime>%s`+
		`</tev:PullMessagesResponse>`, stamp(s.cam.o.Clock.Now()), stamp(p.expires), taken), nil
}

// renew is Renew of WS-BaseNotification 1.3 §6.1.1.
func (s *onvifServer) renew(r *http.Request, c call) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, p, err := s.find(r)
	if err != nil {
		return "", err
	}
	now := s.cam.o.Clock.Now()
	p.expires = terminate(now, c.TerminationTime)
	return fmt.Sprintf(`<wsnt:RenewResponse><wsnt:TerminationTime>%s</wsnt:TerminationTime><wsnt:CurrentTime>%s</wsnt:CurrentTime>`+
		`</wsnt:RenewResponse>`, stamp(p.expires), stamp(now)), nil
}

// unsubscribe is Unsubscribe of WS-BaseNotification 1.3 §6.1.2.
func (s *onvifServer) unsubscribe(r *http.Request, _ call) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	id, _, err := s.find(r)
	if err != nil {
		return "", err
	}
	delete(s.subs, id)
	return `<wsnt:UnsubscribeResponse/>`, nil
}

// ForgetSubscriptions ends all ONVIF subscriptions, as some cameras do by
// themselves.
func (c *Camera) ForgetSubscriptions() {
	c.onvif.mu.Lock()
	defer c.onvif.mu.Unlock()
	for id, p := range c.onvif.subs {
		delete(c.onvif.subs, id)
		p.signal() // whoever waits learns of it at the next pull
	}
}

// terminate reads a termination time, absolute or relative.
func terminate(now time.Time, s string) time.Time {
	s = strings.TrimSpace(s)
	term := defaultTerm
	if d, ok := parseDuration(s); ok {
		term = d
	} else if t, err := time.Parse(time.RFC3339Nano, s); err == nil {
		term = t.Sub(now)
	}
	return now.Add(min(max(term, 0), maxTerm))
}

// parseDuration reads the days to seconds of an xs:duration (XML Schema part 2
// §3.2.6), such as PT1M30.5S.
func parseDuration(s string) (time.Duration, bool) {
	s, ok := strings.CutPrefix(strings.TrimSpace(s), "P")
	if !ok || s == "" {
		return 0, false
	}
	days, clock, _ := strings.Cut(s, "T")
	var sum float64
	for _, part := range []struct {
		text  string
		units string
		secs  []float64
	}{{days, "D", []float64{86400}}, {clock, "HMS", []float64{3600, 60, 1}}} {
		for part.text != "" {
			end := strings.IndexAny(part.text, part.units)
			if end < 0 {
				return 0, false
			}
			v, err := strconv.ParseFloat(part.text[:end], 64)
			if err != nil || v < 0 || v > 1e6 {
				return 0, false
			}
			sum += v * part.secs[strings.IndexByte(part.units, part.text[end])]
			part.text = part.text[end+1:]
		}
	}
	if !(sum <= 1e9) { // also not a number
		return 0, false
	}
	return time.Duration(sum * float64(time.Second)), true
}
