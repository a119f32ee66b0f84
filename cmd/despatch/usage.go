package main

import (
	"errors"
	"fmt"
	"os/exec"
	"os/user"
	"strings"

	"github.com/spf13/cobra"

	"despatch/office/desk"
)

// usage makes what a check of arguments says an error of usage.
func usage(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if err := check(c, args); err != nil {
			if _, ok := errors.AsType[usageError](err); ok {
				return err
			}
			return usageError{fmt.Errorf("%w (usage: %s)", err, c.UseLine())}
		}
		return nil
	}
}

// arguments takes from least to most of them.
func arguments(least, most int) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		switch {
		case len(args) > most && most == 0:
			return fmt.Errorf("%s takes no argument, and %q is one", c.CommandPath(), args[0])
		case len(args) > most:
			return fmt.Errorf("%q is one argument too many", args[most])
		case len(args) < least:
			return fmt.Errorf("%s lacks an argument", c.CommandPath())
		}
		return nil
	}
}

// finish makes every command's arguments a matter of usage, and gives the commands
// that cobra adds the examples that ours have.
func finish(root *cobra.Command) {
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd("completion")
	examples := map[string]string{
		"help":       "  despatch help import gias",
		"completion": "  despatch completion bash > /etc/bash_completion.d/despatch",
		"bash":       "  source <(despatch completion bash)",
		"zsh":        "  source <(despatch completion zsh)",
		"fish":       "  despatch completion fish | source",
		"powershell": "  despatch completion powershell | Out-String | Invoke-Expression",
	}
	var walk func(c *cobra.Command)
	walk = func(c *cobra.Command) {
		if c.Args != nil {
			c.Args = usage(c.Args)
		}
		if c.Example == "" {
			c.Example = examples[c.Name()]
		}
		for _, sub := range c.Commands() {
			walk(sub)
		}
	}
	walk(root)
}

// unknownCommand refuses words that name no command, with what may have been
// meant.
func unknownCommand(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	if near := c.SuggestionsFor(args[0]); len(near) > 0 {
		return usageError{fmt.Errorf("unknown command %q; did you mean %s?", args[0], strings.Join(near, " or "))}
	}
	if c.HasParent() {
		return usageError{fmt.Errorf("%s knows no %q", c.CommandPath(), args[0])}
	}
	return usageError{fmt.Errorf("unknown command %q", args[0])}
}

// atDesk opens the authority's folder for the officer, does what the command
// is for and says what a refusal hints at.
func (e *env) atDesk(by string, do func(*desk.Desk) error) error {
	now, err := e.Now()
	if err != nil {
		return err
	}
	d, err := desk.Open(e.Dir, now, by)
	if err != nil {
		return err
	}
	defer d.Close()
	d.Progress = e.progress()
	err = do(d)
	if r, ok := errors.AsType[desk.Refusal](err); ok && r.Hint != "" {
		return withHint(err, r.Hint)
	}
	return err
}

// officer is who acts, as events name them: --by, else git's name, else the
// system's.
func (e *env) officer(by string) string {
	if by = strings.TrimSpace(by); by != "" {
		return by
	}
	git := exec.Command("git", "config", "user.name")
	git.Dir = e.Dir
	if out, err := git.Output(); err == nil && strings.TrimSpace(string(out)) != "" {
		return strings.TrimSpace(string(out))
	}
	if u, err := user.Current(); err == nil {
		if u.Name != "" {
			return strings.TrimRight(u.Name, ",")
		}
		return u.Username
	}
	return ""
}

// byFlag adds --by.
func byFlag(c *cobra.Command) *string {
	return c.Flags().String("by", "", "the `name` of the officer who acts (else git's user.name, else yours on this machine)")
}
