package tree

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"despatch/internal/durable"
	"despatch/internal/refusal"
)

// Heads is a folder that keeps every head that was made here, one file a serial.
// It is how verify and deploy know a rollback, and rollback an old list.
type Heads string

// Save keeps a state's head.
func (h Heads) Save(s *State) error {
	if err := durable.MkdirAll(string(h), 0o755); err != nil {
		return err
	}
	return durable.WriteFile(h.path(s.Head.Serial), s.signed, 0o644)
}

// Highest is the highest serial kept, 0 for none.
func (h Heads) Highest() (int, error) {
	entries, err := os.ReadDir(string(h))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return 0, fmt.Errorf("read kept heads: %w", err)
	}
	highest := 0
	for _, e := range entries {
		if n, err := strconv.Atoi(e.Name()); err == nil {
			highest = max(highest, n)
		}
	}
	return highest, nil
}

// Signed gives the kept head file of a serial.
func (h Heads) Signed(serial int) ([]byte, error) {
	signed, err := os.ReadFile(h.path(serial))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, refusal.Missing.Errorf("the head of serial %d was not kept in %s", serial, h)
	}
	if err != nil {
		return nil, fmt.Errorf("read kept head: %w", err)
	}
	return signed, nil
}

func (h Heads) path(serial int) string { return filepath.Join(string(h), strconv.Itoa(serial)) }
