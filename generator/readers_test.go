package generator_test

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"despatch/generator/page"
	"despatch/generator/source"
	"despatch/generator/tree"
	"despatch/internal/buildkeys"
	"despatch/internal/keyring"
	"despatch/internal/naming"
	"despatch/internal/seal"
	"despatch/office/demo"
	"despatch/records/access"
)

// A marker is a word that is planted in one place of the content, and the rule,
// written here apart from the plan, of whose ring may open something that says
// it. Rules see an account's places.
type marker struct {
	word string
	may  func(p access.Place, tags []string) bool
}

// right is what a place gives in an area, worked out apart from package access.
func right(v *access.Vocabulary, p access.Place, area access.Area) access.Right {
	if r, ok := p.Rights[area]; ok {
		return r
	}
	best := access.Off
	for _, role := range v.Roles {
		if r := role.Rights[area]; slices.Contains(p.Roles, role.ID) && (r == access.Full || r == access.Audit && best == access.Off) {
			best = r
		}
	}
	return best
}

// plant writes records with marker words among the demonstration's own.
func plant(a *authority, v *access.Vocabulary) []marker {
	visit := func(id, rest string) {
		a.write("content/visits/2026/"+id+"/visit.yaml", "format: 1\ndate: 2026-11-04\nresponsible: Priya Usher\n"+rest)
	}
	n := 0
	happened := func(id, kind, rest string) {
		n++
		a.write(fmt.Sprintf("events/2026/11/o17950000%02d-%s-0000000%d.yaml", n, kind, n%10),
			fmt.Sprintf("format: 1\nkind: %s\nrecord: %s\ntime: 2026-11-05T10:00:%02dZ\nby: Priya Usher\n%s", kind, id, n, rest))
	}
	visit("2026-11-04-zza1-draft", "profile: other\nschool: \"900001\"\nfocus: ZQDRAFTFOCUS\nattachments: [{file: ZQDRAFTNAME.txt, title: ZQDRAFTTITLE}]\nnotes: ZQDRAFTNOTES\nreport: ZQDRAFTREPORT\n")
	a.write("content/visits/2026/2026-11-04-zza1-draft/attachments/ZQDRAFTNAME.txt", "ZQDRAFTFILE")
	visit("2026-11-04-zza2-issued", "profile: other\nschool: \"900001\"\nfocus: ZQFOCUS\nnotes: ZQNOTES\nattachments: [{file: ZQNAME.txt, title: ZQTITLE}, {file: large.txt}]\nreport: ZQREPORT\n")
	a.write("content/visits/2026/2026-11-04-zza2-issued/attachments/ZQNAME.txt", "ZQFILE")
	a.write("content/visits/2026/2026-11-04-zza2-issued/attachments/large.txt", "ZQLARGE "+strings.Repeat("large ", 250_000))
	happened("2026-11-04-zza2-issued", "issued", "")
	visit("2026-11-04-zza3-taken", "profile: other\nschool: \"900001\"\nfocus: ZQTAKENFOCUS\nreport: ZQTAKENREPORT\n")
	happened("2026-11-04-zza3-taken", "issued", "")
	happened("2026-11-04-zza3-taken", "withdrawn", "reason: ZQREASON\n")
	for school, trust := range map[string]string{"900005": "larkfield-trust", "900010": "stonecrop-partnership"} {
		id := "2026-11-04-zza4-trust-" + school
		visit(id, "profile: trust\nschool: \""+school+"\"\npublisher: "+trust+"\nfocus: ZQTRUST"+school+"F\nreport: ZQTRUST"+school+"R\n")
		happened(id, "issued", "")
	}
	document := func(id, rest string) {
		a.write("content/documents/2026/"+id+"/document.yaml", "format: 1\npublished: 2026-11-05\nservice: Finance\nfrom: authority\n"+rest)
	}
	document("2026-11-05-zzb1-plain", "title: ZQDOCTITLE\nschools: [\"900002\"]\ntext: ZQDOCTEXT\n")
	document("2026-11-05-zzb2-role", "title: ZQROLETITLE\nschools: [\"900001\"]\nrole: governor\ntext: ZQROLETEXT\n")
	document("2026-11-05-zzb3-closed", "title: ZQCLOSEDTITLE\nschools: [\"900011\"]\ntext: ZQCLOSED\n")
	document("2026-12-05-zzb4-later", "title: ZQLATERTITLE\nschools: [\"900001\"]\ntext: ZQLATER\n")
	a.edit("content/documents/2026/2026-12-05-zzb4-later/document.yaml", "2026-11-05", "2026-12-05")
	result := func(id, release, figure string) {
		a.write("content/results/2026/"+id+"/result.yaml", "format: 1\ntitle: Figures\nrelease: "+release+"T09:30\naudience: [Headteachers]\nmeasures: [Reading]\nnational: [ZQNATION"+figure+"]\nauthority: [\"1\"]\nschools:\n  \"900001\": [ZQOWN"+figure+"]\ntext: Text.\n")
	}
	result("2026-11-06-zzc1-out", "2026-11-06", "OUT")
	result("2026-11-30-zzc2-not-yet", "2026-11-30", "EARLY")
	sheet := func(id, rest string) {
		a.write("content/sheets/2026/"+id+".md", "---\nformat: 1\ntitle: Sheet\ntype: Information\npublished: 2026-11-05\ncontacts: [{name: A}]\n"+rest)
	}
	sheet("2026-11-05-zzd1-heads", "audience: [Headteachers]\n---\n\nZQHEADS\n")
	sheet("2026-11-05-zzd2-held", "audience: [Headteachers, wizards]\n---\n\nZQHELD\n")
	sheet("2026-11-05-zzd3-group", "group: lite-schools\n---\n\nZQGROUP\n")

	nobody := func(access.Place, []string) bool { return false }
	at := func(school string, area access.Area, least access.Right) func(access.Place, []string) bool {
		return func(p access.Place, _ []string) bool {
			r := right(v, p, area)
			return p.School == school && (r == access.Full || r == least)
		}
	}
	is := func(role, school string) func(access.Place, []string) bool {
		return func(p access.Place, _ []string) bool {
			return slices.Contains(p.Roles, role) && (school == "" || school == p.School)
		}
	}
	lite := func(p access.Place, tags []string) bool {
		return slices.Contains(tags, "lite") && slices.ContainsFunc(p.Roles, func(r string) bool {
			return slices.Contains([]string{"headteacher", "school-secretary", "administrator", "business-manager"}, r)
		})
	}
	return []marker{
		{"ZQDRAFT", nobody},
		{"ZQNOTES", nobody},
		{"ZQTAKEN", nobody},
		{"ZQTRUST900010", nobody},
		{"ZQHELD", nobody},
		{"ZQLATER", nobody},
		{"ZQNATIONEARLY", nobody},
		{"ZQOWNEARLY", nobody},
		{"ZQREPORT", at("900001", access.Visits, access.Full)},
		{"ZQFILE", at("900001", access.Visits, access.Full)},
		{"ZQLARGE", at("900001", access.Visits, access.Full)},
		{"ZQNAME", at("900001", access.Visits, access.Full)},
		{"ZQTITLE", at("900001", access.Visits, access.Full)},
		{"ZQREASON", at("900001", access.Visits, access.Full)},
		{"ZQFOCUS", at("900001", access.Visits, access.Audit)},
		{"zqfocus", at("900001", access.Visits, access.Audit)},
		{"ZQTRUST900005R", at("900005", access.Visits, access.Full)},
		{"ZQTRUST900005F", at("900005", access.Visits, access.Audit)},
		{"ZQDOCTITLE", at("900002", access.Documents, access.Audit)},
		{"ZQDOCTEXT", at("900002", access.Documents, access.Full)},
		{"ZQCLOSED", at("900011", access.Documents, access.Full)},
		{"ZQROLETITLE", is("governor", "900001")},
		{"ZQROLETEXT", is("governor", "900001")},
		{"ZQOWNOUT", at("900001", access.Results, access.Full)},
		{"ZQHEADS", is("headteacher", "")},
		{"ZQGROUP", lite},
		{"ZQNATIONOUT", func(p access.Place, tags []string) bool {
			return is("headteacher", "")(p, tags) || at("900001", access.Results, access.Full)(p, tags)
		}},
	}
}

