package worker

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"lares/cameras/clock"
	"lares/cameras/control"
	"lares/cameras/internal/wire"
	"lares/cameras/onvif"
)

// nvr is a device that tells of the sources that it is set to, and counts what else
// than questions reaches it.
type nvr struct {
	sources atomic.Pointer[[]string] // nil: GetProfiles is refused
	at      map[string]string        // where streams are, of those that are not at rtsp://device/ and the source
	done    atomic.Int64
}

func (d *nvr) tells(sources ...string) { d.sources.Store(&sources) }

func (d *nvr) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b, _ := io.ReadAll(r.Body)
	asked := string(b)
	answer := func(name, content string) {
		fmt.Fprintf(w, `<Envelope><Body><%[1]sResponse>%[2]s</%[1]sResponse></Body></Envelope>`, name, content)
	}
	const service = `<Service><Namespace>http://www.onvif.org/ver%s/wsdl</Namespace><XAddr>/%[1]s</XAddr></Service>`
	switch sources := d.sources.Load(); {
	case strings.Contains(asked, "GetServices"):
		answer("GetServices", fmt.Sprintf(service, "10/media")+fmt.Sprintf(service, "20/ptz")+fmt.Sprintf(service, "20/imaging")+fmt.Sprintf(service, "10/deviceIO"))
	case strings.Contains(asked, "GetProfiles") && sources != nil:
		var list strings.Builder
		for _, s := range *sources {
			fmt.Fprintf(&list, `<Profiles token="profile_%[1]s"><VideoSourceConfiguration token="config_%[1]s"><SourceToken>%[1]s</SourceToken></VideoSourceConfiguration><PTZConfiguration token="p"/></Profiles>`, s)
		}
		answer("GetProfiles", list.String())
	case strings.Contains(asked, "GetStreamUri"):
		_, after, _ := strings.Cut(asked, "profile_")
		token, _, _ := strings.Cut(after, "<")
		answer("GetStreamUri", "<MediaUri><Uri>"+cmp.Or(d.at[token], "rtsp://device/"+token)+"</Uri></MediaUri>")
	case strings.Contains(asked, "Get"):
		http.Error(w, `<Envelope><Body><Fault><Code><Value>Receiver</Value></Code></Fault></Body></Envelope>`, http.StatusInternalServerError)
	default:
		d.done.Add(1)
		answer(strings.Trim(strings.Split(r.Header.Get("Content-Type"), "/")[len(strings.Split(r.Header.Get("Content-Type"), "/"))-1], `"`), "")
	}
}

