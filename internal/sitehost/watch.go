package sitehost

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/fsnotify/fsnotify"
)

const (
	// debounce is how long a folder must be quiet before it is looked at.
	debounce = 20 * time.Millisecond
	// rescan is how often it is looked at, whatever the system told.
	rescan = time.Minute
)

// Folder is a published tree on disk that may change, or be exchanged for another,
// while it is served.
type Folder struct {
	dir string

	mu     sync.RWMutex
	tree   *os.Root    // guarded by mu
	info   os.FileInfo // guarded by mu; of tree
	serial int         // guarded by mu; of its head, 0 when there is none
}

// OpenFolder opens a tree, which must be there.
func OpenFolder(dir string) (*Folder, error) {
	f := &Folder{dir: dir}
	if err := f.Look(); err != nil {
		return nil, err
	}
	return f, nil
}

// Look opens the folder again when another has taken its place, and reads the
// serial of its head.
func (f *Folder) Look() error {
	info, err := os.Stat(f.dir)
	if err != nil {
		return fmt.Errorf("look at the site: %w", err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.tree == nil || !os.SameFile(info, f.info) {
		tree, err := os.OpenRoot(f.dir)
		if err != nil {
			return fmt.Errorf("open the site: %w", err)
		}
		if f.tree != nil {
			_ = f.tree.Close() // files of it that are on their way stay open
		}
		f.tree, f.info = tree, info
	}
	f.serial = headSerial(f.tree)
	return nil
}

// headSerial reads the serial that a tree's head states. It is shown to operators
// only, and verified by nobody here.
func headSerial(tree *os.Root) int {
	head, err := tree.Open("head")
	if err != nil {
		return 0
	}
	defer head.Close()
	lines := bufio.NewScanner(head)
	for range 2 {
		lines.Scan()
	}
	value, ok := strings.CutPrefix(lines.Text(), "serial ")
	serial, err := strconv.Atoi(value)
	if !ok || err != nil {
		return 0
	}
	return serial
}

// Serial is the serial of the tree's head, as of the last look.
func (f *Folder) Serial() int {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return f.serial
}

// With calls do with the tree, which stays open meanwhile.
func (f *Folder) With(do func(*os.Root)) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	do(f.tree)
}

// Watch looks at the folder when the system says that it changed, and each minute,
// until ctx ends. looked is told of every look.
func (f *Folder) Watch(ctx context.Context, looked func(error)) error {
	w, err := fsnotify.NewWatcher()
	if err != nil {
		return fmt.Errorf("watch the site: %w", err)
	}
	defer w.Close()
	watch := func() error { return errors.Join(w.Add(filepath.Dir(f.dir)), w.Add(f.dir)) }
	if err := watch(); err != nil {
		return fmt.Errorf("watch the site: %w", err)
	}
	quiet := time.NewTimer(rescan)
	defer quiet.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-w.Events:
			quiet.Reset(debounce)
		case <-w.Errors: // some were missed: look
			quiet.Reset(debounce)
		case <-quiet.C:
			err := f.Look()
			if err == nil {
				err = watch() // it may be another folder now
			}
			looked(err)
			quiet.Reset(rescan)
		}
	}
}
