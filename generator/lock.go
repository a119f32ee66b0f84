package generator

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"despatch/generator/source"
	"despatch/internal/durable"
)

// What cache/lock says: whether a build that began to write also ended.
const (
	lockIdle    = "."
	lockWriting = "!"
)

// A folderLock is cache/lock, held. Only one build at a time reads and replaces
// a tree. The system drops the lock when the process ends, however it ends:
// there is no stale lock to remove.
type folderLock struct {
	file        *os.File
	interrupted bool // the last build died while it was writing
}

// lock takes the lock of an authority's folder, or returns ErrBusy. What is no
// authority's folder is refused before anything is made in it.
func lock(dir string) (*folderLock, error) {
	folder, err := source.Open(dir)
	if err != nil {
		return nil, err
	}
	if err := folder.Close(); err != nil {
		return nil, err
	}
	cache := filepath.Join(dir, cacheDir)
	if err := durable.MkdirAll(cache, 0o700); err != nil {
		return nil, fmt.Errorf("make %s: %w", cache, err)
	}
	f, err := durable.Lock(filepath.Join(cache, "lock"), 0o600)
	if errors.Is(err, durable.ErrLocked) {
		return nil, ErrBusy
	}
	if err != nil {
		return nil, err
	}
	l := &folderLock{file: f}
	said := make([]byte, 1)
	if n, _ := f.ReadAt(said, 0); n == 1 {
		l.interrupted = string(said) == lockWriting
	}
	return l, nil
}

// release lets go of the lock.
func (l *folderLock) release() error { return l.file.Close() }

// clock gives the time by the clock of the file system, which is what the times
// of files are to be held against: it may be another machine's.
func (l *folderLock) clock() (time.Time, error) {
	said := lockIdle
	if l.interrupted {
		said = lockWriting
	}
	if err := l.say(said); err != nil {
		return time.Time{}, err
	}
	info, err := l.file.Stat()
	if err != nil {
		return time.Time{}, fmt.Errorf("read the clock of the file system: %w", err)
	}
	return info.ModTime(), nil
}

// writing notes on disk that files of a new tree are being written.
func (l *folderLock) writing() error { return l.say(lockWriting) }

// idle notes that all that was written is listed, or taken away again.
func (l *folderLock) idle() error {
	l.interrupted = false
	return l.say(lockIdle)
}

func (l *folderLock) say(word string) error {
	if _, err := l.file.WriteAt([]byte(word), 0); err != nil {
		return fmt.Errorf("write %s: %w", l.file.Name(), err)
	}
	return nil
}
