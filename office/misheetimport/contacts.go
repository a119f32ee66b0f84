package misheetimport

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"despatch/records/authority"
)

var (
	phoneNumber = regexp.MustCompile(`(?i)(?:\(?\+\d{2}\)?[ -]?(?:\(0\) ?)?|\(?\b0)\d{1,5}\)?(?:[ -]?\d{2,6}){1,3}(?: ?(?:ext|extn|extension|x)\.? ?\d{1,6})?\b`)
	anyEmail    = regexp.MustCompile(email)
	reachWords  = regexp.MustCompile(`(?i)\b(?:tel(?:ephone)?(?: number)?|phone|e-?mail)\s*(?:[:.]|$|\s*\(?$)`)
	looseWords  = regexp.MustCompile(`(?i)(?:^|\s)(?:on|at|or|via|by)$`)
)

// contacts reads one line of an LA Contact field: people with their numbers
// and addresses, in brackets or not (row R02).
func (r *reader) contacts(l line) []authority.Contact {
	var all []authority.Contact
	for _, part := range r.splitPeople(l) {
		c, ok := r.oneContact(l, part)
		switch {
		case !ok:
		case len(all) > 0 && c.Name == "" && reaches(&all[len(all)-1], c):
		default:
			all = append(all, c)
		}
	}
	return all
}

// reaches gives the number and address of c, which stand without a name, to the
// person before them, and reports whether that one had room for both.
func reaches(before *authority.Contact, c authority.Contact) bool {
	if c.Phone != "" && before.Phone != "" || c.Email != "" && before.Email != "" {
		return false
	}
	before.Phone += c.Phone
	before.Email += c.Email
	return true
}

// splitPeople splits at semicolons and tabs always, at commas and "and" where
// both sides are people by their number, address or form of name.
func (r *reader) splitPeople(l line) []string {
	var all []string
	for _, part := range splitOutside(l.text, ";\t") {
		all = append(all, r.splitNames(l, strings.TrimSpace(part))...)
	}
	return all
}

var nameBreak = regexp.MustCompile(`(?i)\s*,\s+(?:and\s+)?|\s+(?:and|or|&|/)\s+`)

func (r *reader) splitNames(l line, part string) []string {
	for _, at := range nameBreak.FindAllStringIndex(part, -1) {
		left, right := part[:at[0]], part[at[1]:]
		if strings.Count(left, "(") != strings.Count(left, ")") {
			continue
		}
		reached := hasReach(left) && hasReach(right) && startsName(right)
		named := !strings.Contains(part[at[0]:at[1]], ",") && isName(left) && isName(right)
		if reached || named {
			if !reached {
				r.note(l, "read as two contacts, %q and %q", left, right)
			}
			return append([]string{left}, r.splitNames(l, right)...)
		}
	}
	return []string{part}
}

func hasReach(s string) bool { return phoneNumber.MatchString(s) || anyEmail.MatchString(s) }

func startsName(s string) bool {
	first, _ := utf8.DecodeRuneInString(s)
	return unicode.IsUpper(first)
}

// isName reports whether s has the form of a person's name with or without a
// number: two to four capitalised words.
func isName(s string) bool {
	s = anyEmail.ReplaceAllString(phoneNumber.ReplaceAllString(s, ""), "")
	words := strings.Fields(strings.NewReplacer("(", " ", ")", " ").Replace(s))
	if len(words) < 2 || len(words) > 4 {
		return false
	}
	for _, w := range words {
		if !startsName(w) || people.MatchString(w) {
			return false
		}
	}
	return true
}

// oneContact takes number and address out of a person's line; what is left is
// the name, as written.
func (r *reader) oneContact(l line, part string) (authority.Contact, bool) {
	part = strings.Trim(squeeze(part), ",. ")
	if part == "" {
		return authority.Contact{}, false
	}
	emails := anyEmail.FindAllString(part, -1)
	rest := anyEmail.ReplaceAllString(part, "\x00")
	phones := phoneNumber.FindAllString(rest, -1)
	rest = phoneNumber.ReplaceAllString(rest, "\x00")
	if len(emails) > 1 || len(phones) > 1 {
		r.keep(l, "more than one number or address of one contact")
	}
	var c authority.Contact
	if len(emails) > 0 {
		c.Email = emails[0]
	}
	if len(phones) > 0 {
		c.Phone = squeeze(strings.TrimPrefix(balance(phones[0]), " "))
	}
	name, clean := nameOf(rest)
	if !clean {
		r.keep(l, "the contact has words around its number or address")
	}
	c.Name = name
	c.Check(func(_, text string) {
		r.keep(l, text)
		c.Email, c.Phone = "", ""
	})
	return c, true
}

// balance drops a bracket that has no partner: (01632 960002) is cut at its
// digits.
func balance(s string) string {
	if strings.Count(s, "(") != strings.Count(s, ")") {
		s = strings.NewReplacer("(", "", ")", "").Replace(s)
	}
	return s
}

// nameOf is the text around the numbers and addresses, which are NUL here,
// without the words and brackets that introduced them. It is clean when
// nothing else was between them.
func nameOf(rest string) (name string, clean bool) {
	clean = true
	var words []string
	parts := strings.Split(rest, "\x00")
	for i, p := range parts {
		p = strings.Trim(p, " ,;:()[]/–-")
		if i+1 < len(parts) {
			p = strings.TrimRight(reachWords.ReplaceAllString(p, ""), " ,;:([/–-")
			if looseWords.MatchString(p) {
				clean = false
				p = strings.TrimSpace(looseWords.ReplaceAllString(p, ""))
			}
		}
		// a bracket that belongs to the name keeps its partner
		if strings.Count(p, "(") > strings.Count(p, ")") {
			p += ")"
		}
		if p != "" {
			words = append(words, p)
		}
	}
	return strings.Join(words, ", "), clean
}

// addReach gives a number or an address from a field of its own to the
// contact that it belongs to: the only one, or the one whose name it holds.
func (r *reader) addReach(l line, mail, phone string) {
	contacts := r.sheet.Contacts
	var mine []int
	for i, c := range contacts {
		if mail != "" && c.Email == "" && holdsName(mail, c.Name) {
			mine = append(mine, i)
		}
	}
	if len(mine) == 0 && len(contacts) == 1 {
		mine = []int{0}
	}
	if len(mine) == 1 {
		c := &r.sheet.Contacts[mine[0]]
		if mail != "" && c.Email == "" {
			c.Email = mail
			return
		}
		if phone != "" && c.Phone == "" {
			c.Phone = phone
			return
		}
	}
	r.note(l, "it is not plain whose this is: kept as a contact without a name")
	r.sheet.Contacts = append(r.sheet.Contacts, authority.Contact{Email: mail, Phone: phone})
}

// holdsName reports whether the local part of an address is made of the
// person's names, as chris.jackson is.
func holdsName(mail, name string) bool {
	local, _, _ := strings.Cut(strings.ToLower(mail), "@")
	words := strings.Fields(strings.ToLower(name))
	if len(words) < 2 {
		return false
	}
	return strings.Contains(local, words[len(words)-1]) && strings.HasPrefix(local, words[0][:1])
}
