// Package recorder turns a trigger into a sealed clip file and hands sealed
// clips out again. It holds no key that opens a stored clip: units are opened
// with their camera's run opener, muxed, and sealed at once under a fresh clip
// key that only the camera's store key opens. What leaves it is ciphertext.
//
// DESIGN.md beside this file says what always holds on disk, and in which
// order files and rows are made, removed and repaired.
package recorder

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"lares/cameras/clock"
	"lares/cameras/fault"
	"lares/cameras/media"
	"lares/recorder/retention"
	"lares/recorder/sealed"
)

// Config is what a Recorder needs. Hub, Pools, Clock, Keys, Index, Source and
// Log must be set; the durations have defaults.
type Config struct {
	Hub media.HubID
	// Pools are the media pools, each there or not.
	Pools []Pool
	// LimitBytes is how much all clips may take together; 0 is what the disk has. Either way
	// a part of each disk stays free (PoolState.Floor).
	LimitBytes int64
	// Retention tells what is kept of each camera; nil keeps all that there is room for.
	// It is asked now and then, and after Reconsider: while it fails nothing is removed.
	Retention func(context.Context) (retention.Policy, error)
	Clock     clock.Clock
	// Machine, if set, is for how long the machine ran since it was started, and for how long it slept; nil
	// asks the kernel.
	Machine func() (ran, slept time.Duration)
	Keys    Keys
	Index   Index
	Source  Source
	Log     *slog.Logger
	// Crossed hears that something of another camera or clip was found and
	// refused; it may be nil and must not block.
	Crossed func(site fault.Site, camera media.CameraID)
	// Listed, if set, hears that the index has taken a row of an event or of one
	// of its clips. It must not block.
	Listed func(media.CameraID, media.EventID)
	// Stretched, if set, hears likewise of a clip that no event began, and Missing of a gap, by
	// when it begins.
	Stretched func(media.CameraID, media.ClipID)
	Missing   func(media.CameraID, time.Time)
	// Pictured, if set, hears of each picture of an event that goes on, still sealed: of
	// those given to See the ones that show more than before, and the camera's own, or the one
	// that is asked for in its place. It must not block.
	Pictured func(Picture)
	// Damaged, if set, hears of a clip that was found not to be as it was written any
	// more. It must not block for long.
	Damaged func(media.CameraID, media.ClipID)
	// PreRoll (5 s) is recorded from before a trigger, PostRoll (10 s) after
	// its end. MaxClip (5 min) bounds one file; what goes on is a linked part.
	PreRoll, PostRoll, MaxClip time.Duration
}

// Source delivers a camera's sealed units; cameras.Fleet is one.
type Source interface {
	// Read starts a reader at an IDR: with a pre-roll at the newest one at
	// least that old, without at the newest; with one more may wait to be read. A UnitConfig comes first, and
	// again after each change of configuration or run.
	Read(id media.CameraID, s media.StreamID, preRoll time.Duration) (media.Reader, error)
	// Snapshot asks the camera for a picture of its own, sealed as a UnitSnapshot.
	Snapshot(ctx context.Context, id media.CameraID) (media.Unit, error)
	// Frame asks for a small picture, sealed as a UnitSnapshot, of the first one that stands
	// alone and came at a time or later, be it to come; at is when it did. Only the last one
	// asked for is waited for. A large one is with it if it is wanted.
	Frame(ctx context.Context, id media.CameraID, since time.Time, large bool) (at time.Time, u media.Unit, err error)
	// Newest is when the newest picture came that Read could give; zero without one. Its errors
	// are those of Read.
	Newest(id media.CameraID, s media.StreamID) (time.Time, error)
}

// Keys seals and signs for the recorder; the vault is one. It opens nothing.
type Keys interface {
	// SealEvent seals an event's text under the camera's index key of that day and
	// of the epoch whose store key is given.
	SealEvent(ctx context.Context, id media.CameraID, ev media.EventID, at time.Time, k StoreKey, text []byte) (SealedText, error)
	// Sign signs with the hub identity: seal.Sign(identity, context, message).
	Sign(context string, message []byte) []byte
	// Signers are the public halves of the hub identity, and of those that the
	// hub had before it was restored: the hubs whose files are its own.
	Signers() sealed.Signers
}

const (
	defaultPreRoll  = 5 * time.Second
	defaultPostRoll = 10 * time.Second
	defaultMaxClip  = 5 * time.Minute
)

func (c Config) validate() error {
	switch {
	case c.Hub.IsZero():
		return errors.New("recorder: configuration without a hub id")
	case len(c.Pools) == 0 || c.Pools[0].Number != 0 || slices.ContainsFunc(c.Pools, func(p Pool) bool { return p.Dir == "" }):
		return errors.New("recorder: configuration without a first media pool, or of one without a folder")
	case slices.ContainsFunc(c.Pools, func(p Pool) bool { return p.ID.IsZero() }), slices.ContainsFunc(c.Pools[1:], func(p Pool) bool { return p.Number == 0 }):
		return errors.New("recorder: a media pool without a marker, or a further one without a number, in the configuration")
	case c.Clock == nil || c.Keys == nil || c.Index == nil || c.Source == nil || c.Log == nil:
		return errors.New("recorder: configuration without clock, keys, index, source or log")
	case c.LimitBytes < 0 || c.PreRoll < 0 || c.PostRoll < 0 || c.MaxClip < 0:
		return errors.New("recorder: negative limit in the configuration")
	}
	return nil
}

func (c Config) defaults() Config {
	if c.PreRoll == 0 {
		c.PreRoll = defaultPreRoll
	}
	if c.PostRoll == 0 {
		c.PostRoll = defaultPostRoll
	}
	if c.Machine == nil {
		c.Machine = kernel
	}
	if c.Crossed == nil {
		c.Crossed = func(fault.Site, media.CameraID) {}
	}
	if c.Retention == nil {
		c.Retention = func(context.Context) (retention.Policy, error) { return retention.Policy{}, nil }
	}
	if c.MaxClip == 0 {
		c.MaxClip = defaultMaxClip
	}
	if c.Listed == nil {
		c.Listed = func(media.CameraID, media.EventID) {}
	}
	if c.Stretched == nil {
		c.Stretched = func(media.CameraID, media.ClipID) {}
	}
	if c.Missing == nil {
		c.Missing = func(media.CameraID, time.Time) {}
	}
	c.Index = listed{c.Index, &c}
	return c
}
