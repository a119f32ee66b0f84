package page

import (
	"fmt"
	"slices"
	"time"

	"despatch/generator/source"
	"despatch/records/calendar"
	"despatch/records/visit"
)

// timeline says what has happened to a visit that needs a response, as both sides
// see it: when it was given, answered and by whom, and finalised.
func (p *plan) timeline(v *source.Visit) []Step {
	st := v.State
	if !v.Profile.NeedsResponse() || st.SubmittedOn.IsZero() {
		return nil
	}
	steps := []Step{onDay(st.SubmittedOn, "Submitted for the school's response", v.Publisher.Name)}
	if !st.SeenOn.IsZero() {
		steps = append(steps, onDay(st.SeenOn, "Published on the portal", ""))
	}
	steps = append(steps, p.schoolSteps(&st)...)
	switch {
	case st.FinalisedOn.IsZero():
	case st.Auto:
		text := "Finalised automatically: nothing was received by the end of " + st.RespondBy.Short()
		if st.Leaf > 0 {
			text += fmt.Sprintf(", as the drop-box’s log shows up to its place %d", st.Leaf)
		}
		steps = append(steps, onDay(st.FinalisedOn, text, ""))
	default:
		steps = append(steps, onDay(st.FinalisedOn, "Finalised", v.Publisher.Name))
	}
	return steps
}

// schoolSteps says what the school did, in its order.
func (p *plan) schoolSteps(st *visit.State) []Step {
	type act struct {
		at      time.Time
		text    string
		by      string
		opening bool
	}
	var acts []act
	for _, o := range st.Opened {
		acts = append(acts, act{o.At, "Opened", o.By, true})
	}
	for _, r := range st.Retracted {
		if r.Refused != "" {
			acts = append(acts, act{r.At, "Asked to take the answer back, which stands: " + r.Refused, r.By, false})
			continue
		}
		acts = append(acts, act{r.AnsweredAt, "Answered: " + r.Judgement, r.By, false}, act{r.At, "Answer taken back", r.By, false})
	}
	if !st.RespondedAt.IsZero() {
		acts = append(acts, act{st.RespondedAt, "Answered: " + st.Judgement, st.RespondedBy, false})
	}
	slices.SortStableFunc(acts, func(a, b act) int { return a.at.Compare(b.at) })
	steps := make([]Step, len(acts))
	for i, a := range acts {
		steps[i] = Step{On: atTime(a.at), Text: a.text, Who: p.whoAnswered(a.by), day: calendar.On(a.at), opening: a.opening}
	}
	return steps
}

func onDay(d calendar.Date, text, who string) Step {
	return Step{On: Value{Text: d.Short(), Date: d.String()}, Text: text, Who: who, day: d}
}

func atTime(t time.Time) Value {
	return Value{Text: calendar.At(t).Long(), Date: calendar.On(t).String()}
}

// whoAnswered names the person of an account, or who wrote an answer down that came
// in another way.
func (p *plan) whoAnswered(by string) string {
	if p.Names.Account == nil || !isOpaque(by) {
		return by
	}
	for _, a := range p.site.People(p.school.URN) {
		if p.Names.Account(a.Code) == by {
			return a.Name
		}
	}
	return "somebody who has no account any more"
}

// isOpaque tells an opaque account id from a person's name.
func isOpaque(s string) bool {
	if len(s) != 32 {
		return false
	}
	for _, c := range s {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// earlier tells that the school answered other words than the record's own now.
func (p *plan) earlier(v *source.Visit) bool {
	return v.State.Status == visit.Responded && v.State.Answered != "" && v.Subject != "" && v.State.Answered != v.Subject
}
