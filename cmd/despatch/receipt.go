package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/mod/sumdb/note"

	"despatch/internal/auditlog"
	"despatch/internal/buildkeys"
	"despatch/internal/keysfile"
	"despatch/internal/receipt"
	"despatch/internal/sshsig"
)

func newVerifyReceipt(e *env) *cobra.Command {
	var keys, root, deposit string
	c := &cobra.Command{
		Use:   "verify-receipt FILE",
		Short: "Check a receipt of the drop-box, offline",
		Long: `Check a receipt of the drop-box: who signed it, that its record is in the log, and
that the log's checkpoint is signed. Nothing is fetched. The keys are those of the
authority's folder, or of a keys file as the site publishes it, which the root signs.
Exit code 0: the receipt is good; 1: it is not, or cannot be read; 2: usage.`,
		Example: `  despatch verify-receipt receipt.txt
  despatch verify-receipt receipt.txt --deposit sent.age
  despatch verify-receipt receipt.txt --keys keys.1f0c5a3b2d4e6f70 --root root.pub`,
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if (keys == "") != (root == "") {
				return usageError{errors.New("--keys and --root are given together")}
			}
			trust, err := e.receiptTrust(keys, root)
			if err != nil {
				return err
			}
			signed, err := os.ReadFile(args[0])
			if err != nil {
				return err
			}
			r, err := receipt.Verify(signed, trust)
			if err != nil {
				return fmt.Errorf("%s is not a good receipt: %w", args[0], err)
			}
			if deposit != "" {
				if err := isDeposit(deposit, r); err != nil {
					return err
				}
			}
			return e.sayReceipt(r, trust)
		},
	}
	c.Flags().StringVar(&keys, "keys", "", "the signed keys `file`, as published (else the authority's own)")
	c.Flags().StringVar(&root, "root", "", "a `file` with the authority's root public key, to go with --keys")
	c.Flags().StringVar(&deposit, "deposit", "", "also check that this `file` is what the receipt is for")
	return c
}

// receiptTrust gives the keys that a receipt is checked by.
func (e *env) receiptTrust(keysFile, rootFile string) (receipt.Trust, error) {
	k, err := e.signedKeys(keysFile, rootFile)
	if err != nil {
		return receipt.Trust{}, err
	}
	if len(k.Receipts) == 0 || len(k.Logs) == 0 {
		return receipt.Trust{}, errors.New("the keys file names no drop-box (lines receipt and log)")
	}
	trust := receipt.Trust{Receipts: k.Receipts}
	for _, text := range k.Logs {
		v, err := note.NewVerifier(text)
		if err != nil {
			return trust, fmt.Errorf("the keys file's log key %q: %w", text, err)
		}
		trust.Logs = append(trust.Logs, v)
	}
	return trust, nil
}

func (e *env) signedKeys(keysFile, rootFile string) (*keysfile.Keys, error) {
	if keysFile == "" {
		root, err := buildkeys.LoadRoot(e.Dir)
		if err != nil {
			return nil, err
		}
		_, k, err := buildkeys.LoadSigned(e.Dir, root)
		return k, err
	}
	text, err := os.ReadFile(rootFile)
	if err != nil {
		return nil, err
	}
	root, err := sshsig.ParsePublicKey(strings.TrimSpace(string(text)))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", rootFile, err)
	}
	signed, err := os.ReadFile(keysFile)
	if err != nil {
		return nil, err
	}
	k, err := keysfile.Parse(signed, root)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", keysFile, err)
	}
	return k, nil
}

// isDeposit checks that a file is what a receipt is for.
func isDeposit(name string, r receipt.Receipt) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	sum := sha256.New()
	size, err := io.Copy(sum, f)
	if err != nil {
		return err
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != r.Leaf.Deposit || size != r.Leaf.Size {
		return fmt.Errorf("%s is not what the receipt is for: it has %d bytes and SHA-256 %s", name, size, got)
	}
	return nil
}

// sayReceipt prints what a good receipt says.
func (e *env) sayReceipt(r receipt.Receipt, trust receipt.Trust) error {
	c, err := auditlog.ParseCheckpoint(r.Proof.Checkpoint, trust.Logs...)
	if err != nil {
		return err
	}
	london, err := time.LoadLocation("Europe/London")
	if err != nil {
		return err
	}
	school := r.Leaf.School
	if school == "" {
		school = "none"
	}
	_, err = fmt.Fprintf(e.Stdout, "the receipt is good\nbox      %s\ntaken    %s (%s)\ndeposit  %s\nsize     %d bytes\naccount  %s\nschool   %s\nleaf     %d of a log of %d\n",
		r.Box, r.Leaf.Time.In(london).Format("Monday 2 January 2006, 15:04:05"), r.Leaf.Time.Format(auditlog.TimeLayout),
		r.Leaf.Deposit, r.Leaf.Size, r.Leaf.Account, school, r.Proof.Index, c.Size)
	return err
}
