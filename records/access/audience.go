package access

import (
	"fmt"
	"slices"
	"strings"
)

// Role finds a role by its id.
func (v *Vocabulary) Role(id string) (Role, bool) {
	for _, r := range v.Roles {
		if r.ID == id {
			return r, true
		}
	}
	return Role{}, false
}

// Group finds a group by its id.
func (v *Vocabulary) Group(id string) (Group, bool) {
	for _, g := range v.Groups {
		if g.ID == id {
			return g, true
		}
	}
	return Group{}, false
}

// RolesFor maps the words of an audience to role ids, sorted and without
// repeats. Letter case and runs of white space do not count; nothing else is
// forgiven, because a wrong guess sends a paper to the wrong people. Words that
// name no role are returned as they were written: what they were on is held
// (row X07), never sent to everyone.
func (v *Vocabulary) RolesFor(words []string) (roles, unknown []string) {
	for _, word := range words {
		folded := foldWord(word)
		found := false
		for _, r := range v.Roles {
			if r.names(folded) {
				roles = append(roles, r.ID)
				found = true
			}
		}
		if !found {
			unknown = append(unknown, word)
		}
	}
	slices.Sort(roles)
	return slices.Compact(roles), unknown
}

// GroupHas reports whether the school, which has these tags, is in the group: by its
// URN, or by a tag that it has or lacks (row P19).
func (v *Vocabulary) GroupHas(id, school string, tags []string) bool {
	g, ok := v.Group(id)
	if !ok {
		return false
	}
	if slices.Contains(g.Schools, school) {
		return true
	}
	has := func(t string) bool { return slices.Contains(tags, t) }
	if school == "" || slices.ContainsFunc(g.Without, has) {
		return false
	}
	return slices.ContainsFunc(g.Tags, has) || len(g.Tags) == 0 && len(g.Without) > 0
}

// Check reports what is wrong with groups.yaml: the key, as roles.0.id, and a
// sentence.
func (v *Vocabulary) Check(report func(key, text string)) {
	seen := make(map[string]bool)
	word := make(map[string]string)
	for i, r := range v.Roles {
		key := fmt.Sprintf("roles.%d.", i)
		checkID(r.ID, "role", seen, func(text string) { report(key+"id", text) })
		if r.Name == "" {
			report(key+"name", "a role needs a name")
		}
		checkRights(r.Rights, func(area Area, text string) { report(key+"rights."+string(area), text) })
		for j, w := range append([]string{r.Name, r.ID}, r.Words...) {
			f := foldWord(w)
			if owner, taken := word[f]; taken && owner != r.ID {
				report(fmt.Sprintf("%swords.%d", key, max(j-2, 0)), fmt.Sprintf("%q already names the role %q; one word names one role", w, owner))
			}
			word[f] = r.ID
		}
	}
	clear(seen)
	for i, g := range v.Groups {
		key := fmt.Sprintf("groups.%d.", i)
		checkID(g.ID, "group", seen, func(text string) { report(key+"id", text) })
		if g.Name == "" {
			report(key+"name", "a group needs a name")
		}
		if len(g.Tags)+len(g.Without)+len(g.Schools) == 0 {
			report(key+"schools", "the group has neither tags nor schools: nobody is in it")
		}
		for j, t := range g.Without {
			if slices.Contains(g.Tags, t) {
				report(fmt.Sprintf("%swithout.%d", key, j), fmt.Sprintf("the tag %q is under tags, too: no school has it and lacks it", t))
			}
		}
		for j, id := range g.Roles {
			if _, ok := v.Role(id); !ok {
				report(fmt.Sprintf("%sroles.%d", key, j), v.UnknownRole(id))
			}
		}
	}
}

// UnknownRole is the sentence for a role id that groups.yaml does not have.
func (v *Vocabulary) UnknownRole(id string) string {
	ids := make([]string, 0, len(v.Roles))
	for _, r := range v.Roles {
		ids = append(ids, r.ID)
	}
	return fmt.Sprintf("unknown role %q (want one of %s)", id, strings.Join(ids, ", "))
}

// names reports whether the folded word names r: its id, its name or one of its
// words.
func (r Role) names(folded string) bool {
	return folded == foldWord(r.ID) || folded == foldWord(r.Name) ||
		slices.ContainsFunc(r.Words, func(w string) bool { return foldWord(w) == folded })
}

func foldWord(w string) string { return strings.ToLower(strings.Join(strings.Fields(w), " ")) }

func checkID(id, what string, seen map[string]bool, report func(text string)) {
	switch {
	case !validKind(RoleKind(id)) || !validKind(GroupKind(id)):
		report(fmt.Sprintf("%q cannot be a %s's id (want lower-case letters, digits and hyphens, at most 58)", id, what))
	case seen[id]:
		report(fmt.Sprintf("the %s %q is there twice", what, id))
	}
	seen[id] = true
}

func checkRights(rights map[Area]Right, report func(area Area, text string)) {
	for area, right := range rights {
		if !slices.Contains(Areas(), area) {
			report(area, fmt.Sprintf("unknown area %q (want one of visits, documents, returns, results)", area))
		} else if right != Off && right != Audit && right != Full {
			report(area, fmt.Sprintf("unknown right %q (want off, audit or full)", right))
		}
	}
}
