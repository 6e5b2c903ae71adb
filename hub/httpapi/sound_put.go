package httpapi

import (
	"fmt"
	"net/http"
	"time"

	"lares/cameras"
	"lares/cameras/sound"
	"lares/hub/account"
	"lares/hub/gate"
)

// soundView is cameras.Sound with all of its fields.
type soundView struct {
	On       bool           `json:"on"`
	Settings sound.Settings `json:"settings"`
}

// soundGet tells whether and for what the hub listens to a camera.
func (s *Server) soundGet(q *request) error {
	v, err := s.cfg.Gate.Sound(q.ctx, q.pass)
	if err != nil {
		return err
	}
	return q.answer(http.StatusOK, struct {
		Account account.ID `json:"account"`
		Sound   soundView  `json:"sound"`
	}{q.caller.Account, soundView(v)})
}

// soundPut says whether and for what it listens from now on.
func (s *Server) soundPut(q *request) error {
	var v cameras.Sound
	var over, lasting, cooldown int
	most := func(d time.Duration) int { return int(d.Milliseconds()) }
	err := q.read(field{"on", &v.On, 0, true}, field{"settings", members{
		{"over_db", &over, sound.MaxOver, false},
		{"min_duration_ms", &lasting, most(sound.MaxDuration), false},
		{"cooldown_ms", &cooldown, most(sound.MaxCooldown), false},
	}, 0, true})
	if err != nil {
		return err
	}
	for _, f := range []struct {
		name        string
		value, from int
	}{{"over_db", over, sound.MinOver}, {"cooldown_ms", cooldown, most(sound.MinCooldown)}} {
		if f.value != 0 && f.value < f.from {
			return badField(f.name, fmt.Sprintf("The field %q is less than %d, and not 0 for what is usual.", f.name, f.from))
		}
	}
	v.Settings = sound.Settings{Over: over, MinDuration: time.Duration(lasting) * time.Millisecond, Cooldown: time.Duration(cooldown) * time.Millisecond}
	return q.done(s.cfg.Gate.SetSound(q.ctx, q.pass, v))
}

// soundRoutes are about what the hub listens for at a camera.
func soundRoutes() []route {
	return []route{
		{http.MethodGet, cameraPath + "/sound", scoped, tokensToo, camera, gate.Manage, noBody, (*Server).soundGet},
		{http.MethodPut, cameraPath + "/sound", scoped, tokensToo, camera, gate.Manage, small, (*Server).soundPut},
	}
}
