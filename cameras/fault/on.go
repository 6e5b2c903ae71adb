//go:build crossfault

package fault

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

// On says whether this is a build with faults.
const On = true

// Variable is where the environment says what to inject:
//
//	LARES_FAULT="rate=0.01,seed=7,sites=all,dbdelay=200ms"
//
// Sites are joined with +, and each may have a rate of its own behind a colon:
// sites=session+worker spawn:0.5. Without the variable nothing is injected.
const Variable = "LARES_FAULT"

const (
	// remembered bounds the tenants of a site whose last result is kept.
	remembered = 64
	everything = "all"
)

// injector is the state of the process: what was seen last for each tenant.
type injector struct {
	rate  float64
	rates map[Site]float64 // nil: all sites at rate
	delay time.Duration

	mu       sync.Mutex // guards following
	random   *rand.Rand
	seen     map[Site]map[string]any
	owners   map[string]string
	injected map[Site]uint64
}

var state = parse(os.Getenv(Variable))

// parse panics on what it does not understand: a proof that injects nothing by
// mistake would prove nothing.
func parse(text string) *injector {
	in := &injector{seen: map[Site]map[string]any{}, owners: map[string]string{}, injected: map[Site]uint64{}}
	seed := uint64(1)
	for _, part := range strings.Split(text, ",") {
		key, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		var err error
		switch key {
		case "":
		case "rate":
			in.rate, err = strconv.ParseFloat(value, 64)
		case "seed":
			seed, err = strconv.ParseUint(value, 10, 64)
		case "dbdelay":
			in.delay, err = time.ParseDuration(value)
		case "sites":
			err = in.choose(value)
		default:
			err = fmt.Errorf("no such setting")
		}
		if err != nil {
			panic(fmt.Sprintf("fault: %s: %q: %v", Variable, part, err))
		}
	}
	in.random = rand.New(rand.NewPCG(seed, 0))
	return in
}

func (in *injector) choose(list string) (err error) {
	if list == everything {
		return nil
	}
	in.rates = map[Site]float64{}
	for _, name := range strings.Split(list, "+") {
		site, rate, own := strings.Cut(name, ":")
		r := -1.0 // the common one
		if own {
			if r, err = strconv.ParseFloat(rate, 64); err != nil {
				return err
			}
		}
		in.rates[Site(site)] = r
	}
	return nil
}

func (in *injector) rateOf(s Site) float64 {
	if in.rates == nil {
		return in.rate
	}
	r, ok := in.rates[s]
	if !ok {
		r, ok = in.rates[everything]
	}
	switch {
	case !ok:
		return 0
	case r < 0:
		return in.rate
	}
	return r
}

// Swap returns v, or at the site's rate what it was given last for a tenant of
// another owner. Values must be safe to use twice.
func Swap[T any](s Site, tenant string, v T) T {
	return SwapIf(s, tenant, v, func(T) bool { return true })
}

// SwapIf is Swap for results that only some others can take the place of.
func SwapIf[T any](s Site, tenant string, v T, fits func(T) bool) T {
	return state.swap(s, tenant, v, func(w any) bool {
		other, same := w.(T) // a site may have results of several types
		return same && fits(other)
	}).(T)
}

func (in *injector) swap(s Site, tenant string, v any, fits func(any) bool) any {
	in.mu.Lock()
	defer in.mu.Unlock()
	rate := in.rateOf(s)
	if rate <= 0 {
		return v
	}
	others := in.seen[s]
	if others == nil {
		others = map[string]any{}
		in.seen[s] = others
	}
	if _, known := others[tenant]; known || len(others) < remembered {
		others[tenant] = v
	}
	if in.random.Float64() >= rate {
		return v
	}
	for other, w := range others { // any of them: the order of a map will do
		if other != tenant && in.owner(other) != in.owner(tenant) && fits(w) {
			in.injected[s]++
			return w
		}
	}
	return v
}

// owner is whose a tenant is: its own, unless Belongs said otherwise; in.mu is
// held.
func (in *injector) owner(tenant string) string {
	if o, ok := in.owners[tenant]; ok {
		return o
	}
	return tenant
}

// Belongs says whose a camera is, so that cameras of one owner are not swapped.
func Belongs(camera, owner string) {
	state.mu.Lock()
	defer state.mu.Unlock()
	state.owners[camera] = owner
}

// Delay makes a database call as slow as the environment says.
func Delay(ctx context.Context) {
	if state.delay == 0 {
		return
	}
	t := time.NewTimer(state.delay)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// Injected counts what was swapped, by site.
func Injected() map[string]uint64 {
	state.mu.Lock()
	defer state.mu.Unlock()
	out := map[string]uint64{}
	for s, n := range state.injected {
		out[string(s)] = n
	}
	return out
}
