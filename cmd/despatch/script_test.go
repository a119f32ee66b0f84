package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(tidy{m}, map[string]func(){
		"despatch": func() {
			os.Exit(run(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
		},
	})
}

// tidy runs the tests and takes away what they built once for all.
type tidy struct{ m *testing.M }

func (t tidy) Run() int {
	defer func() { _ = os.RemoveAll(boxFolder()) }()
	return t.m.Run()
}

// TestScripts runs every command as a person would: testdata/script has one file
// a command.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{Dir: "testdata/script", RequireExplicitExec: false, RequireUniqueNames: true, Setup: setUp, Condition: condition})
}

// setUp gives a script the small authority of testdata/authority as la, the
// tools that the Makefile installs, and the real texts of besides where they
// stand beside the repository.
func setUp(env *testscript.Env) error {
	tools, err := filepath.Abs("../../.tools")
	if err != nil {
		return err
	}
	env.Setenv("PATH", tools+string(os.PathListSeparator)+env.Getenv("PATH"))
	env.Setenv("BESIDE", besides())
	return os.CopyFS(filepath.Join(env.WorkDir, "la"), os.DirFS("testdata/authority"))
}

// besides is the folder of real texts, which are no part of the repository.
func besides() string {
	folder, err := filepath.Abs("../../../shared")
	if err != nil {
		return ""
	}
	return folder
}

func condition(name string) (bool, error) {
	if name != "beside" {
		return false, fmt.Errorf("unknown condition %q", name)
	}
	_, err := os.Stat(filepath.Join(besides(), "seeds"))
	return err == nil, nil
}
