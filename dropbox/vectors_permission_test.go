package dropbox_test

import (
	"strings"
	"testing"

	"despatch/internal/permission"
)

type permissionVector struct {
	Name    string `json:"name"`
	Error   string `json:"error"`
	Text    string `json:"text"`
	Account string `json:"account"`
	Area    string `json:"area"`
	Right   string `json:"right"`
}

func TestPermissionVectors(t *testing.T) {
	account := strings.Repeat("0a", 16)
	made := vectors[permissionVector]{About: "docs/formats.md section 18.7: payloads of kind permission-grant"}
	for _, g := range []permission.Grant{
		{Account: account, Area: "visits", Right: "full"},
		{Account: account, Area: "documents", Right: "audit"},
		{Account: account, Area: "people", Right: "off"},
	} {
		text, err := permission.Format(g)
		must(t, err)
		made.Cases = append(made.Cases, permissionVector{g.Area + " " + g.Right, "", string(text), g.Account, g.Area, g.Right})
	}
	good := "despatch-permission-grant 1\naccount " + account + "\narea visits\nright full\n"
	for _, bad := range []struct{ name, from, to string }{
		{"empty", good, ""},
		{"another kind", "despatch-permission-grant", "despatch-email-change"},
		{"no line end", "full\n", "full"},
		{"a line more", "full\n", "full\n\n"},
		{"another right", "full", "all"},
		{"a right in capitals", "full", "Full"},
		{"no right", "right full\n", ""},
		{"no account", "account " + account + "\n", ""},
		{"an account in capitals", account, strings.ToUpper(account)},
		{"an account too short", account, account[2:]},
		{"an account too long", account, account + "0a"},
		{"two accounts", "account " + account, "account " + account + "\naccount " + account},
		{"an area that leads elsewhere", "visits", "../visits"},
		{"no area", "area visits\n", ""},
		{"an area of nothing", "visits", ""},
		{"an area too long", "visits", strings.Repeat("v", 33)},
		{"a space more", "area visits", "area  visits"},
		{"another order", "area visits\nright full", "right full\narea visits"},
		{"carriage returns", "\n", "\r\n"},
		{"too long", "visits", strings.Repeat("v", 300)},
	} {
		made.Cases = append(made.Cases, permissionVector{Name: bad.name, Error: "malformed", Text: strings.ReplaceAll(good, bad.from, bad.to)})
	}
	made.Cases = append(made.Cases, permissionVector{Name: "newer", Error: "newer", Text: strings.Replace(good, " 1\n", " 2\n", 1)})
	checkVectors(t, "permission-grant", made, func(t *testing.T, c permissionVector) {
		got, err := permission.Parse([]byte(c.Text))
		wantRefusal(t, c.Name, err, c.Error)
		if c.Error == "" && got != (permission.Grant{Account: c.Account, Area: c.Area, Right: c.Right}) {
			t.Errorf("%s: read %+v", c.Name, got)
		}
	})
}
