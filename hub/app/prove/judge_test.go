package prove

import (
	"fmt"
	"strings"
	"testing"
)

// oneIn is of how many legal requests, where nothing was broken on purpose, one
// may go wrong.
const oneIn = 10_000

// judge names what the phase may not have. Where nothing was broken on purpose,
// what is legal must succeed: 99.99 % of it in all such phases of the long form
// together (see judgeAll). One alone is too short for that figure, so nothing
// may be wrong there and little late.
func (r *rig) judge(l *row) {
	sum := l.counts.total()
	breach := func(ok bool, format string, args ...any) {
		if !ok {
			l.breaches = append(l.breaches, fmt.Sprintf(format, args...))
			r.failed = true
		}
	}
	// What says how fast the machine is.
	late := func(ok bool, format string, args ...any) {
		switch {
		case r.paced:
			breach(ok, format, args...)
		case !ok:
			r.shorts = append(r.shorts, l.name+": "+fmt.Sprintf(format, args...))
		}
	}
	if l.rules&mustFail != 0 {
		breach(sum.foreign > 0, "nothing crossed although both locks are gone: this proof proves nothing")
		return
	}
	if l.rules&mustFind != 0 {
		breach(l.why != "", "nothing was seen of it: this proof does not look there")
		return
	}
	breach(len(l.hubErrors) == 0, "the hub said %d times that it failed, as in: %.300s", len(l.hubErrors), strings.Join(l.hubErrors, ""))
	breach(sum.foreign == 0, "foreign %d", sum.foreign)
	breach(sum.apart == 0 || l.rules&namesToo != 0, "%d foreign names, times, kinds or ids", sum.apart)
	breach(sum.accounts == 0, "%d answers for another account", sum.accounts)
	breach(sum.scopes == 0, "%d addresses of other sessions", sum.scopes)
	breach(sum.passed == 0 || l.rules&namesToo != 0, "%d requests that were not refused", sum.passed)
	breach(sum.own > 0, "nothing was counted")
	breach(sum.wrong == 0 || l.rules&orRefused == 0, "%d answers that were neither right nor 503", sum.wrong)
	if l.rules&allRight != 0 {
		const mostLate = 100 // one in
		most := oneIn
		if !r.paced {
			most /= 10
		}
		breach(sum.wrong <= sum.legal/most, "%d of %d legal requests went wrong", sum.wrong, sum.legal)
		late(sum.unavailable <= sum.legal/mostLate, "%d of %d legal requests were not answered", sum.unavailable, sum.legal)
	}
	if l.rules&cached != 0 {
		const least = 30 // percent
		late(100*sum.hits > least*sum.asked, "the proxy had only %s of the answers", share(sum.hits, sum.asked))
	}
	if l.rules&counted != 0 {
		unrefused, seldom := r.judgeSites(r.least)
		for _, b := range unrefused {
			breach(false, "%s", b)
		}
		for _, b := range seldom {
			late(false, "%s", b)
		}
	}
}

// counted is how many own-mark answers the phases gave, builds without a lock
// left out.
func (r *rig) counted() (n int) {
	for _, l := range r.rows {
		if l.rules&isMutant == 0 {
			n += l.counts.own()
		}
	}
	return n
}

// blame notes a failure of the proof that no count shows.
func (r *rig) blame(t *testing.T, format string, args ...any) {
	t.Helper()
	t.Errorf(format, args...)
	r.breaches = append(r.breaches, fmt.Sprintf(format, args...))
	r.failed = true
}

// late notes what a faster machine would have done: the long form fails of it.
func (r *rig) late(t *testing.T, format string, args ...any) {
	t.Helper()
	if r.paced {
		r.blame(t, format, args...)
		return
	}
	r.shorts = append(r.shorts, fmt.Sprintf(format, args...))
}

// judgeAll judges what all phases gave together.
func (r *rig) judgeAll(size scale) {
	if *only != "" {
		return
	}
	var all, unbroken counts
	for _, l := range r.rows {
		if l.rules&isMutant == 0 {
			all.add(&l.counts)
		}
		if l.rules&allRight != 0 {
			unbroken.add(&l.counts)
		}
	}
	if sum := unbroken.total(); size.total >= 100*oneIn && sum.wrong+sum.unavailable > sum.legal/oneIn {
		r.breaches = append(r.breaches, fmt.Sprintf("%d of %d legal requests went wrong or were not answered where nothing was broken", sum.wrong+sum.unavailable, sum.legal))
	}
	n := all.own()
	if n < size.total {
		r.breaches = append(r.breaches, fmt.Sprintf("only %d answers counted, want %d", n, size.total))
	}
	for v, k := range all {
		if k.own == 0 || 100*k.own < size.share*n {
			r.breaches = append(r.breaches, fmt.Sprintf("%s gave only %d of %d answers", verbNames[v], k.own, n))
		}
	}
	r.failed = r.failed || len(r.breaches) > 0
}

// rules are what a phase must also be.
type rules uint16

const (
	allRight    rules = 1 << iota // nothing was broken on purpose
	cached                        // through a proxy that had many of the answers
	counted                       // each swap was counted where it was made
	lockOneLies                   // the database or lock 1 says something wrong of who may see
	orRefused                     // hubs were killed: what is not right is 503, or no answer
	namesToo                      // foreign names and ids are allowed, and reported
	mustFail                      // both locks are gone: something must cross
	isMutant                      // a build without a lock or a part of one, shown apart
	mustFind                      // the rig must see that it is one
)
