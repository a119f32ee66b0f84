package access_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"despatch/records/access"
)

func vocabulary() *access.Vocabulary {
	full := map[access.Area]access.Right{access.Visits: access.Full, access.Documents: access.Full, access.Returns: access.Full, access.Results: access.Full}
	audit := map[access.Area]access.Right{access.Visits: access.Audit}
	return &access.Vocabulary{
		Format: 1,
		Roles: []access.Role{
			{ID: "headteacher", Name: "Headteacher", Words: []string{"headteachers", "head teachers", "heads"}, Rights: full},
			{ID: "governor", Name: "Governor", Words: []string{"governors"}},
			{ID: "chair-of-governors", Name: "Chair of governors", Words: []string{"chairs of governors"}},
			{ID: "school-secretary", Name: "School secretary", Words: []string{"school secretaries", "admin staff"}, Rights: audit},
		},
		Groups: []access.Group{
			{ID: "lite-schools", Name: "Lite", Tags: []string{"lite"}, Schools: []string{"900003"}, Roles: []string{"headteacher"}},
			{ID: "all-lite", Name: "All of Lite", Tags: []string{"lite"}},
		},
	}
}

func tagsOf(school string) []string {
	if school == "900001" {
		return []string{"lite"}
	}
	return nil
}

func ids(held []access.Compartment) string {
	var s []string
	for _, c := range held {
		s = append(s, c.ID())
	}
	return strings.Join(s, " ")
}

func TestRolesFor(t *testing.T) {
	tests := []struct {
		words          []string
		roles, unknown string
	}{
		{[]string{"Headteachers", "school secretaries", "admin staff"}, "headteacher,school-secretary", ""},
		{[]string{"Headteachers", "Chairs of Governors"}, "chair-of-governors,headteacher", ""},
		{[]string{" HEAD   TEACHERS "}, "headteacher", ""},
		{[]string{"chair-of-governors", "Governor"}, "chair-of-governors,governor", ""},
		{nil, "", ""},
		{[]string{"Headteacherss"}, "", "Headteacherss"},
		{[]string{"everyone"}, "", "everyone"},
		{[]string{""}, "", ""},
		{[]string{"governors", "Designated safeguarding leads", "caretakers"}, "governor", "Designated safeguarding leads,caretakers"},
		{[]string{"Headteachers and Chairs of Governors"}, "", "Headteachers and Chairs of Governors"},
	}
	for _, tt := range tests {
		roles, unknown := vocabulary().RolesFor(tt.words)
		if strings.Join(roles, ",") != tt.roles || strings.Join(unknown, ",") != tt.unknown {
			t.Errorf("%q: roles %q, unknown %q; want %q, %q", tt.words, roles, unknown, tt.roles, tt.unknown)
		}
	}
	if _, unknown := vocabulary().RolesFor([]string{""}); len(unknown) != 1 {
		t.Error("an empty word is not reported")
	}
}

func TestHoldings(t *testing.T) {
	place := func(school string, roles ...string) access.Place { return access.Place{School: school, Roles: roles} }
	allFull := "900002/documents-audit 900002/documents-full 900002/results-audit 900002/results-full 900002/returns-audit 900002/returns-full 900002/role-headteacher 900002/visits-audit 900002/visits-full"
	tests := []struct {
		name   string
		places []access.Place
		want   string
	}{
		{"nobody", nil, ""},
		{"a role without rights", []access.Place{place("900002", "governor")}, "-/role-governor 900002/role-governor"},
		{"audit is not full", []access.Place{place("900002", "school-secretary")}, "-/role-school-secretary 900002/role-school-secretary 900002/visits-audit"},
		{"full includes audit", []access.Place{place("900002", "headteacher")}, "-/role-headteacher " + allFull},
		{"the highest of two roles", []access.Place{place("900002", "school-secretary", "headteacher")}, "-/role-headteacher -/role-school-secretary " +
			strings.Replace(allFull, "role-headteacher", "role-headteacher 900002/role-school-secretary", 1)},
		{"a right replaced by less", []access.Place{{School: "900002", Roles: []string{"school-secretary"}, Rights: map[access.Area]access.Right{access.Visits: access.Off}}}, "-/role-school-secretary 900002/role-school-secretary"},
		{"a right replaced by more", []access.Place{{School: "900002", Roles: []string{"governor"}, Rights: map[access.Area]access.Right{access.Results: access.Audit}}}, "-/role-governor 900002/results-audit 900002/role-governor"},
		{"an unknown role holds nothing", []access.Place{place("900002", "caretaker")}, ""},
		{"a group by tag, for all roles", []access.Place{place("900001", "governor")}, "-/group-all-lite -/role-governor 900001/role-governor"},
		{"a group by school, but not for this role", []access.Place{place("900003", "governor")}, "-/role-governor 900003/role-governor"},
		{"two schools", []access.Place{place("900004", "governor"), place("900002", "governor")}, "-/role-governor 900002/role-governor 900004/role-governor"},
	}
	for _, tt := range tests {
		held := vocabulary().Holdings(&access.Account{Schools: tt.places}, tagsOf)
		if got := ids(held); got != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", tt.name, got, tt.want)
		}
	}
	head := &access.Account{Schools: []access.Place{place("900003", "headteacher")}}
	if got := ids(vocabulary().Holdings(head, tagsOf)); !strings.HasPrefix(got, "-/group-lite-schools -/role-headteacher ") {
		t.Errorf("a head at a school of the group holds %s", got)
	}
}

