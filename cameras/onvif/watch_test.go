package onvif

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"lares/cameras/clock"
	"lares/cameras/fakecam"
	"lares/cameras/media"
)

// follower records what a Watch says; its pauses take no time.
type follower struct {
	events chan string
	states chan error
	pauses chan time.Duration
}

func newFollower() *follower {
	return &follower{events: make(chan string, 100), states: make(chan error, 100), pauses: make(chan time.Duration, 100)}
}

func (f *follower) watch() Watch {
	return Watch{
		Tell: func(list []media.Event) {
			for _, e := range list {
				f.events <- spell([]media.Event{e})
			}
		},
		State: func(err error) { f.states <- err },
		Pause: func(ctx context.Context, d time.Duration) bool {
			select {
			case f.pauses <- d:
				return true
			case <-ctx.Done():
				return false
			}
		},
	}
}

func next[T any](t *testing.T, from chan T) (v T) {
	t.Helper()
	select {
	case v = <-from:
	case <-time.After(patience):
		t.Fatal("nothing came")
	}
	return v
}

// TestWatchRefused: a camera without room refuses thirteen times; it is asked
// less and less often, then followed, and the subscription ended.
func TestWatchRefused(t *testing.T) {
	cam, c := camera(t, fakecam.Options{RefuseSubscriptions: 13})
	f := newFollower()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := make(chan error)
	go func() { done <- c.Watch(ctx, f.watch()) }()
	var pauses []time.Duration
	for range 13 {
		if err := next(t, f.states); !errors.Is(err, ErrBusy) {
			t.Fatal(err)
		}
		pauses = append(pauses, next(t, f.pauses)/time.Second)
	}
	if want := []time.Duration{5, 10, 20, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30}; !slices.Equal(pauses, want) {
		t.Errorf("paused for %v", pauses)
	}
	if err := next(t, f.states); err != nil {
		t.Fatal(err)
	}
	cam.Motion(true)
	if e := next(t, f.events); e != "motion/+" {
		t.Error(e)
	}
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if e := next(t, f.events); e != "motion/-" {
		t.Errorf("%s after the end", e)
	}
	if d := cam.Device(); d.Subscriptions != 0 || d.Refused != 13 {
		t.Errorf("%d subscriptions are left, %d were refused", d.Subscriptions, d.Refused)
	}
}

// TestWatchRenews: a subscription outlives its term, by the camera's own clock,
// which is wrong.
func TestWatchRenews(t *testing.T) {
	wall := clock.NewManual(time.Date(2017, 12, 31, 0, 0, 0, 0, time.UTC))
	cam, err := fakecam.Start(t.Context(), fakecam.Options{Name: t.Name(), Clock: wall})
	if err != nil {
		t.Fatal(err)
	}
	defer cam.Close()
	var d net.Dialer
	c, err := New(Config{URL: cam.ONVIFURL(), Dial: d.DialContext, Clock: wall})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	f := newFollower()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- c.Watch(ctx, f.watch()) }()
	defer func() { cancel(); <-done }()
	if err := next(t, f.states); err != nil {
		t.Fatal(err)
	}
	for i := range 12 { // nearly four terms, in steps of which three are shorter than one
		wall.Advance(Term/3 - time.Second)
		cam.Motion(i%2 == 0)
		if e := next(t, f.events); e != []string{"motion/+", "motion/-"}[i%2] {
			t.Fatalf("%s in round %d", e, i)
		}
	}
	select {
	case err := <-f.states:
		t.Errorf("the subscription was made anew: %v", err)
	default:
	}
}

// TestWatchBegunAnew: what a device ends by itself is begun anew, after all
// that was going on has ended.
func TestWatchBegunAnew(t *testing.T) {
	cam, c := camera(t, fakecam.Options{})
	f := newFollower()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- c.Watch(ctx, f.watch()) }()
	if err := next(t, f.states); err != nil {
		t.Fatal(err)
	}
	cam.Motion(true)
	if e := next(t, f.events); e != "motion/+" {
		t.Error(e)
	}
	cam.ForgetSubscriptions()
	if e := next(t, f.events); e != "motion/-" {
		t.Error(e)
	}
	if d := next(t, f.pauses); d != again {
		t.Errorf("paused for %v", d)
	}
	if err := next(t, f.states); err != nil {
		t.Error(err)
	}
	if e := next(t, f.events); e != "motion/+" { // it still goes on
		t.Error(e)
	}
	cam.SetFault(fakecam.Drop)
	if err := <-done; err != nil {
		t.Errorf("a device that is gone after it answered: %v", err)
	}
	if err := c.Watch(ctx, f.watch()); err == nil || !Lost(err) {
		t.Errorf("a device that does not answer: %v", err)
	}
	cancel()
}

