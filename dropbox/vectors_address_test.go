package dropbox_test

import (
	"strings"
	"testing"

	"despatch/internal/address"
)

type addressVector struct {
	Name    string `json:"name"`
	Error   string `json:"error"`
	Text    string `json:"text"`
	Address string `json:"address"`
}

func TestAddressVectors(t *testing.T) {
	const begin = "despatch-email-change 1\naddress "
	made := vectors[addressVector]{About: "docs/formats.md section 18.6: payloads of kind email-change"}
	for _, good := range []string{
		"morgan.ellery@fernside.example", "m@x.example", "O'Hara+portal@mail.fernside-primary.example", "7_up-x@900001.example",
		strings.Repeat("x", 64) + "@fernside.example",
	} {
		text, err := address.Format(good)
		must(t, err)
		made.Cases = append(made.Cases, addressVector{good, "", string(text), good})
	}
	refused := func(name, why, text string) { made.Cases = append(made.Cases, addressVector{name, why, text, ""}) }
	for _, bad := range []struct{ name, address string }{
		{"nothing", ""},
		{"a name", "morgan"},
		{"no name", "@fernside.example"},
		{"no host", "morgan@"},
		{"a host of one label", "morgan@fernside"},
		{"two signs", "morgan@ellery@fernside.example"},
		{"a space", "morgan ellery@fernside.example"},
		{"a display name", "Morgan <morgan@fernside.example>"},
		{"a comment", "morgan@fernside.example # x"},
		{"a colon", "mailto:morgan@fernside.example"},
		{"quotes", "\"morgan\"@fernside.example"},
		{"a sign before the name", "'morgan@fernside.example"},
		{"two dots", "morgan..ellery@fernside.example"},
		{"a dot at the end of the name", "morgan.@fernside.example"},
		{"a dot at the beginning", ".morgan@fernside.example"},
		{"a dot at the end", "morgan@fernside.example."},
		{"an address of a machine", "morgan@[127.0.0.1]"},
		{"a number for a host", "morgan@127.0.0.1"},
		{"a hyphen at the end of a label", "morgan@fernside-.example"},
		{"letters of another script", "morgan@f\u0435rnside.example"},
		{"a control that turns the text", "morgan\u202e@fernside.example"},
		{"a name too long", strings.Repeat("x", 65) + "@fernside.example"},
		{"too long", "m@" + strings.Repeat("fernside.", 30) + "example"},
		{"two lines", "morgan@fernside.example\nbcc x@fernside.example"},
		{"a carriage return", "morgan@fernside.example\r"},
	} {
		refused(bad.name, "malformed", begin+bad.address+"\n")
	}
	refused("empty", "malformed", "")
	refused("of another kind", "malformed", "despatch-response 1\naddress m@x.example\n")
	refused("newer", "newer", "despatch-email-change 2\naddress m@x.example\n")
	refused("no line end", "malformed", begin+"m@x.example")
	refused("a line more", "malformed", begin+"m@x.example\n\n")
	refused("another word", "malformed", "despatch-email-change 1\nemail m@x.example\n")
	checkVectors(t, "email-change", made, func(t *testing.T, c addressVector) {
		got, err := address.Parse([]byte(c.Text))
		wantRefusal(t, c.Name, err, c.Error)
		if c.Error == "" && got != c.Address {
			t.Errorf("%s: read %q", c.Name, got)
		}
	})
}
