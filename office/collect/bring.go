package collect

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"iter"
	"path"
	"sync"

	"despatch/generator/source"
	"despatch/internal/auditlog"
	"despatch/internal/receipt"
)

// ahead is how many deposits are brought while one is looked at.
const ahead = 8

// takeHead takes all leaves of a head, makes that durable, and only then notes the
// head as collected.
func (c *Collector) takeHead(ctx context.Context, h *auditlog.Head, data []byte, done *Summary) error {
	batch := c.newBatch()
	defer batch.abandon()
	if batch.err != nil {
		return batch.err
	}
	var err error
	if batch.segment, err = newSegment(c.file(vaultTemps)); err != nil {
		return err
	}
	done.Leaves += len(h.Leaves)
	any := false
	for b := range c.fetchAll(ctx, h) {
		if b.err != nil {
			return b.err
		}
		any = true
		if err := c.takeBrought(batch, &b, done); err != nil {
			return err
		}
	}
	if err := batch.segment.end(); err != nil {
		return err
	}
	if any {
		batch.adopt(batch.segment.temp, source.SegmentPath(c.host(), h.Before.Size))
	}
	if err := batch.sync(); err != nil {
		return err
	}
	batch.write(path.Join(c.headsDir(), headFile(h.Number)), data)
	return batch.sync()
}

// takeBrought takes a deposit and puts it where it is kept: into the segment of its
// head, or where it is held or large into a file of its own.
func (c *Collector) takeBrought(batch *batch, b *brought, done *Summary) error {
	if b.sealed.file != "" {
		b.sealed.write(batch, b.record.Deposit)
	}
	if err := c.takeSealed(batch, b.at, b.record, b.sealed, done); err != nil {
		return err
	}
	isHeld := batch.held[b.at]
	if isHeld && b.sealed.file == "" {
		b.sealed.write(batch, b.record.Deposit)
	}
	return batch.segment.addDeposit(b, isHeld)
}

// A brought is a deposit that was brought, or why it was not.
type brought struct {
	at      int64
	record  auditlog.Record
	sealed  sealedDeposit
	receipt []byte // nil: the drop-box gives none that is good
	err     error
}

// fetchAll brings the deposits of a head, some ahead of the one that is looked at,
// and gives them in the order of the log.
func (c *Collector) fetchAll(ctx context.Context, h *auditlog.Head) iter.Seq[brought] {
	return func(yield func(brought) bool) {
		ctx, stop := context.WithCancel(ctx)
		var running sync.WaitGroup
		defer running.Wait()
		defer stop()
		inOrder := make(chan chan brought, ahead)
		running.Go(func() {
			defer close(inOrder)
			for i, leaf := range h.Leaves {
				if leaf.IsTime() {
					continue
				}
				one := make(chan brought, 1)
				select {
				case inOrder <- one:
				case <-ctx.Done():
					return
				}
				running.Go(func() {
					b := brought{at: h.Before.Size + int64(i), record: leaf.Record}
					if b.sealed, b.err = c.fetch(ctx, b.at, b.record); b.err == nil {
						b.receipt, b.err = c.receipt(ctx, b.record)
					}
					if s := &b.sealed; b.err == nil && s.file == "" {
						s.opened, s.why, b.err = c.open(b.record, s.bytes)
						s.isOpened = true
					}
					one <- b
				})
			}
		})
		for one := range inOrder {
			if !yield(<-one) {
				return
			}
		}
	}
}

// fetch brings a deposit, which must be what the log says.
func (c *Collector) fetch(ctx context.Context, at int64, r auditlog.Record) (sealedDeposit, error) {
	if r.Size > mostWhole {
		file, err := c.fetchLarge(ctx, at, r)
		return sealedDeposit{file: file}, err
	}
	sealed, err := c.Box.deposit(ctx, r.Deposit)
	if errors.Is(err, errMissing) {
		return sealedDeposit{}, alarm("leaf %d of the log is a deposit that the drop-box does not have (%s)", at, r.Deposit)
	}
	if err != nil {
		return sealedDeposit{}, fmt.Errorf("bring the deposit of leaf %d: %w", at, err)
	}
	if sum := sha256.Sum256(sealed); hex.EncodeToString(sum[:]) != r.Deposit || int64(len(sealed)) != r.Size {
		return sealedDeposit{}, alarm("the drop-box gives other bytes for leaf %d than those in its log (%s)", at, r.Deposit)
	}
	return sealedDeposit{bytes: sealed}, nil
}

// receipt brings what the drop-box gave for a deposit, for the archives. What is
// taken rests on the log, so one that is missing or not good is only left out.
func (c *Collector) receipt(ctx context.Context, r auditlog.Record) ([]byte, error) {
	signed, err := c.Box.receipt(ctx, r)
	if errors.Is(err, errMissing) {
		return nil, nil // the drop-box is of an earlier version
	}
	if err != nil {
		return nil, fmt.Errorf("bring the receipt of the deposit %s: %w", r.Deposit, err)
	}
	logs, err := c.logKeys()
	if err != nil {
		return nil, err
	}
	of, err := receipt.Verify(signed, receipt.Trust{Box: c.Keys.Box, Receipts: c.Keys.Receipts, Logs: logs})
	if err != nil || of.Leaf.Record != r {
		return nil, nil
	}
	return signed, nil
}
