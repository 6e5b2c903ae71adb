package gate

import (
	"errors"
	"slices"
	"testing"

	"lares/cameras/fault"
	"lares/cameras/media"
	"lares/hub/store"
)

// TestForeignCamera: a row of a list of cameras is for who asked, and so is the grant
// in it; one camera is the one that was asked for.
func TestForeignCamera(t *testing.T) {
	me, other := store.NewAccountID(), store.NewAccountID()
	door, shed := media.NewCameraID(), media.NewCameraID()
	row := func(who store.PrincipalID, g *store.Grant) store.VisibleCamera {
		return store.VisibleCamera{Camera: store.Camera{ID: door}, For: who, Grant: g}
	}
	for what, c := range map[string]struct {
		row  store.VisibleCamera
		only media.CameraID
		want bool
	}{
		"mine":                     {row(me, nil), media.CameraID{}, false},
		"shared with me":           {row(me, &store.Grant{Camera: door, Account: me}), media.CameraID{}, false},
		"the one":                  {row(me, nil), door, false},
		"another's":                {row(other, nil), media.CameraID{}, true},
		"for nobody":               {row(store.PrincipalID{}, nil), media.CameraID{}, true},
		"shared with another":      {row(me, &store.Grant{Camera: door, Account: other}), media.CameraID{}, true},
		"shared as another camera": {row(me, &store.Grant{Camera: shed, Account: me}), media.CameraID{}, true},
		"another one":              {row(me, nil), shed, true},
	} {
		if got := foreignCamera(c.row, me, c.only); got != c.want {
			t.Errorf("%s: foreign %v", what, got)
		}
	}
}

// TestComparedRefusesWhole: one row of another's is enough, and is the one that counts.
func TestComparedRefusesWhole(t *testing.T) {
	for _, c := range []struct {
		rows    []int
		crossed int
	}{{nil, 0}, {[]int{1, 1}, 0}, {[]int{1, 2, 3}, 2}, {[]int{3}, 3}} {
		counted := 0
		got, err := compared(fault.LinkList, "me", c.rows, func(n int) bool { return n != 1 }, func(n int) error {
			counted += n
			return ErrCrossed
		})
		if counted != c.crossed || errors.Is(err, ErrCrossed) != (c.crossed != 0) || c.crossed == 0 && !slices.Equal(got, c.rows) || c.crossed != 0 && got != nil {
			t.Errorf("%v: %v, %v, counted %d", c.rows, got, err, counted)
		}
	}
}