// TestReferenceParameters: a subscription is told apart by what stands in its
// reference, as WS-Addressing has it.
func TestReferenceParameters(t *testing.T) {
	seen := make(chan string, 1)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		switch {
		case strings.Contains(string(b), "GetServices"):
			fmt.Fprintf(w, `<Envelope><Body><GetServicesResponse><Service><Namespace>%s</Namespace><XAddr>/m</XAddr></Service><Service><Namespace>%s</Namespace><XAddr>/e</XAddr></Service></GetServicesResponse></Body></Envelope>`, nsMedia, nsEvents)
		case strings.Contains(string(b), "CreatePullPoint"):
			fmt.Fprint(w, `<Envelope><Body><CreatePullPointSubscriptionResponse><SubscriptionReference><Address>http://x/e</Address><ReferenceParameters xmlns:d="urn:d"><d:SubscriptionId a="1">5&lt;</d:SubscriptionId></ReferenceParameters></SubscriptionReference>`+
				`<CurrentTime>2017-01-01T00:00:00Z</CurrentTime><TerminationTime>2017-01-01T00:00:20Z</TerminationTime></CreatePullPointSubscriptionResponse></Body></Envelope>`)
		case strings.Contains(string(b), "PullMessages"):
			head, _, _ := strings.Cut(string(b), "</s:Header>")
			seen <- head
			_, _ = w.Write(pulled())
		}
	}))
	defer s.Close()
	sub, err := client(t, s.URL, "", "").Subscribe(t.Context())
	if err != nil || sub.Lives != 20*time.Second {
		t.Fatalf("%v, lives %v", err, sub.Lives)
	}
	if _, err := sub.Pull(t.Context()); err != nil {
		t.Fatal(err)
	}
	if head := <-seen; !strings.Contains(head, `<SubscriptionId xmlns="urn:d" a="1">5&lt;</SubscriptionId>`) {
		t.Error(head)
	}
}

// TestRuleClasses: what a rule is about is told by its filter, not by the name
// that somebody gave it.
func TestRuleClasses(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		switch {
		case strings.Contains(string(b), "GetServices"):
			fmt.Fprintf(w, `<Envelope><Body><GetServicesResponse><Service><Namespace>%s</Namespace><XAddr>/m</XAddr></Service><Service><Namespace>%s</Namespace><XAddr>/e</XAddr></Service><Service><Namespace>%s</Namespace><XAddr>/a</XAddr></Service></GetServicesResponse></Body></Envelope>`, nsMedia, nsEvents, nsAnalytics)
		case strings.Contains(string(b), "GetProfiles"):
			fmt.Fprint(w, `<Envelope><Body><GetProfilesResponse><Profiles token="1"><VideoAnalyticsConfiguration token="A"/></Profiles><Profiles token="2"><VideoAnalyticsConfiguration token="A"/></Profiles></GetProfilesResponse></Body></Envelope>`)
		case strings.Contains(string(b), "GetRules"):
			fmt.Fprint(w, `<Envelope><Body><GetRulesResponse><Rule Name="Rule 1" Type="tt:FieldDetector"><Parameters><SimpleItem Name="ClassFilter" Value="Human"/></Parameters></Rule><Rule Name="Rule 2" Type="tt:VehicleDetector"/><Rule Name="Rule 4" Type="tt:X"><Parameters><SimpleItem Name="ObjectType" Value="Dog"/><SimpleItem Name="ObjectTypes" Value="Pet"/></Parameters></Rule><Rule Name="Rule 3" Type="tt:CellMotionDetector"><Parameters><SimpleItem Name="Sensitivity" Value="human"/></Parameters></Rule></GetRulesResponse></Body></Envelope>`)
		}
	}))
	defer s.Close()
	classes, err := client(t, s.URL, "", "").RuleClasses(t.Context())
	if err != nil || len(classes) != 3 || classes["Rule 4"] != "animal" || classes["Rule 1"] != "person" || classes["Rule 2"] != "vehicle" {
		t.Fatalf("%v, %v", classes, err)
	}
	tr := Tracker{Classes: classes}
	n := parseOne(t, message("tns1:RuleEngine/FieldDetector/ObjectsInside", "Changed", item("Rule", "Rule 1"), item("IsInside", "true")))
	if got := spell(tr.Apply(n)); got != "motion/person+" {
		t.Error(got)
	}
}

// TestWatchRefusedForever: a device that refuses for another reason than the user's rights
// may be starting: it is asked each second for two minutes, and then each minute.
func TestWatchRefusedForever(t *testing.T) {
	for subcode, soon := range map[string]int{"ter:NotAuthorized": 0, "ter:Action": 120, "ter:ActionNotSupported": 120} {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			b, _ := io.ReadAll(r.Body)
			if strings.Contains(string(b), "GetServices") {
				fmt.Fprintf(w, `<Envelope><Body><GetServicesResponse><Service><Namespace>%s</Namespace><XAddr>/m</XAddr></Service><Service><Namespace>%s</Namespace><XAddr>/e</XAddr></Service></GetServicesResponse></Body></Envelope>`, nsMedia, nsEvents)
				return
			}
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprintf(w, `<Envelope><Body><Fault><Code><Value>s:Sender</Value><Subcode><Value>%s</Value></Subcode></Code></Fault></Body></Envelope>`, subcode)
		}))
		defer s.Close()
		wall := clock.NewManual(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
		var d net.Dialer
		c, err := New(Config{URL: s.URL, Dial: d.DialContext, Clock: wall})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		ctx, cancel := context.WithCancel(t.Context())
		var pauses []time.Duration
		f := newFollower()
		w := f.watch()
		w.State = func(error) {}
		w.Pause = func(_ context.Context, pause time.Duration) bool {
			pauses = append(pauses, pause)
			wall.Advance(pause)
			if len(pauses) == soon+3 {
				cancel()
			}
			return ctx.Err() == nil
		}
		if err := c.Watch(ctx, w); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", subcode, err)
		}
		for i, got := range pauses {
			want := time.Minute
			if i < soon {
				want = time.Second
			}
			if got != want {
				t.Fatalf("%s: pause %d is %v", subcode, i, got)
			}
		}
	}
}
