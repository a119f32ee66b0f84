package generator_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"despatch/generator"
	"despatch/generator/source"
	"despatch/generator/tree"
	"despatch/internal/buildkeys"
	"despatch/internal/pdfsign"
)

const (
	early  = "content/visits/2026/2026-11-03-k7q2-early-reading"
	garden = "content/visits/2026/2026-09-29-c3we-independence-in-the-garden"
)

func TestUnchangedBuildWritesNothing(t *testing.T) {
	a := newAuthority(t)
	first := a.build()
	if !first.Changed || first.Serial != 1 {
		t.Fatalf("first build: %+v", first)
	}
	tree, keys := a.snapshot("public"), a.snapshot("public-keys")
	second := a.build()
	if second.Changed || second.Planned != 0 || second.Serial != 1 {
		t.Errorf("second build: %+v (want nothing planned)", second)
	}
	if !maps.Equal(tree, a.snapshot("public")) || !maps.Equal(keys, a.snapshot("public-keys")) {
		t.Error("the second build wrote something")
	}
	if !slices.Equal(first.Held, second.Held) {
		t.Errorf("held: %v, then %v", first.Held, second.Held)
	}
}

func TestLostOrDamagedCacheChangesNoOpaqueName(t *testing.T) {
	a := newBuilt(t)
	a.build()
	stems, opened := a.stems(), a.opened()
	lists := a.lists()
	whole := a.read("cache/state")
	for name, spoil := range map[string]func(){
		"no cache":     func() { os.RemoveAll(a.path("cache")) },
		"empty state":  func() { a.write("cache/state", "") },
		"cut state":    func() { a.write("cache/state", whole[:len(whole)/2]) },
		"changed byte": func() { a.write("cache/state", whole[:99]+"\x00"+whole[100:]) },
		"another number": func() {
			a.write("cache/state", strings.Replace(whole, "despatch-state\x00\x02", "despatch-state\x00\x03", 1))
		},
	} {
		spoil()
		s := a.build()
		if s.Planned != s.Units {
			t.Errorf("%s: %d of %d units planned", name, s.Planned, s.Units)
		}
		if s.Pages != lists {
			t.Errorf("%s: %d pages were rendered though all packs stand (want the %d lists, which ride in indexes)", name, s.Pages, lists)
		}
		if !slices.Equal(stems, a.stems()) || !maps.Equal(opened, a.opened()) {
			t.Errorf("%s: names or content changed", name)
		}
	}
}

func TestOneChangedVisitTouchesItsSchoolOnly(t *testing.T) {
	a := newBuilt(t)
	a.build()
	before := a.stems()
	a.edit(early+"/report.md", "\n", "\n\nA sentence that was not there.\n\n")
	s := a.build()
	if !s.Changed || s.Planned != 1 {
		t.Errorf("%+v (want one unit planned)", s)
	}
	if s.Pages > 12 {
		t.Errorf("%d pages were rendered for one change", s.Pages)
	}
	if n := len(missing(before, a.stems())); n != 2 {
		t.Errorf("%d packs left the tree (want that of its pages and that of its papers)", n)
	}
	a.agrees()
}

func TestAccountThatChangesTouchesItsSchoolOnly(t *testing.T) {
	a := newBuilt(t)
	a.build()
	const held, now = "morgan.ellery@fernside.example", "morgan.changed@fernside.example"
	if !says(a.opened(), held) {
		t.Fatal("the address is not in the tree to begin with")
	}
	a.edit("content/accounts/dn421erm.yaml", held, now)
	if s := a.build(); !s.Changed || s.Planned != 1 {
		t.Errorf("%+v (want one unit planned)", s)
	}
	if says(a.opened(), held) || !says(a.opened(), now) {
		t.Error("the pages do not say the new address")
	}
	a.agrees()
}

func missing(from, in []string) []string {
	return slices.DeleteFunc(slices.Clone(from), func(s string) bool { return slices.Contains(in, s) })
}

