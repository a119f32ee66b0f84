package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"despatch/internal/response"
)

// TestEveryMarkedPassageIsDecidedAndShown: three marks, three decisions, three rows
// (row M4). Until each has its decision check names it and nothing is finalised.
func TestEveryMarkedPassageIsDecidedAndShown(t *testing.T) {
	l := newLoop(t)
	d := l.answer(head, "accurate", "")
	payload, err := response.Response{Answer: "inaccurate", Comments: "All else is right.", Points: []response.Point{
		{Passage: "The number on roll is 221.", Wrong: "It is 212.", Words: "The number on roll is 212."},
		{Passage: "Books are <b>old</b>.", Wrong: "They were bought in May.\n\nAsk the office."},
		{Passage: "Phonics is daily.", Wrong: "Twice daily."},
	}}.Format()
	must(t, err)
	d.payload = payload
	l.sent(d)
	if code, said := l.collect(); code != 0 || !strings.Contains(said, focusVisit+"\tinaccurate") {
		t.Fatalf("collect: %d\n%s", code, said)
	}
	l.despatch("build")
	page := l.page(head, "Passages that the school marked")
	for _, want := range []string{"Passages that the school marked", "Books are &lt;b&gt;old&lt;/b&gt;.", "They were bought in May.\n\nAsk the office.", "<strong>Suggested:</strong> <span class=\"app-said\">The number on roll is 212.</span>", "All else is right."} {
		if !strings.Contains(page, want) {
			t.Errorf("before anything is decided the page does not say %q", want)
		}
	}

	file := filepath.Join(l.dir, "content/visits", focusVisit[:4], focusVisit, "visit.yaml")
	before, err := os.ReadFile(file)
	must(t, err)
	decide := func(entries ...string) {
		t.Helper()
		must(t, os.WriteFile(file, fmt.Appendf(nil, "%s\nchanges:\n%s", before, strings.Join(entries, "")), 0o644))
	}
	refused := func(args []string, wants ...string) {
		t.Helper()
		_, said := l.try(args...)
		for _, want := range wants {
			if !strings.Contains(said, want) {
				t.Errorf("despatch %s does not say %q:\n%s", args, want, said)
			}
		}
	}
	check, finalise := []string{"check"}, []string{"finalise", focusVisit}
	one := "  - {point: 1, declined: The census of October counts.}\n"
	two := "  - {point: 2, declined: Said of the books in use.}\n"
	three := "  - {point: 3, was: daily, declined: Seen once.}\n"
	refused(check, "passage 1 that the school marked has no decision", "passage 2", "passage 3 that the school marked has no decision (“Phonics is daily.”: Twice daily.): add an entry with point: 3")
	refused(finalise, "3 of the 3 passages that the school marked have no decision; the first is passage 1")
	decide(three, one)
	refused(check, "passage 2 that the school marked has no decision")
	refused(finalise, "1 of the 3 passages", "passage 2")
	decide(three, one, two, "  - {point: 4, declined: x}\n", "  - {point: 1, declined: Twice.}\n", "  - {declined: x}\n")
	refused(check, "the school marked no passage 4: it marked 3", "an entry before says what became of passage 1", "says what the school said, or under point")
	decide(three, one, two)
	if _, said := l.try("check"); strings.Contains(said, "has no decision") {
		t.Errorf("all is decided, and check says:\n%s", said)
	}
	l.despatch("finalise", focusVisit)
	l.despatch("build")
	page = l.page(head, "Table of changes")
	if strings.Contains(page, "Passages that the school marked") {
		t.Error("the marks are shown beside the table of changes")
	}
	_, table, _ := strings.Cut(page, "Table of changes")
	rows := strings.Split(strings.SplitN(table, "</tbody>", 2)[0], "<tr ")
	if len(rows) != 2+3 { // what is before the rows, and the head
		t.Fatalf("the table of changes has %d rows, want 3:\n%s", len(rows)-2, table)
	}
	rows = rows[2:]
	for i, wants := range [][]string{
		{"It is 212.", "The number on roll is 221.", "Suggested:", "Not changed.</strong> The census of October counts."},
		{"They were bought in May.", "Books are &lt;b&gt;old&lt;/b&gt;.", "Said of the books in use."},
		{"Twice daily.", ">daily<", "Seen once."},
	} {
		for _, want := range wants {
			if !strings.Contains(rows[i], want) {
				t.Errorf("row %d of the table does not say %q:\n%s", i+1, want, rows[i])
			}
		}
	}
}
