package tree

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"despatch/internal/refusal"
)

// Index is what a compartment's holders find their pages and items by
// (docs/formats.md section 13). FormatIndex sets Format.
type Index struct {
	Format      int         `json:"format"`
	Compartment string      `json:"compartment"` // its kind
	School      *SchoolName `json:"school"`      // nil: the authority's own
	Root        string      `json:"root"`
	Epoch       int         `json:"epoch"`
	Packs       []IndexPack `json:"packs"`
	Files       []IndexFile `json:"files"`
	Lists       []List      `json:"lists"`
	Items       []Item      `json:"items"`
}

// SchoolName is how an index names its school.
type SchoolName struct {
	URN    string `json:"urn"`
	Name   string `json:"name"`
	Opaque string `json:"opaque"` // what the drop-box calls it
}

// IndexPack is a pack: where it is and the names in it, without the root.
type IndexPack struct {
	Path   string   `json:"path"`
	SHA256 string   `json:"sha256"`
	Names  []string `json:"names"`
}

// IndexFile is an attachment. Path and SHA256 are empty when it rides in a pack.
type IndexFile struct {
	Name   string `json:"name"`
	Path   string `json:"path"`
	SHA256 string `json:"sha256"`
	Type   string `json:"type"`
	Title  string `json:"title"`
	Size   int64  `json:"size"` // of the content, in bytes
}

// List is a generated list page of the compartment, which rides in the index.
type List struct {
	Area  string `json:"area"`
	Tab   string `json:"tab"`
	Title string `json:"title"`
	Page  string `json:"page"`
}

// Item is what home, lists and search know of a record (section 13.1).
type Item struct {
	ID            string   `json:"id"`
	Kind          string   `json:"kind"`
	Page          string   `json:"page"`
	Title         string   `json:"title"`
	Date          string   `json:"date"`
	Changed       string   `json:"changed"`
	Due           string   `json:"due"`
	DueText       string   `json:"due_text"`
	State         string   `json:"state"`
	StateText     string   `json:"state_text"`
	Type          string   `json:"type"`
	Category      string   `json:"category"`
	Focus         string   `json:"focus"`
	Person        string   `json:"person"`
	Contact       string   `json:"contact"`
	Publisher     string   `json:"publisher"`
	PublisherKind string   `json:"publisher_kind"`
	Number        string   `json:"number"`
	Audience      []string `json:"audience"`
	Files         []string `json:"files"`
	Of            string   `json:"of"`
	Respond       bool     `json:"respond"`
	SubjectSHA256 string   `json:"subject_sha256"`
}

const (
	indexFormat = 3
	// indexName is the entry of an index that is the Index; all others are list pages.
	indexName = "index.json"
	// maxIndex bounds what an index may unfold to: a person's browser opens all of
	// theirs at once.
	maxIndex = 16 << 20
)

// AppendIndex appends the plaintext of an index to dst: what FormatIndex gave for
// x, with the pages that its lists name, folded and padded as a pack is.
func AppendIndex(dst []byte, x *Index, text []byte, pages []PackFile) ([]byte, error) {
	if err := x.checkPages(pages); err != nil {
		return nil, err
	}
	out, err := appendFolded(dst, append(slices.Clone(pages), PackFile{Name: x.Root + "/" + indexName, Data: text}), maxIndex)
	if err != nil {
		return nil, fmt.Errorf("index: %w", err)
	}
	return out, nil
}

// ReadIndex reads an index's plaintext and the list pages in it. Errors are
// refusals: malformed or newer.
func ReadIndex(plain []byte) (*Index, []PackFile, error) {
	files, err := unfold(plain, maxIndex)
	if err != nil {
		return nil, nil, fmt.Errorf("index: %w", err)
	}
	at := slices.IndexFunc(files, func(f PackFile) bool { return f.Name[17:] == indexName })
	if at < 0 {
		return nil, nil, refusal.Malformed.Errorf("index: there is no %s in it", indexName)
	}
	x, err := ParseIndex(files[at].Data)
	if err != nil {
		return nil, nil, err
	}
	if files[at].Name[:16] != x.Root {
		return nil, nil, refusal.Malformed.Errorf("index: its root is %s, it lies under %s", x.Root, files[at].Name[:16])
	}
	pages := slices.Delete(files, at, at+1)
	return x, pages, x.checkPages(pages)
}

