package keyring

import (
	"encoding/binary"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/tyler-smith/go-bip39/wordlists"

	"despatch/internal/refusal"
)

// passphraseWords is how many words a passphrase has: 7 × 11 bits = 77 bits. The
// identity file is public and guessing is offline and unlimited, so fewer would
// not do (docs/formats.md section 4).
const passphraseWords = 7

// A Passphrase is one that NewPassphrase generated. There is no other way to one,
// not even by converting a Typed, so nothing can be sealed under words that a
// person chose.
type Passphrase struct {
	generated string
}

// NewPassphrase draws seven words from random, which is crypto/rand.Reader
// everywhere but in tests.
func NewPassphrase(random io.Reader) (Passphrase, error) {
	words := make([]string, passphraseWords)
	for i := range words {
		var b [2]byte
		if _, err := io.ReadFull(random, b[:]); err != nil {
			return Passphrase{}, fmt.Errorf("draw a passphrase: %w", err)
		}
		// 2,048 divides 65,536, so cutting bits off favours no word.
		words[i] = wordlists.English[binary.BigEndian.Uint16(b[:])%2048]
	}
	return Passphrase{strings.Join(words, "-")}, nil
}

// Words are the words in order, for printing a letter.
func (p Passphrase) Words() []string { return strings.Split(p.generated, "-") }

// Reveal is the passphrase as typed: lower case, single hyphens.
func (p Passphrase) Reveal() string { return p.generated }

// Typed is the passphrase as something to open with.
func (p Passphrase) Typed() Typed { return Typed{p.generated} }

// String withholds the words, so that they cannot reach a log by accident.
func (p Passphrase) String() string { return "[withheld]" }

// Typed is a passphrase that a person typed. It opens and never seals.
type Typed struct {
	text string
}

// String withholds the words.
func (t Typed) String() string { return "[withheld]" }

// ParseTyped folds what a person typed and says which word cannot be right before
// any costly guess is made.
func ParseTyped(s string) (Typed, error) {
	folded := FoldPassphrase(s)
	words := strings.Split(folded, "-")
	if folded == "" {
		return Typed{}, refusal.Malformed.Errorf("the passphrase is empty; type the seven words of the letter")
	}
	for i, w := range words {
		if _, ok := slices.BinarySearch(wordlists.English, w); !ok {
			return Typed{}, refusal.Malformed.Errorf("word %d of the passphrase is not in the word list; look for a slip of the finger in it", i+1)
		}
	}
	if len(words) != passphraseWords {
		return Typed{}, refusal.Malformed.Errorf("the passphrase has %d words (want %d)", len(words), passphraseWords)
	}
	return Typed{folded}, nil
}

// FoldPassphrase is the rule of docs/formats.md section 4: A-Z to lower case,
// every run of separators one hyphen, none at the ends.
func FoldPassphrase(s string) string {
	var b strings.Builder
	gap := false
	for _, r := range s {
		if isSeparator(r) {
			gap = true
			continue
		}
		if gap && b.Len() > 0 {
			b.WriteByte('-')
		}
		gap = false
		if 'A' <= r && r <= 'Z' {
			r += 'a' - 'A'
		}
		b.WriteRune(r)
	}
	return b.String()
}

// isSeparator includes what phones and word processors make of spaces and
// hyphens.
func isSeparator(r rune) bool {
	return strings.ContainsRune(" \t\r\n\u00a0-.,_", r) || '\u2010' <= r && r <= '\u2014'
}
