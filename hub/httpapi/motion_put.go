package httpapi

import (
	"errors"
	"net/http"

	"lares/cameras"
	"lares/cameras/motion"
	"lares/hub/account"
	"lares/hub/gate"
)

// motionView is cameras.Motion with all of its fields.
type motionView struct {
	Off      bool            `json:"off"`
	Settings motion.Settings `json:"settings"`
}

// motionGet tells what counts of that which moves before a camera, and what could be chosen.
func (s *Server) motionGet(q *request) error {
	m, err := s.cfg.Gate.Motion(q.ctx, q.pass)
	if err != nil {
		return err
	}
	return q.answer(http.StatusOK, struct {
		Account account.ID      `json:"account"`
		Motion  motionView      `json:"motion"`
		Presets []motion.Preset `json:"presets"`
	}{q.caller.Account, motionView(m), motion.Presets()})
}

// motionPut says what counts from now on. The settings are those that `lares detect`
// reads from a file.
func (s *Server) motionPut(q *request) error {
	var m cameras.Motion
	var zones []*motion.Zone
	err := q.read(field{"off", &m.Off, 0, true}, field{"settings", members{
		{"sensitivity", &m.Settings.Sensitivity, maxSensitivity, false},
		{"zones", objects(func() []field {
			z := &motion.Zone{}
			zones = append(zones, z)
			return []field{{"name", &z.Name, motion.MaxName, true}, {"polygon", &z.Polygon, 0, true}, {"sensitivity", &z.Sensitivity, maxSensitivity, false},
				{"min_area", &z.MinArea, 0, false}, {"min_duration_ms", &z.MinDuration, int(motion.MaxDuration.Milliseconds()), false}}
		}), motion.MaxZones, false},
		{"masks", &m.Settings.Masks, motion.MaxMasks, false},
	}, 0, true})
	if err != nil {
		return err
	}
	names := map[string]bool{}
	for _, z := range zones {
		if names[z.Name] {
			return badField("name", "Two zones have the same name.")
		}
		names[z.Name] = true
		m.Settings.Zones = append(m.Settings.Zones, *z)
	}
	err = s.cfg.Gate.SetMotion(q.ctx, q.pass, m)
	switch {
	case errors.Is(err, motion.ErrNoInside):
		return badField("polygon", "An area covers nothing, or next to nothing: draw it larger, or leave it out.")
	case errors.Is(err, motion.ErrNothingLeft):
		return badField("masks", "The masks leave nothing to watch, of the picture or of a zone: draw them smaller, or switch motion off instead.")
	}
	return q.done(err)
}

// heatView is a motion.Heat.
type heatView struct {
	Columns int     `json:"columns"`
	Rows    int     `json:"rows"`
	Width   float64 `json:"cell_width"` // in parts of the picture's
	Height  float64 `json:"cell_height"`
	Cells   []byte  `json:"cells"` // base64
}

// heatGet tells where it moves now. The right to watch is asked beside that of the route.
func (s *Server) heatGet(q *request) error {
	h, err := s.cfg.Gate.Heat(q.ctx, q.caller, q.pass)
	if err != nil {
		return err
	}
	var shown *heatView
	if len(h.Cells) > 0 {
		const whole = 1 << 16
		shown = &heatView{h.Columns, h.Rows, float64(h.Wide) / whole, float64(h.High) / whole, h.Cells}
	}
	return q.answer(http.StatusOK, struct {
		Account account.ID `json:"account"`
		Heat    *heatView  `json:"heat,omitempty"`
	}{q.caller.Account, shown})
}

// maxSensitivity is the greatest of motion.Settings.
const maxSensitivity = 100

// motionRoutes are about what counts of that which moves before a camera.
func motionRoutes() []route {
	return []route{
		{http.MethodGet, cameraPath + "/motion", scoped, tokensToo, camera, gate.Manage, noBody, (*Server).motionGet},
		{http.MethodPut, cameraPath + "/motion", scoped, tokensToo, camera, gate.Manage, areas, (*Server).motionPut},
		{http.MethodGet, cameraPath + "/motion/heat", scoped, tokensToo, camera, gate.Manage, noBody, (*Server).heatGet},
	}
}