// checkPages refuses pages other than those that the lists name.
func (x *Index) checkPages(pages []PackFile) error {
	want := make(map[string]bool, len(x.Lists))
	for _, l := range x.Lists {
		want[x.Root+"/"+l.Page] = true
	}
	for _, p := range pages {
		if !want[p.Name] {
			return refusal.Malformed.Errorf("index: the page %.120q is in it and no list names it", p.Name)
		}
		delete(want, p.Name)
	}
	if len(want) > 0 {
		return refusal.Malformed.Errorf("index: the pages of %d lists are not in it", len(want))
	}
	return nil
}

// FormatIndex writes the text of an index. One that ParseIndex would refuse is an
// error.
func FormatIndex(x *Index) ([]byte, error) {
	full := *x
	full.Format = indexFormat
	full.fillEmpty()
	if err := full.check(); err != nil {
		return nil, err
	}
	text, err := encodeJSON(&full)
	if err != nil {
		return nil, fmt.Errorf("index: %w", err)
	}
	return text, nil
}

// ParseIndex reads the text of an index. Errors are refusals: malformed or newer.
func ParseIndex(text []byte) (*Index, error) {
	if err := checkIndexFormat(text); err != nil {
		return nil, err
	}
	var x Index
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&x); err != nil {
		return nil, refusal.Malformed.Errorf("index: %v", err)
	}
	again, err := FormatIndex(&x)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(again, text) {
		return nil, refusal.Malformed.Errorf("index: not written as Despatch writes it")
	}
	return &x, nil
}

// checkIndexFormat looks at the first member alone, so that a newer index is told
// from a broken one.
func checkIndexFormat(text []byte) error {
	rest, found := bytes.CutPrefix(text, []byte(`{"format":`))
	digits, _, more := bytes.Cut(rest, []byte{','})
	n, err := strconv.Atoi(string(digits))
	if !found || !more || err != nil || n < 1 || strconv.Itoa(n) != string(digits) {
		return refusal.Malformed.Errorf("index: it does not begin with its format")
	}
	if n > indexFormat {
		return refusal.NewerFormat("the index", n)
	}
	if n < indexFormat {
		return refusal.Malformed.Errorf("index: it has the format of a draft, %d: build the tree anew", n)
	}
	return nil
}

// fillEmpty makes every array present, without touching the caller's.
func (x *Index) fillEmpty() {
	x.Packs = slices.Clone(orEmpty(x.Packs))
	for i := range x.Packs {
		x.Packs[i].Names = orEmpty(x.Packs[i].Names)
	}
	x.Files, x.Lists = orEmpty(x.Files), orEmpty(x.Lists)
	x.Items = slices.Clone(orEmpty(x.Items))
	for i := range x.Items {
		x.Items[i].Audience = orEmpty(x.Items[i].Audience)
		x.Items[i].Files = orEmpty(x.Items[i].Files)
	}
}

func orEmpty[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

// encodeJSON writes v in one line as JSON.stringify would: nothing escaped that
// need not be.
func encodeJSON(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return unescapeSeparators(b.Bytes()), nil
}

// unescapeSeparators writes U+2028 and U+2029 as they are: encoding/json escapes
// them always, JSON.stringify never.
func unescapeSeparators(text []byte) []byte {
	if !bytes.Contains(text, []byte(`\u202`)) {
		return text
	}
	out := text[:0:0]
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' {
			out = append(out, text[i])
			continue
		}
		switch {
		case bytes.HasPrefix(text[i:], []byte(`\u2028`)):
			out = append(out, "\u2028"...)
			i += 5
		case bytes.HasPrefix(text[i:], []byte(`\u2029`)):
			out = append(out, "\u2029"...)
			i += 5
		default:
			out = append(out, text[i], text[i+1])
			i++
		}
	}
	return out
}

