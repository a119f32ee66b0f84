package archive

import (
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"strings"

	"despatch/internal/bag"
	"despatch/internal/durable"
)

// mostFile is the largest file that is restored, in bytes.
const mostFile = 64 << 20

// Restore writes the records of an archive into dir, which must be empty or not
// there, as the folder of an authority that has this one school and no keys and
// accounts. They build to the pages that the archive shows
// (TestARestoredArchiveBuildsToTheSamePages). An archive that is not good is
// ErrNotGood, and nothing is written.
func Restore(name, dir string, t Trust, progress func(done, total int, what string)) (Report, []bag.Finding, error) {
	r, err := bag.Open(name)
	if err != nil {
		return Report{}, nil, err
	}
	defer r.Close()
	report, findings := verify(r, t, progress)
	if len(findings) > 0 {
		return report, findings, ErrNotGood
	}
	if report.Own != "" {
		return report, nil, errors.New("a person made this archive of what they could read: it has pages, and no records to restore; ask the authority for one")
	}
	files, err := restored(r.Paths())
	if err != nil {
		return report, nil, err
	}
	if err := durable.NewFolder(dir); err != nil {
		return report, nil, err
	}
	var batch durable.Batch
	done := 0
	for from, to := range files {
		data, err := r.ReadFile(from, mostFile)
		if err != nil {
			return report, nil, err
		}
		if err := batch.WriteFile(filepath.Join(dir, filepath.FromSlash(to)), data, 0o644); err != nil {
			return report, nil, err
		}
		if done++; progress != nil {
			progress(done, len(files), "files restored")
		}
	}
	return report, nil, batch.Sync()
}

// restored says which file of an archive becomes which of an authority's folder:
// the records as they are, attachments back beside theirs.
func restored(paths []string) (map[string]string, error) {
	files := make(map[string]string)
	home := make(map[string]string) // folder of a record's files, by its id
	for _, from := range paths {
		to, ok := strings.CutPrefix(from, dataDir+recordsDir+"/")
		if !ok {
			continue
		}
		if to != "despatch.yaml" && !strings.HasPrefix(to, "content/") && !strings.HasPrefix(to, "events/") {
			return nil, fmt.Errorf("%s has no place in an authority's folder", from)
		}
		files[from] = to
		switch dir, base := path.Split(to); base {
		case "visit.yaml":
			home[path.Base(dir)] = dir + "attachments/"
		case "document.yaml", "result.yaml":
			home[path.Base(dir)] = dir + "files/"
		}
	}
	for _, from := range paths {
		rest, ok := strings.CutPrefix(from, dataDir+attachmentsDir+"/")
		if !ok {
			continue
		}
		record, base, _ := strings.Cut(rest, "/")
		if home[record] == "" || base == "" || strings.Contains(base, "/") {
			return nil, fmt.Errorf("%s goes with no record", from)
		}
		files[from] = home[record] + base
	}
	return files, nil
}
