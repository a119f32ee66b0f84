package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

func TestCommandLineThatCannotBeUnderstoodExitsWithTwo(t *testing.T) {
	for line, want := range map[string]string{
		"frobnicate":          `unknown command "frobnicate"`,
		"biuld":               "did you mean build?",
		"--frobnicate":        "unknown flag",
		"import":              "gias or misheet",
		"import registers":    `despatch import knows no "registers"`,
		"import gia x":        `unknown command "gia"; did you mean gias?`,
		"check extra":         `despatch check takes no argument, and "extra" is one (usage: despatch check`,
		"deploy one two":      `"two" is one argument too many (usage: despatch deploy [FOLDER|BUCKET]`,
		"verify one two":      "usage: despatch verify",
		"keys extra":          "usage: despatch keys",
		"renew extra":         "usage: despatch renew",
		"build extra":         "usage: despatch build",
		"build --clock later": "is not a time",
		"list":                "say what to list",
		"new":                 "say what to make",
		"init":                "despatch init DIR",
		"who":                 "despatch who lacks an argument (usage: despatch who RECORD",
		"enrol":               "say whom",
		"rotate":              "",
		"version extra":       "usage: despatch version",
		"serve extra":         "usage: despatch serve",
		"demo one two":        "usage: despatch demo",
	} {
		var out, errs bytes.Buffer
		code := run(t.Context(), strings.Fields(line), strings.NewReader(""), &out, &errs)
		if code != 2 || !strings.Contains(errs.String(), want) || out.Len() > 0 {
			t.Errorf("despatch %s: exit %d, %q, %q", line, code, out.String(), errs.String())
		}
		if strings.Contains(errs.String(), "arg(s)") || strings.Contains(errs.String(), "for \"despatch") {
			t.Errorf("despatch %s: the library's own words in %q", line, errs.String())
		}
		if !strings.Contains(errs.String(), "despatch: hint: despatch") || !strings.Contains(errs.String(), "--help") {
			t.Errorf("despatch %s: no hint in %q", line, errs.String())
		}
	}
}

func TestEveryCommandHasAnExampleOfItself(t *testing.T) {
	var walk func(c *cobra.Command)
	walk = func(c *cobra.Command) {
		if c.HasParent() && !strings.Contains(c.Example, c.CommandPath()) {
			t.Errorf("%s: example %q", c.CommandPath(), c.Example)
		}
		if c.Short == "" {
			t.Errorf("%s has no short description", c.CommandPath())
		}
		for _, sub := range c.Commands() {
			walk(sub)
		}
	}
	walk(newRoot(new(env)))
}
