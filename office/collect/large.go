package collect

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"despatch/internal/auditlog"
	"despatch/internal/durable"
)

const (
	// mostWhole is the size up to which a deposit is held in memory.
	mostWhole = 8 << 20
	// partPrefix begins the name of a deposit that is on its way: whoever was
	// interrupted goes on where it ends.
	partPrefix = "part-"
	// mostBroken is how often a line may break without bringing anything.
	mostBroken = 3
)

// A sealedDeposit is a deposit as it was brought: in memory, or in a file where it is
// large.
type sealedDeposit struct {
	bytes []byte
	file  string

	isOpened bool // while others were brought: it takes most of the time
	opened   opened
	why      string
}

// open gives its bytes from the beginning.
func (s sealedDeposit) open() (*os.File, error) { return os.Open(s.file) }

// write puts it into the vault.
func (s sealedDeposit) write(b *batch, deposit string) {
	if s.file == "" {
		b.write(depositFile(deposit), s.bytes)
		return
	}
	b.adopt(s.file, depositFile(deposit))
}

// fetchLarge brings a deposit into a file beside where it goes, by as many requests as
// the line needs, in flat memory.
func (c *Collector) fetchLarge(ctx context.Context, at int64, r auditlog.Record) (file string, err error) {
	if file, err := c.there(r); file != "" || err != nil {
		return file, err
	}
	file = filepath.Join(c.file(vaultTemps), partPrefix+r.Deposit)
	if err := durable.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return "", err
	}
	f, err := os.OpenFile(file, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	sum := sha256.New()
	have, err := io.Copy(sum, io.LimitReader(f, r.Size))
	if err != nil {
		return "", err
	}
	for broken := 0; have < r.Size; {
		n, err := c.Box.depositFrom(ctx, r.Deposit, have, r.Size, io.MultiWriter(f, sum))
		switch have += n; {
		case errors.Is(err, errMissing):
			return "", alarm("leaf %d of the log is a deposit that the drop-box does not have (%s)", at, r.Deposit)
		case err == nil && have < r.Size, errors.As(err, new(*Refused)), ctx.Err() != nil:
			return "", fmt.Errorf("bring the deposit of leaf %d: %w", at, errors.Join(err, ctx.Err()))
		case err == nil:
		case n > 0:
			broken = 0
		default:
			if broken++; broken > mostBroken {
				return "", fmt.Errorf("bring the deposit of leaf %d, of which %d of %d bytes are here: %w", at, have, r.Size, err)
			}
		}
	}
	if hex.EncodeToString(sum.Sum(nil)) != r.Deposit {
		if err := os.Truncate(file, 0); err != nil {
			return "", err
		}
		return "", alarm("the drop-box gives other bytes for leaf %d than those in its log (%s)", at, r.Deposit)
	}
	return file, nil
}

// depositFrom writes a deposit's bytes from an offset on, as far as the line holds. A
// box that gives more, or another part, is refused.
func (b *Box) depositFrom(ctx context.Context, id string, from, size int64, to io.Writer) (n int64, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	path := "/box/deposits/" + id
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, b.Origin+path, http.NoBody)
	if err != nil {
		return 0, err
	}
	r.AddCookie(&http.Cookie{Name: sessionCookie, Value: b.cookie})
	r.Header.Set("Range", "bytes="+strconv.FormatInt(from, 10)+"-")
	// A line that gives nothing for so long is broken; a slow one may take its time.
	idle := time.AfterFunc(patience, cancel)
	defer idle.Stop()
	answer, err := b.client().Do(r)
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	if answer.StatusCode/100 != 2 {
		_, _, err := b.answered(answer, path, mostAnswer)
		return 0, err
	}
	want := fmt.Sprintf("bytes %d-%d/%d", from, size-1, size)
	if answer.StatusCode != http.StatusPartialContent || answer.Header.Get("Content-Range") != want {
		return 0, &Refused{Status: answer.StatusCode, Sentence: "it gives another part of a deposit than it was asked for (" + want + ")"}
	}
	return io.Copy(to, io.LimitReader(&watched{answer.Body, idle}, size-from))
}

// A watched reader tells a timer of everything that comes.
type watched struct {
	io.Reader
	idle *time.Timer
}

// Read is io.Reader's.
func (w *watched) Read(p []byte) (int, error) {
	n, err := w.Reader.Read(p)
	if n > 0 {
		w.idle.Reset(patience)
	}
	return n, err
}

// there gives the file of a large deposit that is in the vault already: whoever was
// stopped after that does not bring it again.
func (c *Collector) there(r auditlog.Record) (file string, err error) {
	file = c.file(depositFile(r.Deposit))
	f, err := os.Open(file)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return "", err
	}
	if hex.EncodeToString(sum.Sum(nil)) != r.Deposit {
		return "", nil
	}
	return file, nil
}
