package cameras

import (
	"fmt"
	"sync"

	"lares/cameras/internal/wire"
)

// maxVoices bounds the questions to one worker that wait.
const maxVoices = 8

// voices are the talks that a worker was asked for. The zero value has none.
type voices struct {
	mu       sync.Mutex // guards following
	last     uint32
	waiting  map[uint32]chan wire.Talked
	speaking uint32 // the one that is no question; 0 for none
}

// begin numbers a talk, or a question for one; one speaks at a time.
func (v *voices) begin(speaks bool) (number uint32, answers <-chan wire.Talked, err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if speaks && v.speaking != 0 || len(v.waiting) >= maxVoices {
		return 0, nil, ErrTalking
	}
	if v.waiting == nil {
		v.waiting = map[uint32]chan wire.Talked{}
	}
	v.last++
	if speaks {
		v.speaking = v.last
	}
	c := make(chan wire.Talked, 2) // ready and over
	v.waiting[v.last] = c
	return v.last, c, nil
}

func (v *voices) forget(number uint32) {
	v.mu.Lock()
	defer v.mu.Unlock()
	delete(v.waiting, number)
	if v.speaking == number {
		v.speaking = 0
	}
}

// talked hands on what the worker says of a talk; of one that is over by now it
// may say what it likes.
func (v *voices) talked(body []byte) error {
	a, err := wire.Parse[wire.Talked](body)
	if err != nil {
		return err
	}
	if err := a.Check(); err != nil {
		return err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	c := v.waiting[a.Number]
	if c == nil {
		return nil
	}
	select {
	case c <- a:
		return nil
	default:
		return fmt.Errorf("cameras: a talk with too many ends: %w", wire.ErrProtocol)
	}
}
