package render

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"
)

func markdownHTML(t testing.TB, src string) string {
	t.Helper()
	var out bytes.Buffer
	if err := newMarkdown().write(&out, src, 2, "Report"); err != nil {
		t.Fatalf("write(%q): %v", src, err)
	}
	return out.String()
}

func TestMarkdownIsWrittenInGovUKClasses(t *testing.T) {
	for _, c := range []struct{ name, src, want string }{
		{"paragraph", "Reading is strong.", `<p class="govuk-body">Reading is strong.</p>` + "\n"},
		{"emphasis", "*a* **b** ~~c~~ `d<e`", `<p class="govuk-body"><em>a</em> <strong>b</strong> <del>c</del> <code class="app-code">d&lt;e</code></p>` + "\n"},
		{"bullets", "- one\n- two", "<ul class=\"govuk-list govuk-list--bullet\">\n<li>one</li>\n<li>two</li>\n</ul>\n"},
		{"numbers", "3. three\n4. four", "<ol class=\"govuk-list govuk-list--number\" start=\"3\">\n<li>three</li>\n<li>four</li>\n</ol>\n"},
		{"quote", "> said", "<blockquote class=\"govuk-inset-text\">\n<p class=\"govuk-body\">said</p>\n</blockquote>\n"},
		{"link out", "[DfE](https://dfe.example/a?b=1&c=2)", `<p class="govuk-body"><a class="govuk-link" href="https://dfe.example/a?b=1&amp;c=2" rel="noreferrer">DfE</a></p>` + "\n"},
		{"mail", "<robin@northmoor.example>", `<p class="govuk-body"><a class="govuk-link" href="mailto:robin@northmoor.example">robin@northmoor.example</a></p>` + "\n"},
		{"telephone", "[ring](tel:01632960000)", `<p class="govuk-body"><a class="govuk-link" href="tel:01632960000">ring</a></p>` + "\n"},
		{"link without text", "[](https://a.example)", `<p class="govuk-body"><a class="govuk-link" href="https://a.example" rel="noreferrer">https://a.example</a></p>` + "\n"},
		{"raw spaces", "[x](<https://a.example/Monitoring visits.doc>)", `<p class="govuk-body"><a class="govuk-link" href="https://a.example/Monitoring%20visits.doc" rel="noreferrer">x</a></p>` + "\n"},
		{"entities", "Smith &amp; Jones &lt;b&gt; &copy; &#60;", `<p class="govuk-body">Smith &amp; Jones &lt;b&gt; © &lt;</p>` + "\n"},
		{"hard break", "a  \nb", "<p class=\"govuk-body\">a<br>\nb</p>\n"},
		{"code", "    x < y", "<pre class=\"app-code\">x &lt; y\n</pre>\n"},
		{"empty", "", ""},
	} {
		if got := markdownHTML(t, c.src); got != c.want {
			t.Errorf("%s:\ngot  %q\nwant %q", c.name, got, c.want)
		}
	}
}

func TestMarkdownHeadingsStartAtTwoAndNeverSkip(t *testing.T) {
	for _, c := range []struct{ src, want string }{
		{"# a\n## b\n### c", "h2 h3 h4"},
		{"#### a\n###### b\n#### c\n# d", "h2 h3 h2 h2"},
		{"## a\n#### b\n### c\n## d", "h2 h3 h3 h2"},
		{"###### a", "h2"},
		{"# a\n## b\n### c\n#### d\n##### e\n###### f", "h2 h3 h4 h5 h6 h6"},
		{"#\n# a", "h2"},
	} {
		var got []string
		for tok := html.NewTokenizer(strings.NewReader(markdownHTML(t, c.src))); tok.Next() != html.ErrorToken; {
			if n := tok.Token(); n.Type == html.StartTagToken && n.Data[0] == 'h' {
				got = append(got, n.Data)
			}
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%q: %s, want %s", c.src, s, c.want)
		}
	}
}

func TestMarkdownTablesScrollByKeyboardAndHaveScopes(t *testing.T) {
	got := markdownHTML(t, "| Year | Pupils |\n|:--|--:|\n| 3 | 31 |\n\n| | b |\n|-|-|\n| c | d |\n")
	for _, want := range []string{
		`<div class="app-scroll" role="region" aria-label="Report, table 1" tabindex="0">`,
		`aria-label="Report, table 2"`,
		`<th class="govuk-table__header" scope="col">Year</th>`,
		`<th class="govuk-table__header govuk-table__header--numeric" scope="col">Pupils</th>`,
		`<td class="govuk-table__cell govuk-table__cell--numeric">31</td>`,
		`<tr class="govuk-table__row"><th class="govuk-table__header" scope="row">3</th>`,
		`<tbody class="govuk-table__body">` + "\n" + `<tr class="govuk-table__row"><td class="govuk-table__cell">c</td>`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in\n%s", want, got)
		}
	}
	if strings.Contains(got, "style") {
		t.Errorf("an inline style in\n%s", got)
	}
}

