package httpapi

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"lares/cameras/schedule"
)

const clockFormat = "15:04"

// timeView is a time of some days of the week; from after to goes past midnight.
type timeView struct {
	Days []string `json:"days"`
	From string   `json:"from"` // 22:00
	To   string   `json:"to"`
}

func viewOfWeek(week schedule.Week) []timeView {
	times := make([]timeView, 0, len(week))
	for _, w := range week {
		t := timeView{Days: make([]string, 0, len(w.Days)), From: clockTime(w.From), To: clockTime(w.To)}
		for _, d := range w.Days {
			t.Days = append(t.Days, dayName(d))
		}
		times = append(times, t)
	}
	return times
}

func dayName(d time.Weekday) string { return strings.ToLower(d.String()) }

func clockTime(minutes int) string { return fmt.Sprintf("%02d:%02d", minutes/60, minutes%60) }

// weekBody reads the times of a week out of a body: first field, then week.
type weekBody struct{ times []*timeView }

func (b *weekBody) field(required bool) field {
	return field{"times", objects(func() []field {
		t := &timeView{}
		b.times = append(b.times, t)
		return []field{{"days", &t.Days, maxWord, true}, {"from", &t.From, maxWord, true}, {"to", &t.To, maxWord, true}}
	}), schedule.MaxWindows, required}
}

func (b *weekBody) week() (schedule.Week, error) {
	week := make(schedule.Week, 0, len(b.times))
	for _, t := range b.times {
		w, err := readWindow(*t)
		if err != nil {
			return nil, err
		}
		week = append(week, w)
	}
	return week, nil
}

// modesBody reads times of a week that have a mode each: first field, then week.
type modesBody struct{ times []*modeTimeView }

func (b *modesBody) field() field {
	return field{"times", objects(func() []field {
		t := &modeTimeView{}
		b.times = append(b.times, t)
		return []field{{"days", &t.Days, maxWord, true}, {"from", &t.From, maxWord, true}, {"to", &t.To, maxWord, true}, {"mode", (*string)(&t.Mode), maxWord, true}}
	}), schedule.MaxWindows, false}
}

func (b *modesBody) week() ([]schedule.ModeWindow, error) {
	week := make([]schedule.ModeWindow, 0, len(b.times))
	for _, t := range b.times {
		w, err := readWindow(t.timeView)
		if err == nil {
			err = isMode(t.Mode)
		}
		if err != nil {
			return nil, err
		}
		week = append(week, schedule.ModeWindow{Window: w, Mode: t.Mode})
	}
	return week, nil
}

func readWindow(t timeView) (w schedule.Window, err error) {
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
