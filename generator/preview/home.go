package preview

import (
	"errors"
	"fmt"
	"html"
	"strings"

	"despatch/generator/page"
	"despatch/records/access"
)

// home is the start page of an eye: what is wrong in the sources, who can be
// looked through, and the pages that the eye sees; where it sees everything,
// those of one school at a time.
func (v *view) home(e eye, school string) ([]byte, error) {
	title := "Preview: everything"
	if e.account != nil {
		title = "Preview: as " + e.account.Name
	}
	var w, pages text
	if e.account != nil {
		for _, urn := range v.schools(e) {
			v.list(&pages, e, urn)
		}
		w.raw(`<p class="govuk-body"><a class="govuk-link" href="/all/s/home.html">See everything</a></p>`)
	} else {
		v.list(&pages, e, school)
		v.listSchools(&pages)
		v.listPeople(&pages)
	}
	v.listProblems(&w)
	w.raw(pages.String())
	return v.framed(title, w.String())
}

// check is the page of all problems of the folder.
func (v *view) check() ([]byte, error) {
	problems := v.folder.Check(v.options.Now, nil)
	var w text
	w.raw(`<ul class="govuk-list govuk-list--bullet">`)
	for _, p := range problems {
		w.raw(`<li>`).say(p.String()).raw(`</li>`)
	}
	w.raw(`</ul>`)
	return v.framed(fmt.Sprintf("Problems: %d", len(problems)), w.String())
}

// framed puts a page into the frame of the shell.
func (v *view) framed(title, body string) ([]byte, error) {
	for path, frame := range v.shell {
		if strings.HasPrefix(path, "assets/frame.") {
			heading := `<h1 class="govuk-heading-xl">` + html.EscapeString(title) + `</h1>`
			return []byte(strings.NewReplacer("<!--title-->", html.EscapeString(title), "<!--main-->", heading+body).Replace(string(frame))), nil
		}
	}
	return nil, errors.New("the shell has no frame")
}

// text is HTML in the making. What people wrote goes through say.
type text struct{ strings.Builder }

func (t *text) raw(s string) *text { t.WriteString(s); return t }

func (t *text) say(s string) *text { t.WriteString(html.EscapeString(s)); return t }

func (v *view) listProblems(w *text) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.problems) == 0 {
		return
	}
	w.raw(`<section aria-labelledby="problems"><h2 class="govuk-heading-l" id="problems">`).say(fmt.Sprintf("Problems (%d)", len(v.problems)))
	w.raw(`</h2><p class="govuk-body">Nothing can be built until those that are no warnings are mended.</p><ul class="govuk-list govuk-list--bullet">`)
	for _, p := range v.problems {
		w.raw(`<li>`).say(p.String()).raw(`</li>`)
	}
	w.raw(`</ul></section>`)
}

func (v *view) listSchools(w *text) {
	w.raw(`<h2 class="govuk-heading-l">Schools</h2><ul class="govuk-list"><li><a class="govuk-link" href="home.html">`)
	w.say(v.site.Settings.Authority.Name).raw(`</a></li>`)
	for _, urn := range v.site.SchoolKeys() {
		w.raw(`<li><a class="govuk-link" href="home.html?school=`).say(urn).raw(`">`).say(v.site.Schools[urn].Name).raw(`</a></li>`)
	}
	w.raw(`</ul><p class="govuk-body"><a class="govuk-link" href="check.html">Check everything</a></p>`)
}

func (v *view) listPeople(w *text) {
	if len(v.site.Accounts) == 0 {
		return
	}
	w.raw(`<h2 class="govuk-heading-l">See as this person</h2><ul class="govuk-list">`)
	for _, code := range v.site.AccountCodes() {
		a := v.site.Accounts[code]
		w.raw(`<li><a class="govuk-link" href="/`).say(strings.ToLower(code)).raw(`/s/home.html">`).say(a.Name).raw(`</a> `)
		w.say(access.FormatCode(code))
		for _, p := range a.Schools {
			if sc := v.site.Schools[p.School]; sc != nil {
				w.say(", " + strings.Join(p.Roles, " and ") + " at " + sc.Name)
			}
		}
		w.raw(`</li>`)
	}
	w.raw(`</ul>`)
}

// list writes the pages of a school, "" for the authority, that the eye sees.
func (v *view) list(w *text, e eye, urn string) {
	name := v.site.Settings.Authority.Name
	if sc := v.site.Schools[urn]; sc != nil {
		name = sc.Name + " (" + urn + ")"
	}
	started := false
	for _, c := range v.school(urn) {
		if !e.sees(c.ID) || len(c.Pages) == 0 {
			continue
		}
		if !started {
			started = true
			w.raw(`<h2 class="govuk-heading-l">`).say(name).raw(`</h2>`)
		}
		w.raw(`<h3 class="govuk-heading-m">`).say(c.ID.Kind).raw(`</h3><ul class="govuk-list">`)
		for i := range c.Pages {
			listPage(w, &c, &c.Pages[i])
		}
		w.raw(`</ul>`)
	}
}

func listPage(w *text, c *page.Compartment, p *page.Page) {
	w.raw(`<li>`)
	if p.Draft {
		w.raw(`<strong class="govuk-tag govuk-tag--yellow">Draft</strong> `)
	}
	w.raw(`<a class="govuk-link" href="`).say(c.Root + "/" + p.Name).raw(`">`).say(p.Title).raw(`</a></li>`)
}
