package notify

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"despatch/internal/durable"
	"despatch/records/calendar"
)

// logFile is where it is written down who was told of what (docs/operations.md).
const logFile = "mail/sent.jsonl"

// A line is one of the log: a mail that a server took, or a day whose digest is done.
type line struct {
	Format  int           `json:"format"`
	Time    time.Time     `json:"time"`
	Kind    Kind          `json:"kind"`
	Account string        `json:"account,omitempty"`
	Address string        `json:"address,omitempty"`
	ID      string        `json:"id,omitempty"` // Message-ID, without brackets
	Told    []string      `json:"told,omitempty"`
	Day     calendar.Date `json:"day,omitzero"` // of a digest that is done
}

const (
	logFormat = 1
	digestEnd = Kind("digest-done")
)

// A Log is what was sent to whom. It grows by lines, each of which is on the disk before
// the next mail goes.
type Log struct {
	file, lock *os.File
	told       map[string]calendar.Date // by account and what was told
	sent       map[string]int           // by account and day
	address    map[string]string        // by Message-ID
	last       map[string]calendar.Date // by address
	lastDigest calendar.Date
}

// errHeld says that another process writes to people.
var errHeld = errors.New("another despatch notify, or despatch run, is writing to people; wait until it has ended")

// OpenLog opens the log of an authority's folder to write; one process holds it. A last
// line that was not written whole is taken away: its mail may have gone, and goes again.
func OpenLog(dir string) (*Log, error) {
	folder := filepath.Join(dir, filepath.FromSlash(path.Dir(logFile)))
	if err := durable.MkdirAll(folder, 0o700); err != nil {
		return nil, err
	}
	lock, err := durable.Lock(filepath.Join(folder, "lock"), 0o600)
	if err != nil {
		return nil, fmt.Errorf("%w (%w)", errHeld, err)
	}
	l, err := openLocked(dir, lock)
	if err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return l, nil
}

func openLocked(dir string, lock *os.File) (*Log, error) {
	l, whole, err := readLog(dir)
	if err != nil {
		return nil, err
	}
	file, err := os.OpenFile(filepath.Join(dir, filepath.FromSlash(logFile)), os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	l.file, l.lock = file, lock
	err = file.Truncate(whole)
	if err == nil {
		_, err = file.Seek(whole, io.SeekStart)
	}
	if err == nil {
		err = durable.SyncFolder(filepath.Dir(file.Name()))
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return l, nil
}

// ReadLog reads the log of an authority's folder; there may be none yet.
func ReadLog(dir string) (*Log, error) {
	l, _, err := readLog(dir)
	return l, err
}

// Close lets go of a log that was opened to write.
func (l *Log) Close() error { return errors.Join(l.file.Close(), l.lock.Close()) }

// readLog also gives the length of the lines that are whole.
func readLog(dir string) (l *Log, whole int64, err error) {
	l = &Log{told: make(map[string]calendar.Date), sent: make(map[string]int), address: make(map[string]string), last: make(map[string]calendar.Date)}
	data, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(logFile)))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, 0, err
	}
	for n := 1; ; n++ {
		text, rest, ok := bytes.Cut(data, []byte("\n"))
		if !ok {
			return l, whole, nil
		}
		var one line
		d := json.NewDecoder(bytes.NewReader(text))
		d.DisallowUnknownFields()
		if err := d.Decode(&one); err != nil || one.Format != logFormat {
			return nil, 0, fmt.Errorf("%s:%d: this is no line that despatch notify wrote; mend it from a backup, or move the file away: people are then told again of what is open", logFile, n)
		}
		l.note(one)
		whole += int64(len(text)) + 1
		data = rest
	}
}

func (l *Log) note(one line) {
	if one.Kind == digestEnd {
		if one.Day.After(l.lastDigest) {
			l.lastDigest = one.Day
		}
		return
	}
	on := calendar.On(one.Time)
	for _, t := range one.Told {
		if first, ok := l.told[one.Account+" "+t]; !ok || on.Before(first) {
			l.told[one.Account+" "+t] = on
		}
	}
	l.sent[one.Account+" "+on.String()]++
	l.address[one.ID] = one.Address
	l.last[strings.ToLower(one.Address)] = on
}

// Told is the day on which an account was first told of something, or zero.
func (l *Log) Told(account, what string) calendar.Date { return l.told[account+" "+what] }

// Sent is how many mails an account was sent on a day.
func (l *Log) Sent(account string, on calendar.Date) int { return l.sent[account+" "+on.String()] }

// LastDigest is the day of the last digest that is done, or zero.
func (l *Log) LastDigest() calendar.Date { return l.lastDigest }

// AddressOf is the address that a mail went to, by its Message-ID.
func (l *Log) AddressOf(id string) (address string, ok bool) {
	address, ok = l.address[strings.Trim(id, "<> \t")]
	return address, ok
}

// LastTo is the day of the last mail to an address, or zero.
func (l *Log) LastTo(address string) calendar.Date { return l.last[strings.ToLower(address)] }

// add writes one line down, durably.
func (l *Log) add(one line) error {
	one.Format = logFormat
	text, err := json.Marshal(&one)
	if err != nil {
		return err
	}
	if _, err := l.file.Write(append(text, '\n')); err != nil {
		return fmt.Errorf("write %s: %w", logFile, err)
	}
	if err := l.file.Sync(); err != nil {
		return fmt.Errorf("write %s: %w", logFile, err)
	}
	l.note(one)
	return nil
}

// DigestDone writes down that a day's digest went to all for whom there was something.
func (l *Log) DigestDone(day calendar.Date, now time.Time) error {
	return l.add(line{Time: now.UTC(), Kind: digestEnd, Day: day})
}
