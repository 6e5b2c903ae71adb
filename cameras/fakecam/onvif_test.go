package fakecam_test

import (
	"bytes"
	"context"
	"crypto/md5"
	"crypto/rand"
	"crypto/sha1"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"image/jpeg"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"lares/cameras/clock"
	"lares/cameras/fakecam"
)

// soapClient speaks just enough ONVIF, independently of any library.
type soapClient struct {
	http     http.Client
	password string
	created  time.Time // of the token; now if zero
}

func newSOAP(t *testing.T) *soapClient {
	c := &soapClient{password: password, http: http.Client{Timeout: patience, Transport: &http.Transport{}}}
	t.Cleanup(c.http.CloseIdleConnections)
	return c
}

func (c *soapClient) token() string {
	created := c.created
	if created.IsZero() {
		created = time.Now()
	}
	nonce, at := []byte(rand.Text()), created.UTC().Format(time.RFC3339)
	sum := sha1.Sum([]byte(string(nonce) + at + c.password))
	return fmt.Sprintf(`<Security xmlns="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"><UsernameToken>`+
		`<Username>%s</Username><Password Type="#PasswordDigest">%s</Password><Nonce>%s</Nonce>`+
		`<Created xmlns="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd">%s</Created></UsernameToken></Security>`,
		user, base64.StdEncoding.EncodeToString(sum[:]), base64.StdEncoding.EncodeToString(nonce), at)
}

