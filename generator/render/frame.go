package render

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"despatch/generator/page"
	"despatch/records/authority"
)

// A place is from where a page is served: it decides how links lead out.
type place int

const (
	inside   place = iota // s/<root>/, in a pack
	composed              // anywhere, by the worker: a refusal stands in any page's place
	public                // pub/
	about                 // about/
	entrance              // anywhere: the shell stands for whatever is not there
)

// up gives the way from a place to the portal's own pages and to the root of
// the tree. The shell owns its origin's root, and stands in for addresses of
// any depth: its links begin there.
func (p place) up() (portal, root string) {
	switch p {
	case inside:
		return "../", "../../"
	case public, about:
		return "../s/", "../"
	}
	return "/s/", "/"
}

type frameKey struct {
	place place
	area  string // marked in the menu; none where empty
}

// A cut is a frame without what it frames.
type cut struct{ head, middle, tail []byte }

// The tokens where a frame is cut; the worker's frame has comments there.
const (
	titleMark = "DESPATCH-TITLE-HERE"
	mainMark  = "DESPATCH-MAIN-HERE"
)

// A frameView is what the frame's templates show.
type frameView struct {
	CSP, Brand, BrandStyle      string
	Portal, Authority, Home     string
	TitleMark, MainMark, Script string
	Menu                        []menuItem
	SignedIn                    bool // the menu is for people who are signed in, which only the browser knows
	About                       []page.Link
	Contacts                    []page.Contact
	Helpline                    helpline
	root                        string
	assets                      map[string]string
	integrity                   map[string]string
}

// Asset is the way to an asset by its logical name.
func (f *frameView) Asset(name string) string { return f.root + f.assets[name] }

// Integrity is what a script's bytes must hash to, on pages that only a web
// server hands out: a page opened from a folder may not ask for it.
func (f *frameView) Integrity(name string) string { return f.integrity[name] }

type menuItem struct {
	Area, Text, Href string
	Current          bool
}

// A helpline has both numbers (row R12); the browser marks the one for now.
type helpline struct {
	Show bool
	authority.Helpline
}

// areas are the portal's own pages that a site has, in the order of the menu.
func (r *Renderer) areas() []menuItem {
	var list []menuItem
	for _, a := range []struct {
		area, text string
		module     authority.Module
	}{
		{"home", "Home", ""},
		{"visits", "All Records of Visits", authority.Visits},
		{"sheets", "MI sheets", authority.Sheets},
		{"returns", "Surveys / Data Returns", authority.Returns},
		{"documents", "Documents", authority.Documents},
		{"news", "News", authority.News},
		{"results", "Results", authority.Results},
		{"search", "Search", ""},
		{"account", "Account", ""},
	} {
		if a.module == "" || r.settings.On(a.module) {
			list = append(list, menuItem{Area: a.area, Text: a.text})
		}
	}
	return list
}

// cutFrames renders the frame of each place and area once.
func (r *Renderer) cutFrames() error {
	keys := []frameKey{{inside, ""}, {composed, ""}, {public, ""}, {entrance, ""}}
	for _, a := range r.areas() {
		keys = append(keys, frameKey{inside, a.Area})
	}
	for _, n := range r.notices() {
		keys = append(keys, frameKey{about, n.name})
	}
	for _, key := range keys {
		var b bytes.Buffer
		if err := r.views.ExecuteTemplate(&b, "frame", r.frame(key)); err != nil {
			return fmt.Errorf("render the frame: %w", err)
		}
		head, rest, ok := bytes.Cut(b.Bytes(), []byte(titleMark))
		middle, tail, ok2 := bytes.Cut(rest, []byte(mainMark))
		if !ok || !ok2 {
			return fmt.Errorf("the frame's template lacks a place for the title or the page")
		}
		r.frames[key] = cut{head, middle, tail}
	}
	return nil
}

