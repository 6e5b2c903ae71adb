package onvif

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// answering is a device that answers each operation with what follows its name; "" is the
// status 500, as is all that has no row.
type answering map[string]func() string

func (a answering) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	for operation, says := range a {
		if !strings.Contains(string(body), "<"+operation+" ") && !strings.Contains(string(body), "<"+operation+"/") {
			continue
		}
		if say := says(); say != "" {
			fmt.Fprintf(w, `<Envelope><Body><%[1]sResponse>%[2]s</%[1]sResponse></Body></Envelope>`, operation, say)
			return
		}
	}
	w.WriteHeader(http.StatusInternalServerError)
}

func serviceAt(ns string) string {
	return `<Service><Namespace>` + ns + `</Namespace><XAddr>/x</XAddr></Service>`
}

// TestWatchOfOneThatStarts: a device that does not know all its services yet is asked again
// for them, whether it says so or not.
func TestWatchOfOneThatStarts(t *testing.T) {
	for name, capabilities := range map[string]string{"it fails": "", "it has none": "<Capabilities/>"} {
		t.Run(name, func(t *testing.T) {
			var ready atomic.Bool
			s := httptest.NewServer(answering{
				"GetServices": func() string {
					if ready.Load() {
						return serviceAt(nsMedia) + serviceAt(nsEvents)
					}
					return serviceAt(nsMedia)
				},
				"GetCapabilities":             func() string { return capabilities },
				"CreatePullPointSubscription": func() string { return "<SubscriptionReference/>" },
				"Unsubscribe":                 func() string { return "<x/>" },
			})
			defer s.Close()
			c := client(t, s.URL, "", "")
			f := newFollower()
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan error)
			go func() { done <- c.Watch(ctx, f.watch()) }()
			defer func() { cancel(); <-done }()
			if err := next(t, f.states); !errors.Is(err, ErrUnsupported) {
				t.Fatal(err)
			}
			ready.Store(true)
			next(t, f.pauses)
			err := next(t, f.states)
			for range 3 { // some may have been on their way
				if err == nil {
					return
				}
				next(t, f.pauses)
				err = next(t, f.states)
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
}

// TestNoGoodbyeAfterARefusal: who was refused does not sign in once more to say goodbye.
func TestNoGoodbyeAfterARefusal(t *testing.T) {
	var byes atomic.Int32
	pulled := false
	refusing := answering{
		"GetServices":                 func() string { return serviceAt(nsMedia) + serviceAt(nsEvents) },
		"CreatePullPointSubscription": func() string { return "<SubscriptionReference/>" },
		"GetProfiles":                 func() string { return "<x/>" },
		"Unsubscribe":                 func() string { byes.Add(1); return "<x/>" },
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.Header.Get("Content-Type"), "PullMessages") {
			pulled = true
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		refusing.ServeHTTP(w, r)
	}))
	defer s.Close()
	f := newFollower()
	w := f.watch()
	ctx, cancel := context.WithCancel(t.Context())
	w.Pause = func(context.Context, time.Duration) bool { cancel(); return false }
	if err := client(t, s.URL, "", "").Watch(ctx, w); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if !pulled || byes.Load() > 0 {
		t.Errorf("pulled: %t, %d goodbyes", pulled, byes.Load())
	}
}