func (c *soapClient) post(t *testing.T, url, header, body, authorization string) (int, string, http.Header) {
	t.Helper()
	text := `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Header>` + header + `</s:Header><s:Body>` + body + `</s:Body></s:Envelope>`
	req, err := http.NewRequest(http.MethodPost, url, strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if authorization != "" {
		req.Header.Set("Authorization", authorization)
	}
	res, err := c.http.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(b), res.Header
}

// call makes an authenticated call that must succeed.
func (c *soapClient) call(t *testing.T, url, body string) string {
	t.Helper()
	status, text, _ := c.post(t, url, c.token(), body, "")
	if status != http.StatusOK {
		t.Fatalf("%s: %d %s", body, status, text)
	}
	return text
}

// digest answers an HTTP digest challenge (RFC 2617 §3.2.2).
func digest(t *testing.T, method, path, challenge, pass string) string {
	t.Helper()
	nonce := between(t, challenge, `nonce="`, `"`)
	hash := func(s string) string {
		sum := md5.Sum([]byte(s))
		return hex.EncodeToString(sum[:])
	}
	ha1, ha2 := hash(user+":"+between(t, challenge, `realm="`, `"`)+":"+pass), hash(method+":"+path)
	return fmt.Sprintf(`Digest username="%s", realm="ONVIF", nonce="%s", uri="%s", qop=auth, nc=00000001, cnonce="abc", response="%s"`,
		user, nonce, path, hash(ha1+":"+nonce+":00000001:abc:auth:"+ha2))
}

func between(t *testing.T, s, a, b string) string {
	t.Helper()
	_, s, ok := strings.Cut(s, a)
	s, _, ok2 := strings.Cut(s, b)
	if !ok || !ok2 {
		t.Fatalf("no %s…%s in %q", a, b, s)
	}
	return s
}

const deviceInformation = `<GetDeviceInformation xmlns="http://www.onvif.org/ver10/device/wsdl"/>`

func TestONVIFDevice(t *testing.T) {
	c := start(t, fakecam.Options{Name: "Front <door>", Serial: "S-1"})
	s := newSOAP(t)
	url := c.ONVIFURL()
	if status, text, _ := s.post(t, url, "", `<GetSystemDateAndTime xmlns="http://www.onvif.org/ver10/device/wsdl"/>`, ""); status != 200 || !strings.Contains(text, "<tt:Year>20") {
		t.Errorf("the time, asked without a password: %d %s", status, text)
	}
	for _, op := range []string{"GetCapabilities", "GetServices"} {
		text := s.call(t, url, "<"+op+"/>")
		for _, path := range []string{"/onvif/media_service", "/onvif/event_service"} {
			if !strings.Contains(text, strings.TrimSuffix(url, "/onvif/device_service")+path) {
				t.Errorf("%s does not tell %s: %s", op, path, text)
			}
		}
	}
	info := s.call(t, url, deviceInformation)
	if got := between(t, info, "<tds:SerialNumber>", "<"); got != "S-1" {
		t.Errorf("serial number %q", got)
	}
	if got := between(t, info, "<tds:Model>", "<"); got != "Front &lt;door&gt;" {
		t.Errorf("model %q", got)
	}
	media := between(t, s.call(t, url, "<GetCapabilities/>"), "<tt:Media><tt:XAddr>", "<")
	tokens := regexp.MustCompile(`Profiles token="(\w+)"`).FindAllStringSubmatch(s.call(t, media, "<GetProfiles/>"), -1)
	if len(tokens) != 2 {
		t.Fatalf("profiles %v", tokens)
	}
	for i, want := range []string{c.MainURL(), c.SubURL()} {
		text := s.call(t, media, `<GetStreamUri><StreamSetup/><ProfileToken>`+tokens[i][1]+`</ProfileToken></GetStreamUri>`)
		if got := between(t, text, "<tt:Uri>", "<"); got != want {
			t.Errorf("stream %s, not %s", got, want)
		}
	}
	if status, _, _ := s.post(t, media, s.token(), `<GetStreamUri><ProfileToken>no</ProfileToken></GetStreamUri>`, ""); status != 400 {
		t.Errorf("a foreign profile: %d", status)
	}
	if status, _, _ := s.post(t, url, s.token(), `<FormatDisk/>`, ""); status != 400 {
		t.Errorf("an unknown operation: %d", status)
	}
	if status, _, _ := s.post(t, url, "<", "", ""); status != 400 {
		t.Errorf("no XML: %d", status)
	}
}

func TestONVIFAuthentication(t *testing.T) {
	wall := clock.NewManual(time.Date(2001, 2, 3, 4, 5, 6, 0, time.UTC))
	c := start(t, fakecam.Options{Name: "Front door", Clock: wall})
	s := newSOAP(t)
	ask := func(header, authorization string) (int, string) {
		status, _, h := s.post(t, c.ONVIFURL(), header, deviceInformation, authorization)
		return status, h.Get("WWW-Authenticate")
	}
	status, challenge := ask("", "")
	if status != 401 || challenge == "" {
		t.Fatalf("nobody: %d %q", status, challenge)
	}
	path := "/onvif/device_service"
	if status, _ := ask("", digest(t, "POST", path, challenge, password)); status != 200 {
		t.Errorf("digest: %d", status)
	}
	if status, _ := ask("", digest(t, "POST", path, challenge, "guess")); status != 401 {
		t.Errorf("digest with a wrong password: %d", status)
	}
	if status, _ := ask(s.token(), ""); status != 401 {
		t.Errorf("a token of another year than the camera's: %d", status)
	}
	s.created = wall.Now()
	if status, _ := ask(s.token(), ""); status != 200 {
		t.Errorf("a token by the camera's clock: %d", status)
	}
	token := s.token()
	c.SetFault(fakecam.WrongPassword)
	if status, _ := ask(token, digest(t, "POST", path, challenge, password)); status != 401 {
		t.Errorf("after the password changed: %d", status)
	}
	c.SetFault(fakecam.None)
	s.password = "guess"
	if status, _ := ask(s.token(), ""); status != 401 {
		t.Errorf("a token with a wrong password: %d", status)
	}
}

func TestMotion(t *testing.T) {
	c := start(t, fakecam.Options{Name: "Front door"})
	s := newSOAP(t)
	events := strings.Replace(c.ONVIFURL(), "device", "event", 1)
	sub := between(t, s.call(t, events, `<CreatePullPointSubscription><InitialTerminationTime>PT1M</InitialTerminationTime></CreatePullPointSubscription>`), "<wsa5:Address>", "<")
	pull := func(timeout string) string {
		return s.call(t, sub, `<PullMessages><Timeout>`+timeout+`</Timeout><MessageLimit>10</MessageLimit></PullMessages>`)
	}
	if text := pull("PT5S"); strings.Count(text, `PropertyOperation="Initialized"`) != 2 || !strings.Contains(text, `Name="IsMotion" Value="false"`) {
		t.Errorf("the first pull does not tell the state: %s", text)
	}
	began := time.Now()
	if text := pull("PT0.2S"); strings.Contains(text, "NotificationMessage") || time.Since(began) < 200*time.Millisecond {
		t.Errorf("an idle pull took %v: %s", time.Since(began), text)
	}
	for _, active := range []bool{true, false} {
		got := make(chan string)
		go func() { got <- pull("PT9S") }()
		c.Motion(active)
		select {
		case text := <-got:
			for _, want := range []string{
				">tns1:RuleEngine/CellMotionDetector/Motion<", fmt.Sprintf(`Name="IsMotion" Value="%t"`, active),
				">tns1:VideoSource/MotionAlarm<", fmt.Sprintf(`Name="State" Value="%t"`, active), `PropertyOperation="Changed"`,
			} {
				if !strings.Contains(text, want) {
					t.Errorf("no %s in %s", want, text)
				}
			}
		case <-time.After(time.Second):
			t.Fatal("no message within a second")
		}
	}
	s.call(t, sub, `<Renew><TerminationTime>PT2M</TerminationTime></Renew>`)
	s.call(t, sub, `<Unsubscribe/>`)
	if status, _, _ := s.post(t, sub, s.token(), `<PullMessages><Timeout>PT1S</Timeout></PullMessages>`, ""); status != 400 {
		t.Errorf("pulling after unsubscribing: %d", status)
	}
}

func TestMotionByItself(t *testing.T) {
	c := start(t, fakecam.Options{Name: "Front door", MotionEvery: 200 * time.Millisecond})
	s := newSOAP(t)
	sub := between(t, s.call(t, c.ONVIFURL(), `<CreatePullPointSubscription/>`), "<wsa5:Address>", "<")
	var text string
	eventually(t, "motion to begin and end", func() bool {
		text += s.call(t, sub, `<PullMessages><Timeout>PT1S</Timeout></PullMessages>`)
		_, after, ok := strings.Cut(text, `"IsMotion" Value="true"`)
		return ok && strings.Contains(after, `"IsMotion" Value="false"`)
	})
}

// TestCloseEndsLongPoll relies on the goroutine check of start.
func TestCloseEndsLongPoll(t *testing.T) {
	c := start(t, fakecam.Options{Name: "Front door"})
	s := newSOAP(t)
	sub := between(t, s.call(t, c.ONVIFURL(), `<CreatePullPointSubscription/>`), "<wsa5:Address>", "<")
	s.call(t, sub, `<PullMessages><Timeout>PT1S</Timeout></PullMessages>`)
	body := `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Header>` + s.token() +
		`</s:Header><s:Body><PullMessages><Timeout>PT60S</Timeout></PullMessages></s:Body></s:Envelope>`
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, sub, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		if res, err := s.http.Do(req); err == nil {
			res.Body.Close()
		}
	}()
	c.Close()
	select {
	case <-done:
	case <-time.After(patience):
		t.Fatal("the poll survived the camera")
	}
}