// TestEachPersonOpensExactlyWhatIsTheirs builds the whole demonstration with
// marker words in it and opens the tree as each person can: with the passphrase
// of their letter, and nothing else.
func TestEachPersonOpensExactlyWhatIsTheirs(t *testing.T) {
	a := &authority{t, t.TempDir()}
	if err := demo.Write(context.Background(), a.dir, now, nil); err != nil {
		t.Fatal(err)
	}
	before, _, _ := a.sources()
	markers := plant(a, before.Vocabulary)
	if s := a.build(); len(s.Held) == 0 {
		t.Error("the held sheet is not told")
	}
	site, common, visits := a.sources()
	planned := a.planned(site, common, visits)
	signIns, err := demo.ReadSignIns(a.dir)
	if err != nil {
		t.Fatal(err)
	}
	opened := make([]map[string]string, len(signIns))
	keys := &opener{tree: a.path("public"), byName: make(map[string]func() (map[string]string, error))}
	var wg sync.WaitGroup
	slots := make(chan struct{}, 4) // opening by passphrase takes memory
	for i := range signIns {
		wg.Go(func() {
			slots <- struct{}{}
			opened[i] = a.openedBy(signIns[i], keys)
			<-slots
		})
	}
	wg.Wait()
	for i, s := range signIns {
		code, err := access.FoldCode(s.Code)
		if err != nil {
			t.Fatal(err)
		}
		person := site.Accounts[code]
		var want []string
		for _, c := range site.Holdings(person) {
			want = append(want, planned[c]...)
		}
		slices.Sort(want)
		if got := slices.Sorted(maps.Keys(opened[i])); !slices.Equal(got, want) {
			t.Errorf("%s (%v) opens %d files, planned are %d: %s", s.Name, s.Roles, len(got), len(want), firstDifference(got, want))
		}
		said := strings.Join(slices.Collect(maps.Values(opened[i])), "\n")
		for _, m := range markers {
			may := slices.ContainsFunc(person.Schools, func(p access.Place) bool { return m.may(p, site.TagsOf(p.School)) })
			if can := strings.Contains(said, m.word); can != may {
				t.Errorf("%s (%+v) reads %s: %v, want %v", s.Name, person.Schools, m.word, can, may)
			}
		}
	}
	a.noWordOutside(site, common, visits)
	a.lengthsAreBuckets()
}

