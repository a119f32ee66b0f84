package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"path"
	"path/filepath"
	"strconv"

	"despatch/generator/source"
	"despatch/internal/durable"
	"despatch/internal/spreadsheet"
	"despatch/office/desk"
)

// sentOnly says which documents are written out.
type sentOnly struct {
	service, school string
	after           int
}

func (o sentOnly) takes(s *desk.Sending) bool {
	return (o.service == "" || o.service == s.Service) && (o.school == "" || o.school == s.School) && s.Leaf > o.after
}

// exportSent writes out what schools sent to services.
func (e *env) exportSent(d *desk.Desk, only sentOnly, folder string) error {
	if err := emptyFolder(folder); err != nil {
		return err
	}
	table := &spreadsheet.Table{Name: "Documents", Heads: []string{"Came", "Service", "URN", "School", "Sent by", "Message", "File", "Bytes", "SHA-256", "Leaf", "Deposit", "Place"}}
	sendings, files := 0, 0
	var problems []string
	for _, s := range d.Sendings() {
		if !only.takes(&s) {
			continue
		}
		sendings++
		if len(s.Files) == 0 {
			problems = append(problems, fmt.Sprintf("leaf %d: what was sent is not in vault/ here; it lies on the machine that collects", s.Leaf))
			continue
		}
		place := path.Join(s.Service, s.School, fmt.Sprintf("%06d-%s", s.Leaf, s.At[:len("2026-11-22")]))
		if err := durable.MkdirAll(filepath.Join(folder, filepath.FromSlash(place)), 0o700); err != nil {
			return err
		}
		if s.Message != "" {
			if err := durable.WriteNew(filepath.Join(folder, filepath.FromSlash(place), "message.txt"), []byte(s.Message+"\n"), 0o600); err != nil {
				return err
			}
		}
		for i, f := range s.Files {
			// A number in front: no two names differ only in case, and none is a device.
			name := path.Join(place, fmt.Sprintf("%02d-%s", i+1, f.Name))
			problem, err := writeSent(d, f, filepath.Join(folder, filepath.FromSlash(name)))
			if err != nil {
				return err
			}
			if problem != "" {
				problems = append(problems, name+": "+problem)
			}
			files++
			row := []spreadsheet.Cell{}
			for _, text := range []string{s.At, s.Title, s.School, s.Name, s.By, s.Message, f.Name} {
				row = append(row, spreadsheet.Text(text))
			}
			table.Rows = append(table.Rows, append(row, spreadsheet.Number(strconv.FormatInt(f.Size, 10)), spreadsheet.Text(f.SHA256), spreadsheet.Number(strconv.Itoa(s.Leaf)), spreadsheet.Text(s.Deposit), spreadsheet.Text(name)))
		}
	}
	var asCSV bytes.Buffer
	if err := table.CSV(&asCSV); err != nil {
		return err
	}
	if err := durable.WriteNew(filepath.Join(folder, "documents.csv"), asCSV.Bytes(), 0o600); err != nil {
		return err
	}
	fmt.Fprintf(e.Stdout, "%s, %s\n", counted(sendings, "sending", "sendings"), counted(files, "file", "files"))
	for _, p := range problems {
		fmt.Fprintf(e.Stdout, "! %s\n", p)
	}
	if len(problems) > 0 {
		return errFindings
	}
	return nil
}

// writeSent writes one file out in flat memory, and says what is wrong with it.
func writeSent(d *desk.Desk, f desk.SentFile, to string) (problem string, err error) {
	from, err := d.OpenSent(f)
	if err != nil {
		return err.Error(), nil
	}
	defer from.Close()
	sum := sha256.New()
	differs := errors.New("it is not what the school sent: its SHA-256 differs; put vault/ back from its backup")
	err = durable.WriteTo(to, 0o600, func(w io.Writer) error {
		if _, err := io.Copy(io.MultiWriter(w, sum), from); err != nil {
			return err
		}
		if hex.EncodeToString(sum.Sum(nil)) != f.SHA256 {
			return differs
		}
		return nil
	})
	switch {
	case errors.Is(err, differs):
		return differs.Error(), nil
	case err == nil && !source.IsWhatItsNameSays(f.Name, from, f.Size):
		return "its content is not what its name says; do not open it before you asked the school", nil
	}
	return "", err
}
