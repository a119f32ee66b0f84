package calendar

import (
	"cmp"
	"fmt"
	"time"
)

// A Moment is a point in time written as a date (its start) or as
// 2026-08-20T09:30, in Europe/London. The zero Moment is "none".
type Moment struct {
	Date         Date
	Hour, Minute int
}

// ParseMoment reads a date, or a date and time of day as 2026-08-20T09:30. A
// time that the clocks jump over does not exist and is refused.
func ParseMoment(s string) (Moment, error) {
	if len(s) != len("2026-08-20T09:30") {
		d, err := Parse(s)
		if err != nil {
			return Moment{}, fmt.Errorf("%q is not a date or a moment (want one like 2026-08-20 or 2026-08-20T09:30)", clip(s))
		}
		return Moment{Date: d}, nil
	}
	d, err := Parse(s[:10])
	if err != nil {
		return Moment{}, err
	}
	h, ok1 := digits(s, 11, 13)
	m, ok2 := digits(s, 14, 16)
	if !ok1 || !ok2 || s[10] != 'T' || s[13] != ':' || h > 23 || m > 59 {
		return Moment{}, fmt.Errorf("%q is not a date or a moment (want one like 2026-08-20 or 2026-08-20T09:30)", s)
	}
	v := Moment{d, h, m}
	if t := v.Time(); t.Hour() != h || t.Minute() != m {
		return Moment{}, fmt.Errorf("%q does not exist: the clocks go forward that night", s)
	}
	return v, nil
}

// At is the moment of t, to the minute.
func At(t time.Time) Moment {
	t = t.In(london())
	return Moment{civil(t), t.Hour(), t.Minute()}
}

// Time is the moment as a time. Of an hour that occurs twice, when the clocks go
// back, it is the second: nothing is released before its time.
func (m Moment) Time() time.Time {
	t := time.Date(m.Date.Year, m.Date.Month, m.Date.Day, m.Hour, m.Minute, 0, 0, london())
	if later := t.Add(time.Hour); later.Hour() == t.Hour() {
		return later
	}
	return t
}

// IsZero reports whether m is "none".
func (m Moment) IsZero() bool { return m == Moment{} }

// String is the moment as it is written: without a time of day at 00:00, empty
// for the zero Moment.
func (m Moment) String() string {
	if m.IsZero() || m.Hour == 0 && m.Minute == 0 {
		return m.Date.String()
	}
	return fmt.Sprintf("%sT%02d:%02d", m.Date, m.Hour, m.Minute)
}

// Long is the moment as "Thursday 20 August 2026, 09:30", without the time of
// day at 00:00.
func (m Moment) Long() string {
	if m.Hour == 0 && m.Minute == 0 {
		return m.Date.Long()
	}
	return fmt.Sprintf("%s, %02d:%02d", m.Date.Long(), m.Hour, m.Minute)
}

// Compare orders moments: -1, 0 or 1 as m is before, at or after o.
func (m Moment) Compare(o Moment) int {
	if c := m.Date.Compare(o.Date); c != 0 {
		return c
	}
	return cmp.Compare(60*m.Hour+m.Minute, 60*o.Hour+o.Minute)
}

// MarshalText is String.
func (m Moment) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText is ParseMoment; an empty text is the zero Moment.
func (m *Moment) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*m = Moment{}
		return nil
	}
	v, err := ParseMoment(string(text))
	if err == nil {
		*m = v
	}
	return err
}
