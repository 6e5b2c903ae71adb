package httpapi

import "time"

// moment is a time as this interface writes it: UTC with milliseconds.
type moment time.Time

// IsZero lets omitzero leave an unknown time out.
func (m moment) IsZero() bool { return time.Time(m).IsZero() }

// MarshalJSON writes RFC 3339.
func (m moment) MarshalJSON() ([]byte, error) {
	return []byte(time.Time(m).UTC().Format(`"2006-01-02T15:04:05.000Z"`)), nil
}

// readTime reads a time of a body; "" is the zero time.
func readTime(field, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return t, badField(field, "This is not a time such as 2026-03-01T18:00:00Z.")
	}
	return t, nil
}

// instant reads a time of a query; years that no recording is of are refused.
func instant(name, value string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339, value)
	if err != nil {
		return time.Time{}, badField(name, "This is not a time such as 2026-03-01T18:00:00Z.")
	}
	if t.Year() < 1970 || t.Year() > 2200 {
		return time.Time{}, badField(name, "Nothing is recorded before 1970 or after 2200: say a time between.")
	}
	return t, nil
}
