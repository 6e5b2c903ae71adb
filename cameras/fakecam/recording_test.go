package fakecam

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const ownRecording = `{"soap_action":"http://www.onvif.org/ver10/events/wsdl/EventPortType/CreatePullPointSubscriptionRequest","url":"http://10.0.0.9/ev","response_status":400,"response":"no"}

{"soap_action":"http://www.onvif.org/ver10/events/wsdl/EventPortType/CreatePullPointSubscriptionRequest","url":"http://10.0.0.9/ev","response_status":200,"response":"yes"}
{"soap_action":"http://www.onvif.org/ver10/events/wsdl/PullPointSubscription/PullMessagesRequest","url":"http://10.0.0.9/ev/3","response_status":200,"response":"pulled"}
`

// TestRecording: by action, in order, the last one again and again; what
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
		_, text := ask("", "", `<Envelope xmlns="http://www.w3.org/2003/05/soap-envelope"><Body><CreatePullPointSubscription xmlns="http://www.onvif.org/ver10/events/wsdl"/></Body></Envelope>`)
		if text != "yes" || over() != (i > 0) {
			t.Error(i, text, over())
		}
	}
	if status, text := ask("", "http://www.onvif.org/ver10/device/wsdl/GetServices", ""); status != 200 || !strings.Contains(text, "<tds:XAddr>http://cam.example/ev</tds:XAddr>") || strings.Contains(text, "/ev/3") {
		t.Error(status, text)
	}
	if status, text := ask("", "x/FormatDisk", ""); status != 400 || !strings.Contains(text, "ActionNotSupported") {
		t.Error(status, text)
	}
	for _, bad := range []string{"", "\n\n", "{", "[]", `{"soap_action":"","response_status":200}`, `{"soap_action":"a/b","response_status":99}`, `{"soap_action":"GetProfiles","response_status":200}`, strings.Repeat("x", maxLine+1)} {
		if _, err := readRecording(strings.NewReader(bad)); err == nil {
			t.Errorf("%.20q is a recording", bad)
		}
	}
}

// TestReplayed: a recording is told to its end when what follows the events is repeated; the
// rest a hub asks again whenever it likes.
func TestReplayed(t *testing.T) {
	const profiles = `{"soap_action":"http://www.onvif.org/ver10/media/wsdl/GetProfiles","response_status":200,"response":"p"}` + "\n"
	over := func(recording string, asked ...action) bool {
		p, err := readRecording(strings.NewReader(recording))
		if err != nil {
			t.Fatal(err)
		}
		for _, what := range asked {
			if _, ok := p.take(what); !ok {
				t.Fatalf("no answer to %v", what)
			}
		}
		select {
		case <-p.ended:
			return true
		default:
			return false
		}
	}
	get, pull := action{nsMedia, "GetProfiles"}, action{"http://www.onvif.org/ver10/events/wsdl", "PullMessages"}
	if over(profiles+ownRecording, get, get, pull) {
		t.Error("over before the events are")
	}
	if !over(profiles+ownRecording, get, get, pull, pull) {
		t.Error("not over after them")
	}
	if !over(profiles, get, get) {
		t.Error("not over where there are no events")
	}
}

// TestRecordingByService: two services have an operation of one name, and each is
// answered with its own, however it says which it means.
func TestRecordingByService(t *testing.T) {
	const media, media2 = "http://www.onvif.org/ver10/media/wsdl", "http://www.onvif.org/ver20/media/wsdl"
	envelope := func(header, space string) string {
		return `<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" xmlns:a="http://www.w3.org/2005/08/addressing"><e:Header>` + header +
			`</e:Header><e:Body><m:GetProfiles xmlns:m="` + space + `"/></e:Body></e:Envelope>`
	}
	line := func(action, request, answer string) string {
		b, err := json.Marshal(map[string]any{"soap_action": action, "request": request, "response_status": 200, "response": answer})
		if err != nil {
			t.Fatal(err)
		}
		return string(b) + "\n"
	}
	for name, q := range map[string]struct{ contentType, soapAction, header, space string }{
		"the type":                {`application/soap+xml; action="` + media2 + `/GetProfiles"`, media + "/GetProfiles", "", media},
		"the header of HTTP":      {"text/xml", `"` + media2 + `/Media2/GetProfilesRequest"`, "", media},
		"the header of SOAP":      {"text/xml", `""`, "<a:Action>" + media2 + "/GetProfiles</a:Action>", media},
		"the body":                {"text/xml", "", "", media2},
		"the body, half a header": {`application/soap+xml; action="GetProfiles"`, "GetProfiles", "<a:Action>GetProfiles</a:Action>", media2},
	} {
		p, err := readRecording(strings.NewReader(line(media+"/GetProfiles", "", "first") + line("", envelope("", media2), "second")))
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest("POST", "http://cam.example/x", strings.NewReader(envelope(q.header, q.space)))
		r.Header.Set("Content-Type", q.contentType)
		r.Header.Set("SOAPAction", q.soapAction)
		w := httptest.NewRecorder()
		if p.serve(w, r); w.Body.String() != "second" {
			t.Errorf("by %s: %d %s", name, w.Code, w.Body)
		}
	}
	for text, want := range map[string]action{
		"http://docs.oasis-open.org/wsn/bw-2/SubscriptionManager/RenewRequest": {elementsWSN, "Renew"},
		elementsWSN + "/Renew": {elementsWSN, "Renew"},
		media + "/wsdl/x":      {media, "x"},
		"":                     {},
		"/":                    {},
		"Stop":                 {"", "Stop"},
		`"x/Stop" `:            {"x", "Stop"},
	} {
		if got := parseAction(text); got != want {
			t.Errorf("%q: %+v, not %+v", text, got, want)
		}
	}
}

