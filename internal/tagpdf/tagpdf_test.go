package tagpdf_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"despatch/internal/tagpdf"
)

func TestTheSameDocumentGivesTheSameBytes(t *testing.T) {
	once, again := samples(), samples()
	for name, d := range once {
		if !bytes.Equal(write(t, d), write(t, again[name])) {
			t.Errorf("%s: two writings differ", name)
		}
	}
}

func TestACharacterWithoutAGlyphIsNamed(t *testing.T) {
	for _, c := range []struct{ text, name string }{
		{"all done \u2713", "'\u2713' (U+2713)"},
		{"\u0634", "(U+0634)"},      // Arabic
		{"\u05d0", "(U+05D0)"},      // Hebrew, which Liberation has but which runs the other way
		{"\U0001F600", "(U+1F600)"}, // an emoji
	} {
		for where, block := range map[string]tagpdf.Block{
			"a paragraph": tagpdf.Paragraph{Text: tagpdf.Plain(c.text)},
			"a heading":   tagpdf.Heading{Level: 1, Text: tagpdf.Plain(c.text)},
			"code":        tagpdf.Code{Lines: []string{c.text}},
			"a cell":      tagpdf.Table{Head: cell("a"), Rows: [][][]tagpdf.Span{cell(c.text)}},
		} {
			_, err := document(block).Write(fonts(t))
			var missing *tagpdf.GlyphError
			if !errors.As(err, &missing) || !strings.Contains(err.Error(), c.name) {
				t.Errorf("%q in %s: %v (want the character named)", c.text, where, err)
			}
		}
	}
}