// handsOf are those of a worker for the picture at /mine of a device.
func handsOf(t *testing.T, d *nvr, start wire.Start) *hands {
	t.Helper()
	s := httptest.NewServer(d)
	t.Cleanup(s.Close)
	var nd net.Dialer
	c, err := onvif.New(onvif.Config{URL: s.URL, Dial: nd.DialContext, Clock: clock.System{}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	start.Main.URL = cmp.Or(start.Main.URL, "rtsp://device/mine")
	return newHands(&worker{start: start}, c)
}

// TestChannelUnknown: where a device does not tell which of its pictures is this
// camera's, nothing of it is controlled, seen or heard of, until it tells.
func TestChannelUnknown(t *testing.T) {
	about := func(source string) onvif.Notification {
		return onvif.Notification{Topic: "VideoSource/MotionAlarm", Source: []onvif.Item{{Name: "Source", Value: source}}}
	}
	nothing := func(t *testing.T, d *nvr, h *hands) {
		t.Helper()
		ctx := t.Context()
		before := d.done.Load()
		h.forget()
		if mine, err := h.mine(ctx, unforeseen(t)); err == nil {
			t.Errorf("events are followed: its own %v, another's %v", mine == nil || mine(about("mine")), mine == nil || mine(about("other")))
		} else if why := complaint(err); !strings.Contains(why, "which of its pictures") || !refused(err, retrySoonFor) {
			t.Errorf("%v is said as %q", err, why)
		}
		_, err := h.begin(ctx, control.Order{Do: control.GoHome})
		errs := map[string]error{"turned": err}
		errs["restarted"] = h.reboot(ctx)
		errs["switched"] = h.switchOutput(ctx, "x", true)
		_, errs["asked for its outputs"] = h.outputs(ctx)
		_, errs["asked for its settings"] = h.picture(ctx)
		_, errs["seen"] = h.snapshot(ctx)
		for what, err := range errs {
			if err == nil {
				t.Errorf("it is %s", what)
			}
		}
		if n := d.done.Load() - before; n != 0 {
			t.Errorf("%d orders reached it", n)
		}
	}
	limited := func(t *testing.T, d *nvr, h *hands) {
		t.Helper()
		h.forget()
		mine, err := h.mine(t.Context(), unforeseen(t))
		if err != nil || mine == nil || !mine(about("mine")) || mine(about("other")) || mine(about("")) {
			t.Errorf("the events are not its own: %v", err)
		}
		if p, err := h.turnable(t.Context()); err != nil || p.Token != "profile_mine" {
			t.Errorf("%+v is turned, %v", p, err)
		}
		before := d.done.Load()
		if err := h.reboot(t.Context()); err == nil || d.done.Load() != before {
			t.Error("the whole recorder is restarted")
		}
	}
	for name, start := range map[string]wire.Start{
		"a recorder's, named": {Recorder: true, Source: "mine"},
		"a recorder's":        {Recorder: true},
	} {
		t.Run(name, func(t *testing.T) {
			d := &nvr{}
			h := handsOf(t, d, start)
			nothing(t, d, h) // refused
			for _, told := range [][]string{{}, {"other"}, {"other", "third"}, {""}} {
				d.tells(told...)
				nothing(t, d, h)
			}
			for _, told := range [][]string{{"mine"}, {"other", "mine"}} {
				d.tells(told...)
				limited(t, d, h)
			}
		})
	}
	t.Run("of which nothing was said", func(t *testing.T) {
		d := &nvr{}
		h := handsOf(t, d, wire.Start{})
		d.tells("some")
		mine, err := h.mine(t.Context(), unforeseen(t))
		if err != nil || !mine(about("other")) || !mine(about("")) {
			t.Errorf("a camera by itself has other events than its own: %v", err)
		}
		if err := h.reboot(t.Context()); err != nil || d.done.Load() != 1 {
			t.Errorf("a camera by itself is not restarted: %v", err)
		}
		d.tells("other", "third")
		nothing(t, d, h)
		d.tells("other") // the recorder goes on to be one
		nothing(t, d, h)
		d.sources.Store(nil) // and where it refuses
		nothing(t, d, h)
		d.tells("mine", "other")
		limited(t, d, h)
		if mine(about("other")) {
			t.Error("what was begun before goes on without limit")
		}
	})
}

// unforeseen are events of several sources where none come.
func unforeseen(t *testing.T) func() {
	return func() { t.Error("it is taken for a recorder by its events") }
}

// TestPlainDevice: a device that is no known recorder and has no profiles to tell is a
// camera by itself as to what needs none: its events and its outputs. Events of a second
// source show that it is a recorder; a question for another user is no such answer.
func TestPlainDevice(t *testing.T) {
	about := func(topic, name, value string) onvif.Notification {
		return onvif.Notification{Topic: topic, Source: []onvif.Item{{Name: name, Value: value}}}
	}
	const alarm, rule, sound = "VideoSource/MotionAlarm", "RuleEngine/CellMotionDetector/Motion", "AudioAnalytics/Audio/DetectedSound"
	d := &nvr{}
	h := handsOf(t, d, wire.Start{})
	several := 0
	mine, err := h.mine(t.Context(), func() { several++ })
	if err != nil || h.lacking() == "" {
		t.Fatalf("%v, and it lacks %q", err, h.lacking())
	}
	for _, n := range []onvif.Notification{
		about(alarm, "Source", "a"), about(alarm, "Source", "a"), about(rule, "VideoSourceConfigurationToken", "c"), about(sound, "Source", "microphone"),
		about("Device/Trigger/DigitalInput", "InputToken", "1"), about("Device/Trigger/DigitalInput", "InputToken", "2"), about(alarm, "Source", ""), {Topic: "Monitoring/ProcessorUsage"},
	} {
		if !mine(n) || several != 0 {
			t.Errorf("%+v is not its own, or shows a recorder: %d", n, several)
		}
	}
	if err := h.reboot(t.Context()); err != nil || d.done.Load() != 1 {
		t.Errorf("it is not restarted: %v", err)
	}
	if _, err := h.outputs(t.Context()); problemOf(err) == control.Cannot {
		t.Errorf("it is not asked for its outputs: %v", err)
	}
	if _, err := h.snapshot(t.Context()); err == nil {
		t.Error("a picture of a profile that it does not tell")
	}
	if mine(about(alarm, "Source", "b")) || several != 1 || mine(about(alarm, "Source", "a")) {
		t.Errorf("a recorder's events go on, told %d times", several)
	}
	if _, err := h.mine(t.Context(), unforeseen(t)); !errors.Is(err, errWhich) || h.lacking() != "" {
		t.Errorf("of a recorder: %v", err)
	}
	if err := h.reboot(t.Context()); err == nil || d.done.Load() != 1 {
		t.Error("a recorder is restarted")
	}
	for name, err := range map[string]error{
		"another user":   fmt.Errorf("x: %w", onvif.ErrNotAuthorized),
		"silence":        context.DeadlineExceeded,
		"no profile":     errWhich,
		"no refusal":     nil,
		"a broken reply": onvif.ErrMalformed,
	} {
		if handsOf(t, &nvr{}, wire.Start{}).plain(err) {
			t.Errorf("%s makes a device plain", name)
		}
	}
}

// TestChannelLost: a device that does not answer is said to be silent, and is asked
// again soon.
func TestChannelLost(t *testing.T) {
	h := handsOf(t, &nvr{}, wire.Start{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if mine, err := h.mine(ctx, unforeseen(t)); err == nil || mine != nil || refused(err, retrySoonFor) {
		t.Errorf("%v", err)
	}
}

// TestChannelOfSub: a stream of a recorder is another camera's where the recorder tells
// its address so, and not where it does not tell.
func TestChannelOfSub(t *testing.T) {
	d := &nvr{}
	h := handsOf(t, d, wire.Start{Recorder: true, Source: "mine"})
	asked := func(when string, mine, other, third bool) {
		t.Helper()
		h.forget()
		for path, want := range map[string]bool{"mine": mine, "other": other, "third": third} {
			if got := h.ofAnother(t.Context(), "rtsp://device/"+path); got != want {
				t.Errorf("%s, /%s is another's: %v", when, path, got)
			}
		}
	}
	asked("refused", false, false, false)
	d.tells("mine", "other")
	asked("told of two", false, true, false)
	d.tells("other", "third")
	asked("the own one is not told", false, false, false)
	alone := handsOf(t, d, wire.Start{})
	d.tells("mine", "other")
	if alone.ofAnother(t.Context(), "rtsp://device/other") {
		t.Error("of a device that is one owner's")
	}
}

// TestChannelByPort: a recorder may have its cameras at one port each, and what is before
// it ports of its own. A stream that several have but for the port is nobody's.
func TestChannelByPort(t *testing.T) {
	d := &nvr{at: map[string]string{"one": "rtsp://device:554/live", "two": "rtsp://device:555/live", "odd": "rtsp://device:556/odd"}}
	d.tells("one", "two", "odd")
	start := func(main string) (s wire.Start) {
		s.Recorder, s.Source, s.Main.URL = true, "two", main
		return s
	}
	for main, want := range map[string]string{
		"rtsp://device/live": "one", "rtsp://device:555/live": "two", "rtsp://device:8554/odd": "odd",
		"rtsp://device:8554/live": "", "rtsps://device/live": "", "rtsp://device/none": "",
	} {
		own, err := handsOf(t, d, start(main)).profiles(t.Context())
		if got := append(own, onvif.Profile{})[0].Source; got != want || (err == nil) != (want != "") {
			t.Errorf("%s is of %q, %v", main, got, err)
		}
	}
	h := handsOf(t, d, start("rtsp://device:555/live"))
	for address, another := range map[string]bool{
		"rtsp://device:555/live": false, "rtsp://device/live": true, "rtsp://device:8554/live": true,
		"rtsp://device:556/odd": true, "rtsp://device:8556/odd": true, "rtsp://device/none": false,
	} {
		if got := h.ofAnother(t.Context(), address); got != another {
			t.Errorf("%s is another's: %v", address, got)
		}
	}
	few := &nvr{at: d.at}
	few.tells("two", "odd")
	h = handsOf(t, few, start("rtsp://device:8555/live"))
	if h.ofAnother(t.Context(), "rtsp://device:8555/live") {
		t.Error("the own one, at the port of what is before the recorder, is another's")
	}
}