func TestRemovedVisitLosesItsPage(t *testing.T) {
	a := newBuilt(t)
	a.build()
	if !says(a.opened(), "independence") {
		t.Fatal("the visit is not in the tree to begin with")
	}
	if err := os.RemoveAll(a.path(garden)); err != nil {
		t.Fatal(err)
	}
	a.dropEvents("2026-09-29-c3we-independence-in-the-garden")
	if s := a.build(); s.Planned != 1 {
		t.Errorf("%d units planned (want 1)", s.Planned)
	}
	if says(a.opened(), "Independence in the garden") {
		t.Error("the removed visit is still in the tree")
	}
	a.agrees()
}

// dropEvents takes away the events about a record.
func (a *authority) dropEvents(record string) {
	a.t.Helper()
	for name := range a.snapshot("events") {
		if data, err := os.ReadFile(name); err == nil && bytes.Contains(data, []byte("record: "+record+"\n")) {
			if err := os.Remove(name); err != nil {
				a.t.Fatal(err)
			}
		}
	}
}

func says(opened map[string]string, text string) bool {
	for _, page := range opened {
		if strings.Contains(page, text) {
			return true
		}
	}
	return false
}

func TestVisitMovesWhenItsSchoolChanges(t *testing.T) {
	a := newBuilt(t)
	school := regexp.MustCompile(`school: "([0-9]+)"`).FindStringSubmatch(a.read(garden + "/visit.yaml"))[1]
	other := "900001"
	if school == other {
		other = "900004"
	}
	a.edit(garden+"/visit.yaml", school, other)
	a.build()
	for name, text := range a.opened() {
		if strings.HasPrefix(name, school+"/") && strings.Contains(text, "Independence in the garden") {
			t.Errorf("%s of the old school still has it", name)
		}
	}
	a.agrees()
}

