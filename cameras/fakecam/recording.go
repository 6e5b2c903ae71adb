package fakecam

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
)

const (
	maxLine     = 8 << 20   // bytes of one line of a recording
	maxRecorded = 256 << 20 // bytes of answers that are kept
	maxAnswers  = 100_000
)

// recorded is one line of a recording: what was asked where, and what came
// back.
type recorded struct {
	Action   string `json:"soap_action"`
	Request  string `json:"request"` // tells the action where there is no header of it
	URL      string `json:"url"`
	Status   int    `json:"response_status"`
	Response string `json:"response"`
}

// action is what the recorded request asked for, found as that of a request that
// comes in.
func (a recorded) action() action {
	if said := parseAction(a.Action); said.whole() {
		return said
	}
	return requestAction(strings.NewReader(a.Request))
}

// ofEvents is what a hub asks as long as it follows the events; the rest it asks again
// whenever it likes.
func (a action) ofEvents() bool {
	return a.operation == "PullMessages" || a.operation == "CreatePullPointSubscription"
}

// player answers as a recorded camera did: by action, in order; the last answer
// is repeated.
type player struct {
	model string
	// lend answers in the recording's stead, where it has nothing to say to an
	// operation; false for what the recorded camera cannot do. nil lends nothing.
	lend func(r *http.Request, what action, request []byte) (answer string, ok bool)

	mu       sync.Mutex // guards following
	answers  map[action][]recorded
	next     map[action]int
	services map[string]string // namespace → path
	events   bool              // there are answers to who asks for events
	over     bool
	ended    chan struct{} // closed when the first such answer is repeated, or the first of any
}

// openPlayer reads Options.Recording; nil without one.
func openPlayer(o Options) (*player, error) {
	if o.Recording == "" {
		return nil, nil
	}
	f, err := os.Open(o.Recording)
	if err != nil {
		return nil, fmt.Errorf("fakecam: opening the recording: %w", err)
	}
	defer f.Close()
	p, err := readRecording(f)
	if err != nil {
		return nil, err
	}
	p.model = o.Name
	return p, nil
}

// readRecording reads JSON lines; empty ones are skipped.
func readRecording(r io.Reader) (*player, error) {
	p := &player{answers: map[action][]recorded{}, next: map[action]int{}, services: map[string]string{}, ended: make(chan struct{})}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxLine)
	n, size := 0, 0
	for lines.Scan() {
		if len(bytes.TrimSpace(lines.Bytes())) == 0 {
			continue
		}
		var a recorded
		if err := json.Unmarshal(lines.Bytes(), &a); err != nil {
			return nil, fmt.Errorf("fakecam: line %d of the recording is no JSON object of the kind", n+1)
		}
		n++
		size += len(a.Response)
		if n > maxAnswers || size > maxRecorded {
			return nil, errors.New("fakecam: the recording is too long")
		}
		what := a.action()
		if !what.whole() || a.Status < 200 || a.Status > 599 {
			return nil, fmt.Errorf("fakecam: line %d of the recording has no SOAP action with its namespace, or no status", n)
		}
		p.events = p.events || what.ofEvents()
		p.answers[what] = append(p.answers[what], recorded{Status: a.Status, Response: a.Response})
		p.learn(what, a)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("fakecam: reading the recording: %w", err)
	}
	if n == 0 {
		return nil, errors.New("fakecam: the recording is empty")
	}
	return p, nil
}

// learn remembers where a service was asked: recordings often begin after the
// hub knew. A subscription is asked where it is, and WS-BaseNotification is none
// of ONVIF's services.
func (p *player) learn(what action, a recorded) {
	u, err := url.Parse(a.URL)
	if err != nil || !strings.HasSuffix(what.space, "/wsdl") || what.operation == "PullMessages" || strings.Contains(a.Action, "PullPointSubscription/") {
		return
	}
	if p.services[what.space] == "" {
		p.services[what.space] = cmp.Or(u.Path, "/")
	}
}

func (p *player) serve(w http.ResponseWriter, r *http.Request) {
	request, err := io.ReadAll(io.LimitReader(r.Body, maxRequest))
	if err != nil {
		return // the client is gone
	}
	what := asked(r, request)
	a, ok := p.take(what)
	if !ok && p.lend != nil && !p.answersLike(what) {
		a.Response, ok = p.lend(r, what, request)
		a.Status, a.Response = http.StatusOK, fmt.Sprintf(soapFrame, a.Response)
	}
	if !ok {
		a = p.improvise(what, "http://"+r.Host)
	}
	w.Header().Set("Content-Type", "application/soap+xml; charset=utf-8")
	w.WriteHeader(a.Status)
	io.WriteString(w, a.Response) // the client may be gone
}

func (p *player) take(what action) (recorded, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := p.answers[what]
	if len(all) == 0 {
		return recorded{}, false
	}
	i := p.next[what]
	if i == len(all) {
		i--
		if !p.over && (!p.events || what.ofEvents()) {
			p.over = true
			close(p.ended)
		}
	} else {
		p.next[what]++
	}
	return all[i], true
}

// improvise answers what was not recorded and what every hub asks before the
// rest; everything else the camera cannot do.
func (p *player) improvise(what action, at string) recorded {
	body, status := "", http.StatusOK
	switch what {
	case action{nsDevice, "GetServices"}:
		p.mu.Lock()
		var names []string
		for ns := range p.services {
			names = append(names, ns)
		}
		if p.lend != nil && p.services[nsMedia] == "" && p.services[nsMedia2] == "" {
			p.services[nsMedia] = mediaPath
			names = append(names, nsMedia)
		}
		slices.Sort(names)
		for _, ns := range names {
			body += `<tds:Service><tds:Namespace>` + escape(ns) + `</tds:Namespace><tds:XAddr>` + escape(at+p.services[ns]) + `</tds:XAddr></tds:Service>`
		}
		p.mu.Unlock()
		body = `<tds:GetServicesResponse>` + body + `</tds:GetServicesResponse>`
	case action{nsDevice, "GetDeviceInformation"}:
		body = `<tds:GetDeviceInformationResponse><tds:Manufacturer>Recording</tds:Manufacturer><tds:Model>` + escape(p.model) + `</tds:Model></tds:GetDeviceInformationResponse>`
	case action{elementsWSN, "Unsubscribe"}, action{elementsWSN, "Renew"}:
		body = `<wsnt:` + what.operation + `Response/>`
	default:
		status = http.StatusBadRequest
		body = `<s:Fault><s:Code><s:Value>s:Receiver</s:Value><s:Subcode><s:Value>ter:ActionNotSupported</s:Value></s:Subcode></s:Code></s:Fault>`
	}
	return recorded{Status: status, Response: fmt.Sprintf(soapFrame, body)}
}

// Replayed is closed when the recording was told to its end and begins to
// repeat its last answers; nil without a recording.
func (c *Camera) Replayed() <-chan struct{} {
	if c.player == nil {
		return nil
	}
	return c.player.ended
}