// sources reads what a build reads.
func (a *authority) sources() (*source.Site, *source.Common, map[string][]source.Visit) {
	a.t.Helper()
	folder, err := source.Open(a.dir)
	if err != nil {
		a.t.Fatal(err)
	}
	defer folder.Close()
	listing, _, err := folder.Scan()
	if err != nil {
		a.t.Fatal(err)
	}
	site, _ := folder.Site(listing)
	common, _ := folder.Common(listing, site)
	files, events := folder.BySchool(listing)
	visits := make(map[string][]source.Visit)
	for _, urn := range site.SchoolKeys() {
		visits[urn], _ = folder.Visits(site, files[urn], events[urn])
	}
	return site, common, visits
}

// planned gives, for each compartment, what must be found of it in the tree.
func (a *authority) planned(site *source.Site, common *source.Common, visits map[string][]source.Visit) map[access.Compartment][]string {
	a.t.Helper()
	key, err := naming.Read([]byte(a.read(buildkeys.NamingFile)))
	if err != nil {
		a.t.Fatal(err)
	}
	o := page.Options{Now: now, Names: page.Names{
		Root: func(c access.Compartment) string { return key.Root(c.ID()) }, Name: key.Page, Item: key.Item,
	}}
	all := page.Authority(o, site, common)
	for _, urn := range site.SchoolKeys() {
		all = append(all, page.School(o, site, common, site.Schools[urn], visits[urn])...)
	}
	planned := make(map[access.Compartment][]string)
	for _, c := range all {
		if len(c.Pages)+len(c.Items) == 0 {
			continue
		}
		names := []string{c.Root + "/index.json"}
		for _, p := range c.Pages {
			names = append(names, c.Root+"/"+p.Name)
		}
		for _, f := range c.Files {
			names = append(names, c.Root+"/"+f.Name)
		}
		planned[c.ID] = names
	}
	return planned
}

// openedBy is everything that a person can open of the tree, by name.
func (a *authority) openedBy(s demo.SignIn, keys *opener) map[string]string {
	found := make(map[string]string)
	fail := func(err error) map[string]string {
		a.t.Errorf("%s: %v", s.Name, err)
		return found
	}
	code, err := access.FoldCode(s.Code)
	if err != nil {
		return fail(err)
	}
	opaque := naming.OpaqueAccount(code)
	typed, err := keyring.ParseTyped(s.Passphrase)
	if err != nil {
		return fail(err)
	}
	sealed, err := os.ReadFile(a.path("public/k/" + opaque + ".id.age"))
	if err != nil {
		return fail(err)
	}
	id, err := keyring.OpenIdentity(sealed, typed)
	if err != nil {
		return fail(err)
	}
	rings, err := filepath.Glob(a.path("public/k/" + opaque + "-*.ring.*.age"))
	if err != nil || len(rings) != 1 {
		return fail(fmt.Errorf("%d rings, %v", len(rings), err))
	}
	if sealed, err = os.ReadFile(rings[0]); err != nil {
		return fail(err)
	}
	ring, err := keyring.OpenRing(sealed, id.Key, opaque)
	if err != nil {
		return fail(err)
	}
	for _, p := range ring.Places {
		all, err := keys.opened(p.Key)
		if err != nil {
			return fail(err)
		}
		maps.Copy(found, all)
	}
	return found
}

// An opener tries keys on every sealed file of a tree, whatever any index says;
// each key once, for many people hold the same.
type opener struct {
	tree   string
	mu     sync.Mutex
	byName map[string]func() (map[string]string, error) // guarded by mu; by recipient
}

