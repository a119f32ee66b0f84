package generator_test

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"testing"

	"despatch/generator"
	"despatch/generator/source"
	"despatch/internal/pdfsign"
	"despatch/internal/timestamp/tsatest"
)

// papers gives how many PDFs are kept, and how many of them a time-stamping
// authority stamped.
func (a *authority) papers() (all, stamped int) {
	a.t.Helper()
	for name := range a.snapshot("cache/papers") {
		data, err := os.ReadFile(name)
		if err != nil {
			a.t.Fatal(err)
		}
		all++
		if bytes.Contains(data, []byte("54657374207469")) { // "Test ti" in the hex of the signature
			stamped++
		}
	}
	return all, stamped
}

func TestPDFsAreStampedOnceTheServerAnswersAndTheBuildIsNeverLost(t *testing.T) {
	a := newAuthority(t)
	signer, err := pdfsign.New("Northmoor County Council", "Robin Vale", "Head", now.AddDate(0, -1, 0), 3)
	if err != nil {
		t.Fatal(err)
	}
	key, err := signer.Format()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(a.path("private/pdf-signer.pem"), key, 0o600); err != nil {
		t.Fatal(err)
	}
	tsa := tsatest.New(t)
	down := true
	tsa.Answer = func(answer []byte) []byte {
		if down {
			return []byte("closed")
		}
		return answer
	}
	a.write("despatch.yaml", a.read("despatch.yaml")+"\ntimestamps: {server: "+tsa.Address+"}\n")
	said := func(s generator.Summary) bool {
		return slices.ContainsFunc(s.Warnings, func(p source.Problem) bool {
			return strings.HasPrefix(p.Text, "timestamps.server: ask "+tsa.Address) && strings.Contains(p.Text, "signed without a time")
		})
	}
	s := a.build()
	all, stamped := a.papers()
	if !said(s) || all == 0 || stamped != 0 {
		t.Errorf("the server is down: %d of %d PDFs are stamped, and it says %v", stamped, all, s.Warnings)
	}
	down = false
	s = a.build()
	if again, stamped := a.papers(); said(s) || again != all || stamped != all {
		t.Errorf("the server is up: %d of %d PDFs are stamped (want %d), and it says %v", stamped, again, all, s.Warnings)
	}
	down = true
	if s := a.build(); s.Changed || said(s) {
		t.Errorf("nothing changed, and the server is asked: %+v", s)
	}
}