func TestRenamedVisitIsAnotherRecord(t *testing.T) {
	a := newBuilt(t)
	record, renamed := filepath.Base(garden), "2026-09-29-zzzz-in-the-garden"
	if err := os.Rename(a.path(garden), a.path("content/visits/2026/"+renamed)); err != nil {
		t.Fatal(err)
	}
	for name := range a.snapshot("events") {
		data, err := os.ReadFile(name)
		if err != nil || !bytes.Contains(data, []byte(record)) {
			continue
		}
		if err := os.WriteFile(name, bytes.ReplaceAll(data, []byte(record), []byte(renamed)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	a.build()
	a.agrees()
}

func TestProblemsPublishNothingAndAreAllTold(t *testing.T) {
	a := newBuilt(t)
	tree := a.snapshot("public")
	a.edit(early+"/visit.yaml", "format: 1", "format: 1\nnonsense: 1")
	a.edit(garden+"/visit.yaml", "format: 1", "format: 1\nrubbish: 1")
	problems := a.wrong()
	for _, file := range []string{early, garden} {
		if !slices.ContainsFunc(problems, func(p source.Problem) bool { return strings.HasPrefix(p.File, file) && p.Line > 0 }) {
			t.Errorf("%s is not among the problems: %v", file, problems)
		}
	}
	if !maps.Equal(tree, a.snapshot("public")) {
		t.Error("the tree changed")
	}
	a.edit(early+"/visit.yaml", "nonsense: 1\n", "")
	a.edit(garden+"/visit.yaml", "rubbish: 1\n", "")
	a.build()
	a.agrees()
}

func TestRawHTMLInAReportIsABuildError(t *testing.T) {
	a := newAuthority(t)
	a.edit(early+"/report.md", "\n", "\n\n<script>alert(1)</script>\n\n")
	problems := a.wrong()
	if !slices.ContainsFunc(problems, func(p source.Problem) bool { return strings.HasPrefix(p.File, early) && p.Line > 0 }) {
		t.Errorf("no problem with file and line: %v", problems)
	}
	if _, err := os.Stat(a.path("public/head")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a head was written: %v", err)
	}
}

func TestACharacterThatNoPDFCanShowIsAProblemAtItsLine(t *testing.T) {
	a := newBuilt(t)
	a.edit(early+"/report.md", "\n", "\n\nAll is done \u2713\n\n")
	there := func(p source.Problem) bool {
		return p.File == early+"/report.md" && p.Line > 0 && strings.Contains(p.Text, "'\u2713' (U+2713)")
	}
	if problems := a.wrong(); !slices.ContainsFunc(problems, there) {
		t.Errorf("the build does not say which character stands where: %v", problems)
	}
	problems, err := generator.Check(a.dir, now)
	if err != nil || !slices.ContainsFunc(problems, there) {
		t.Errorf("check does not say which character stands where: %v, %v", problems, err)
	}
	a.edit(early+"/report.md", "\u2713", "and seen: Ωμέγα, Жуков, Ŵyn")
	a.build()
}

func TestPapersArePrintedOnceAndNothingOutlivesItsRecord(t *testing.T) {
	a := newBuilt(t)
	a.build()
	first := a.snapshot("cache/papers")
	if len(first) < 20 {
		t.Fatalf("%d papers were printed", len(first))
	}
	a.edit(early+"/report.md", "\n", "\n\nA sentence that was not there.\n\n")
	a.build()
	second := a.snapshot("cache/papers")
	before, after := slices.Sorted(maps.Keys(first)), slices.Sorted(maps.Keys(second))
	gone, come := missing(before, after), missing(after, before)
	if len(gone) != 1 || len(come) != 1 {
		t.Fatalf("one report changed; %d papers went and %d came", len(gone), len(come))
	}
	// What is kept is no source: damaged papers and missing ones are printed again.
	opened := a.opened()
	for _, path := range after {
		if filepath.Dir(path) == filepath.Dir(come[0]) {
			if err := os.WriteFile(path, []byte("not a PDF"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	a.edit(early+"/report.md", "that was not there", "that is there")
	a.build()
	if err := os.RemoveAll(a.path("cache/papers")); err != nil {
		t.Fatal(err)
	}
	a.edit(early+"/report.md", "that is there", "that was not there")
	a.build()
	if !maps.Equal(opened, a.opened()) {
		t.Error("the same sources give other papers")
	}
	a.agrees()
}

func TestASignerPrintsEveryPaperAnewAndAnOldOneIsWarnedOf(t *testing.T) {
	a := newBuilt(t)
	a.build()
	before := a.snapshot("cache/papers")
	signer, err := pdfsign.New("Northmoor County Council", "Robin Vale", "Head", now.AddDate(-1, 0, 0), 1)
	if err != nil {
		t.Fatal(err)
	}
	key, err := signer.Format()
	if err != nil {
		t.Fatal(err)
	}
	file := a.path("private/pdf-signer.pem")
	if err := os.WriteFile(file, key, 0o600); err != nil {
		t.Fatal(err)
	}
	s := a.build()
	after := a.snapshot("cache/papers")
	if !s.Changed || len(after) != len(before) || len(missing(slices.Sorted(maps.Keys(before)), slices.Sorted(maps.Keys(after)))) != len(before) {
		t.Errorf("%d papers before, %d after, and some are the same", len(before), len(after))
	}
	if !slices.ContainsFunc(s.Warnings, func(p source.Problem) bool { return strings.Contains(p.Text, "expired on") }) {
		t.Errorf("nothing is said of a certificate that expired today: %v", s.Warnings)
	}
	a.agrees()
	if err := os.Chmod(file, 0o644); err != nil {
		t.Fatal(err)
	}
	a.edit(early+"/report.md", "\n", "\n\nMore.\n\n")
	if _, err := generator.Build(t.Context(), generator.Options{Dir: a.dir, Now: now, Verify: true}); err == nil || !strings.Contains(err.Error(), "read by others") {
		t.Errorf("a key that others may read is used: %v", err)
	}
}

func TestDraftIsNeverSealed(t *testing.T) {
	a := newBuilt(t)
	a.write("content/visits/2026/2026-11-17-dddd-secret-draft/visit.yaml",
		"format: 1\nprofile: focus\nschool: \"900001\"\ndate: 2026-11-17\nfocus: Unspoken focus\nresponsible: Priya Usher\nreport: |\n  Words of the unspoken draft.\n")
	a.build()
	for _, words := range []string{"Unspoken focus", "unspoken draft"} {
		if says(a.opened(), words) {
			t.Errorf("%q of a draft was sealed", words)
		}
	}
	a.agrees()
}

func TestClockAloneReleasesResults(t *testing.T) {
	a := newBuilt(t)
	a.write("content/results/2026/2026-11-20-rrrr-early-results/result.yaml",
		"format: 1\ntitle: Key stage of the clock\nrelease: 2026-11-20T09:30\naudience: [Headteachers]\nmeasures: [Reading]\nnational: [\"74\"]\nauthority: [\"73\"]\nschools:\n  \"900001\": [\"81\"]\ntext: |\n  Early.\n")
	a.build()
	if says(a.opened(), "Key stage of the clock") {
		t.Fatal("results were sealed before their release")
	}
	release := time.Date(2026, 11, 20, 9, 30, 0, 0, time.UTC)
	if s := a.buildAt(release.Add(-time.Second)); s.Changed {
		t.Errorf("a second before the release something changed: %+v", s)
	}
	if s := a.buildAt(release); !s.Changed || !says(a.opened(), "Key stage of the clock") {
		t.Errorf("the release changed nothing: %+v", s)
	}
}

func TestHeldUntilThereIsAKey(t *testing.T) {
	a := newBuilt(t)
	a.write("content/schools/900098.yaml", strings.NewReplacer("900001", "900098", "9992001", "9992098", "10000001", "10000098").Replace(a.read("content/schools/900001.yaml")))
	a.write("content/visits/2026/2026-11-03-k7q2-held/visit.yaml", "format: 1\nprofile: focus\nschool: \"900098\"\ndate: 2026-11-03\nfocus: Early reading\ncategory: School improvement\nresponsible: Priya Usher\nreport: Reading is taught every day.\n")
	s := a.build()
	if !slices.ContainsFunc(s.Held, func(h string) bool {
		return strings.Contains(h, "900098/") && strings.Contains(h, "despatch keys --make")
	}) {
		t.Errorf("held: %q", s.Held)
	}
	for name := range a.opened() {
		if strings.HasPrefix(name, "900098/") {
			t.Errorf("%s was published without a key", name)
		}
	}
}

func TestSecondBuildOfAFolderIsRefusedWhileOneRuns(t *testing.T) {
	a := newBuilt(t)
	ctx, stop := context.WithCancel(t.Context())
	built, done := make(chan struct{}), make(chan error, 1)
	go func() {
		first := true
		done <- generator.Watch(ctx, generator.Options{Dir: a.dir, Now: now}, func() time.Time { return now }, func(generator.Summary, error) {
			if first {
				close(built)
			}
			first = false
		})
	}()
	<-built
	_, err := generator.Build(t.Context(), generator.Options{Dir: a.dir, Now: now})
	if !errors.Is(err, generator.ErrBusy) {
		t.Errorf("second build: %v (want ErrBusy)", err)
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
	a.build()
}

// TestKilledBuildLeavesTheOldHeadValid kills builds at random moments and looks
// at what they left.
func TestKilledBuildLeavesTheOldHeadValid(t *testing.T) {
	if dir := os.Getenv("DESPATCH_TEST_BUILD"); dir != "" {
		_, err := generator.Build(t.Context(), generator.Options{Dir: dir, Now: now})
		if err != nil {
			t.Fatal(err)
		}
		return
	}
	a := newBuilt(t)
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	killed := 0
	for i := range 8 {
		// Every page differs, so that there is much to write.
		a.edit("despatch.yaml", "Northmoor Schools Portal", fmt.Sprintf("Northmoor Schools Portal %d", i))
		c := exec.CommandContext(t.Context(), program, "-test.run", "^TestKilledBuildLeavesTheOldHeadValid$")
		c.Env = append(os.Environ(), "DESPATCH_TEST_BUILD="+a.dir)
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		a.awaitPacks(i * 12)
		if c.Process.Kill() == nil {
			killed++
		}
		_ = c.Wait() // killed, or done just before
		a.listed()
	}
	if killed == 0 {
		t.Error("no build was killed")
	}
	a.build()
	a.agrees()
}

// awaitPacks returns when more packs than the head lists are on disk, or the
// folder's lock says that nothing is being written for a while.
func (a *authority) awaitPacks(more int) {
	a.t.Helper()
	deadline := time.After(10 * time.Second)
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	start := len(a.snapshot("public"))
	for {
		select {
		case <-deadline:
			return
		case <-tick.C:
			n := 0
			_ = filepath.WalkDir(a.path("public"), func(_ string, d fs.DirEntry, err error) error {
				if err == nil && !d.IsDir() {
					n++
				}
				return nil
			})
			if n > start+more {
				return
			}
		}
	}
}

// listed fails the test unless the head, and every file that it leads to, is
// whole. What a killed build left beside them is no harm.
func (a *authority) listed() {
	a.t.Helper()
	root, err := buildkeys.LoadRoot(a.dir)
	if err != nil {
		a.t.Fatal(err)
	}
	findings, err := tree.Verify(a.path("public"), root, tree.VerifyOptions{Now: now})
	if err != nil {
		a.t.Fatal(err)
	}
	for _, f := range findings {
		if f.Kind != tree.Added {
			a.t.Errorf("after a kill: %v", f)
		}
	}
}

func TestPlantedNamesAreNowhereInTheTree(t *testing.T) {
	a := newBuilt(t)
	var planted []string
	schools, err := filepath.Glob(a.path("content/schools/*.yaml"))
	if err != nil || len(schools) == 0 {
		t.Fatal("no schools", err)
	}
	for _, s := range schools {
		data, err := os.ReadFile(s)
		if err != nil {
			t.Fatal(err)
		}
		planted = append(planted, strings.TrimSuffix(filepath.Base(s), ".yaml"))
		planted = append(planted, regexp.MustCompile(`(?m)^name: "?([^"\n]+)"?$`).FindStringSubmatch(string(data))[1])
	}
	visits, err := filepath.Glob(a.path("content/visits/*/*/visit.yaml"))
	if err != nil || len(visits) == 0 {
		t.Fatal("no visits", err)
	}
	for _, v := range visits {
		data, err := os.ReadFile(v)
		if err != nil {
			t.Fatal(err)
		}
		planted = append(planted, filepath.Base(filepath.Dir(v)))
		for _, m := range regexp.MustCompile(`(?m)^(?:focus|title|responsible): "?([^"\n]{6,})"?$`).FindAllStringSubmatch(string(data), -1) {
			planted = append(planted, m[1])
		}
	}
	for name := range a.snapshot("public") {
		rel, err := filepath.Rel(a.path("public"), name)
		if err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		data = regexp.MustCompile(`07700 900[0-9]{3}`).ReplaceAll(data, nil) // the helpline: no URN
		if strings.HasPrefix(rel, "pub") {
			data = nil // public by decision; its name is looked at all the same
		}
		for _, words := range planted {
			if alone(rel, words) || alone(string(data), words) {
				t.Errorf("%q is in %s", words, rel)
			}
		}
	}
}

// alone reports whether words stand in text other than inside a longer run of
// letters and digits.
func alone(text, words string) bool {
	letter := func(i int) bool {
		if i < 0 || i >= len(text) {
			return false
		}
		c := text[i] | 0x20
		return c >= 'a' && c <= 'z' || text[i] >= '0' && text[i] <= '9'
	}
	for from := 0; ; {
		i := strings.Index(text[from:], words)
		if i < 0 {
			return false
		}
		at := from + i
		if !letter(at-1) && !letter(at+len(words)) {
			return true
		}
		from = at + 1
	}
}

// An edit changes the sources at random; all of them leave a folder that builds.
type edit struct {
	name string
	do   func(a *authority, r *rand.Rand)
}

func edits() []edit {
	visit := func(a *authority, r *rand.Rand) string {
		found, err := filepath.Glob(a.path("content/visits/*/*/visit.yaml"))
		if err != nil || len(found) == 0 {
			a.t.Fatal("no visits", err)
		}
		rel, err := filepath.Rel(a.dir, found[r.IntN(len(found))])
		if err != nil {
			a.t.Fatal(err)
		}
		return filepath.ToSlash(rel)
	}
	return []edit{
		{"reword a visit", func(a *authority, r *rand.Rand) {
			name := visit(a, r)
			text := a.read(name)
			a.write(name, regexp.MustCompile(`(?m)^responsible: .*$`).ReplaceAllString(text, fmt.Sprintf("responsible: Person %d", r.IntN(1000))))
		}},
		{"remove a visit with its events", func(a *authority, r *rand.Rand) {
			dir := strings.TrimSuffix(visit(a, r), "/visit.yaml")
			if err := os.RemoveAll(a.path(dir)); err != nil {
				a.t.Fatal(err)
			}
			a.dropEvents(filepath.Base(dir))
		}},
		{"add a draft", func(a *authority, r *rand.Rand) {
			a.write(fmt.Sprintf("content/visits/2026/2026-11-17-%04d-a-new-draft/visit.yaml", r.IntN(10000)),
				"format: 1\nprofile: focus\nschool: \"900001\"\ndate: 2026-11-17\nfocus: New\nresponsible: Priya Usher\nreport: New.\n")
		}},
		{"issue a visit", func(a *authority, r *rand.Rand) {
			id := fmt.Sprintf("2026-11-16-%04d-an-issued-visit", r.IntN(10000))
			a.write("content/visits/2026/"+id+"/visit.yaml",
				"format: 1\nprofile: other\nschool: \"900002\"\ndate: 2026-11-16\nfocus: Issued\nresponsible: Priya Usher\nreport: Issued.\n")
			a.write(fmt.Sprintf("events/2026/11/o%d-issued-%08x.yaml", 1795000000+r.IntN(1000), r.Uint32()),
				"format: 1\nkind: issued\nrecord: "+id+"\ntime: 2026-11-17T10:00:00Z\nby: Priya Usher\n")
		}},
		{"rename a school", func(a *authority, r *rand.Rand) {
			name := fmt.Sprintf("content/schools/90000%d.yaml", 1+r.IntN(9))
			a.write(name, regexp.MustCompile(`(?m)^name: .*$`).ReplaceAllString(a.read(name), fmt.Sprintf("name: School %d", r.IntN(1000))))
		}},
		{"change a sheet", func(a *authority, r *rand.Rand) {
			name := "content/sheets/2026/2026-10-05-w9sa-term-dates-for-the-next-school-year.md"
			a.write(name, a.read(name)+fmt.Sprintf("\nAnd %d more.\n", r.IntN(1000)))
		}},
		{"change the settings", func(a *authority, r *rand.Rand) {
			a.write("despatch.yaml", regexp.MustCompile(`office_hours: .*`).ReplaceAllString(a.read("despatch.yaml"), fmt.Sprintf("office_hours: 01632 960%03d", r.IntN(1000))))
		}},
		{"touch without a change", func(a *authority, r *rand.Rand) {
			name := visit(a, r)
			a.write(name, a.read(name))
		}},
	}
}

func TestCleanIncrementalAndWatchedBuildsAgree(t *testing.T) {
	for _, seed := range []uint64{1, 2} {
		t.Run(fmt.Sprint("incremental, seed ", seed), func(t *testing.T) {
			a := newBuilt(t)
			a.build()
			r := rand.New(rand.NewPCG(seed, 0))
			for range 12 {
				e := edits()[r.IntN(len(edits()))]
				t.Log(e.name)
				e.do(a, r)
				a.build()
			}
			a.agrees()
		})
	}
	t.Run("watched", func(t *testing.T) {
		a := newBuilt(t)
		r := rand.New(rand.NewPCG(3, 0))
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		heard := make(chan error, 100)
		done := make(chan error, 1)
		go func() {
			done <- generator.Watch(ctx, generator.Options{Dir: a.dir, Now: now}, func() time.Time { return now },
				func(_ generator.Summary, err error) { heard <- err })
		}()
		if err := <-heard; err != nil {
			t.Fatal(err)
		}
		for range 8 {
			e := edits()[r.IntN(len(edits()))]
			t.Log(e.name)
			e.do(a, r)
			a.settle(heard)
		}
		a.catchesUp(heard)
		stop()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		a.agrees()
	})
}

// catchesUp waits until a watcher has published what a clean build of the
// sources would; it fails when the watcher says nothing for a minute before.
func (a *authority) catchesUp(heard chan error) {
	a.t.Helper()
	want := a.clean().stems()
	for !slices.Equal(a.stems(), want) {
		select {
		case err := <-heard:
			if err != nil {
				a.t.Fatal(err)
			}
		case <-time.After(time.Minute):
			a.t.Fatal("the watcher has not published what is there")
		}
	}
}

// settle waits until a watcher has been quiet for some time after it said
// something.
func (a *authority) settle(heard chan error) {
	a.t.Helper()
	quiet := 5 * time.Second
	for {
		select {
		case err := <-heard:
			if _, half := errors.AsType[generator.Problems](err); err != nil && !half {
				a.t.Fatal(err)
			}
			quiet = 300 * time.Millisecond
		case <-time.After(quiet):
			return
		}
	}
}
