package roster_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"despatch/generator/source"
	"despatch/internal/naming"
	"despatch/office/roster"
	"despatch/records/access"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func siteOf(roles map[string][]string) *source.Site {
	s := &source.Site{Accounts: map[string]*access.Account{}}
	for code, at := range roles {
		s.Accounts[code] = &access.Account{Code: code, Name: "Morgan Ellery", Email: "morgan.ellery@fernside.example", Schools: []access.Place{{School: "900001", Roles: at}}}
	}
	return s
}

func TestTheRosterIsTheOneOfThatTime(t *testing.T) {
	dir := t.TempDir()
	at := func(hour int) time.Time { return time.Date(2026, 11, 4, hour, 0, 0, 0, time.UTC) }
	head, deputy := "7KQ2M9XD", "8KQ2M9XD"
	for _, n := range []struct {
		now   time.Time
		roles map[string][]string
		files int
	}{
		{at(9), map[string][]string{head: {"headteacher"}, deputy: {"deputy"}}, 1},
		{at(10), map[string][]string{head: {"headteacher"}, deputy: {"deputy"}}, 1},
		{at(11), map[string][]string{deputy: {"headteacher"}}, 2},
		{at(11), map[string][]string{deputy: {"governor"}}, 3}, // in the same second
		{at(8), map[string][]string{deputy: {"headteacher"}}, 4},
	} {
		_, err := roster.Note(dir, siteOf(n.roles), n.now)
		must(t, err)
		files, err := filepath.Glob(filepath.Join(dir, filepath.FromSlash(roster.Dir), "*.yaml"))
		must(t, err)
		if len(files) != n.files {
			t.Errorf("%v: there are %d notes, want %d", n.now, len(files), n.files)
		}
	}
	r, err := roster.Read(dir)
	must(t, err)
	for _, tt := range []struct {
		code string
		at   time.Time
		want string
	}{
		{head, at(7), "headteacher"},
		{head, at(9), "headteacher"},
		{head, at(11).Add(-time.Second), "headteacher"},
		{head, at(11), ""},
		{deputy, at(10), "deputy"},
		{deputy, at(11), "headteacher"},
		{deputy, at(11).Add(time.Second), "governor"},
		{deputy, at(12), "headteacher"},
		{"9KQ2M9XD", at(12), ""},
	} {
		got := ""
		if a := r.At(naming.OpaqueAccount(tt.code), tt.at); a != nil {
			got = strings.Join(a.Schools[0].Roles, " ")
		}
		if got != tt.want {
			t.Errorf("%s at %v is %q, want %q", tt.code, tt.at, got, tt.want)
		}
	}
}

func TestANoteNamesNobodyAndIsReadStrictly(t *testing.T) {
	dir := t.TempDir()
	_, err := roster.Note(dir, siteOf(map[string][]string{"7KQ2M9XD": {"headteacher"}}), time.Date(2026, 11, 4, 9, 0, 0, 0, time.UTC))
	must(t, err)
	files, err := filepath.Glob(filepath.Join(dir, filepath.FromSlash(roster.Dir), "*.yaml"))
	must(t, err)
	good, err := os.ReadFile(files[0])
	must(t, err)
	for _, word := range []string{"Morgan", "example", "7KQ2M9XD"} {
		if strings.Contains(string(good), word) {
			t.Errorf("it says %q:\n%s", word, good)
		}
	}
	for _, change := range [][2]string{{"format: 1", "format: 2"}, {"format: 1", "format: 1\nname: x"}, {"T09:00:00Z", "T09:00:01Z"}, {"roles:", "role:"}} {
		must(t, os.WriteFile(files[0], []byte(strings.Replace(string(good), change[0], change[1], 1)), 0o644))
		if _, err := roster.Read(dir); err == nil || !slices.ContainsFunc([]string{"version control", "newer"}, func(w string) bool { return strings.Contains(err.Error(), w) }) {
			t.Errorf("%q for %q is read: %v", change[1], change[0], err)
		}
	}
}
