package fakecam

import (
	"net/http/httptest"
	"strings"
	"testing"
)

const ownRecording = `{"soap_action":"http://www.onvif.org/ver10/events/wsdl/EventPortType/CreatePullPointSubscriptionRequest","url":"http://10.0.0.9/ev","response_status":400,"response":"no"}

{"soap_action":"http://www.onvif.org/ver10/events/wsdl/EventPortType/CreatePullPointSubscriptionRequest","url":"http://10.0.0.9/ev","response_status":200,"response":"yes"}
{"soap_action":"http://www.onvif.org/ver10/events/wsdl/PullPointSubscription/PullMessagesRequest","url":"http://10.0.0.9/ev/3","response_status":200,"response":"pulled"}
`

// TestRecording: by operation, in order, the last one again and again; what
// was not recorded is improvised or refused.
func TestRecording(t *testing.T) {
	p, err := readRecording(strings.NewReader(ownRecording))
	if err != nil {
		t.Fatal(err)
	}
	over := func() bool {
		select {
		case <-p.ended:
			return true
		default:
			return false
		}
	}
	ask := func(contentType, action, body string) (int, string) {
		r := httptest.NewRequest("POST", "http://cam.example/x", strings.NewReader(body))
		if contentType != "" {
			r.Header.Set("Content-Type", contentType)
		}
		if action != "" {
			r.Header.Set("SOAPAction", action)
		}
		w := httptest.NewRecorder()
		p.serve(w, r)
		return w.Code, w.Body.String()
	}
	const create = `application/soap+xml; charset=utf-8; action="http://www.onvif.org/ver10/events/wsdl/EventPortType/CreatePullPointSubscriptionRequest"`
	if status, text := ask(create, "", ""); status != 400 || text != "no" {
		t.Error(status, text)
	}
	if _, text := ask("text/xml", `"http://www.onvif.org/ver10/events/wsdl/PullPointSubscription/PullMessagesRequest"`, ""); text != "pulled" || over() {
		t.Error(text, over())
	}
	for i := range 3 {
		_, text := ask("", "", `<Envelope xmlns="http://www.w3.org/2003/05/soap-envelope"><Body><CreatePullPointSubscription/></Body></Envelope>`)
		if text != "yes" || over() != (i > 0) {
			t.Error(i, text, over())
		}
	}
	if status, text := ask("", "x/GetServices", ""); status != 200 || !strings.Contains(text, "<tds:XAddr>http://cam.example/ev</tds:XAddr>") || strings.Contains(text, "/ev/3") {
		t.Error(status, text)
	}
	if status, text := ask("", "x/FormatDisk", ""); status != 400 || !strings.Contains(text, "ActionNotSupported") {
		t.Error(status, text)
	}
	for _, bad := range []string{"", "\n\n", "{", "[]", `{"soap_action":"","response_status":200}`, `{"soap_action":"a","response_status":99}`, strings.Repeat("x", maxLine+1)} {
		if _, err := readRecording(strings.NewReader(bad)); err == nil {
			t.Errorf("%.20q is a recording", bad)
		}
	}
}

// FuzzRecording reads recordings that users send, and asks twice for all that
// is in them.
func FuzzRecording(f *testing.F) {
	f.Add([]byte(ownRecording))
	f.Add([]byte(`{"soap_action":"/wsdl","url":"%zz","response_status":599}`))
	f.Fuzz(func(t *testing.T, in []byte) {
		p, err := readRecording(strings.NewReader(string(in)))
		if err != nil {
			return
		}
		for op, all := range p.answers {
			for range len(all) + 1 {
				if _, ok := p.take(op); !ok {
					t.Fatalf("no answer to %q", op)
				}
			}
		}
		select {
		case <-p.ended:
		default:
			t.Fatal("not ended")
		}
		for _, op := range []string{"GetServices", "GetDeviceInformation", "Renew", "Other"} {
			p.improvise(op, "http://x")
		}
	})
}