func (o *opener) opened(k keyring.Key) (map[string]string, error) {
	o.mu.Lock()
	open := o.byName[k.Recipient()]
	if open == nil {
		open = sync.OnceValues(func() (map[string]string, error) { return o.open(k) })
		o.byName[k.Recipient()] = open
	}
	o.mu.Unlock()
	return open()
}

func (o *opener) open(k keyring.Key) (map[string]string, error) {
	all := make(map[string]string)
	return all, filepath.WalkDir(o.tree, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(name, ".age") || filepath.Base(filepath.Dir(name)) == "k" {
			return err
		}
		data, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		if plain, err := k.Open(data); err == nil {
			return unpack(all, plain)
		}
		return nil
	})
}

// unpack names what an opened file holds.
func unpack(all map[string]string, plain []byte) error {
	files, err := tree.ReadPack(plain)
	if err != nil {
		f, err := tree.ReadFile(plain)
		if err != nil {
			return err
		}
		files = []tree.PackFile{f}
	}
	for _, f := range files {
		all[f.Name] = string(f.Data)
	}
	return nil
}

// noWordOutside looks for whatever names a school, a person, a paper or a file in
// names and bytes of the tree outside pub/.
func (a *authority) noWordOutside(site *source.Site, common *source.Common, visits map[string][]source.Visit) {
	a.t.Helper()
	planted := map[string]bool{"ZQ": true, "zq": true}
	add := func(words ...string) {
		for _, w := range words {
			if len(w) > 5 {
				planted[w] = true
			}
		}
	}
	for urn, sc := range site.Schools {
		add(urn, sc.Name, sc.LAEstab, sc.UKPRN, sc.Address.Postcode, sc.Address.Street, sc.KeyContact.Name, sc.KeyContact.Email)
		for _, v := range visits[urn] {
			add(v.ID, v.Focus, v.Title, v.Responsible)
			add(v.Visitors...)
			for _, f := range v.Files {
				add(f.Name(), f.Title)
			}
		}
	}
	for code, p := range site.Accounts {
		add(code, access.FormatCode(code), p.Name, p.Email)
	}
	public := make(map[string]bool)
	for _, sh := range common.Sheets {
		add(sh.Sheet.ID, sh.Title, sh.Number)
		public[sh.Sheet.ID] = sh.Public
	}
	for _, d := range common.Documents {
		add(d.Document.ID, d.Title)
	}
	for _, f := range common.Returns {
		add(f.Form.ID, f.Title)
	}
	for _, r := range common.Results {
		add(r.Result.ID, r.Title)
	}
	for id, is := range public {
		if is {
			delete(planted, id)
		}
	}
	helpline := regexp.MustCompile(`(01632 960|07700 900)[0-9]{3}`)
	for _, name := range slices.Sorted(maps.Keys(a.snapshot("public"))) {
		rel, err := filepath.Rel(a.path("public"), name)
		if err != nil {
			a.t.Fatal(err)
		}
		text := ""
		if !strings.HasPrefix(rel, "pub"+string(filepath.Separator)) {
			data, err := os.ReadFile(name)
			if err != nil {
				a.t.Fatal(err)
			}
			text = string(helpline.ReplaceAll(data, nil))
		}
		for words := range planted {
			whole := len(words) > 2
			if whole && (alone(text, words) || alone(rel, words)) || !whole && strings.Contains(rel, words) {
				a.t.Errorf("%q is in %s", words, rel)
			}
		}
	}
}

// lengthsAreBuckets works from the bytes of sealed files alone.
func (a *authority) lengthsAreBuckets() {
	a.t.Helper()
	looked := make(map[string]int)
	for name := range a.snapshot("public") {
		data, err := os.ReadFile(name)
		if err != nil {
			a.t.Fatal(err)
		}
		if !strings.HasSuffix(name, ".age") || strings.HasSuffix(name, ".id.age") {
			continue
		}
		rel, err := filepath.Rel(a.path("public"), name)
		if err != nil {
			a.t.Fatal(err)
		}
		kind, header, err := seal.Inspect(data)
		if err != nil || kind != seal.Hybrid {
			a.t.Fatalf("%s: %s, %v", rel, kind, err)
		}
		plain, ok := seal.PlainLen(len(data) - header)
		if !ok || seal.Bucket(plain, 4096) != plain {
			a.t.Errorf("%s has %d bytes inside, which is no bucket", rel, plain)
		}
		folder, _, _ := strings.Cut(filepath.ToSlash(rel), "/")
		looked[folder]++
	}
	for _, folder := range []string{"b", "i", "k"} {
		if looked[folder] == 0 {
			a.t.Errorf("nothing sealed under %s/", folder)
		}
	}
}
