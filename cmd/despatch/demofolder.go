package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"despatch/office/demo"
)

// ensureDemo makes the demonstration where there is none.
func (e *env) ensureDemo(ctx context.Context, dir string) ([]demo.SignIn, error) {
	signIns, err := demo.ReadSignIns(dir)
	if err == nil || !errors.Is(err, fs.ErrNotExist) {
		return signIns, err
	}
	if err := e.writeDemo(ctx, dir); err != nil {
		return nil, err
	}
	return demo.ReadSignIns(dir)
}

// writeDemo makes the demonstration in a folder that must hold nothing yet.
func (e *env) writeDemo(ctx context.Context, dir string) error {
	if entries, err := os.ReadDir(dir); err == nil && len(entries) > 0 {
		return withHint(fmt.Errorf("%s holds something that is no complete demonstration; nothing there was changed", dir),
			"name another folder, or remove this one (make demo-reset)")
	}
	now, err := e.Now()
	if err != nil {
		return err
	}
	return demo.Write(ctx, dir, now, e.progress())
}

// initDemo is init --demo.
func (e *env) initDemo(ctx context.Context, dir string) error {
	if err := e.writeDemo(ctx, dir); err != nil {
		return err
	}
	_, err := fmt.Fprintln(e.Stdout, filepath.Join(dir, "private", "demo-accounts.tsv"))
	fmt.Fprintf(e.Stderr, "Nobody in %s exists. Next: despatch demo %s, or despatch -C %s build\n", dir, dir, dir)
	return err
}
