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
	return &cobra.Command{
		Use:   "export RETURN FOLDER",
		Short: "Write out what schools answered to a data return",
		Long: `Write what schools answered to a data return into a new folder: RETURN.csv and
RETURN.xlsx with a row for each school, of the version that counts, and in files/ the
files that they sent, named by school and question. Nothing that a school typed is a
formula. The folder holds in plain text what was sent sealed: keep it as safe as
content/, and delete it when it has served.

RETURN is the record's id, the start of it, or words of it. Exit code 0: all answers
are there; 1: some cannot be read, or an error.`,
		Example: "  despatch export projected-places /srv/exports/places",
		Args:    arguments(2, 2),
		RunE: func(_ *cobra.Command, args []string) error {
			return e.atDesk("", func(d *desk.Desk) error { return e.export(d, args[0], args[1]) })
		},
	}
}

func (e *env) export(d *desk.Desk, said, folder string) error {
	whole, err := d.Answers(said)
	if err != nil {
		return err
	}
	if left, err := os.ReadDir(folder); err == nil && len(left) > 0 {
		return withHint(fmt.Errorf("%s is not empty", folder), "name a new folder: what an earlier export left in it could not be told from this one")
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
