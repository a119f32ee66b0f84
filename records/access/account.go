package access

import (
	"fmt"
	"io"
	"net/mail"
	"slices"
	"strings"
)

// An Account is a named person at one or more schools.
type Account struct {
	Code    string  `yaml:"-"` // 8 characters, upper case; its file's name in lower case
	Format  int     `yaml:"format"`
	Name    string  `yaml:"name"`
	Email   string  `yaml:"email"`
	Schools []Place `yaml:"schools"`
}

// A Place is what a person is at one school.
type Place struct {
	School string         `yaml:"school"`
	Roles  []string       `yaml:"roles"`
	Rights map[Area]Right `yaml:"rights"`
}

// alphabet is Crockford's base32: no I, L, O or U.
const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// NewCode makes an account code of 8 characters from 40 random bits.
func NewCode(rand io.Reader) (string, error) {
	var bits [5]byte
	if _, err := io.ReadFull(rand, bits[:]); err != nil {
		return "", fmt.Errorf("read random bits: %w", err)
	}
	var n uint64
	for _, b := range bits {
		n = n<<8 | uint64(b)
	}
	code := make([]byte, 8)
	for i := range code {
		code[7-i] = alphabet[n&31]
		n >>= 5
	}
	return string(code), nil
}

// FoldCode reads an account code as a person types it (docs/formats.md section
// 4): any case, spaces and hyphens dropped, O as 0, I and L as 1.
func FoldCode(typed string) (string, error) {
	code := strings.Map(func(r rune) rune {
		switch {
		case r == ' ' || r == '-':
			return -1
		case r >= 'a' && r <= 'z':
			r -= 'a' - 'A'
		}
		switch r {
		case 'O':
			return '0'
		case 'I', 'L':
			return '1'
		}
		return r
	}, typed)
	if len(code) != 8 || strings.Trim(code, alphabet) != "" {
		return "", fmt.Errorf("%q is not an account code (want 8 letters and digits, as 7KQ2-M9XD)", typed)
	}
	return code, nil
}

// FormatCode is a folded code as it is printed: 7KQ2-M9XD.
func FormatCode(code string) string {
	if len(code) != 8 {
		return code
	}
	return code[:4] + "-" + code[4:]
}

// Right is what the account may read of an area at a place: the highest of its
// roles' rights, unless the place's own rights replace it.
func (v *Vocabulary) Right(p Place, area Area) Right {
	if r, ok := p.Rights[area]; ok {
		return r
	}
	best := Off
	for _, id := range p.Roles {
		role, _ := v.Role(id)
		switch role.Rights[area] {
		case Full:
			return Full
		case Audit:
			best = Audit
		}
	}
	return best
}

// Holdings are the compartments whose keys the account holds, sorted and
// without repeats. A person holds what is their own at each school; full includes
// audit (row V10); each role holds its
// compartment of the school and of the authority; a group's key goes to those
// of its roles at its schools. tagsOf gives the tags of a school.
func (v *Vocabulary) Holdings(a *Account, tagsOf func(school string) []string) []Compartment {
	var held []Compartment
	for _, p := range a.Schools {
		if a.Code != "" {
			held = append(held, Compartment{p.School, PersonKind(a.Code)})
		}
		for _, area := range Areas() {
			switch v.Right(p, area) {
			case Full:
				held = append(held, Compartment{p.School, area.Kind(Audit)}, Compartment{p.School, area.Kind(Full)})
			case Audit:
				held = append(held, Compartment{p.School, area.Kind(Audit)})
			}
		}
		for _, id := range p.Roles {
			if _, ok := v.Role(id); ok {
				held = append(held, Compartment{p.School, RoleKind(id)}, Compartment{"", RoleKind(id)})
			}
		}
		tags := tagsOf(p.School)
		for _, g := range v.Groups {
			if v.GroupHas(g.ID, p.School, tags) && g.admits(p.Roles) {
				held = append(held, Compartment{"", GroupKind(g.ID)})
			}
		}
	}
	slices.SortFunc(held, Compartment.Compare)
	return slices.Compact(held)
}

func (g Group) admits(roles []string) bool {
	return len(g.Roles) == 0 || slices.ContainsFunc(roles, func(r string) bool { return slices.Contains(g.Roles, r) })
}

// Check reports what is wrong with the account: the key, as schools.0.roles.1,
// and a sentence. Whether its schools exist is for who knows them.
func (a *Account) Check(v *Vocabulary, report func(key, text string)) {
	if strings.TrimSpace(a.Name) == "" {
		report("name", "an account is one named person: give the name")
	}
	if addr, err := mail.ParseAddress(a.Email); err != nil || addr.Address != a.Email {
		report("email", fmt.Sprintf("%q is not an e-mail address (want one like name@school.example)", a.Email))
	}
	if len(a.Schools) == 0 {
		report("schools", "the account has no school: name at least one")
	}
	seen := make(map[string]bool)
	for i, p := range a.Schools {
		key := fmt.Sprintf("schools.%d.", i)
		if seen[p.School] {
			report(key+"school", fmt.Sprintf("the school %q is there twice; put all its roles in one place", p.School))
		}
		seen[p.School] = true
		if len(p.Roles) == 0 {
			report(key+"roles", "name at least one role")
		}
		for j, id := range p.Roles {
			if _, ok := v.Role(id); !ok {
				report(fmt.Sprintf("%sroles.%d", key, j), v.UnknownRole(id))
			}
		}
		checkRights(p.Rights, func(area Area, text string) { report(key+"rights."+string(area), text) })
	}
}

// SharedMailbox reports whether the address looks like a mailbox that several
// people read: what is sent there is not for one person (row X02).
func (a *Account) SharedMailbox() bool {
	name, _, _ := strings.Cut(strings.ToLower(a.Email), "@")
	return slices.Contains([]string{
		"admin", "enquiries", "head", "headteacher", "info", "mail", "office", "principal", "reception", "school", "secretary",
	}, name)
}
