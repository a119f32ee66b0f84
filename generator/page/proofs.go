package page

import (
	"cmp"
	"strconv"
	"strings"

	"despatch/generator/source"
	"despatch/records/calendar"
)

// A ProofView is a paper alone: a receipt of an answer, or the authority's
// statement that none came.
type ProofView struct {
	Head
	Text     []string // paragraphs
	Rows     []Row
	Signed   []string // lines of what was signed; may be empty
	Contacts []Contact
}

// proofs prints what proves how a visit was answered: the receipt of an answer
// that came through the drop-box (row M2), the statement of a silence (row M3).
func (r *room) proofs(v *source.Visit, view *VisitView) (list []*Attachment) {
	st := v.State
	about := []Row{
		{"Record", text(visitTitle(v))}, {"School", text(r.school.Name + " (URN " + r.school.URN + ")")},
	}
	add := func(kind, title string, on calendar.Date, p ProofView) {
		p.Head = Head{Area: "visits", Caption: r.school.Name, Heading: title}
		p.Contacts = view.Contacts
		year := v.Date.SchoolYear()
		list = append(list, r.print(kind+"-"+v.ID, v.Profile.Name+" "+v.Date.String()+" "+kind, year, Paper{
			Page: "visit/" + v.ID, Kind: kind, Title: title + ", " + visitTitle(v) + ": " + r.school.Name, Date: on,
			From: v.Publisher.Name, Ask: first(view.Contacts), View: &p,
		}))
	}
	if st.Deposit != "" {
		add("receipt", "Receipt for an answer", calendar.On(st.RespondedAt), ProofView{
			Text: []string{
				"The drop-box took the answer below, stored it, read it back and entered it into its log. Nobody can take it out again, or put it at another time, without this being seen.",
				"The signed receipt itself is in the portal, under “What you sent”, and in the school’s archive. The command despatch verify-receipt checks it without a network.",
			},
			Rows: append(about,
				Row{"Answer", text(strings.ToUpper(st.Judgement[:1]) + st.Judgement[1:])},
				Row{"Sent by", text(r.whoAnswered(st.RespondedBy))},
				Row{"Taken", []Value{atTime(st.RespondedAt)}},
				Row{"Place in the log", text(strconv.Itoa(st.AnswerLeaf))},
				Row{"Receipt number (SHA-256)", text(st.Deposit)},
				Row{"Fingerprint of the record that was answered (SHA-256)", text(cmp.Or(st.Answered, v.Subject))},
			),
		})
	}
	if st.Statement != "" {
		add("statement", "Statement that nothing was received", st.FinalisedOn, ProofView{
			Text: []string{
				"No answer to this record was received by its last day, and so it was finalised as it stands. The authority signed what follows; the drop-box’s log proves that it went on beyond that day.",
				"A receipt for an answer to the same record with a lower place in the same log shows this statement to be false. The command despatch verify-statement checks it without a network.",
			},
			Rows: append(about,
				Row{"Last day for an answer", text(st.RespondBy.Long())},
				Row{"Finalised", text(st.FinalisedOn.Long())},
				Row{"Place in the log", text(strconv.Itoa(st.Leaf))},
				Row{"Fingerprint of the record (SHA-256)", text(v.Subject)},
			),
			Signed: strings.Split(strings.TrimSuffix(st.Statement, "\n"), "\n"),
		})
	}
	return list
}
