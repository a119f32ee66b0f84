package misheetimport

import (
	"bytes"
	"html"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
)

var tag = regexp.MustCompile(`<[^>]*>`)

// checkBody holds the Markdown of a body against its text: rendered, it says
// the same, and formats nothing but paragraphs, lists, headings and links.
func checkBody(t *testing.T, text string) {
	t.Helper()
	all, _, err := lines([]byte(text))
	if err != nil {
		return
	}
	r := &reader{labels: labels()}
	var want strings.Builder
	for _, b := range blocksOf(all) {
		for _, l := range b.lines {
			want.WriteString(l.text)
		}
	}
	body := r.markdown(all)
	var page bytes.Buffer
	md := goldmark.New(goldmark.WithExtensions(extension.Table, extension.Strikethrough))
	if err := md.Convert([]byte(body), &page); err != nil {
		t.Fatal(err)
	}
	for _, found := range tag.FindAllString(page.String(), -1) {
		name := strings.Trim(strings.Fields(found)[0], "<>/")
		if !strings.Contains(" p br ul ol li h2 a ", " "+name+" ") {
			t.Fatalf("the text made a %s in\n%s\nfrom\n%s", found, page.String(), body)
		}
		if strings.HasPrefix(found, "<a ") && !regexp.MustCompile(`^<a href="(?i:https?://|mailto:)`).MatchString(found) {
			t.Fatalf("the text made the link %s", found)
		}
	}
	if got := bare(html.UnescapeString(tag.ReplaceAllString(page.String(), ""))); got != bare(want.String()) {
		t.Fatalf("the page says\n%q\nand the text\n%q\nby way of\n%s", got, bare(want.String()), body)
	}
}

// bare is text without its white space.
func bare(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, s)
}

func hostileBodies() []string {
	return []string{
		"# one\n\n## two #\n\n    code\n\n\tcode\n\n> quote\n\n- a\n- - b\n\n* c\n+ d\n\n1. x\n2) y\n7. z",
		"*a* _b_ **c** __d__ `e` ``f`` ~~g~~ ~h~ [i](j) ![k](l) [m][n] <o> </p> <!-- q --> &amp; &#x41; \\r",
		"[a]: http://x.example\n[^1]: note\n\na | b\n--|--\n1 | 2\n\na\n:-:\nb\n\na\n===\n\nb\n---\n***\n___",
		"see (http://www.x.example/a_(b)). Or www.x.example/y, or a.b@x.example! or a+b@x.example; x@y",
		"http://x.example/a b c.pdf\n\nhttp://x.example/?a=1&copy;=2\n\nhttp://[::1\n\nhttps://x.example/*a*\\b",
		"SHORT\n\n" + strings.Repeat("long ", 30) + "\n\n12. twelve\n13. thirteen\n15. fifteen\n123456789. no list",
		"o one\no two\n• three\n  goes on\nstarts anew\n\uf0b7 four\n–  five\n— six\n-seven",
		"```\nfence\n```\n~~~\nfence\n~~~\n\n<div>\n\n<script>x</script>",
		"mailto:a@b.example javascript:alert(1) HTTP://X.EXAMPLE/ www.-",
		"a\\\nb  \nc\\",
		"0\\\n00",
		"0@0.- a@b.-c.d a@b.example-",
		"look!a+b@x.example !www.x.example",
		"1.\n2. \n-\n*\n•",
	}
}

func TestBodyMeansItself(t *testing.T) {
	for _, text := range hostileBodies() {
		checkBody(t, text)
	}
	files, err := filepath.Glob("testdata/sheets/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no corpus", err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		checkBody(t, string(data))
	}
}

func FuzzBody(f *testing.F) {
	for _, text := range hostileBodies() {
		f.Add(text)
	}
	f.Fuzz(checkBody)
}
