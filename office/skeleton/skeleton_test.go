package skeleton_test

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"despatch/generator/source"
	"despatch/office/skeleton"
)

func TestNewFolderHasNoProblems(t *testing.T) {
	for _, given := range [][2]string{{"", ""}, {"Northmoor County Council", "999"}, {`Council: "North" & #1`, "001"}} {
		dir := filepath.Join(t.TempDir(), "authority")
		if err := skeleton.Write(dir, given[0], given[1]); err != nil {
			t.Fatal(err)
		}
		f, err := source.Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		l, problems, err := f.Scan()
		if err != nil {
			t.Fatal(err)
		}
		site, more := f.Site(l)
		for _, p := range append(problems, more...) {
			t.Errorf("problem: %v", p)
		}
		if given[0] != "" && (site.Settings.Authority.Name != given[0] || site.Settings.Authority.Code != given[1]) {
			t.Errorf("authority is %q %q, want %q", site.Settings.Authority.Name, site.Settings.Authority.Code, given)
		}
		if len(site.Vocabulary.Roles) < 10 || len(site.Vocabulary.Groups) != 0 || len(site.Profiles) != 3 {
			t.Errorf("%d roles, %d groups, %d profiles", len(site.Vocabulary.Roles), len(site.Vocabulary.Groups), len(site.Profiles))
		}
	}
}

func TestNewFolderMustBeEmpty(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "letter.txt"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := skeleton.Write(dir, "", ""); err == nil || !strings.Contains(err.Error(), "letter.txt is in it") {
		t.Errorf("error %v, want that the folder is not empty", err)
	}
}

func TestNewFolderIsItsOwnersAlone(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the folder's own permissions count there")
	}
	dir := filepath.Join(t.TempDir(), "offices", "northmoor")
	if err := skeleton.Write(dir, "Northmoor County Council", "999"); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]os.FileMode{"": 0o700, "..": 0o755} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got&^want != 0 {
			t.Errorf("%q has mode %04o, want no more than %04o", name, got, want)
		}
	}
}
