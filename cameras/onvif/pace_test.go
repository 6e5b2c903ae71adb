package onvif

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"lares/cameras/clock"
)

// TestPace: who answers at once and without messages is asked less and less often, yet
// often enough for a doorbell; of many messages a bounded number is taken.
func TestPace(t *testing.T) {
	const ms = time.Millisecond
	now := time.Unix(1000, 0)
	var p pace
	var pauses []time.Duration
	for range 7 {
		pause := p.after(0, 0, now)
		pauses, now = append(pauses, pause), now.Add(pause)
	}
	if want := []time.Duration{50 * ms, 100 * ms, 200 * ms, 400 * ms, 800 * ms, 800 * ms, 800 * ms}; !slices.Equal(pauses, want) {
		t.Errorf("paused for %v", pauses)
	}
	for name, c := range map[string]struct {
		n    int
		took time.Duration
	}{"an event": {1, 0}, "a device that waits": {0, pullFor}} {
		if pause := p.after(c.n, c.took, now); pause != 0 {
			t.Errorf("%s: a pause of %v", name, pause)
		}
		if pause := p.after(0, 0, now); pause != emptySoon {
			t.Errorf("%s: then a pause of %v", name, pause)
		}
	}
	for _, n := range []int{1, maxList} {
		var p pace
		now, taken := time.Unix(1000, 0), 0
		for end := now.Add(time.Minute); now.Before(end); now = now.Add(p.after(n, 0, now)) {
			taken += n
		}
		if most := messageBurst + 60*messageRate + 2*n; taken > most || taken < 60*messageRate {
			t.Errorf("%d at a time: %d messages in a minute, not %d", n, taken, most)
		}
	}
}

// TestWatchPaced: a device that answers PullMessages at once is waited for, whether it
// brings nothing or as much as it can, also over subscriptions that it ends.
func TestWatchPaced(t *testing.T) {
	motion := message("tns1:VideoSource/MotionAlarm", "Changed", item("Source", "0"), item("State", "true"))
	for name, c := range map[string]struct {
		answer []byte
		quick  int // answers that come before the first pause
	}{
		"nothing": {pulled(), 0},
		"much":    {pulled(slices.Repeat([]string{motion}, maxList)...), 1},
	} {
		t.Run(name, func(t *testing.T) {
			pulls := 0
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				b, _ := io.ReadAll(r.Body)
				switch {
				case strings.Contains(string(b), "GetServices"):
					fmt.Fprintf(w, `<Envelope><Body><GetServicesResponse><Service><Namespace>%s</Namespace><XAddr>/e</XAddr></Service></GetServicesResponse></Body></Envelope>`, nsEvents)
				case strings.Contains(string(b), "CreatePullPoint"):
					fmt.Fprint(w, `<Envelope><Body><CreatePullPointSubscriptionResponse><SubscriptionReference><Address>http://x/e</Address></SubscriptionReference></CreatePullPointSubscriptionResponse></Body></Envelope>`)
				case strings.Contains(string(b), "PullMessages"):
					pulls++
					_, _ = w.Write(c.answer)
				}
			}))
			defer s.Close()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			f := newFollower()
			w, paused, at := f.watch(), 0, 0
			w.Pause = func(context.Context, time.Duration) bool {
				if paused++; paused == 1 {
					at = pulls
				}
				return paused < 5
			}
			device := client(t, s.URL, "", "")
			device.cfg.Clock = clock.NewManual(time.Unix(1000, 0))
			_ = device.Watch(ctx, w)
			if at != c.quick+1 || pulls != at+4 {
				t.Errorf("the first pause after %d answers, five after %d", at, pulls)
			}
		})
	}
}