func TestEveryHoldingIsAKindOfItsPlace(t *testing.T) {
	v := vocabulary()
	a := &access.Account{Schools: []access.Place{{School: "900001", Roles: []string{"headteacher", "governor", "school-secretary", "chair-of-governors"}}}}
	for _, c := range v.Holdings(a, tagsOf) {
		kinds := v.SchoolKinds()
		if c.School == "" {
			kinds = v.AuthorityKinds()
		}
		if !slices.Contains(kinds, c.Kind) {
			t.Errorf("%s is of no kind", c.ID())
		}
		again, err := access.ParseCompartment(c.ID())
		if err != nil || again != c {
			t.Errorf("%s is read as %v, %v", c.ID(), again, err)
		}
	}
}

func TestParseCompartmentRefuses(t *testing.T) {
	for _, id := range []string{"", "/", "-/", "900001", "/visits-full", "900001/", "900001/visits/full", "900001/Visits", "-x/a", "900001/-a", "900001/" + strings.Repeat("a", 65), "900001/ü"} {
		if c, err := access.ParseCompartment(id); err == nil {
			t.Errorf("%q is read as %v", id, c)
		}
	}
}

func TestVocabularyCheck(t *testing.T) {
	tests := []struct {
		name   string
		change func(*access.Vocabulary)
		want   string
	}{
		{"as it should be", func(*access.Vocabulary) {}, ""},
		{"an id in capitals", func(v *access.Vocabulary) { v.Roles[1].ID = "Gov" }, "roles.1.id: "},
		{"an id twice", func(v *access.Vocabulary) { v.Groups[1].ID = "lite-schools" }, "groups.1.id: the group"},
		{"a word of two roles", func(v *access.Vocabulary) { v.Roles[1].Words = []string{"HEADS"} }, `roles.1.words.0: "HEADS" already names`},
		{"an unknown area", func(v *access.Vocabulary) { v.Roles[0].Rights["care"] = access.Full }, "roles.0.rights.care: unknown area"},
		{"an unknown right", func(v *access.Vocabulary) { v.Roles[0].Rights[access.Visits] = "read" }, "unknown right \"read\""},
		{"a role without a name", func(v *access.Vocabulary) { v.Roles[1].Name = "" }, "roles.1.name"},
		{"a group of nobody", func(v *access.Vocabulary) { v.Groups[1].Tags = nil }, "groups.1.schools"},
		{"a group of a tag and without it", func(v *access.Vocabulary) { v.Groups[1].Without = []string{"small", "lite"} }, `groups.1.without.1: the tag "lite" is under tags, too`},
		{"a group of those who lack a tag", func(v *access.Vocabulary) { v.Groups[1].Tags, v.Groups[1].Without = nil, []string{"full"} }, ""},
		{"a group for no role", func(v *access.Vocabulary) { v.Groups[0].Roles = []string{"head"} }, "groups.0.roles.0: unknown role \"head\""},
		{"a group without a name", func(v *access.Vocabulary) { v.Groups[0].Name = "" }, "groups.0.name"},
		{"an id that is too long", func(v *access.Vocabulary) { v.Groups[0].ID = strings.Repeat("a", 59) }, "groups.0.id"},
	}
	for _, tt := range tests {
		v := vocabulary()
		tt.change(v)
		var got []string
		v.Check(func(key, text string) { got = append(got, key+": "+text) })
		if tt.want == "" && len(got) > 0 || tt.want != "" && (len(got) != 1 || !strings.Contains(got[0], tt.want)) {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestASchoolThatLacksATagIsInItsGroup(t *testing.T) {
	v := &access.Vocabulary{Groups: []access.Group{
		{ID: "not-full", Without: []string{"full", "closed"}, Schools: []string{"900009"}},
		{ID: "small-not-full", Tags: []string{"small"}, Without: []string{"full"}},
	}}
	for _, tt := range []struct {
		group, school string
		tags          []string
		want          bool
	}{
		{"not-full", "900001", nil, true},
		{"not-full", "900001", []string{"small"}, true},
		{"not-full", "900001", []string{"full"}, false},
		{"not-full", "900001", []string{"small", "closed"}, false},
		{"not-full", "900009", []string{"full"}, true}, // by its URN
		{"not-full", "", nil, false},                   // no school lacks nothing
		{"small-not-full", "900001", nil, false},
		{"small-not-full", "900001", []string{"small"}, true},
		{"small-not-full", "900001", []string{"small", "full"}, false},
		{"unknown", "900001", nil, false},
	} {
		if got := v.GroupHas(tt.group, tt.school, tt.tags); got != tt.want {
			t.Errorf("%s has the school %q of %v: %t", tt.group, tt.school, tt.tags, got)
		}
	}
}

func TestAccountCheck(t *testing.T) {
	tests := []struct {
		name   string
		change func(*access.Account)
		want   string
	}{
		{"as it should be", func(*access.Account) {}, ""},
		{"no name", func(a *access.Account) { a.Name = "" }, "name: "},
		{"no address", func(a *access.Account) { a.Email = "morgan" }, "email: "},
		{"an address with a name", func(a *access.Account) { a.Email = "M <m@fernside.example>" }, "email: "},
		{"no school", func(a *access.Account) { a.Schools = nil }, "schools: "},
		{"a school twice", func(a *access.Account) { a.Schools = append(a.Schools, a.Schools[0]) }, "schools.1.school: "},
		{"no role", func(a *access.Account) { a.Schools[0].Roles = nil }, "schools.0.roles: "},
		{"an unknown role", func(a *access.Account) { a.Schools[0].Roles = []string{"headteacher", "head"} }, "schools.0.roles.1: unknown role"},
		{"an unknown right", func(a *access.Account) { a.Schools[0].Rights = map[access.Area]access.Right{"visits": "all"} }, "schools.0.rights.visits: "},
	}
	for _, tt := range tests {
		a := &access.Account{Name: "Morgan Ellery", Email: "morgan.ellery@fernside.example", Schools: []access.Place{{School: "900001", Roles: []string{"headteacher"}}}}
		tt.change(a)
		var got []string
		a.Check(vocabulary(), func(key, text string) { got = append(got, key+": "+text) })
		if tt.want == "" && len(got) > 0 || tt.want != "" && (len(got) != 1 || !strings.Contains(got[0], tt.want)) {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
	shared := access.Account{Email: "Head@fernside.example"}
	if own := (access.Account{Email: "m.ellery@fernside.example"}); !shared.SharedMailbox() || own.SharedMailbox() {
		t.Error("shared mailboxes are not told from people's own")
	}
}

func TestNewCode(t *testing.T) {
	code, err := access.NewCode(bytes.NewReader([]byte{0xff, 0, 0xff, 0, 0x1f}))
	if err != nil || code != "ZW0FY00Z" {
		t.Errorf("%q, %v", code, err)
	}
	for range 100 {
		code, err := access.NewCode(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := access.FoldCode(access.FormatCode(code)); err != nil || again != code {
			t.Errorf("%q comes back as %q, %v", code, again, err)
		}
	}
	if _, err := access.NewCode(iotest.ErrReader(errors.New("no entropy"))); err == nil {
		t.Error("a code was made of nothing")
	}
}

func TestFoldCode(t *testing.T) {
	for typed, want := range map[string]string{
		"7KQ2-M9XD": "7KQ2M9XD", "7kq2m9xd": "7KQ2M9XD", " 7kq2 - m9xd ": "7KQ2M9XD", "ooil-0011": "00110011", "7KQ2--M9XD": "7KQ2M9XD",
	} {
		if got, err := access.FoldCode(typed); err != nil || got != want {
			t.Errorf("%q: %q, %v; want %q", typed, got, err, want)
		}
	}
	for _, typed := range []string{"", "7KQ2-M9X", "7KQ2-M9XDA", "7KQ2-M9XU", "7KQ2_M9XD", "7KQ2\tM9XD", "7KQ2-M9Xé", "7ＫQ2M9XD", "--------"} {
		if got, err := access.FoldCode(typed); err == nil {
			t.Errorf("%q is read as %q", typed, got)
		}
	}
}

func FuzzFoldCode(f *testing.F) {
	for _, s := range []string{"7KQ2-M9XD", "oil0 oil1", "", "ıııııııı", "\xff\xff\xff\xff\xff\xff\xff\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		code, err := access.FoldCode(typed)
		if err != nil {
			return
		}
		again, err := access.FoldCode(access.FormatCode(code))
		if err != nil || again != code || len(code) != 8 {
			t.Errorf("%q is %q and again %q, %v", typed, code, again, err)
		}
	})
}