func TestMarkdownRefusals(t *testing.T) {
	for _, c := range []struct {
		src  string
		line int
		want string
	}{
		{"a\n\n<script>alert(1)</script>", 3, "raw HTML"},
		{"a\nb <b onclick=x>c</b>", 2, "raw HTML"},
		{"<!-- a comment -->", 1, "raw HTML"},
		{"a\n\n![x](https://evil.example/x.png)", 3, "images"},
		{"![x](x.png)", 1, "images"},
		{"[x](javascript:alert(1))", 1, "not an address"},
		{"a\n\n[x](JaVaScRiPt:alert(1))", 3, "not an address"},
		{"[x](java&#115;cript:alert(1))", 1, "not an address"},
		{"[x](javascript&colon;alert(1))", 1, "not an address"},
		{"[x](&#x6A;avascript:alert(1))", 1, "not an address"},
		{"[x](java\\script:alert(1))", 1, "not an address"},
		{"[x](&#1;javascript:alert(1))", 1, "not an address"},
		{"[x](java&#9;script:alert(1))", 1, "not an address"},
		{"[x](java&#10;script:alert(1))", 1, "not an address"},
		{"[x](vbscript:x)", 1, "not an address"},
		{"[x](data:text/html;base64,PHNjcmlwdD4=)", 1, "not an address"},
		{"[x](file:///etc/passwd)", 1, "not an address"},
		{"[x](blob:https://a.example/1)", 1, "not an address"},
		{"[x](//evil.example/)", 1, "not an address"},
		{"[x](/\\evil.example/)", 1, "not an address"},
		{"[x](https:evil.example)", 1, "not an address"},
		{"[x](https:///evil.example)", 1, "not an address"},
		{"[x][1]\n\n[1]: javascript:alert(1)", 1, "not an address"},
		{"<javascript:alert(1)>", 1, "not an address"},
		{"<data:text/html,x>", 1, "not an address"},
		{"[x]()", 1, "empty"},
		{strings.Repeat("> ", 60) + "deep", 1, "nest"},
		{"a\n" + strings.Repeat("- ", 60) + "deep", 2, "nest"},
		{"a&#1;b", 1, "characters"},
	} {
		problems := CheckMarkdown(c.src)
		if len(problems) == 0 || problems[0].Line != c.line || !strings.Contains(problems[0].Text, c.want) {
			t.Errorf("%q: %+v, want line %d: …%s…", c.src, problems, c.line, c.want)
		}
		var out bytes.Buffer
		if newMarkdown().write(&out, c.src, 2, "Report") == nil {
			t.Errorf("%q: written as %s", c.src, out.String())
		}
		if c.want == "characters" {
			continue // what no font has is refused when a paper is printed
		}
		if _, err := NewProse().Blocks(c.src, 2); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: a paper is made of it: %v", c.src, err)
		}
	}
}

func TestMarkdownThatOnlyLooksDangerousIsText(t *testing.T) {
	for _, src := range []string{
		"5 < 6 and 7 > 6", "`<script>alert(1)</script>`", "\\<script>", "&lt;script&gt;", "&#60;img src=x onerror=alert(1)&#62;",
		"\" onmouseover=\"x", "    <iframe src=x>", "[x](https://a.example/\"onclick=\"x)", "[a](https://a.example/<b>)",
		"```\n</pre><script>x</script>\n```", "[x](https://a.example 'title\"><script>')", "javascript:alert(1)", "[x](javascript)",
	} {
		got := markdownHTML(t, src)
		for tok := html.NewTokenizer(strings.NewReader(got)); tok.Next() != html.ErrorToken; {
			n := tok.Token()
			if n.Data == "script" && n.Type != html.TextToken || n.Data == "iframe" || n.Data == "img" {
				t.Errorf("%q gives %s", src, got)
			}
			for _, a := range n.Attr {
				if strings.HasPrefix(a.Key, "on") {
					t.Errorf("%q gives %s", src, got)
				}
			}
		}
	}
}

