package httpapi

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"lares/cameras/privacy"
	"lares/hub/gate"
)

const clockFormat = "15:04"

// privacyView is when a camera is off the air, for who may manage it.
type privacyView struct {
	Off   bool       `json:"off"`
	Until moment     `json:"until,omitzero"` // when that changes by itself
	Clock string     `json:"clock"`          // of the hub, now; times are of it
	Times []timeView `json:"times"`
}

// timeView is a time of some days of the week; from after to goes past midnight.
type timeView struct {
	Days []string `json:"days"`
	From string   `json:"from"` // 22:00
	To   string   `json:"to"`
}

func viewOfPrivacy(p gate.Privacy) *privacyView {
	v := &privacyView{Off: p.Off, Until: moment(p.Until), Clock: p.Clock.Format(clockFormat), Times: make([]timeView, 0, len(p.Windows))}
	for _, w := range p.Windows {
		t := timeView{Days: make([]string, 0, len(w.Days)), From: clockTime(w.From), To: clockTime(w.To)}
		for _, d := range w.Days {
			t.Days = append(t.Days, dayName(d))
		}
		v.Times = append(v.Times, t)
	}
	return v
}

func dayName(d time.Weekday) string { return strings.ToLower(d.String()) }

func clockTime(minutes int) string { return fmt.Sprintf("%02d:%02d", minutes/60, minutes%60) }

// privacyPut takes a camera off the air, or puts it back on.
func (s *Server) privacyPut(q *request) error {
	var off bool
	if err := q.read(field{"off", &off, 0, true}); err != nil {
		return err
	}
	return q.done(s.cfg.Gate.SetPrivacy(q.ctx, q.pass, off))
}

// privacyTimesPut says when a camera is off the air each week.
func (s *Server) privacyTimesPut(q *request) error {
	var times []*timeView
	err := q.read(field{"times", objects(func() []field {
		t := &timeView{}
		times = append(times, t)
		return []field{{"days", &t.Days, maxWord, true}, {"from", &t.From, maxWord, true}, {"to", &t.To, maxWord, true}}
	}), privacy.MaxWindows, true})
	if err != nil {
		return err
	}
	windows := make([]privacy.Window, 0, len(times))
	for _, t := range times {
		w, err := readWindow(*t)
		if err != nil {
			return err
		}
		windows = append(windows, w)
	}
	return q.done(s.cfg.Gate.SetPrivacyTimes(q.ctx, q.pass, windows))
}

func readWindow(t timeView) (w privacy.Window, err error) {
	for _, name := range t.Days {
		d := slices.IndexFunc(weekdays[:], func(d time.Weekday) bool { return dayName(d) == name })
		if d < 0 || slices.Contains(w.Days, weekdays[d]) {
			return w, badField("days", "The days are monday to sunday, each once.")
		}
		w.Days = append(w.Days, weekdays[d])
	}
	if w.From, err = readClockTime("from", t.From); err != nil {
		return w, err
	}
	w.To, err = readClockTime("to", t.To)
	return w, err
}

var weekdays = [...]time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday, time.Saturday, time.Sunday}

// readClockTime reads a time of day, in minutes after midnight.
func readClockTime(field, text string) (int, error) {
	t, err := time.Parse(clockFormat, text)
	if err != nil || len(text) != len(clockFormat) {
		return 0, badField(field, "This is not a time of day such as 22:00.")
	}
	return t.Hour()*60 + t.Minute(), nil
}

// privacyRoutes are about when a camera is off the air.
func privacyRoutes() []route {
	return []route{
		{http.MethodPut, cameraPath + "/privacy", scoped, tokensToo, camera, gate.Manage, small, (*Server).privacyPut},
		{http.MethodPut, cameraPath + "/privacy/times", scoped, 0, camera, gate.Manage, small, (*Server).privacyTimesPut},
	}
}
