package dropbox_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"despatch/dropbox/intake"
)

type metadataVector struct {
	Name     string `json:"name"`
	Error    string `json:"error"`
	Metadata string `json:"metadata"` // as it stands in Upload-Metadata
	Account  string `json:"account"`
	School   string `json:"school"`
	Deposit  string `json:"deposit"`
	Slot     string `json:"slot"`
}

func TestUploadMetadataVectors(t *testing.T) {
	deposit, slot := strings.Repeat("de", 32), strings.Repeat("51", 32)
	good := metadata(account, school, deposit, slot)
	pairs := strings.Split(good, ",")
	made := vectors[metadataVector]{About: "docs/formats.md section 27: what Upload-Metadata says of a large deposit"}
	written := func(name, text, school string) {
		made.Cases = append(made.Cases, metadataVector{name, "", text, account, school, deposit, slot})
	}
	written("a school's", good, school)
	written("in another order", strings.Join([]string{pairs[3], pairs[2], pairs[1], pairs[0]}, ","), school)
	written("of no school", metadata(account, "", deposit, slot), "")
	written("of no school, without a space", strings.Replace(metadata(account, "", deposit, slot), "school ", "school", 1), "")
	for _, s := range []spoilt{
		{"empty", "malformed", func(string) string { return "" }},
		{"without account", "malformed", func(s string) string { return strings.Join(pairs[1:], ",") }},
		{"without slot", "malformed", func(s string) string { return strings.Join(pairs[:3], ",") }},
		{"the deposit twice", "malformed", func(s string) string { return s + "," + pairs[1] }},
		{"with a file's name", "malformed", func(s string) string { return s + ",filename cGxhbi5wZGY=" }},
		{"with a file's type", "malformed", func(s string) string { return s + ",filetype dGV4dC9wbGFpbg==" }},
		{"with an empty pair", "malformed", func(s string) string { return s + "," }},
		{"with a space after the comma", "malformed", func(s string) string { return strings.Replace(s, ",", ", ", 1) }},
		replaced("a name in capitals", "malformed", "account ", "Account "),
		replaced("two spaces", "malformed", "account ", "account  "),
		replaced("base64 without padding", "malformed", "=", ""),
		replaced("base64url", "malformed", "ZGVk", "ZGV-"),
		{"a short account", "malformed", func(string) string { return metadata(account[2:], school, deposit, slot) }},
		{"a deposit in capitals", "malformed", func(string) string { return metadata(account, school, strings.ToUpper(deposit), slot) }},
		{"a slot with a slash", "malformed", func(string) string { return metadata(account, school, deposit, slot[1:]+"/") }},
		{"a school of one letter", "malformed", func(string) string { return metadata(account, "-", deposit, slot) }},
		{"a line end in a value", "malformed", func(string) string { return metadata(account+"\n", school, deposit, slot) }},
	} {
		made.Cases = append(made.Cases, metadataVector{Name: s.name, Error: s.error, Metadata: s.how(good)})
	}
	checkVectors(t, "upload-metadata", made, func(t *testing.T, c metadataVector) {
		d, err := intake.ParseMetadata(c.Metadata)
		wantRefusal(t, c.Name, err, c.Error)
		if want := (intake.Declared{Account: c.Account, School: c.School, Deposit: c.Deposit, Slot: c.Slot}); err == nil && d != want {
			t.Errorf("%s: read %+v", c.Name, d)
		}
	})
}

type piecesVector struct {
	Name  string   `json:"name"`
	Error string   `json:"error"`
	Text  string   `json:"text"`
	Size  int64    `json:"size"`
	Keys  []string `json:"keys"` // of the pieces, in order
}

func TestPiecesVectors(t *testing.T) {
	deposit, hash := strings.Repeat("de", 32), strings.Repeat("77", 32)
	under := account + ".001"
	text := func(sizes ...int64) string {
		total := int64(0)
		var lines strings.Builder
		for _, n := range sizes {
			total += n
			fmt.Fprintf(&lines, "piece %d %s\n", n, hash)
		}
		return fmt.Sprintf("despatch-pieces 1\ndeposit %s\nsize %d\nunder %s\n%s", deposit, total, under, lines.String())
	}
	made := vectors[piecesVector]{About: "docs/formats.md section 27: the manifest of a deposit that came in pieces, as the box stores it"}
	written := func(name string, sizes ...int64) {
		c := piecesVector{Name: name, Text: text(sizes...)}
		for _, n := range sizes {
			c.Keys = append(c.Keys, fmt.Sprintf("piece/de/%s/%s/%012d", deposit, under, c.Size))
			c.Size += n
		}
		made.Cases = append(made.Cases, c)
	}
	written("of three", 8<<20, 8<<20, 4660)
	written("of one", 68096)
	good := text(8<<20, 300000, 4660)
	spoils := append(textRules(),
		replaced("newer", "newer", "despatch-pieces 1", "despatch-pieces 2"),
		replaced("another word", "malformed", "despatch-pieces", "despatch-piece"),
		replaced("another size", "malformed", "size 8693268", "size 8693269"),
		replaced("a size with a zero before it", "malformed", "size 8", "size 08"),
		replaced("a short deposit", "malformed", "deposit de", "deposit "),
		replaced("under another place", "malformed", "under ", "under ../"),
		replaced("under number 0", "malformed", ".001", ".000"),
		replaced("under a bare number", "malformed", ".001", ".1"),
		replaced("an empty piece", "malformed", "piece 4660 ", "piece 0 "),
		replaced("a piece below nothing", "malformed", "piece 4660 ", "piece -4660 "),
		replaced("a piece that is too large", "malformed", "piece 8388608 ", "piece 8388609 "),
		replaced("a piece without hash", "malformed", " "+hash+"\n", "\n"),
		replaced("an unknown line", "malformed", "piece 4660", "part 4660"),
		spoilt{"no pieces", "malformed", func(string) string { return text() }},
		spoilt{"no end", "malformed", func(s string) string { return s[:len(s)-1] }},
		spoilt{"more after it", "malformed", func(s string) string { return s + "x\n" }},
		spoilt{"an age file", "malformed", func(string) string { return "age-encryption.org/v1\n" }},
	)
	for _, s := range spoils {
		made.Cases = append(made.Cases, piecesVector{Name: s.name, Error: s.error, Text: s.how(good)})
	}
	checkVectors(t, "pieces", made, func(t *testing.T, c piecesVector) {
		m, err := intake.ParseManifest([]byte(c.Text))
		wantRefusal(t, c.Name, err, c.Error)
		if err != nil {
			return
		}
		var at []string
		for _, p := range m.Pieces {
			at = append(at, m.Key(p))
		}
		if m.Size != c.Size || !slices.Equal(at, c.Keys) {
			t.Errorf("%s: read %+v at %s", c.Name, m, at)
		}
	})
}
