// Package generator turns an authority's folder into its published tree: it
// lists the sources, plans pages school by school, seals what changed and
// commits a new head (design section 4).
//
// The same sources, events, keys and clock give the same opaque names and the
// same opened bytes, whether the build is the first, an incremental one or one
// under Watch (TestCleanIncrementalAndWatchedBuildsAgree). Nothing is published
// while the sources have a problem, and the old head stays valid until the new
// one is written (TestKilledBuildLeavesTheOldHeadValid). A draft is never sealed.
// The memory of past builds, cache/state, is disposable and never trusted to say
// what is in the tree: only which units need no second look.
//
// It trusts the authority's folder and the machine; it opens nothing that it
// sealed and asks for no passphrase.
package generator

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"despatch/generator/source"
)

// Options say what to build, and as of when.
type Options struct {
	Dir    string    // the authority's folder
	Now    time.Time // opens, finalises and releases what is due
	Verify bool      // look at every source again, whatever its size and time say

	// Log is told what a build did, without names of people or schools; nil: nobody.
	Log *slog.Logger
	// Progress is told how many units are done, from one goroutine at a time; nil: nobody.
	Progress func(done, total int, what string)
}

// A Summary says what a build found and did.
type Summary struct {
	Changed  bool // a new head was written
	Serial   int  // of the head that now stands
	Units    int  // schools, and the authority itself
	Planned  int  // units that were looked into
	Pages    int  // pages rendered
	Sealed   int  // packs, files and indexes sealed
	Sources  int  // files listed
	Held     []string
	Site     *source.Site // as it was built; nil when nothing had to be read
	Warnings []source.Problem

	known *state // of the tree that now stands
}

// ErrBusy says that another build of the same folder is running.
var ErrBusy = errors.New("another despatch is building this folder; wait until it is done, or stop it")

// Problems are what is wrong with the sources. While there are any, nothing is
// published.
type Problems []source.Problem

// Error lists all problems, one a line.
func (p Problems) Error() string {
	lines := make([]string, 0, len(p)+1)
	lines = append(lines, fmt.Sprintf("nothing was published: %s in the sources", count(len(p), "problem", "problems")))
	for _, problem := range p {
		lines = append(lines, problem.String())
	}
	return strings.Join(lines, "\n")
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// sortProblems puts problems in the order of files and lines, each once.
func sortProblems(ps []source.Problem) []source.Problem {
	slices.SortFunc(ps, func(a, b source.Problem) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column), cmp.Compare(a.Text, b.Text))
	})
	return slices.Compact(ps)
}

// split parts problems that stop a build from those that only warn.
func split(ps []source.Problem) (wrong Problems, warnings []source.Problem) {
	for _, p := range ps {
		if p.Warning {
			warnings = append(warnings, p)
		} else {
			wrong = append(wrong, p)
		}
	}
	return wrong, warnings
}
