package desk

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"despatch/internal/naming"
	"despatch/records/calendar"
)

// A Sending is what a school sent to a service (row P09).
type Sending struct {
	At      string     `json:"at"` // London: 2026-11-22 10:31
	School  string     `json:"school"`
	Name    string     `json:"name"` // of the school
	By      string     `json:"by"`
	Service string     `json:"service"` // its id
	Title   string     `json:"title"`   // its name
	Message string     `json:"message"`
	Files   []SentFile `json:"files"`
	Deposit string     `json:"deposit"`
	Leaf    int        `json:"leaf"`
}

// A SentFile is one of its files.
type SentFile struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// Sendings lists what schools sent to services, newest first. Where vault/ does not
// have the letter, its words and files are not known.
func (d *Desk) Sendings() []Sending {
	common, _ := d.common()
	sent := make([]Sending, 0, len(common.Sent))
	for i := len(common.Sent) - 1; i >= 0; i-- {
		s := &common.Sent[i]
		m := calendar.At(s.At)
		v := Sending{
			At: fmt.Sprintf("%s %02d:%02d", m.Date, m.Hour, m.Minute), School: s.School, Name: d.schoolName(s.School), By: d.nameOf(s.Account),
			Service: s.Letter.Service, Title: s.Letter.Service, Message: s.Letter.Message, Files: []SentFile{}, Deposit: s.Deposit, Leaf: s.Leaf,
		}
		if service, ok := d.site.Settings.Service(v.Service); ok {
			v.Title = service.Name
		}
		for _, f := range s.Letter.Files {
			v.Files = append(v.Files, SentFile(f))
		}
		sent = append(sent, v)
	}
	return sent
}

// OpenSent opens a file that a school sent, for whoever writes it out.
func (d *Desk) OpenSent(f SentFile) (*os.File, error) {
	file, err := d.folder.OpenSent(f.SHA256)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errors.New("it is not in vault/ here; what schools send lies on the machine that collects")
	}
	return file, err
}

// nameOf is the name of an account by its opaque id.
func (d *Desk) nameOf(opaque string) string {
	for _, code := range d.site.AccountCodes() {
		if naming.OpaqueAccount(code) == opaque {
			return d.site.Accounts[code].Name
		}
	}
	return "somebody who has no account any more"
}
