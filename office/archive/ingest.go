package archive

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"despatch/generator/source"
	"despatch/internal/buildkeys"
	"despatch/internal/durable"
	"despatch/internal/sshsig"
	"despatch/records/authority"
)

// RecordsNamespace is that of the signature over the list of a package for the
// record office.
const RecordsNamespace = "despatch-records"

// The files of such a package beside the archives.
const (
	sumsFile      = "SHA256SUMS"
	sumsSignature = "SHA256SUMS.sig"
	catalogueFile = "catalogue.csv"
)

// A Handed is what a package for the record office holds.
type Handed struct {
	Classes, Archives, Records int
	Warnings                   []string
}

// ErrNoClass is HandOver's error where despatch.yaml names no class of records.
var ErrNoClass = errors.New("despatch.yaml names no class of records: give privacy.retention a class and its modules")

// errNothing says that a school has nothing of a class.
var errNothing = errors.New("there is nothing of this class")

// HandOver writes a package for the record office into dir, which must be empty or
// not there: for each retention class a folder with one archive a school, a
// catalogue of them, and their SHA-256, signed by the head key. Each archive is one
// as Write writes it, of that class alone (cmd/despatch/testdata/script/records.txtar).
func HandOver(ctx context.Context, dir string, o Options) (done Handed, err error) {
	keys, err := buildkeys.Load(o.Dir)
	if err != nil {
		return done, err
	}
	site, err := siteOf(o.Dir)
	if err != nil {
		return done, err
	}
	classes := site.Settings.Privacy.Classes()
	if o.Class.Class != "" {
		classes = []authority.Retention{o.Class}
	}
	if len(classes) == 0 {
		return done, ErrNoClass
	}
	if err := durable.NewFolder(dir); err != nil {
		return done, err
	}
	schools := site.SchoolKeys()
	catalogue := [][]string{{"class", "kept", "urn", "school", "file", "records", "from", "to", "state", "sha256"}}
	var sums []string
	tell := o.Progress
	o.Progress = nil
	for i, class := range classes {
		if err := durable.MkdirAll(filepath.Join(dir, class.Class), 0o700); err != nil {
			return done, err
		}
		done.Classes++
		for j, urn := range schools {
			if tell != nil {
				tell(i*len(schools)+j+1, len(classes)*len(schools), "schools")
			}
			o.School, o.Class = urn, class
			file := class.Class + "/" + urn + ".zip"
			s, sum, err := o.handOver(ctx, filepath.Join(dir, filepath.FromSlash(file)))
			if errors.Is(err, errNothing) {
				continue
			}
			if err != nil {
				return done, fmt.Errorf("%s: %w", file, err)
			}
			done.Archives, done.Records = done.Archives+1, done.Records+s.Records
			done.Warnings = append(done.Warnings, s.Warnings...)
			sums = append(sums, sum+"  "+file)
			catalogue = append(catalogue, []string{class.Class, class.Kept, urn, s.School, file, strconv.Itoa(s.Records), day(o.Period.From), day(o.Period.To), strconv.Itoa(s.Serial), sum})
		}
	}
	return done, handList(dir, keys, catalogue, sums)
}

// handOver writes one archive and gives its SHA-256.
func (o Options) handOver(ctx context.Context, file string) (s Summary, sum string, err error) {
	h := sha256.New()
	err = durable.WriteTo(file, 0o600, func(w io.Writer) error {
		s, err = Write(ctx, io.MultiWriter(w, h), o)
		if err == nil && s.Records == 0 {
			err = errNothing
		}
		return err
	})
	return s, fmt.Sprintf("%x", h.Sum(nil)), err
}

// handList writes the catalogue, the list of all files, and its signature.
func handList(dir string, keys *buildkeys.Keys, catalogue [][]string, sums []string) error {
	var list bytes.Buffer
	w := csv.NewWriter(&list)
	if err := w.WriteAll(catalogue); err != nil {
		return err
	}
	sums = append(sums, fmt.Sprintf("%x  %s", sha256.Sum256(list.Bytes()), catalogueFile))
	slices.SortFunc(sums, func(a, b string) int { return strings.Compare(a[64:], b[64:]) })
	text := []byte(strings.Join(sums, "\n") + "\n")
	for name, data := range map[string][]byte{
		catalogueFile: list.Bytes(), sumsFile: text, sumsSignature: sshsig.Sign(keys.HeadKey, RecordsNamespace, text),
	} {
		if err := durable.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// siteOf reads the settings and schools of an authority.
func siteOf(dir string) (*source.Site, error) {
	folder, err := source.Open(dir)
	if err != nil {
		return nil, err
	}
	defer folder.Close()
	listing, problems, err := folder.Scan()
	if err == nil {
		err = wrong(problems)
	}
	if err != nil {
		return nil, err
	}
	site, problems := folder.Site(listing)
	return site, wrong(problems)
}
