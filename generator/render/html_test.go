package render_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"despatch/generator/page"
	"despatch/generator/render"
	"despatch/records/authority"
	"despatch/records/calendar"
	"despatch/records/misheet"
)

// A document is a parsed page.
type document struct{ root *html.Node }

func parse(t *testing.T, data []byte) document {
	t.Helper()
	root, err := html.Parse(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return document{root}
}

// find gives the elements of a tag, or of any with an empty tag, that have all
// the attributes, as name or name=value.
func (d document) find(tag string, attributes ...string) []*html.Node {
	var found []*html.Node
	for n := range d.root.Descendants() {
		if n.Type != html.ElementNode || tag != "" && n.Data != tag {
			continue
		}
		if !slices.ContainsFunc(attributes, func(a string) bool {
			name, value, exact := strings.Cut(a, "=")
			got, ok := attr(n, name)
			return !ok || exact && got != value
		}) {
			found = append(found, n)
		}
	}
	return found
}

func attr(n *html.Node, name string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val, true
		}
	}
	return "", false
}

func words(n *html.Node) string {
	var b strings.Builder
	for c := range n.Descendants() {
		if c.Type == html.TextNode {
			b.WriteString(c.Data + " ")
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// TestEveryPageIsWellMade looks at every page of the fictional authority, drafts
// included, and at the shell's.
func TestEveryPageIsWellMade(t *testing.T) {
	w := openWorld(t)
	pages := map[string][]byte{}
	for _, s := range w.all(t, true) {
		pages[s.compartment.ID()+" "+s.page.Key] = s.html
	}
	shell, err := w.render.Shell(w.now)
	if err != nil {
		t.Fatal(err)
	}
	for path, data := range shell {
		if strings.HasSuffix(path, ".html") && !strings.HasPrefix(path, "assets/") {
			pages[path] = data
		}
	}
	for _, p := range page.Public(page.Options{Now: w.now, Names: names()}, w.site, w.common) {
		var out bytes.Buffer
		if err := w.render.Public(&out, &p); err != nil {
			t.Fatal(err)
		}
		pages["pub "+p.Slug] = out.Bytes()
	}
	for name, data := range pages {
		d := parse(t, data)
		for _, wrong := range slices.Concat(landmarks(d), headings(d), active(d), ids(d), tables(d), links(d)) {
			t.Errorf("%s: %s", name, wrong)
		}
	}
	if len(pages) < 250 {
		t.Errorf("only %d pages", len(pages))
	}
}

func landmarks(d document) (wrong []string) {
	for tag, want := range map[string]int{"main": 1, "header": 1, "footer": 1, "title": 1, "h1": 1} {
		if n := len(d.find(tag)); n != want && tag != "title" {
			wrong = append(wrong, fmt.Sprintf("%d <%s>, want %d", n, tag, want))
		}
	}
	if len(d.find("html", "lang=en")) != 1 || len(d.find("main", "id=main-content")) != 1 || len(d.find("a", "href=#main-content")) != 1 {
		wrong = append(wrong, "no language, main or skip link")
	}
	seen := map[string]bool{}
	for _, n := range d.find("nav") {
		label, _ := attr(n, "aria-label")
		if label == "" || seen[label] {
			wrong = append(wrong, fmt.Sprintf("a <nav> labelled %q", label))
		}
		seen[label] = true
	}
	return wrong
}

func headings(d document) (wrong []string) {
	last := 0
	for _, n := range d.find("") {
		if len(n.Data) == 2 && n.Data[0] == 'h' && n.Data[1] >= '1' && n.Data[1] <= '6' {
			level := int(n.Data[1] - '0')
			if last > 0 && level > last+1 {
				wrong = append(wrong, fmt.Sprintf("h%d after h%d: %s", level, last, words(n)))
			}
			if words(n) == "" {
				wrong = append(wrong, "an empty heading")
			}
			last = level
		}
	}
	return wrong
}

// active finds what the policy forbids: TestNoPageHasScriptOrStyleOfItsOwn.
func active(d document) (wrong []string) {
	for _, n := range d.find("") {
		for _, a := range n.Attr {
			if a.Key == "style" || strings.HasPrefix(a.Key, "on") || strings.Contains(strings.ToLower(a.Val), "javascript:") {
				wrong = append(wrong, fmt.Sprintf("<%s %s=%q>", n.Data, a.Key, a.Val))
			}
		}
		src, _ := attr(n, "src")
		switch n.Data {
		case "style", "iframe", "object", "embed", "img", "base":
			wrong = append(wrong, "a <"+n.Data+">")
		case "script":
			if !strings.Contains(src, "assets/") || n.FirstChild != nil {
				wrong = append(wrong, "a script of its own")
			}
		}
	}
	policies := d.find("meta", "http-equiv=Content-Security-Policy")
	if len(policies) != 1 {
		return append(wrong, fmt.Sprintf("%d policies", len(policies)))
	}
	const want = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; manifest-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; require-trusted-types-for 'script'"
	if got, _ := attr(policies[0], "content"); got != want {
		wrong = append(wrong, "the policy "+got)
	}
	return wrong
}

func TestNoPageHasScriptOrStyleOfItsOwn(t *testing.T) {
	for _, bad := range []string{`<p style="x">`, `<style>`, `<script>x</script>`, `<a href="javascript:x">`, `<p onclick="x">`, `<img src="x">`} {
		if len(active(parse(t, []byte(bad)))) < 2 { // one is the missing policy
			t.Errorf("%s is not found", bad)
		}
	}
	w := openWorld(t)
	for _, s := range w.all(t, true) {
		if wrong := active(parse(t, s.html)); len(wrong) > 0 {
			t.Errorf("%s: %q", s.page.Key, wrong)
		}
	}
}

func ids(d document) (wrong []string) {
	seen := map[string]bool{}
	for _, n := range d.find("", "id") {
		id, _ := attr(n, "id")
		if seen[id] {
			wrong = append(wrong, "the id "+id+" twice")
		}
		seen[id] = true
	}
	for _, ref := range []string{"aria-labelledby", "aria-describedby", "aria-controls", "for"} {
		for _, n := range d.find("", ref) {
			if id, _ := attr(n, ref); !seen[id] {
				wrong = append(wrong, ref+" names "+id+", which is not there")
			}
		}
	}
	for _, tag := range []string{"input", "select"} {
		for _, n := range d.find(tag) {
			id, _ := attr(n, "id")
			if len(d.find("label", "for="+id)) != 1 {
				wrong = append(wrong, "<"+tag+"> without a label")
			}
		}
	}
	return wrong
}

func tables(d document) (wrong []string) {
	for _, n := range d.find("table") {
		region, _ := attr(n.Parent, "role")
		label, _ := attr(n.Parent, "aria-label")
		if captions := len(document{n}.find("caption")); captions != 1 && (region != "region" || label == "") {
			wrong = append(wrong, fmt.Sprintf("a table with %d captions and no name", captions))
		}
	}
	for _, n := range d.find("th") {
		if scope, _ := attr(n, "scope"); scope != "col" && scope != "row" || words(n) == "" {
			wrong = append(wrong, fmt.Sprintf("the header %q has scope %q", words(n), scope))
		}
	}
	return wrong
}

var address = regexp.MustCompile(`^(https?://[^\s"<>]+|mailto:[^\s"<>]+@[^\s"<>]+|tel:\+?[0-9;=a-z]+|#[a-z-]+|/|/about/[a-z]+\.html|(\.\./)+((s|about)/)?([a-z]+\.html)?|[a-z]+\.html|\.\./\.well-known/security\.txt|[0-9a-f]{16}\.[a-z0-9]+)$`)

func links(d document) (wrong []string) {
	for _, n := range d.find("a") {
		href, _ := attr(n, "href")
		rel, _ := attr(n, "rel")
		if !address.MatchString(href) || words(n) == "" {
			wrong = append(wrong, fmt.Sprintf("the link %q to %q", words(n), href))
		}
		if strings.HasPrefix(href, "http") != (rel == "noreferrer") {
			wrong = append(wrong, fmt.Sprintf("the link to %q has rel %q", href, rel))
		}
	}
	return wrong
}

// row gives the value cell of a summary's row.
func (d document) row(key string) *html.Node {
	for _, n := range d.find("dt") {
		if words(n) == key {
			for s := n.NextSibling; s != nil; s = s.NextSibling {
				if s.Data == "dd" {
					return s
				}
			}
		}
	}
	return nil
}

// only renders one page of a view.
func (w *world) only(t *testing.T, view any) document {
	t.Helper()
	var out bytes.Buffer
	if err := w.render.Page(&out, &page.Page{Key: "k", Title: "T", View: view}, nil); err != nil {
		t.Fatal(err)
	}
	return parse(t, out.Bytes())
}

func TestSheetShowsItsFields(t *testing.T) {
	w := openWorld(t)
	s := &w.common.Sheets[0]
	s.Type, s.Due = misheet.Action, misheet.Due{Date: calendar.Date{Year: 2015, Month: 12, Day: 18}}
	s.Contacts = []authority.Contact{{Name: "Chris Jackson", Phone: "(01603) 222 111"}}
	s.Links = []misheet.Link{{URL: "http://www.norfolk.example/view/Monitoring visits and support - May 2013.doc"}}
	find := func() document {
		for _, sh := range w.all(t, false) {
			if sh.page.Key == "sheet/"+s.ID {
				return parse(t, sh.html)
			}
		}
		t.Fatal("the sheet has no page")
		return document{}
	}
	d := find()
	if got := words(d.row("To Be Completed By")); got != "Friday 18 December 2015" {
		t.Errorf("to be completed by %q", got)
	}
	if len(document{d.row("LA Contact")}.find("a", "href=tel:+441603222111")) != 1 {
		t.Errorf("the contact's number is no link: %s", words(d.row("LA Contact")))
	}
	const encoded = "http://www.norfolk.example/view/Monitoring%20visits%20and%20support%20-%20May%202013.doc"
	if len(document{d.row("Links")}.find("a", "href="+encoded)) != 1 {
		t.Errorf("the link with raw spaces is broken: %+v", document{d.row("Links")}.find("a")[0].Attr)
	}
	if !strings.HasPrefix(words(d.find("h1")[0]), "Management Information Sheet : ") {
		t.Errorf("the heading is %q", words(d.find("h1")[0]))
	}
	s.Type = misheet.Information
	if find().row("To Be Completed By") != nil {
		t.Error("an Information sheet has a To Be Completed By row")
	}
}

func TestALettersPageIsALetter(t *testing.T) {
	w := openWorld(t)
	d := w.only(t, &page.DocumentView{Head: page.Head{Heading: "H"}, Text: "Body.", Letter: &page.Letter{
		To: []string{"M <Ellery>", "1 Fern Lane"}, Date: page.Value{Text: "Friday 9 October 2026", Date: "2026-10-09"}, Reference: "SI/1",
		Salutation: "Dear M", Close: "Yours sincerely", Signed: "Robin Vale", Role: "Head", For: "School Improvement",
	}})
	main := words(d.find("main")[0])
	if want := "M <Ellery> 1 Fern Lane Friday 9 October 2026 Our reference: SI/1 Dear M , Body. Yours sincerely , Robin Vale Head School Improvement"; !strings.Contains(strings.ReplaceAll(main, " ,", ","), strings.ReplaceAll(want, " ,", ",")) {
		t.Errorf("the page says %q", main)
	}
	if plain := words(w.only(t, &page.DocumentView{Head: page.Head{Heading: "H"}, Text: "Body."}).find("main")[0]); strings.Contains(plain, ",") {
		t.Errorf("a document that is no letter has %q", plain)
	}
}

func TestTheTableOfChangesTellsWhatBecameOfEachPoint(t *testing.T) {
	w := openWorld(t)
	d := w.only(t, &page.VisitView{Head: page.Head{Heading: "H"}, Changes: []page.Change{
		{Said: "<b>One</b>", Was: "was", Now: "now"}, {Said: "Two", Why: "because"}, {Said: "Three", Now: "new"},
	}})
	rows := d.find("th", "scope=row")
	if len(rows) != 3 || words(rows[0]) != "<b>One</b>" {
		t.Fatalf("%d rows for three points", len(rows))
	}
	for i, want := range []string{"<b>One</b> was Changed to: now", "Two Not changed. because", "Three Changed to: new"} {
		if got := words(rows[i].Parent); got != want {
			t.Errorf("row %d: %q, want %q", i, got, want)
		}
	}
	if n := len(w.only(t, &page.VisitView{Head: page.Head{Heading: "H"}}).find("table")); n != 0 {
		t.Errorf("%d tables where nothing was changed", n)
	}
}

func TestRowsEscapeWhatTheyShow(t *testing.T) {
	w := openWorld(t)
	const hostile = `<script>alert(1)</script>" onclick="x' & `
	view := &page.SheetView{Head: page.Head{Heading: hostile, Caption: hostile}, Rows: []page.Row{
		{Key: hostile, Values: []page.Value{{Text: hostile}, {Text: hostile, Date: hostile}, {Text: hostile, Href: "https://a.example/" + hostile}}},
	}}
	d := w.only(t, view)
	if wrong := active(d); len(wrong) > 0 {
		t.Errorf("%q", wrong)
	}
	if got, want := words(d.find("dt")[0]), strings.TrimSpace(hostile); got != want {
		t.Errorf("the row says %q, want %q", got, want)
	}
	for _, bad := range []string{"javascript:alert(1)", "data:text/html,x", "//evil.example"} {
		view.Rows = []page.Row{{Key: "Links", Values: []page.Value{{Text: "x", Href: bad}}}}
		var out bytes.Buffer
		if err := w.render.Page(&out, &page.Page{Key: "k", View: view}, nil); err == nil {
			t.Errorf("%s is linked", bad)
		}
	}
}

func TestEntriesEscapeWhatTheyShow(t *testing.T) {
	w := openWorld(t)
	const hostile = `<script>alert(1)</script>" onclick="x' & `
	files := []page.Attachment{{Title: hostile, File: hostile, Href: "x.pdf", Type: hostile, Size: hostile}}
	view := &page.ListView{Head: page.Head{Heading: "List"}, Entries: []page.Entry{{
		Date: hostile, Category: hostile, Year: hostile, Status: hostile, Type: hostile, Text: hostile, Audience: []string{hostile},
		Cells: []page.Cell{
			{Label: hostile, Sort: hostile, Text: hostile, Small: []page.Value{{Text: hostile}}},
			{Label: hostile, Text: hostile, Date: hostile, Due: true},
			{Label: hostile, Link: page.Link{Text: hostile, Href: "x.html?" + hostile}, About: hostile, Tag: &page.Tag{Text: hostile, Colour: hostile}},
			{Label: hostile, Tag: &page.Tag{Text: hostile, Colour: "green"}},
			{Label: hostile, Clip: &page.Clip{Files: files}},
		},
	}}}
	d := w.only(t, view)
	if wrong := active(d); len(wrong) > 0 {
		t.Errorf("%q", wrong)
	}
	cells := d.find("td")
	if len(cells) != 4 {
		t.Fatalf("%d cells, want 4", len(cells))
	}
	if got, want := words(cells[2]), strings.TrimSpace(hostile); got != want {
		t.Errorf("the tag's cell says %q, want %q", got, want)
	}
	for _, bad := range []string{"javascript:alert(1)", "data:text/html,x", "//evil.example"} {
		for name, c := range map[string]page.Cell{
			"a link":      {Link: page.Link{Text: "x", Href: bad}},
			"a file":      {Clip: &page.Clip{Files: []page.Attachment{{Title: "x", File: "x.pdf", Href: bad}}}},
			"a small one": {Text: "x", Small: []page.Value{{Text: "x", Href: bad}}},
		} {
			view := &page.ListView{Entries: []page.Entry{{Cells: []page.Cell{c}}}}
			if err := w.render.Page(&bytes.Buffer{}, &page.Page{Key: "k", View: view}, nil); err == nil {
				t.Errorf("%s leads to %s", name, bad)
			}
		}
	}
}

func TestStatesAndFiltersEscapeWhatTheyShow(t *testing.T) {
	w := openWorld(t)
	const hostile = `<script>alert(1)</script>" onclick="x' & `
	for _, view := range []any{
		&page.ListView{Entries: []page.Entry{{}}, Filters: []page.Filter{{Name: hostile, Label: hostile, Options: []string{hostile, "other"}}}},
		&page.VisitView{State: page.State{Tag: page.Tag{Text: hostile, Colour: hostile}, Line: hostile, Detail: []string{hostile}}},
	} {
		d := w.only(t, view)
		if wrong := active(d); len(wrong) > 0 {
			t.Errorf("%T: %q", view, wrong)
		}
		want := []string{"label", "option"}
		if _, visit := view.(*page.VisitView); visit {
			want = []string{"strong"}
		}
		for _, tag := range want {
			if !slices.ContainsFunc(d.find(tag), func(n *html.Node) bool { return words(n) == strings.TrimSpace(hostile) }) {
				t.Errorf("%T: no %s shows the text as it is", view, tag)
			}
		}
	}
}

func TestAFilterThatTellsNothingApartIsLeftOut(t *testing.T) {
	w := openWorld(t)
	one := page.Filter{Name: "year", Label: "Year", Options: []string{"2026 to 2027"}}
	two := page.Filter{Name: "type", Label: "Type", Options: []string{"Focus", "Other"}}
	d := w.only(t, &page.ListView{Entries: []page.Entry{{}}, Filters: []page.Filter{one, two}})
	if selects := d.find("select"); len(selects) != 1 || len(d.find("option")) != 3 {
		t.Errorf("%d selects with %d options, want one with All, Focus and Other", len(selects), len(d.find("option")))
	}
}

func TestFooterHasBothHelplineNumbers(t *testing.T) {
	w := openWorld(t)
	for _, s := range w.all(t, false)[:3] {
		d := parse(t, s.html)
		lines := d.find("div", "data-helpline", "data-from="+w.site.Settings.Helpline.From, "data-to="+w.site.Settings.Helpline.To)
		if len(lines) != 1 {
			t.Fatalf("%s has %d helplines", s.page.Key, len(lines))
		}
		for hours, number := range map[string]string{"office": w.site.Settings.Helpline.OfficeHours, "out": w.site.Settings.Helpline.OutOfHours} {
			p := document{lines[0]}.find("p", "data-hours="+hours)
			if len(p) != 1 || len(document{p[0]}.find("a", "href="+authority.Tel(number))) != 1 {
				t.Errorf("%s: the number for %s is not there", s.page.Key, hours)
			}
		}
		if len(d.find("p", "data-published")) != 2 || len(d.find("span", "data-holder")) != 1 || len(d.find("button", "data-sign-out", "hidden")) != 1 {
			t.Errorf("%s lacks what its script fills", s.page.Key)
		}
	}
}

func TestVisitPageOfAnOpenVisit(t *testing.T) {
	w := openWorld(t)
	on := func(m, d int) calendar.Date {
		return calendar.Date{Year: 2026, Month: 12, Day: d}.AddDays(31 * (m - 12))
	}
	view := &page.VisitView{
		Head:     page.Head{Area: "visits", Caption: "Fernside Primary School", Heading: "Focus visit: Early reading", Back: page.Link{Text: "All Records of Visits", Href: "0123456789abcdef.html"}},
		State:    page.State{Tag: page.Tag{Text: "Response needed", Colour: "yellow"}, Line: "Respond by", Due: on(12, 31)},
		Deadline: &page.Deadline{Window: "2 working days from Wednesday 16 December 2026", Skipped: "Friday 25 December 2026: Christmas Day"},
		Respond:  true, Report: "# Reading\n\nIt is <strong>",
		Attachments: []page.Attachment{{Title: "Plan", File: "plan.pdf", Href: "0123456789abcdef.pdf", Type: "PDF", Size: "2 kB"}},
		Contacts:    []page.Contact{{Name: "Priya Usher", Phone: "01632 960011", Tel: "tel:+441632960011"}}, KeyContact: page.KeyContact{Show: true},
	}
	var out bytes.Buffer
	if err := w.render.Page(&out, &page.Page{Key: "visit/x", View: view}, nil); err == nil || !strings.Contains(err.Error(), "raw HTML") {
		t.Fatalf("raw HTML in a report: %v", err)
	}
	view.Report = "# Reading\n\nIt is strong."
	d := w.only(t, view)
	if len(d.find("time", "datetime=2026-12-31", "data-deadline")) != 1 {
		t.Error("the deadline is not marked")
	}
	text := words(d.find("main")[0])
	for _, want := range []string{
		"2 working days from Wednesday 16 December 2026", "Friday 25 December 2026: Christmas Day", "Read and Respond", "Reading It is strong.", "Your key contact Not yet named.", "plan.pdf (PDF, 2 kB)",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in %q", want, text)
		}
	}
	for _, b := range (document{d.find("main")[0]}).find("button") {
		if _, prints := attr(b, "data-print"); !prints {
			t.Errorf("a button that does nothing: %s", words(b))
		}
	}
	view.KeyContact.Contact = page.Contact{Name: "Robin Vale"}
	if !strings.Contains(words(w.only(t, view).find("main")[0]), "Your key contact Robin Vale") {
		t.Error("the key contact is not named")
	}
}

func TestDraftPagesSaySo(t *testing.T) {
	w := openWorld(t)
	for _, s := range w.all(t, true) {
		if said := bytes.Contains(s.html, []byte("Draft: schools cannot see this.")); said != s.page.Draft {
			t.Errorf("%s: draft %v, said %v", s.page.Key, s.page.Draft, said)
		}
	}
}

func TestMenuNamesOnlyModulesThatAreOn(t *testing.T) {
	w := openWorld(t)
	w.site.Settings.Modules[authority.Results] = false
	before := w.render.Digest()
	var err error
	if w.render, err = render.New(w.site, fakeAssets()); err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(before, w.render.Digest()) {
		t.Error("the digest does not know the settings")
	}
	d := parse(t, w.all(t, false)[0].html)
	if len(d.find("a", "data-area=visits", "href=../visits.html")) != 1 || len(d.find("a", "data-area=results")) != 0 {
		t.Error("the menu is not that of the modules")
	}
	shell, err := w.render.Shell(w.now)
	if err != nil || shell["s/visits.html"] == nil || shell["s/results.html"] != nil {
		t.Errorf("the shell is not that of the modules: %v", err)
	}
}

func TestShellStandsAtAnyAddress(t *testing.T) {
	w := openWorld(t)
	shell, err := w.render.Shell(w.now)
	if err != nil {
		t.Fatal(err)
	}
	d := parse(t, shell["404.html"])
	for _, path := range []string{"s/home.html", "s/account.html"} {
		if !bytes.Equal(shell[path], shell["index.html"]) {
			t.Errorf("%s is not the shell", path)
		}
	}
	if len(parse(t, shell["index.html"]).find("p", "data-lost")) != 0 {
		t.Error("the sign-in page says that it stands at no address")
	}
	for _, n := range slices.Concat(d.find("link"), d.find("script")) {
		src, _ := attr(n, "src")
		href, _ := attr(n, "href")
		if path := src + href; !strings.HasPrefix(path, "/assets/") || shell[path[1:]] == nil {
			t.Errorf("the shell loads %q", path)
		}
	}
	for _, want := range [][]string{
		{"form", "data-sign-in"},
		{"input", "id=code", "name=code", "autocomplete=username"},
		{"input", "id=passphrase", "name=passphrase", "type=password", "autocomplete=current-password"},
		{"button", "data-show", "hidden"},
		{"div", "data-error-summary", "hidden"},
		{"p", "data-busy"},
		{"div", "data-unsupported", "hidden"},
		{"div", "data-stale", "hidden"},
		{"p", "data-lost", "hidden"},
		{"div", "data-alarm", "hidden"},
		{"noscript"},
	} {
		if len(d.find(want[0], want[1:]...)) != 1 {
			t.Errorf("the sign-in page lacks %q", want)
		}
	}
}

// A host that changes a script of the shell in a cache only, say, is found out
// by the browser. Pages that open from a folder could not ask for that.
func TestOnlyTheShellsScriptsCarryTheirHashes(t *testing.T) {
	w := openWorld(t)
	shell, err := w.render.Shell(w.now)
	if err != nil {
		t.Fatal(err)
	}
	scripts := parse(t, shell["index.html"]).find("script")
	if len(scripts) != 2 {
		t.Fatalf("the shell has %d scripts", len(scripts))
	}
	for _, n := range scripts {
		src, _ := attr(n, "src")
		sum := sha256.Sum256(shell[src[1:]])
		if got, _ := attr(n, "integrity"); got != "sha256-"+base64.StdEncoding.EncodeToString(sum[:]) {
			t.Errorf("%s carries %q", src, got)
		}
	}
	for _, n := range parse(t, w.all(t, false)[0].html).find("script") {
		if got, ok := attr(n, "integrity"); ok {
			t.Errorf("a page in a pack carries %q", got)
		}
	}
}

func TestFrameHasTheWorkersTokensOnce(t *testing.T) {
	w := openWorld(t)
	shell, err := w.render.Shell(w.now)
	if err != nil {
		t.Fatal(err)
	}
	frames := 0
	for path, data := range shell {
		if !strings.HasPrefix(path, "assets/frame.") {
			continue
		}
		frames++
		for _, token := range []string{"<!--title-->", "<!--main-->"} {
			if bytes.Count(data, []byte(token)) != 1 {
				t.Errorf("%s has %d %s", path, bytes.Count(data, []byte(token)), token)
			}
		}
		if d := parse(t, data); len(d.find("a", "data-area=home", "href=/s/home.html")) != 1 || len(d.find("link", "href=/"+w.styles(shell))) != 1 {
			t.Errorf("%s leads elsewhere", path)
		}
	}
	if frames != 1 {
		t.Errorf("%d frames", frames)
	}
}

func (w *world) styles(shell map[string][]byte) string {
	for path, data := range shell {
		if strings.HasPrefix(path, "assets/brand.") && bytes.Contains(data, []byte("--app-brand:"+w.site.Settings.Theme.Brand)) {
			return path
		}
	}
	return ""
}

func TestThePolicyNamesTheBox(t *testing.T) {
	w := openWorld(t)
	w.site.Settings.Portal.Box = "https://box.northmoor.example"
	var err error
	if w.render, err = render.New(w.site, fakeAssets()); err != nil {
		t.Fatal(err)
	}
	if html := w.all(t, false)[0].html; !bytes.Contains(html, []byte("connect-src &#39;self&#39; https://box.northmoor.example;")) {
		t.Error("the policy does not name the box")
	}
}

func TestRenderingTwiceGivesTheSameBytes(t *testing.T) {
	w := openWorld(t)
	first := w.all(t, false)
	for i, s := range w.all(t, false) {
		if !bytes.Equal(s.html, first[i].html) {
			t.Fatalf("%s differs", s.page.Key)
		}
	}
}

func BenchmarkVisitPage(b *testing.B) {
	w := openWorld(b)
	var view *page.VisitView
	o := page.Options{Now: w.now, Names: names()}
	for _, c := range page.School(o, w.site, w.common, w.site.Schools["900001"], w.visits["900001"]) {
		for _, p := range c.Pages {
			if v, ok := p.View.(*page.VisitView); ok && (view == nil || v.Deadline != nil) {
				view = v
			}
		}
	}
	for _, c := range []struct {
		name   string
		report string
	}{{"without Markdown", ""}, {"whole", view.Report}} {
		b.Run(c.name, func(b *testing.B) {
			view.Report = c.report
			var out bytes.Buffer
			p := &page.Page{Key: "visit/x", Title: "Focus visit, 3 November 2026", View: view}
			for b.Loop() {
				out.Reset()
				if err := w.render.Page(&out, p, nil); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N), "µs/page")
		})
	}
}
