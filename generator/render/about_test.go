package render_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"despatch/generator/render"
	"despatch/layouts"
	"despatch/records/authority"
	"despatch/records/calendar"
)

// notices renders the shell anew and gives its notices.
func (w *world) notices(t *testing.T) map[string]document {
	t.Helper()
	var err error
	if w.assets == nil {
		w.assets = fakeAssets()
	}
	if w.render, err = render.New(w.site, w.assets); err != nil {
		t.Fatal(err)
	}
	shell, err := w.render.Shell(w.now)
	if err != nil {
		t.Fatal(err)
	}
	pages := map[string]document{}
	for path, data := range shell {
		if name, ok := strings.CutPrefix(path, "about/"); ok {
			pages[strings.TrimSuffix(name, ".html")] = parse(t, data)
		}
	}
	return pages
}

func (d document) main() string { return words(d.find("main")[0]) }

func wants(t *testing.T, page string, d document, sentences ...string) {
	t.Helper()
	text := d.main()
	for _, s := range sentences {
		if !strings.Contains(text, s) {
			t.Errorf("%s does not say %q", page, s)
		}
	}
}

// TestEveryFrameLinksTheNotices looks at a page from everywhere a page may be
// served.
func TestEveryFrameLinksTheNotices(t *testing.T) {
	w := openWorld(t)
	shell, err := w.render.Shell(w.now)
	if err != nil {
		t.Fatal(err)
	}
	frame := ""
	for path := range shell {
		if strings.HasPrefix(path, "assets/frame.") {
			frame = path
		}
	}
	for name, c := range map[string]struct {
		html []byte
		way  string
	}{
		"a sealed page":    {w.all(t, false)[0].html, "../../about/"},
		"a composed page":  {shell[frame], "/about/"},
		"the sign-in page": {shell["index.html"], "/about/"},
		"no page":          {shell["404.html"], "/about/"},
		"a notice":         {shell["about/privacy.html"], "../about/"},
	} {
		d := parse(t, c.html)
		footer := document{d.find("footer")[0]}
		for _, notice := range []string{"help", "accessibility", "privacy", "cookies"} {
			if len(footer.find("a", "href="+c.way+notice+".html")) != 1 {
				t.Errorf("%s has no link to %s%s.html", name, c.way, notice)
			}
			if shell["about/"+notice+".html"] == nil {
				t.Errorf("there is no about/%s.html", notice)
			}
		}
	}
}

func TestAccessibilityStatementSaysWhatTheRegulationsAskFor(t *testing.T) {
	w := openWorld(t)
	d := w.notices(t)["accessibility"]
	wants(t, "the statement", d,
		"This statement applies to https://schools.northmoor.example",
		"The website is run by Northmoor County Council",
		"accessibility @northmoor.example", "01632 960040", "We answer within 10 working days",
		"Equality and Human Rights Commission (EHRC)", "Equality Advisory and Support Service (EASS)",
		"is committed to making its website accessible",
		"partially compliant", "Web Content Accessibility Guidelines version 2.2", "success criterion 1.3.1",
		"Disproportionate burden", "not within the scope",
		"This statement was prepared on Tuesday 1 September 2026", "It was last reviewed on Tuesday 1 September 2026",
		"have not yet tested this website", "The website was last tested on")
	wants(t, "the statement", d, "axe-core 4.14.1", "Chromium 150.0", "despatch 0123456789ab", "Sunday 22 November 2026", "14 looks in all, 320 pixels wide, 1280 pixels wide", "Home 12 0", "Sign in 2 0")
	if len(d.find("ul", "data-failures")) != 1 || strings.Contains(d.main(), "found by our tests") {
		t.Error("failures are listed that were not found")
	}
}

