package httpapi

import (
	"net/http"

	"lares/cameras/control"
	"lares/hub/account"
)

// mostLevel bounds a level of a picture; which ones a camera takes, it says.
const mostLevel = 1_000_000

type imagingAnswer struct {
	Account account.ID  `json:"account"`
	Imaging imagingView `json:"imaging"`
}

// imagingView is how a camera looks; what it does not say or cannot change is
// left out.
type imagingView struct {
	Brightness *control.Level `json:"brightness,omitempty"`
	Contrast   *control.Level `json:"contrast,omitempty"`
	Saturation *control.Level `json:"saturation,omitempty"`
	Sharpness  *control.Level `json:"sharpness,omitempty"`
	DayNight   *dayNightView  `json:"day_night,omitempty"`
}

type dayNightView struct {
	Mode  control.Light   `json:"mode,omitempty"` // left out where it is not told
	Modes []control.Light `json:"modes"`
}

func viewOfImaging(p control.Picture) imagingView {
	v := imagingView{Brightness: p.Brightness, Contrast: p.Contrast, Saturation: p.Saturation, Sharpness: p.Sharpness}
	if len(p.Lights) > 0 {
		v.DayNight = &dayNightView{p.Light, p.Lights}
	}
	return v
}

// imagingGet says how a camera looks; one that does not tell has none of it.
func (s *Server) imagingGet(q *request) error {
	found, err := s.ask(q, control.ShowPicture)
	if err != nil {
		return err
	}
	return q.answer(http.StatusOK, imagingAnswer{q.caller.Account, viewOfImaging(found.Picture)})
}

// imagingPut changes how a camera looks, and answers what came of it.
func (s *Server) imagingPut(q *request) error {
	var brightness, contrast, saturation, sharpness quantity
	var light string
	err := q.read(field{"brightness", &brightness, mostLevel, false}, field{"contrast", &contrast, mostLevel, false},
		field{"saturation", &saturation, mostLevel, false}, field{"sharpness", &sharpness, mostLevel, false},
		field{"day_night", &light, maxWord, false})
	if err != nil {
		return err
	}
	if light != "" && !control.Light(light).Known() {
		return badField("day_night", "It is one of day, night and auto.")
	}
	o := control.Order{Do: control.SetPicture, Change: control.Change{
		Brightness: brightness.ifGiven(), Contrast: contrast.ifGiven(), Saturation: saturation.ifGiven(), Sharpness: sharpness.ifGiven(),
		Light: control.Light(light),
	}}
	if o.Check() != nil {
		return badField("", "Nothing is to be changed.")
	}
	found, err := s.control(q, o)
	if err != nil {
		return err
	}
	return q.answer(http.StatusOK, imagingAnswer{q.caller.Account, viewOfImaging(found.Picture)})
}