func (r *Renderer) frame(key frameKey) *frameView {
	s := r.settings
	portal, root := key.place.up()
	f := &frameView{
		CSP: policy(s.Portal.Box), Brand: s.Theme.Brand, BrandStyle: root + r.brand,
		Portal: s.Portal.Name, Authority: s.Authority.Name, Home: portal + "home.html",
		TitleMark: titleMark, MainMark: mainMark, Script: "page.js",
		Contacts: r.contacts(), Helpline: r.helpline(),
		root: root, assets: r.assets.Path,
	}
	for _, n := range r.notices() {
		f.About = append(f.About, page.Link{Text: n.title, Href: root + "about/" + n.name + ".html"})
	}
	switch key.place {
	case entrance:
		f.Script, f.Home = "shell.js", "/"
		f.integrity = map[string]string{}
		for _, name := range []string{"js-enabled.js", f.Script} {
			sum := sha256.Sum256(r.assets.Files[r.assets.Path[name]])
			f.integrity[name] = "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
		}
	case public:
		f.Home = root
	default:
		f.SignedIn = key.place == about
		for _, item := range r.areas() {
			item.Href, item.Current = portal+item.Area+".html", item.Area == key.area
			f.Menu = append(f.Menu, item)
		}
	}
	return f
}

func (r *Renderer) contacts() []page.Contact {
	var list []page.Contact
	for _, c := range r.settings.Contacts {
		list = append(list, shown(c))
	}
	return list
}

func (r *Renderer) helpline() helpline {
	h := r.settings.Helpline
	return helpline{h.OfficeHours != "" || h.OutOfHours != "", h}
}

// policy is the content security policy of every page (design section 5) but
// for frame-ancestors, which browsers refuse in a page, with a complaint each
// time, and take from the worker's header.
func policy(box string) string {
	connect := "'self'"
	if box != "" {
		connect += " " + box
	}
	return "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; manifest-src 'self'; connect-src " +
		connect + "; form-action 'self'; base-uri 'none'; require-trusted-types-for 'script'"
}

// brandStyle sets the authority's colour where app.css and GOV.UK Frontend look
// for it.
func brandStyle(t authority.Theme) []byte {
	return []byte(":root{--app-brand:" + t.Brand + ";--govuk-brand-colour:" + t.Brand + "}\n")
}

// signIn is what the sign-in page says besides the frame. Lost: it stands at an
// address that nothing is at.
type signIn struct {
	Portal, Authority, Offers string
	Lost                      bool
}

// Shell gives the public files of a tree: the assets, the sign-in page in every
// place where a browser may look for a page that needs a worker, the frame that
// the worker composes pages in, the notices, and security.txt as it is now.
func (r *Renderer) Shell(now time.Time) (map[string][]byte, error) {
	files := maps.Clone(r.assets.Files)
	files[r.brand] = r.style
	f := r.frames[frameKey{composed, ""}]
	frame := slices.Concat(f.head, []byte("<!--title-->"), f.middle,
		[]byte("<div class=\"govuk-width-container\">\n<main class=\"govuk-main-wrapper\" id=\"main-content\">\n<!--main-->\n</main>\n</div>"), f.tail)
	files["assets/frame."+hash(frame)+".html"] = frame

	signInAt := func(lost bool) ([]byte, error) {
		var b bytes.Buffer
		view := signIn{r.settings.Portal.Name, r.settings.Authority.Name, r.offers(), lost}
		err := r.write(&b, frameKey{entrance, ""}, "signin", "Sign in", view)
		return b.Bytes(), err
	}
	here, err := signInAt(false)
	if err != nil {
		return nil, fmt.Errorf("render the sign-in page: %w", err)
	}
	if files["404.html"], err = signInAt(true); err != nil {
		return nil, fmt.Errorf("render the page of no address: %w", err)
	}
	files["index.html"], files["s/schools.html"], files["s/permission.html"] = here, here, here
	for _, a := range r.areas() {
		files["s/"+a.Area+".html"] = here
	}
	files[".well-known/security.txt"] = securityTxt(r.settings, now)
	return files, r.putNotices(files)
}

// offers names the modules that are on, as a sentence has them.
func (r *Renderer) offers() string {
	names := map[string]string{
		"visits": "records of visits", "sheets": "MI sheets", "returns": "data returns", "documents": "documents", "news": "news", "results": "results",
	}
	var list []string
	for _, a := range r.areas() {
		if n, ok := names[a.Area]; ok {
			list = append(list, n)
		}
	}
	if len(list) < 2 {
		return strings.Join(list, "")
	}
	return strings.Join(list[:len(list)-1], ", ") + " and " + list[len(list)-1]
}
