package worker

import (
	"crypto/sha256"
	"errors"
	"io"
	"testing"
	"time"

	"lares/cameras/internal/wire"
	"lares/cameras/media"
	"lares/cameras/seal"
)

// TestNoNonceTwice logs (key hash, nonce) of everything a worker seals, through
// a thousand reconnects and restarts of its streams, new formats and new runs.
// A nonce is the unit's number; stream and run make the key.
func TestNoNonceTwice(t *testing.T) {
	type spent struct {
		key [32]byte
		seq uint64
	}
	hub, camera := media.NewHubID(), media.NewCameraID()
	run := func(n int) seal.RunKey {
		return seal.RestoreRunKey(hub, camera, media.NewRunID(), [seal.KeySize]byte{byte(n), byte(n >> 8), 1})
	}
	keys := map[media.RunID]seal.RunKey{}
	var now time.Duration
	conn := &written{}
	key := run(0)
	keys[key.Run()] = key
	o := newOutbox(conn, key, func() time.Duration { return now })
	for restart := range 1000 {
		now += time.Second
		for s := media.StreamMain; s <= media.StreamCamera; s++ {
			c := o.channels[s]
			if s == media.StreamCamera {
				if err := errors.Join(c.noticed(wire.Notice{Kind: media.KindMotion, Active: restart%2 == 0, Of: media.StreamCamera}, []byte("{}")), c.picture(uint32(restart), []byte("jpeg")), c.best(wire.Best{Of: media.StreamSub}, []byte("jpeg")), c.framed(wire.Frame{Number: uint32(restart), Of: media.StreamSub}, []byte("jpeg"))); err != nil {
					t.Fatal(err)
				}
				continue
			}
			config := media.Config{Tracks: []media.Track{{ID: 1, Codec: media.H264, ClockRate: uint32(90_000 + restart%3)}}}
			err := errors.Join(c.configure(config), c.configure(config))
			for range 3 { // the times of a stream begin anew with each connection
				err = errors.Join(err, c.send(media.AccessUnit{Type: media.UnitVideo, Track: 1, PTS: 1, DTS: 1, Sync: true, Data: []byte("the same picture")}))
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if restart%50 == 49 {
			key := run(restart)
			keys[key.Run()] = key
			if err := o.rekey(key); err != nil {
				t.Fatal(err)
			}
		}
	}
	seen := map[spent]bool{}
	for in := wire.NewReader(conn); ; {
		kind, body, err := in.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		u, ok := unitOf(t, kind, body)
		if !ok {
			continue
		}
		raw := keys[u.Run].Bytes()
		one := spent{sha256.Sum256(append(raw[:], uint8(u.Stream))), u.Seq}
		if seen[one] {
			t.Fatalf("unit %d of stream %v in run %v is sealed twice", u.Seq, u.Stream, u.Run)
		}
		seen[one] = true
	}
	if want := 1000 * (2*4 + 4); len(seen) < want || len(keys) != 21 {
		t.Errorf("%d nonces of %d runs were logged, want %d at least", len(seen), len(keys), want)
	}
	for _, old := range keys {
		if err := o.rekey(old); err == nil {
			t.Error("a run begins anew")
		}
	}
}

// unitOf reads the unit of a frame that carries one.
func unitOf(t *testing.T, kind wire.Type, body []byte) (u media.Unit, ok bool) {
	t.Helper()
	var err error
	switch kind {
	case wire.TypeUnit:
		u, err = wire.ParseUnit(body)
	case wire.TypeNoticed:
		_, u, err = wire.ParseNoticed(body)
	case wire.TypeBest:
		_, u, err = wire.ParseBest(body)
	case wire.TypeFramed:
		_, u, err = wire.ParseFrame(body)
	case wire.TypePicture:
		_, u, err = wire.ParsePicture(body)
	default:
		return u, false
	}
	if err != nil {
		t.Fatal(err)
	}
	return u, true
}
