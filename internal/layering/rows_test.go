package layering_test

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// settled are the rows that work as far as reading goes.
const settled = "V01 V02 V03 V04 V06 V07 V08 V09 V10 V12 V13 V14 V17 V22 V24 V25 V26 V27 V28 V29 V30 V31 V32 V33 V34 " +
	"P01 P02 P03 P04 P05 P06 P07 P08 P14 P15 P17 P18 P20 P28 P33 R01 R02 R03 R04 R05 R06 R12 R21 G1 G2 G3 G7 G8 G9"

// rows reads docs/rows.csv: row, state, tests separated by semicolons, note.
func rows(t *testing.T) [][]string {
	t.Helper()
	f, err := os.Open("../../docs/rows.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	all, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(all) == 0 || !slices.Equal(all[0], []string{"row", "state", "tests", "note"}) {
		t.Fatal("docs/rows.csv does not begin with row,state,tests,note")
	}
	return all[1:]
}

func TestRowsNameRealTests(t *testing.T) {
	seen := map[string]string{}
	for _, r := range rows(t) {
		id, state, tests := r[0], r[1], strings.FieldsFunc(r[2], func(c rune) bool { return c == ';' })
		if _, twice := seen[id]; twice {
			t.Errorf("row %s stands there twice", id)
		}
		seen[id] = state
		switch {
		case !slices.Contains([]string{"works", "reading", "later"}, state):
			t.Errorf("row %s: unknown state %q (want works, reading or later)", id, state)
		case state != "later" && len(tests) == 0:
			t.Errorf("row %s is said to work and names no test", id)
		}
		for _, name := range tests {
			if err := findTest(name); err != nil {
				t.Errorf("row %s: %v", id, err)
			}
		}
	}
	for _, id := range strings.Fields(settled) {
		if s := seen[id]; s != "works" && s != "reading" {
			t.Errorf("row %s is missing or not settled (%q)", id, s)
		}
	}
}

func TestRowsRefuseNamesOfNoTest(t *testing.T) {
	for _, name := range []string{
		"records/visit:TestThatIsNotThere", "records/nowhere:TestVisitLifeCycle", "records/visit:TestVisitLife", "TestVisitLifeCycle",
		"node:nothing is tested here", "e2e:nobody does this", "script:no-such-script", "browser:sign in",
	} {
		if findTest(name) == nil {
			t.Errorf("%q is taken for a test", name)
		}
	}
}

// findTest looks for a test by the name that docs/rows.csv gives: package and
// function, or node:, e2e: and the test's title, or script: and the script.
func findTest(name string) error {
	where, what, ok := strings.Cut(name, ":")
	if !ok || what == "" {
		return fmt.Errorf("%q is no name of a test (want package:TestName, node:title, e2e:title or script:name)", name)
	}
	switch where {
	case "script":
		return found(name, filepath.Join("..", "..", "cmd", "despatch", "testdata", "script", what+".txtar"), ``)
	case "node":
		return found(name, "../../layouts/browser/test/*.test.ts", `test\("`+regexp.QuoteMeta(what)+`"`)
	case "e2e":
		return found(name, "../../e2e/*.test.mjs", `test\("`+regexp.QuoteMeta(what)+`"`)
	}
	return found(name, filepath.Join("..", "..", filepath.FromSlash(where), "*_test.go"), `(?m)^func `+regexp.QuoteMeta(what)+`\(`)
}

// found reports whether a file of the pattern has what is looked for.
func found(name, pattern, expression string) error {
	files, err := filepath.Glob(pattern)
	if err != nil {
		return err
	}
	re, err := regexp.Compile(expression)
	if err != nil {
		return err
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		if re.Match(text) {
			return nil
		}
	}
	return fmt.Errorf("there is no test %s", name)
}
