package access

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// A Compartment names a set of pages that the same people may read
// (docs/formats.md section 14). School is empty for the authority's own.
type Compartment struct {
	School string
	Kind   string
}

// Areas are the areas in the order of the menu.
func Areas() []Area { return []Area{Visits, Documents, Returns, Results, People} }

// Kind is the compartment kind of an area at a right: visits-audit.
func (a Area) Kind(r Right) string { return string(a) + "-" + string(r) }

// RoleKind is the compartment kind of a role.
func RoleKind(role string) string { return "role-" + role }

// PersonKind is the compartment kind of what is one person's own at a school: the
// address that is held for them, and what they may see (rows P20, P29).
func PersonKind(code string) string { return "person-" + strings.ToLower(code) }

// IsPerson reports whether a kind is one person's own.
func IsPerson(kind string) bool { return strings.HasPrefix(kind, "person-") }

// GroupKind is the compartment kind of a group of schools.
func GroupKind(group string) string { return "group-" + group }

// ID is "<school or ->/<kind>".
func (c Compartment) ID() string { return cmp.Or(c.School, "-") + "/" + c.Kind }

// Compare orders compartments by school, the authority's own first, then kind.
func (c Compartment) Compare(o Compartment) int {
	return cmp.Or(cmp.Compare(c.School, o.School), cmp.Compare(c.Kind, o.Kind))
}

// ParseCompartment reads what ID writes, and nothing else.
func ParseCompartment(id string) (Compartment, error) {
	school, kind, ok := strings.Cut(id, "/")
	if !ok || !validKind(kind) || school != "-" && !validKind(school) {
		return Compartment{}, fmt.Errorf("%q is not a compartment (want one like 900001/visits-full or -/role-headteacher)", id)
	}
	if school == "-" {
		school = ""
	}
	return Compartment{school, kind}, nil
}

// SchoolKinds are the kinds that every school has, sorted: audit and full of
// each area and one for each role. Care compartments come and go with cases.
func (v *Vocabulary) SchoolKinds() []string {
	var kinds []string
	for _, a := range Areas() {
		kinds = append(kinds, a.Kind(Audit), a.Kind(Full))
	}
	for _, r := range v.Roles {
		kinds = append(kinds, RoleKind(r.ID))
	}
	slices.Sort(kinds)
	return kinds
}

// AuthorityKinds are the kinds of the authority's own compartments, sorted: one
// for each role and each group.
func (v *Vocabulary) AuthorityKinds() []string {
	var kinds []string
	for _, r := range v.Roles {
		kinds = append(kinds, RoleKind(r.ID))
	}
	for _, g := range v.Groups {
		kinds = append(kinds, GroupKind(g.ID))
	}
	slices.Sort(kinds)
	return kinds
}

// validKind reports whether s matches ^[a-z0-9][a-z0-9-]{0,63}$.
func validKind(s string) bool {
	if len(s) == 0 || len(s) > 64 || s[0] == '-' {
		return false
	}
	for _, c := range []byte(s) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return true
}
