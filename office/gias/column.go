package gias

import (
	"fmt"
	"strings"
	"time"

	"despatch/records/calendar"
	"despatch/records/school"
)

// A column is one of the register's columns that a school is made of. Which
// columns there are beside these, and in what order, does not matter.
type column struct {
	name     string
	required bool // without it there is no school
	read     func(s *school.School, value string) error
}

// columnLA is the column that says whose school it is.
const columnLA = "LA (code)"

// columns are all that is read. Nothing else is ever taken over: of a head
// teacher above all nothing (TestNoHeadTeacherIsTakenOver).
func columns() []column {
	text := func(name string, required bool, to func(s *school.School) *string) column {
		return column{name, required, func(s *school.School, v string) error { *to(s) = v; return nil }}
	}
	return []column{
		{"URN", true, readURN},
		{columnLA, true, readAuthority},
		{"EstablishmentNumber", true, readEstablishment},
		text("EstablishmentName", true, func(s *school.School) *string { return &s.Name }),
		text("TypeOfEstablishment (name)", true, func(s *school.School) *string { return &s.Type }),
		text("EstablishmentTypeGroup (name)", true, func(s *school.School) *string { return &s.TypeGroup }),
		{"EstablishmentStatus (name)", true, readStatus},
		{"OpenDate", true, func(s *school.School, v string) (err error) { s.Opened, err = readDate(v); return }},
		{"CloseDate", true, func(s *school.School, v string) (err error) { s.Closed, err = readDate(v); return }},
		{"PhaseOfEducation (name)", true, readPhase},
		text("StatutoryLowAge", true, func(s *school.School) *string { return &s.AgeLow }),
		text("StatutoryHighAge", true, func(s *school.School) *string { return &s.AgeHigh }),
		text("NumberOfPupils", true, func(s *school.School) *string { return &s.Pupils }),
		text("Trusts (name)", true, func(s *school.School) *string { return &s.Trust }),
		text("Federations (name)", true, func(s *school.School) *string { return &s.Federation }),
		{"UKPRN", true, readUKPRN},
		text("Street", true, func(s *school.School) *string { return &s.Address.Street }),
		text("Locality", true, func(s *school.School) *string { return &s.Address.Locality }),
		{"Address3", false, readThird},
		text("Town", true, func(s *school.School) *string { return &s.Address.Town }),
		text("County (name)", true, func(s *school.School) *string { return &s.Address.County }),
		text("Postcode", true, func(s *school.School) *string { return &s.Address.Postcode }),
	}
}

func isDigits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

func readURN(s *school.School, v string) error {
	if len(v) < 5 || len(v) > 7 || !isDigits(v) {
		return fmt.Errorf("%q is not a URN (want 6 digits)", v)
	}
	s.URN = v
	return nil
}

// readAuthority keeps the three digits until the establishment's four follow.
func readAuthority(s *school.School, v string) error {
	if len(v) > 3 || !isDigits(v) {
		return fmt.Errorf("%q is not an LA code (want 3 digits)", v)
	}
	s.LAEstab = padded(v, 3)
	return nil
}

func readEstablishment(s *school.School, v string) error {
	if v == "" {
		s.LAEstab = "" // the register gives some establishments no number
		return nil
	}
	if len(v) > 4 || !isDigits(v) {
		return fmt.Errorf("%q is not an establishment number (want 4 digits)", v)
	}
	s.LAEstab += padded(v, 4)
	return nil
}

func padded(v string, n int) string { return strings.Repeat("0", n-len(v)) + v }

func readUKPRN(s *school.School, v string) error {
	if v != "" && (len(v) != 8 || !isDigits(v)) {
		return fmt.Errorf("%q is not a UKPRN (want 8 digits)", v)
	}
	s.UKPRN = v
	return nil
}

func readStatus(s *school.School, v string) error {
	for _, known := range school.Statuses() {
		if strings.EqualFold(v, string(known)) {
			s.Status = known
			return nil
		}
	}
	return fmt.Errorf("unknown status %q (want Open; Open, but proposed to close; Proposed to open; or Closed)", v)
}

// readPhase spells a phase as Despatch does: the register has written both All
// through and All-through.
func readPhase(s *school.School, v string) error {
	for _, known := range school.Phases() {
		if strings.EqualFold(strings.ReplaceAll(v, "-", " "), strings.ReplaceAll(known, "-", " ")) {
			s.Phase = known
			return nil
		}
	}
	if v == "" {
		return nil
	}
	return fmt.Errorf("unknown phase %q (want one of %s)", v, strings.Join(school.Phases(), ", "))
}

// readThird appends the register's third address line to the second.
func readThird(s *school.School, v string) error {
	switch {
	case v == "":
	case s.Address.Locality == "":
		s.Address.Locality = v
	default:
		s.Address.Locality += ", " + v
	}
	return nil
}

// readDate reads 31-08-2026, as the register writes dates.
func readDate(v string) (calendar.Date, error) {
	if v == "" {
		return calendar.Date{}, nil
	}
	t, err := time.Parse("02-01-2006", v)
	if err != nil || t.Year() < 1000 {
		return calendar.Date{}, fmt.Errorf("%q is not a date (want one like 31-08-2026)", v)
	}
	return calendar.Date{Year: t.Year(), Month: t.Month(), Day: t.Day()}, nil
}
