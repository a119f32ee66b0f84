package answers

import (
	"slices"
	"strings"
	"time"

	"despatch/records/calendar"
	"despatch/records/datareturn"
)

// promised is within how many days a person who was named gets account details (row
// P25).
const promised = 14

// accountFields are what a return asks that asks for an account (row P23).
var accountFields = []string{"forename", "surname", "role", "email"}

// A Request is a school's wish that a person gets an account.
type Request struct {
	School string // URN
	Name   string
	Email  string
	Asked  string // the role in the form's words
	At     time.Time
	By     calendar.Date // the day by which the details are promised
}

// AsksForAccount tells whether a return asks for an account: it has fields of these
// ids, and all must be answered.
func AsksForAccount(f *datareturn.Form) bool {
	for _, id := range accountFields {
		if !slices.ContainsFunc(f.Fields, func(fd datareturn.Field) bool { return fd.ID == id && fd.Required }) {
			return false
		}
	}
	return true
}

// Requests are the accounts that were asked for, in the order in which they came.
func (w *Whole) Requests() []Request {
	var all []Request
	for _, a := range w.Answers {
		said := func(id string) string {
			v, _ := a.Said.Value(id)
			return v
		}
		if a.Said.Nil {
			continue
		}
		all = append(all, Request{
			School: a.School, Name: strings.TrimSpace(said("forename") + " " + said("surname")), Email: said("email"), Asked: said("role"),
			At: a.At, By: calendar.On(a.At).AddDays(promised),
		})
	}
	slices.SortStableFunc(all, func(a, b Request) int { return a.At.Compare(b.At) })
	return all
}
