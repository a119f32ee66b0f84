package desk

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"despatch/generator/source"
	"despatch/office/answers"
	"despatch/records/access"
	"despatch/records/calendar"
)

// A Request is an account that a school asked for by a data return, and where that
// stands.
type Request struct {
	answers.Request
	Record  string
	Role    string // id of the role that the account would get; empty: nobody can tell
	Account string // code of the account that the person has at this school; empty: none yet
	Wrong   string // why no account can be made, or empty
}

// Requests lists the accounts that schools asked for by a data return. role is given
// to those whose own words name none.
func (d *Desk) Requests(said, role string) ([]Request, []string, error) {
	whole, err := d.Answers(said)
	if err != nil {
		return nil, nil, err
	}
	if !answers.AsksForAccount(&whole.Form.Form) {
		return nil, nil, refuse("", "%s does not ask for an account: it has no required fields forename, surname, role and email", whole.Form.ID)
	}
	if _, ok := d.site.Vocabulary.Role(role); !ok && role != "" {
		return nil, nil, refuse("", "%s", d.site.Vocabulary.UnknownRole(role))
	}
	return d.requests(whole, role), whole.Problems, nil
}

func (d *Desk) requests(whole answers.Whole, role string) []Request {
	asked := make(map[string]string) // school by address
	var all []Request
	for _, r := range whole.Requests() {
		one := Request{Request: r, Record: whole.Form.ID, Role: d.roleOf(r.Asked, role)}
		mail := strings.ToLower(r.Email)
		has := d.accountOf(r.Email)
		switch {
		case has != nil && slices.ContainsFunc(has.Schools, func(p access.Place) bool { return p.School == r.School }):
			one.Account = has.Code
		case has != nil:
			one.Wrong = fmt.Sprintf("the address %s is that of account %s (%s): add the school to it", r.Email, access.FormatCode(has.Code), has.Name)
		case asked[mail] != "":
			one.Wrong = fmt.Sprintf("the address %s is asked for by %s too", r.Email, asked[mail])
		case one.Role == "":
			one.Wrong = fmt.Sprintf("%q names no role in content/groups.yaml: say which with --role", r.Asked)
		}
		asked[mail] = r.School
		all = append(all, one)
	}
	return all
}

// roleOf finds the role that a form's word for it names, in the singular too.
func (d *Desk) roleOf(asked, otherwise string) string {
	for _, word := range []string{asked, asked + "s"} {
		if roles, _ := d.site.Vocabulary.RolesFor([]string{word}); len(roles) == 1 {
			return roles[0]
		}
	}
	return otherwise
}

// accountOf finds an account by its address.
func (d *Desk) accountOf(email string) *access.Account {
	for _, code := range d.site.AccountCodes() {
		if strings.EqualFold(d.site.Accounts[code].Email, email) {
			return d.site.Accounts[code]
		}
	}
	return nil
}

// Grant writes the file of the account that was asked for, and gives its code.
func (d *Desk) Grant(r Request, random io.Reader) (code string, err error) {
	if r.Wrong != "" || r.Account != "" {
		return "", refuse("", "%s has an account, or can have none: %s", r.Name, r.Wrong)
	}
	file, err := d.New("account", Values{Name: r.Name, Email: r.Email, School: r.School, Role: r.Role}, random)
	if err != nil {
		return "", err
	}
	return access.FoldCode(strings.TrimSuffix(strings.TrimPrefix(file, "content/accounts/"), ".yaml"))
}

// waiting are the accounts that were asked for and that nobody has yet, as what is
// due: their details are promised within two weeks (row P25).
func (d *Desk) waiting(c *source.Common) (dues []Due) {
	for i := range c.Returns {
		f := &c.Returns[i]
		if !answers.AsksForAccount(&f.Form) || !slices.ContainsFunc(f.Done, func(x source.Done) bool { return x.Version > 0 }) {
			continue
		}
		whole := (&answers.Reader{Folder: d.folder, Site: d.site}).Read(f)
		for _, r := range d.requests(whole, "") {
			if r.Account != "" {
				continue
			}
			due := d.due(f.ID, "account", "Account details for "+r.Name, d.schoolName(r.School), r.By, "")
			due.Answer = "asked for on " + calendar.On(r.At).Short()
			if r.Wrong != "" {
				due.Answer += "; " + r.Wrong
			}
			dues = append(dues, due)
		}
	}
	return dues
}
