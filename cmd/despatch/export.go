package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"despatch/internal/durable"
	"despatch/office/desk"
)

func newExport(e *env) *cobra.Command {
	var only sentOnly
	c := &cobra.Command{
		Use:   "export RETURN|documents FOLDER",
		Short: "Write out what schools answered to a data return, or the documents that they sent",
		Long: `Write what schools answered to a data return into a new folder: RETURN.csv and
RETURN.xlsx with a row for each school, of the version that counts, and in files/ the
files that they sent, named by school and question. Nothing that a school typed is a
formula. The folder holds in plain text what was sent sealed: keep it as safe as
content/, and delete it when it has served.

With documents: what schools sent to services of the authority, each in a folder
SERVICE/URN/LEAF-DATE with its message.txt and its files, as they were sent, and
documents.csv with a row for each file. Each file is compared with what its sender
signed; one whose content is not what its name says is told. Open files of others with
care all the same.

RETURN is the record's id, the start of it, or words of it. Exit code 0: all answers
are there; 1: some cannot be read, or an error.`,
		Example: `  despatch export projected-places /srv/exports/places
  despatch export documents /srv/exports/sen --service special-needs`,
		Args: arguments(2, 2),
		RunE: func(_ *cobra.Command, args []string) error {
			if args[0] == "documents" {
				return e.atDesk("", func(d *desk.Desk) error { return e.exportSent(d, only, args[1]) })
			}
			return e.atDesk("", func(d *desk.Desk) error { return e.export(d, args[0], args[1]) })
		},
	}
	c.Flags().StringVar(&only.service, "service", "", "documents: for this service alone, by its id")
	c.Flags().StringVar(&only.school, "school", "", "documents: from this school alone, by its URN")
	c.Flags().IntVar(&only.after, "after", -1, "documents: only what came after this leaf of the log, as list documents says it")
	return c
}

// emptyFolder makes the folder of an export, or refuses one that holds something.
func emptyFolder(folder string) error {
	if left, err := os.ReadDir(folder); err == nil && len(left) > 0 {
		return withHint(fmt.Errorf("%s is not empty", folder), "name a new folder: what an earlier export left in it could not be told from this one")
	}
	return durable.MkdirAll(folder, 0o700)
}

func (e *env) export(d *desk.Desk, said, folder string) error {
	whole, err := d.Answers(said)
	if err != nil {
		return err
	}
	if err := emptyFolder(folder); err != nil {
		return err
	}
	if err := durable.MkdirAll(filepath.Join(folder, "files"), 0o700); err != nil {
		return err
	}
	table := whole.Table(d.SchoolName)
	var asCSV, asXLSX bytes.Buffer
	if err := table.CSV(&asCSV); err != nil {
		return err
	}
	if err := table.XLSX(&asXLSX); err != nil {
		return err
	}
	out := map[string][]byte{whole.Form.ID + ".csv": asCSV.Bytes(), whole.Form.ID + ".xlsx": asXLSX.Bytes()}
	for _, f := range whole.Files() {
		out[filepath.Join("files", f.Name)] = f.Bytes
	}
	for name, data := range out {
		if err := durable.WriteNew(filepath.Join(folder, name), data, 0o600); err != nil {
			return err
		}
	}
	fmt.Fprintf(e.Stdout, "%s, %s\n", counted(len(whole.Answers), "school", "schools"), counted(len(out)-2, "file", "files"))
	for _, p := range whole.Problems {
		fmt.Fprintf(e.Stdout, "! %s\n", p)
	}
	if len(whole.Problems) > 0 {
		return errFindings
	}
	return nil
}