func TestScanRefusesWhatIsNotWritten(t *testing.T) {
	for _, bad := range []string{
		"<script>", "<p>", "<p class=\"govuk-body\">", "</p>", "<p class=\"govuk-body\"><em></p></em>", "a > b", "a & b", "a \" b", "&nbsp;",
		`<p class="govuk-body" onclick="x">a</p>`, `<a class="govuk-link" href="javascript:x">a</a>`, `<a class="govuk-link" href="https://a.example">a</a>`,
		`<a class="govuk-link" href="">a</a>`, `<a class="govuk-link" href="x" rel="noreferrer">a</a>`, `<a class="govuk-link" href="java&#115;cript:x">a</a>`,
		`<ol class="govuk-list govuk-list--number" start="a"></ol>`, `<div class="app-scroll" role="region" aria-label="a" onclick="x"></div>`,
		"<br/>", "<BR>", "<img src=x>", "\x00", "\x1b", "<", "<p", "</", `<a class="govuk-link" href="x`,
	} {
		if err := scan([]byte(bad)); err == nil {
			t.Errorf("%q passes", bad)
		}
	}
}

func TestAddressesAreEncodedNotBroken(t *testing.T) {
	for raw, want := range map[string]string{
		"http://www.norfolk.example/view/Monitoring visits and support - May 2013.doc": "http://www.norfolk.example/view/Monitoring%20visits%20and%20support%20-%20May%202013.doc",
		" https://a.example/x%20y ":  "https://a.example/x%20y",
		"https://a.example/50% more": "https://a.example/50%25%20more",
		"https://a.example/é":        "https://a.example/%C3%A9",
		"HTTPS://a.example/'\"<>":    "HTTPS://a.example/%27%22%3C%3E",
		"mailto:a@b.example":         "mailto:a@b.example",
		"plan.pdf":                   "plan.pdf",
		"#part":                      "#part",
		"a/b:c":                      "a/b:c",
	} {
		if got, err := address(raw); err != nil || got != want {
			t.Errorf("address(%q) = %q, %v; want %q", raw, got, err, want)
		}
	}
	for _, bad := range []string{"", " ", "javascript:x", "a:b", "//x", "http:", "mailto:", "https://", "a\u202eb", "x\\y", "\xff"} {
		if got, err := address(bad); err == nil {
			t.Errorf("address(%q) = %q, want a refusal", bad, got)
		}
	}
}

func TestHostileMarkdownTakesNoLongTime(t *testing.T) {
	for _, src := range []string{
		strings.Repeat("[", 100_000), strings.Repeat("> ", 60_000), strings.Repeat("- ", 60_000), strings.Repeat("<", 100_000),
		strings.Repeat("*a **b ", 20_000), strings.Repeat("`", 100_000), strings.Repeat("[a](", 30_000), strings.Repeat("\\", 100_000),
		strings.Repeat("|a", 50_000) + "\n" + strings.Repeat("|-", 50_000), strings.Repeat("# ", 50_000), strings.Repeat("![[]()", 20_000),
	} {
		done := make(chan struct{})
		go func() {
			CheckMarkdown(src)
			close(done)
		}()
		select {
		case <-done:
		case <-time.After(20 * time.Second):
			t.Fatalf("%.20q… (%d bytes) is still being read after 20 s", src, len(src))
		}
	}
}

func FuzzMarkdown(f *testing.F) {
	for _, seed := range []string{
		"# a\n\nb *c* [d](https://e.example)\n\n- f\n  - g\n\n> h\n\n| i | j |\n|--:|---|\n| k | `l` |\n", "<b>", "[x](javascript:y)", "![a](b)", "&#0;&#x80;&copy;&", "~~a~~ **b*c**", "a\\\nb  \nc",
		"[a]: <b c>\n\n[a]", "<a@b.example> <https://c.example/?d=e&f>", "1) a\n1) b\n\n        c", "***\n---\n___", "| a |\n|-|\n| \\| |",
	} {
		f.Add(seed)
	}
	m := newMarkdown()
	f.Fuzz(func(t *testing.T, src string) {
		if len(src) > 4096 {
			return
		}
		var out bytes.Buffer
		err := m.write(&out, src, 2, "Report")
		if (err == nil) != (len(CheckMarkdown(src)) == 0) {
			t.Fatalf("check and write disagree about %q: %v", src, err)
		}
		if err != nil {
			if strings.Contains(err.Error(), "HTML that is not allowed") && !strings.Contains(src, "&#") && !strings.ContainsFunc(src, isControl) {
				t.Fatalf("%q gives HTML that the scanner refuses: %v\n%s", src, err, out.String())
			}
			return
		}
		if _, err := html.Parse(bytes.NewReader(out.Bytes())); err != nil {
			t.Fatal(err)
		}
	})
}