// TestRecordingLends: a recording that began once the hub knew the streams can be added
// all the same, and shows the pictures of the camera that plays it; what it says itself
// counts.
func TestRecordingLends(t *testing.T) {
	const media, media2, device = "http://www.onvif.org/ver10/media/wsdl", "http://www.onvif.org/ver20/media/wsdl", "http://www.onvif.org/ver10/device/wsdl"
	play := func(lines ...string) (*Camera, func(space, operation, arguments string) (int, string)) {
		file := filepath.Join(t.TempDir(), "r.jsonl")
		if err := os.WriteFile(file, []byte(strings.Join(lines, "\n")), 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := Start(t.Context(), Options{Name: t.Name(), Recording: file})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(c.Close)
		return c, func(space, operation, arguments string) (int, string) {
			res, err := http.Post(c.ONVIFURL(), "application/soap+xml", strings.NewReader(
				`<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope"><e:Body><m:`+operation+` xmlns:m="`+space+`">`+arguments+`</m:`+operation+`></e:Body></e:Envelope>`))
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			b, err := io.ReadAll(res.Body)
			if err != nil {
				t.Fatal(err)
			}
			return res.StatusCode, string(b)
		}
	}
	const pulled = `{"soap_action":"http://www.onvif.org/ver10/events/wsdl/PullPointSubscription/PullMessagesRequest","url":"http://10.0.0.9/ev/3","response_status":200,"response":"pulled"}`
	bare, ask := play(pulled)
	for _, x := range []struct{ space, operation, arguments, says string }{
		{device, "GetServices", "", "<tds:Namespace>" + media + "</tds:Namespace>"},
		{device, "GetSystemDateAndTime", "", "<tt:UTCDateTime>"},
		{media, "GetProfiles", "", `<trt:Profiles token="` + subProfile + `"`},
		{media, "GetStreamUri", "<m:ProfileToken>" + subProfile + "</m:ProfileToken>", bare.SubURL()},
		{media, "GetStreamUri", "<m:ProfileToken>" + mainProfile + "</m:ProfileToken>", bare.MainURL()},
		{media, "GetSnapshotUri", "<m:ProfileToken>" + mainProfile + "</m:ProfileToken>", snapshotPath},
	} {
		if status, text := ask(x.space, x.operation, x.arguments); status != 200 || !strings.Contains(text, x.says) {
			t.Errorf("%s: %d %s", x.operation, status, text)
		}
	}
	if status, text := ask(media, "SetVideoEncoderConfiguration", ""); status != 400 || !strings.Contains(text, "ActionNotSupported") {
		t.Errorf("what is not lent: %d %s", status, text)
	}

	own, ask := play(`{"soap_action":"`+media2+`/GetProfiles","url":"http://10.0.0.9/m2","response_status":200,"response":"its own"}`,
		`{"soap_action":"`+device+`/GetSystemDateAndTime","url":"http://10.0.0.9/d","response_status":200,"response":"its time"}`)
	for _, x := range []struct {
		space, operation, arguments, says string
		status                            int
	}{
		{device, "GetServices", "", media2, 200},
		{device, "GetSystemDateAndTime", "", "its time", 200},
		{media2, "GetProfiles", "", "its own", 200},
		{media, "GetProfiles", "", "ActionNotSupported", 400},
		{media2, "GetStreamUri", "<m:ProfileToken>of_its_own</m:ProfileToken>", own.MainURL(), 200},
	} {
		if status, text := ask(x.space, x.operation, x.arguments); status != x.status || !strings.Contains(text, x.says) {
			t.Errorf("with its own profiles, %s: %d %s", x.operation, status, text)
		}
	}
	if _, text := ask(device, "GetServices", ""); strings.Contains(text, "<tds:Namespace>"+media+"</tds:Namespace>") {
		t.Errorf("a service that the recording is not of: %s", text)
	}
}

// FuzzRecording reads recordings that users send, and asks twice for all that
// is in them.
func FuzzRecording(f *testing.F) {
	f.Add([]byte(ownRecording))
	f.Add([]byte(`{"request":"<e><Header><Action>a/wsdl/b</Action></Header><Body><c:d xmlns:c=\"e\"/></Body></e>","response_status":200}`))
	f.Add([]byte(`{"soap_action":"a/wsdl/b","url":"%zz","response_status":599}`))
	f.Fuzz(func(t *testing.T, in []byte) {
		p, err := readRecording(strings.NewReader(string(in)))
		if err != nil {
			return
		}
		for what, all := range p.answers {
			for range len(all) + 1 {
				if _, ok := p.take(what); !ok {
					t.Fatalf("no answer to %q", what)
				}
			}
		}
		select {
		case <-p.ended:
		default:
			t.Fatal("not ended")
		}
		for _, what := range []action{{"http://www.onvif.org/ver10/device/wsdl", "GetServices"}, {elementsWSN, "Renew"}, {"x", "Other"}} {
			p.improvise(what, "http://x")
		}
	})
}
