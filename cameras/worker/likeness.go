package worker

import (
	"cmp"
	"net/url"

	"lares/cameras/internal/wire"
)

// likeness is how two addresses of streams of one device compare. The host counts for
// nothing: devices name it in their own ways.
type likeness int

const (
	otherPlace likeness = iota
	// otherPort is the same address at another port: what is before a device may have
	// ports of its own, and a recorder may have its cameras at one each.
	otherPort
	samePlace
)

func compare(a, b string) likeness {
	u, err := url.Parse(a)
	v, err2 := url.Parse(b)
	switch {
	case err != nil || err2 != nil || u.Path != v.Path || u.RawQuery != v.RawQuery:
		return otherPlace
	case portOf(u) != portOf(v):
		return otherPort
	}
	return samePlace
}

func portOf(u *url.URL) string { return cmp.Or(u.Port(), wire.StreamPort(u.Scheme)) }
