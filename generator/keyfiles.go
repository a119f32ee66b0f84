package generator

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"despatch/generator/source"
	"despatch/internal/buildkeys"
)

// listKeys lists the key files that a build depends on, sorted by path. They are
// compared as sources are; only buildkeys reads them.
func listKeys(dir string) ([]source.Entry, error) {
	var found []source.Entry
	for _, name := range []string{buildkeys.NamingFile, buildkeys.HeadKeyFile, buildkeys.PDFSignerFile} {
		info, err := os.Lstat(filepath.Join(dir, filepath.FromSlash(name)))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("list keys: %w", err)
		}
		found = append(found, source.EntryOf(name, info))
	}
	for _, folder := range []string{path.Dir(buildkeys.RootFile), buildkeys.AccountsDir, buildkeys.RecipientsDir} {
		names, err := os.ReadDir(filepath.Join(dir, filepath.FromSlash(folder)))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("list keys: %w", err)
		}
		for _, n := range names {
			if !n.Type().IsRegular() || strings.HasPrefix(n.Name(), ".") {
				continue
			}
			info, err := n.Info()
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if err != nil {
				return nil, fmt.Errorf("list keys: %w", err)
			}
			found = append(found, source.EntryOf(folder+"/"+n.Name(), info))
		}
	}
	slices.SortFunc(found, func(a, b source.Entry) int { return strings.Compare(a.Path, b.Path) })
	return found, nil
}