// TestStatementListsWhatFailed shows row M13: what the tests found is what the
// statement says, and a best practice is no failure of WCAG.
func TestStatementListsWhatFailed(t *testing.T) {
	w := openWorld(t)
	w.site.Settings.Accessibility.Problems = nil
	w.site.Settings.Accessibility.Audited = w.site.Settings.Accessibility.Reviewed
	assets := fakeAssets()
	assets.Checks.Pages[0].Failures = 3
	assets.Checks.Failures = []layouts.Failure{
		{Page: "Home", Rule: "color-contrast", Criterion: "1.4.3", What: "Elements must meet minimum color contrast ratio thresholds", Looks: 2},
		{Page: "Home", Rule: "region", What: "All page content should be contained by landmarks", Looks: 1},
	}
	w.assets = assets
	d := w.notices(t)["accessibility"]
	wants(t, "the statement", d, "partially compliant", "non-compliances listed below", "Home 12 3",
		"Home: Elements must meet minimum color contrast ratio thresholds. This fails success criterion 1.4.3 of WCAG 2.2 (found by our tests, rule color-contrast).",
		"no failure of WCAG but could be better", "Home: All page content should be contained by landmarks.")
	if failed := words(d.find("ul", "data-failures")[0]); strings.Contains(failed, "landmarks") {
		t.Errorf("a best practice is a failure: %s", failed)
	}
}

// TestStatementClaimsFullComplianceOnlyWhenPeopleTested: tests by a machine alone
// never make a site fully compliant.
func TestStatementClaimsFullComplianceOnlyWhenPeopleTested(t *testing.T) {
	w := openWorld(t)
	a := &w.site.Settings.Accessibility
	status := func() string { return words(w.notices(t)["accessibility"].find("p", "data-compliance")[0]) }
	if got := status(); !strings.Contains(got, "partially compliant") || !strings.Contains(got, "non-compliances listed below") {
		t.Errorf("with a known problem: %s", got)
	}
	a.Problems = nil
	if got := status(); !strings.Contains(got, "partially compliant") {
		t.Errorf("tested by a machine alone: %s", got)
	}
	a.Audited = calendar.Date{Year: 2026, Month: 10, Day: 12}
	if got := status(); !strings.Contains(got, "fully compliant") {
		t.Errorf("tested by people and machine, without a failure: %s", got)
	}
	wants(t, "the statement", w.notices(t)["accessibility"], "last tested the website on Monday 12 October 2026")
}

func TestPrivacyNoticeSaysWhatTheControllerSays(t *testing.T) {
	w := openWorld(t)
	d := w.notices(t)["privacy"]
	p := w.site.Settings.Privacy
	said := []string{
		"The controller is Northmoor County Council", p.Officer.Name, p.Officer.Email, "Information Commissioner’s Office",
		"We answer within one month", "This notice was last reviewed on Tuesday 1 September 2026", "sends nothing back to us",
	}
	said = append(append(said, p.Basis...), p.Shared...)
	for _, r := range p.Retention {
		said = append(said, r.What, r.Kept)
	}
	for i := range said {
		said[i] = strings.ReplaceAll(said[i], "@", " @") // an address may break there
	}
	wants(t, "the notice", d, said...)
	w.site.Settings.Privacy.Controller = "Northmoor Schools Partnership"
	w.site.Settings.Portal.Box = "https://box.northmoor.example"
	d = w.notices(t)["privacy"]
	wants(t, "the notice", d, "The controller is Northmoor Schools Partnership", "What people send to us")
}

func TestCookiesPageNamesEachThingThatIsKept(t *testing.T) {
	w := openWorld(t)
	d := w.notices(t)["cookies"]
	kept := fakeAssets().Kept
	wants(t, "the page", d, "uses no cookies", "How to delete it")
	for _, k := range kept {
		rows := d.find("tr", "data-kept="+k.Place+" "+k.Name)
		if len(rows) != 1 {
			t.Errorf("%s %s is in %d rows", k.Place, k.Name, len(rows))
			continue
		}
		for _, s := range []string{k.What, k.Why, k.Until} {
			if s == "" || !strings.Contains(words(rows[0]), s) {
				t.Errorf("%s %s does not say %q", k.Place, k.Name, s)
			}
		}
	}
}

