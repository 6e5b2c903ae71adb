package h264

import (
	"errors"
	"fmt"
)

// ErrDamaged is the kind of every error about bytes that no encoder writes: lost
// data, or a lie.
var ErrDamaged = errors.New("h264: damaged data")

// ErrUnsupported is the kind of every error about streams that are sound but not
// read here; its text says what they use.
var ErrUnsupported = errors.New("h264: not supported")

// ErrParameterSet is told of a slice whose parameter sets have not come.
var ErrParameterSet = errors.New("h264: the slice's parameter sets have not come")

// errRedundant is told of a picture whose slices all repeat others (clause 7.4.3,
// redundant_pic_cnt), which are not there.
var errRedundant = damaged("a picture of redundant slices alone")

func damaged(what string) error { return fmt.Errorf("%w: %s", ErrDamaged, what) }

func unsupported(what string) error { return fmt.Errorf("%w: %s", ErrUnsupported, what) }