// TestVideoSources: a recorder tells each of its inputs once.
func TestVideoSources(t *testing.T) {
	for channels, want := range map[int]int{0: 1, 3: 3} {
		c := start(t, fakecam.Options{Name: "inputs", Channels: channels})
		text := newSOAP(t).call(t, c.ONVIFURL(), `<GetVideoSources xmlns="http://www.onvif.org/ver10/media/wsdl"/>`)
		if n := strings.Count(text, "<trt:VideoSources token="); n != want || !strings.Contains(text, `token="video_source"`) || !strings.Contains(text, "<tt:Width>640</tt:Width>") {
			t.Errorf("of %d channels: %s", channels, text)
		}
	}
}

func TestSnapshot(t *testing.T) {
	for _, o := range []fakecam.Options{{Name: "Front door"}, {Name: "Path", Source: fakecam.BuiltinClip{}}} {
		c := start(t, o)
		s := newSOAP(t)
		eventually(t, "the first picture", func() bool { return c.LastMark().Frame > 0 })
		url := between(t, s.call(t, c.ONVIFURL(), `<GetSnapshotUri><ProfileToken>profile_main</ProfileToken></GetSnapshotUri>`), "<tt:Uri>", "<")
		get := func(authorization string) (*http.Response, []byte) {
			req, err := http.NewRequest(http.MethodGet, url, nil)
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Authorization", authorization)
			res, err := s.http.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			b, err := io.ReadAll(res.Body)
			if err != nil {
				t.Fatal(err)
			}
			return res, b
		}
		res, _ := get("")
		if res.StatusCode != 401 {
			t.Fatalf("a snapshot for nobody: %d", res.StatusCode)
		}
		before := c.LastMark().Frame
		res, b := get(digest(t, "GET", "/snapshot.jpg", res.Header.Get("WWW-Authenticate"), password))
		if res.StatusCode != 200 {
			t.Fatalf("snapshot: %d", res.StatusCode)
		}
		if _, err := jpeg.Decode(bytes.NewReader(b)); err != nil {
			t.Error(err)
		}
		marks := fakecam.FindMarks(b)
		if len(marks) != 1 || marks[0].Name != fakecam.MarkName(o.Name) || marks[0].Frame < before {
			t.Errorf("marks %v, not one from %d", marks, before)
		}
	}
}
