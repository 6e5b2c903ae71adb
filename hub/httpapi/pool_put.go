package httpapi

import (
	"errors"

	"lares/hub/gate"
)

// cameraPoolView is which media pool a camera is recorded to, for who may manage it.
type cameraPoolView struct {
	Name    string   `json:"name"`
	Choices []string `json:"choices"`
}

// cameraPoolPut says which media pool a camera is recorded to from now on.
func (s *Server) cameraPoolPut(q *request) error {
	var name string
	if err := q.read(field{"pool", &name, maxWord, true}); err != nil {
		return err
	}
	err := s.cfg.Gate.SetCameraPool(q.ctx, q.pass, name)
	if errors.Is(err, gate.ErrInput) {
		return badField("pool", "The hub has no disk of that name for recordings.")
	}
	return q.done(err)
}