var kindForm = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,63}$`)

// isDate reports that s is empty or has the form 2026-11-03.
func isDate(s string) bool {
	if s == "" {
		return true
	}
	if len(s) != 10 || s[4] != '-' || s[7] != '-' {
		return false
	}
	for i := range len(s) {
		if i != 4 && i != 7 && (s[i] < '0' || s[i] > '9') {
			return false
		}
	}
	return true
}

// check holds an index to section 13.
func (x *Index) check() error {
	err := func() error {
		switch {
		case !kindForm.MatchString(x.Compartment):
			return fmt.Errorf("compartment %.80q is not a kind", x.Compartment)
		case !isHex(x.Root, 16):
			return fmt.Errorf("root %.80q is not 16 hex digits", x.Root)
		case x.School != nil && !isHex(x.School.Opaque, 32):
			return fmt.Errorf("the school's opaque id %.80q is not 32 hex digits", x.School.Opaque)
		case x.Epoch < 1:
			return fmt.Errorf("epoch is %d (want 1 or more)", x.Epoch)
		}
		return errors.Join(x.checkFiles(), x.checkLists(), x.checkItems())
	}()
	if err != nil {
		return refusal.Malformed.Errorf("index: %v", err)
	}
	return nil
}

// checkFiles checks packs and files: no path twice, and no name that another pack
// or the index itself has.
func (x *Index) checkFiles() error {
	names, paths := map[string]bool{indexName: true}, make(map[string]bool)
	for _, l := range x.Lists {
		names[l.Page] = true
	}
	for _, p := range x.Packs {
		if err := checkListed(p.Path, p.SHA256, paths); err != nil {
			return err
		}
		for _, n := range p.Names {
			if names[n] || checkName(x.Root+"/"+n) != nil {
				return fmt.Errorf("name %.80q in a pack is repeated or no name", n)
			}
			names[n] = true
		}
	}
	files := make(map[string]bool)
	for _, f := range x.Files {
		if files[f.Name] || checkName(x.Root+"/"+f.Name) != nil || f.Size < 0 || f.Size > MaxFile {
			return fmt.Errorf("file %.80q is repeated, has no name or no size", f.Name)
		}
		files[f.Name] = true
		if f.Path == "" && f.SHA256 == "" {
			if !names[f.Name] {
				return fmt.Errorf("file %.80q is in no pack and has no path", f.Name)
			}
			continue
		}
		if names[f.Name] {
			return fmt.Errorf("file %.80q is in a pack and has a path", f.Name)
		}
		if err := checkListed(f.Path, f.SHA256, paths); err != nil {
			return err
		}
	}
	return nil
}

func checkListed(path, sum string, seen map[string]bool) error {
	if seen[path] || classify(path) != sealedFile || !strings.HasPrefix(path, "b/") || !isHex(sum, 64) || path[38:54] != sum[:16] {
		return fmt.Errorf("path %.80q is repeated, or not that of a sealed file with its SHA-256", path)
	}
	seen[path] = true
	return nil
}

func (x *Index) checkLists() error {
	seen, pages := make(map[List]bool), map[string]bool{indexName: true}
	for _, l := range x.Lists {
		at := List{Area: l.Area, Tab: l.Tab}
		switch {
		case !oneOf(l.Area, "visits", "sheets", "returns", "documents", "news", "results", "account", "people"), !oneOf(l.Tab, "", "authority", "trust"):
			return fmt.Errorf("list %.80q is of no known area (%.80q) or tab (%.80q)", l.Title, l.Area, l.Tab)
		case seen[at], pages[l.Page], checkName(x.Root+"/"+l.Page) != nil:
			return fmt.Errorf("list %.80q is repeated or has no page of its own", l.Title)
		}
		seen[at], pages[l.Page] = true, true
	}
	return nil
}

func (x *Index) checkItems() error {
	seen := make(map[string]bool)
	for _, it := range x.Items {
		switch {
		case !isHex(it.ID, 16), seen[it.Kind+it.ID]:
			return fmt.Errorf("item %.80q is repeated or has no id", it.ID)
		case !oneOf(it.Kind, "visit", "sheet", "return", "document", "news", "result", "done"):
			return fmt.Errorf("item %s is of unknown kind %.80q", it.ID, it.Kind)
		case !oneOf(it.State, "draft", "open", "responded", "finalised", "published", "withdrawn", "closed", "done", ""):
			return fmt.Errorf("item %s is in unknown state %.80q", it.ID, it.State)
		case !oneOf(it.PublisherKind, "authority", "trust", ""):
			return fmt.Errorf("item %s is of unknown publisher kind %.80q", it.ID, it.PublisherKind)
		case !isDate(it.Date), !isDate(it.Changed), !isDate(it.Due):
			return fmt.Errorf("item %s has a date that is none (%.80q, %.80q, %.80q)", it.ID, it.Date, it.Changed, it.Due)
		case it.SubjectSHA256 != "" && (!isHex(it.SubjectSHA256, 64) || it.Page == ""):
			return fmt.Errorf("item %s has no SHA-256 of what was published (%.80q), or no page", it.ID, it.SubjectSHA256)
		case it.Page != "" && checkName(x.Root+"/"+it.Page) != nil, it.Of != "" && !isHex(it.Of, 16):
			return fmt.Errorf("item %s names no page (%.80q) or no item (%.80q)", it.ID, it.Page, it.Of)
		}
		seen[it.Kind+it.ID] = true
	}
	return nil
}

func oneOf(s string, of ...string) bool { return slices.Contains(of, s) }
