package collect

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"

	"despatch/internal/durable"
	"despatch/internal/envelope"
)

// submissionsFile lists which leaf each submission was first at: a line each, only ever
// added to. Earlier versions wrote a file for each into submissionsDir, which are read
// still.
const (
	submissionsFile = "vault/submissions.txt"
	submissionsDir  = "vault/submissions/"
)

// submissions knows the submissions that were taken.
type submissions struct {
	path  string
	first map[string]int64
	fresh bytes.Buffer // lines that are not in the file yet
}

// readSubmissions reads the list. A last line that a crash cut off is cut away: its
// head was not collected, so it comes again.
func readSubmissions(path string) (*submissions, error) {
	s := &submissions{path: path, first: make(map[string]int64)}
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return nil, err
	}
	whole := bytes.LastIndexByte(data, '\n') + 1
	for n, line := range strings.Split(strings.TrimSuffix(string(data[:whole]), "\n"), "\n") {
		if line == "" && whole == 0 {
			break
		}
		id, leaf, ok := strings.Cut(line, " ")
		at, err := strconv.ParseInt(leaf, 10, 64)
		if !ok || err != nil || len(id) != 65 {
			return nil, fmt.Errorf("%s:%d: this is no submission with its leaf; put the file back from its backup, or take this line and all after it away together with the heads in vault/log from that leaf on", submissionsFile, n+1)
		}
		if _, there := s.first[id]; !there {
			s.first[id] = at
		}
	}
	if whole < len(data) {
		return s, os.Truncate(path, int64(whole))
	}
	return s, nil
}

func (s *submissions) note(id string, leaf int64) {
	s.first[id] = leaf
	fmt.Fprintf(&s.fresh, "%s %d\n", id, leaf)
}

// sync adds what was noted to the file, durably.
func (s *submissions) sync() error {
	if s.fresh.Len() == 0 {
		return nil
	}
	_, err := os.Lstat(s.path)
	if errors.Is(err, fs.ErrNotExist) {
		err = durable.WriteNew(s.path, nil, 0o600)
	}
	if err != nil {
		return err
	}
	f, err := os.OpenFile(s.path, os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(s.fresh.Bytes())
	if err == nil {
		err = f.Sync()
	}
	s.fresh.Reset()
	return errors.Join(err, f.Close())
}

// sentBefore tells whether the account sent this very submission before, at an
// earlier leaf: two deposits with one id are one. It notes the leaf that was first.
func (c *Collector) sentBefore(b *batch, env envelope.Envelope, at int64) (bool, error) {
	id := env.Account + "-" + env.ID
	if first, ok := c.sent.first[id]; ok {
		return first != at, nil
	}
	held, err := b.read(submissionsDir + id)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		c.sent.note(id, at)
		return false, nil
	case err != nil:
		return false, err
	}
	return string(held) != fmt.Sprintf("leaf %d\n", at), nil
}
