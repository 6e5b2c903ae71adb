package app

import (
	"errors"
	"strconv"
	"strings"
	"time"
)

// back reads how far back from now a time is: a duration such as 36h, days such as 7d, or
// a day or time of this machine such as 2026-03-01 or "2026-03-01 18:00".
func back(text string, now time.Time) (time.Duration, error) {
	if d, err := time.ParseDuration(text); err == nil {
		return d, nil
	}
	const mostDays = 100 * 366 // a duration holds 292 years
	if days, ok := strings.CutSuffix(text, "d"); ok {
		if n, err := strconv.Atoi(days); err == nil && n >= 0 && n <= mostDays {
			return time.Duration(n) * 24 * time.Hour, nil
		}
	}
	for _, form := range []string{time.DateOnly, "2006-01-02 15:04", time.DateTime, time.RFC3339} {
		if at, err := time.ParseInLocation(form, text, now.Location()); err == nil {
			return now.Sub(at), nil
		}
	}
	return 0, errors.New(`say how long ago, such as 36h or 7d, or when, such as 2026-03-01 or "2026-03-01 18:00"`)
}