// TestHelpNamesModulesOnAndOff shows rows P32 and P33: what the site has, what is
// switched off, and the four modules of the fuller edition.
func TestHelpNamesModulesOnAndOff(t *testing.T) {
	w := openWorld(t)
	w.site.Settings.Modules[authority.Results] = false
	w.site.Settings.Modules[authority.LessonObservations] = true
	d := w.notices(t)["help"]
	on, off := d.find("div", "data-module=on"), d.find("li", "data-module=off")
	if len(on) != 5 || len(off) != 1 || !strings.HasPrefix(words(off[0]), "Results") {
		t.Errorf("%d modules are on, %d off", len(on), len(off))
	}
	for name, state := range map[string]string{
		"Self-Evaluation and Planning": "Off: Northmoor has not switched this on.", "Performance Management": "Off: ",
		"Professional Standards": "Off: ", "Lesson Observations": "Northmoor has switched this on; it has no pages on this site yet.",
	} {
		if row := d.row(name); row == nil || !strings.Contains(words(row), state) {
			t.Errorf("%s does not say %q", name, state)
		}
	}
	wants(t, "help", d, "How to respond", "Answers do not go through this site yet", "01632 960001", "07700 900001",
		"ask your Headteacher", "Sign-in", "Recovery sheet", "Receipt")
	w.site.Settings.Portal.Box = "https://box.northmoor.example"
	wants(t, "help with a drop-box", w.notices(t)["help"], "Press Accurate")
}

// TestNoticesHoldNothingOfAnySchool: they are public, so no name of a school, a
// person with an account or a record may be in them.
func TestNoticesHoldNothingOfAnySchool(t *testing.T) {
	w := openWorld(t)
	for name, d := range w.notices(t) {
		text := words(d.root)
		for _, sc := range w.site.Schools {
			if strings.Contains(text, sc.Name) {
				t.Errorf("%s names the school %s", name, sc.Name)
			}
		}
		for _, a := range w.site.Accounts {
			if strings.Contains(text, a.Name) || strings.Contains(text, a.Email) {
				t.Errorf("%s names %s", name, a.Name)
			}
		}
	}
}

// TestSecurityTxtIsNeverOutOfForce holds the file to RFC 9116: a contact, one end
// that is ahead and at most a year away, whenever the site is built.
func TestSecurityTxtIsNeverOutOfForce(t *testing.T) {
	w := openWorld(t)
	var last []byte
	var turn time.Time
	for day := 0; day < 800; day += 3 {
		now := w.now.AddDate(0, 0, day)
		shell, err := w.render.Shell(now)
		if err != nil {
			t.Fatal(err)
		}
		txt := shell[".well-known/security.txt"]
		if !bytes.HasPrefix(txt, []byte("Contact: mailto:security@northmoor.example\nExpires: ")) || bytes.Count(txt, []byte("Expires: ")) != 1 {
			t.Fatalf("security.txt is %q", txt)
		}
		_, rest, _ := bytes.Cut(txt, []byte("Expires: "))
		line, _, _ := bytes.Cut(rest, []byte("\n"))
		end, err := time.Parse(time.RFC3339, string(line))
		if err != nil || end.Before(now.AddDate(0, 5, 27)) || end.After(now.AddDate(1, 0, 1)) {
			t.Fatalf("on %s it ends on %s, %v", now, end, err)
		}
		if last != nil && bytes.Equal(last, txt) != now.Before(turn) {
			t.Fatalf("on %s it changed, or did not, against its turn on %s", now, turn)
		}
		last, turn = txt, render.SecurityTurn(now)
		if !turn.After(now) {
			t.Fatalf("on %s it turns on %s", now, turn)
		}
	}
	w.site.Settings.Security = authority.Security{Contact: "https://www.northmoor.example/security", Policy: "https://www.northmoor.example/policy"}
	shell, err := w.render.Shell(w.now)
	if err != nil || !bytes.HasPrefix(shell[".well-known/security.txt"], []byte("Contact: https://www.northmoor.example/security\n")) ||
		!bytes.HasSuffix(shell[".well-known/security.txt"], []byte("\nPolicy: https://www.northmoor.example/policy\n")) {
		t.Errorf("security.txt is %q, %v", shell[".well-known/security.txt"], err)
	}
}
