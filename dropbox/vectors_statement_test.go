package dropbox_test

import (
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"despatch/internal/auditlog"
	"despatch/internal/sshsig"
	"despatch/internal/statement"
	"despatch/records/calendar"
)

type statementVector struct {
	Name      string `json:"name"`
	Error     string `json:"error"`
	Key       string `json:"key"` // head key
	Log       string `json:"log"`
	Statement string `json:"statement"`
	Visit     string `json:"visit"`
	Index     int64  `json:"index"`
}

// sampleStatement is about a deadline that ended in the night before the log's last
// leaf but one.
func sampleStatement(t testing.TB) statement.Statement {
	t.Helper()
	r := sampleReceipt(t, 8)
	return statement.Statement{
		Time: start.Add(time.Hour), Box: boxOrigin, URN: "900001", School: school, Visit: "2026-11-03-k7q2-early-reading", Subject: strings.Repeat("77", 32),
		RespondBy: calendar.On(start).AddDays(-1), Leaf: r.Leaf, Proof: r.Proof,
	}
}

func TestStatementVectors(t *testing.T) {
	_, vkey, _ := logKey(t, 7)
	s := sampleStatement(t)
	good := string(statement.Format(s, key(6)))
	text, _, _ := strings.Cut(good, "-----BEGIN")
	made := vectors[statementVector]{About: "docs/formats.md section 26: statements that nothing was received, and the keys that the authority's keys file names"}
	add := func(name, wantError, signed, visit string, index int64) {
		made.Cases = append(made.Cases, statementVector{name, wantError, sshsig.PublicOf(key(6)).String(), vkey, signed, visit, index})
	}
	add("as written", "", good, s.Visit, s.Proof.Index)
	clock := sampleLog(t)[0]
	p, err := clock.Prove(4)
	must(t, err)
	quiet := s
	quiet.Leaf, quiet.Proof = clock.Leaves[4], p
	add("by a leaf that only tells the time", "", string(statement.Format(quiet, key(6))), s.Visit, p.Index)
	early := s
	early.RespondBy = calendar.On(start)
	add("a leaf before the deadline", "mismatch", string(statement.Format(early, key(6))), "", 0)
	elsewhere := s
	elsewhere.Box = "https://box.evil.example"
	add("another box's log", "mismatch", string(statement.Format(elsewhere, key(6))), "", 0)
	add("signed by another key", "signature", resigned(9, statement.Namespace, text), "", 0)
	add("another namespace", "signature", resigned(6, "despatch-receipt", text), "", 0)
	add("text changed under the signature", "signature", strings.Replace(good, "early-reading", "early-heading", 1), "", 0)
	foreign, _, _ := logKey(t, 9)
	forged, err := auditlog.NewHead(nil, []auditlog.Leaf{s.Leaf}, foreign)
	must(t, err)
	p, err = forged.Prove(0)
	must(t, err)
	other := s
	other.Proof = p
	add("out of another log", "signature", string(statement.Format(other, key(6))), "", 0)
	for _, x := range append(textRules(), []spoilt{
		replaced("newer", "newer", "despatch-statement 1", "despatch-statement 2"),
		replaced("other format", "malformed", "despatch-statement 1", "despatch-receipt 1"),
		replaced("says something else", "malformed", "nothing-received", "something-received"),
		replaced("no time", "malformed", "time 2026-11-22T10:00:00Z\n", ""),
		replaced("no box", "malformed", "box https://", "box x://"),
		replaced("a school without its opaque id", "malformed", "school 900001 "+school, "school 900001"),
		replaced("a school that is no number", "malformed", "school 900001", "school 90000x"),
		replaced("a visit that is no id", "malformed", "visit 2026", "visit ../2026"),
		replaced("no subject", "malformed", "subject-sha256 "+strings.Repeat("77", 32), "subject-sha256 -"),
		replaced("another date than its deadline", "malformed", "respond-by 2026-11-21", "respond-by 2026-11-20"),
		replaced("a deadline at another hour", "malformed", "deadline 2026-11-22T00:00:00Z", "deadline 2026-11-21T23:00:00Z"),
		replaced("another leaf time", "mismatch", "09:00:08Z", "09:00:07Z"),
		replaced("another index", "mismatch", "index 8", "index 7"),
		replaced("checkpoint changed", "signature", "\n11\n", "\n12\n"),
		replaced("lines out of order", "malformed", "visit 2026-11-03-k7q2-early-reading\nsubject-sha256 "+strings.Repeat("77", 32)+"\n", "subject-sha256 "+strings.Repeat("77", 32)+"\nvisit 2026-11-03-k7q2-early-reading\n"),
		{"cut", "malformed", func(s string) string { return s[:200] + "\n" }},
	}...) {
		signed := x.how(text)
		add(x.name, x.error, resigned(6, statement.Namespace, signed), "", 0)
	}
	checkVectors(t, "statement", made, func(t *testing.T, c statementVector) {
		k, err := sshsig.ParsePublicKey(c.Key)
		must(t, err)
		v, err := note.NewVerifier(c.Log)
		must(t, err)
		got, err := statement.Verify([]byte(c.Statement), statement.Trust{Heads: []sshsig.PublicKey{k}, Logs: []note.Verifier{v}})
		wantRefusal(t, c.Name, err, c.Error)
		if err == nil && (got.Visit != c.Visit || got.Proof.Index != c.Index) {
			t.Errorf("%s: visit %s at %d", c.Name, got.Visit, got.Proof.Index)
		}
	})
}

func TestStatementRefusesEverySingleByteChange(t *testing.T) {
	_, _, v := logKey(t, 7)
	trust := statement.Trust{Heads: []sshsig.PublicKey{sshsig.PublicOf(key(6))}, Logs: []note.Verifier{v}}
	everyByte(t, statement.Format(sampleStatement(t), key(6)), func(b []byte) error {
		_, err := statement.Verify(b, trust)
		return err
	})
}
