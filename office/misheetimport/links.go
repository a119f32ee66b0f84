package misheetimport

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"despatch/records/misheet"
)

// email is an address as one that CommonMark makes a link of.
const (
	domainLabel = `[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?`
	email       = `[A-Za-z0-9][A-Za-z0-9._%+'-]*@` + domainLabel + `(?:\.` + domainLabel + `)+`
)

var (
	addressStart = regexp.MustCompile(`(?i)(?:https?://|\bwww\.[a-z0-9])`)
	wholeEmail   = regexp.MustCompile(`^` + email + `$`)
	fileEnding   = regexp.MustCompile(`(?i)\.(?:docx?|pdf|xlsx?|pptx?|html?|aspx?|php|rtf|zip|csv|txt|odt)(?:[?#]\S*)?$`)
	between      = " \t;,"
)

// startsAddress reports whether s starts as a web address does.
func startsAddress(s string) bool {
	at := addressStart.FindStringIndex(s)
	return at != nil && at[0] == 0
}

// links reads one line of a Links field: any number of web addresses, each
// possibly with raw spaces in it and words before it. What is no address is
// returned in other, as written.
func (r *reader) links(l line) (links []misheet.Link, other []string) {
	value := l.text
	starts := addressStart.FindAllStringIndex(value, -1)
	var cuts []int
	for _, at := range starts {
		// an address within an address (…?to=http://…) does not start one
		if at[0] == 0 || strings.ContainsRune(between+"(-–:", rune(value[at[0]-1])) {
			cuts = append(cuts, at[0])
		}
	}
	if len(cuts) == 0 {
		return r.notAddress(l)
	}
	title := strings.Trim(value[:cuts[0]], between+":(–-")
	for i, from := range cuts {
		to := len(value)
		if i+1 < len(cuts) {
			to = cuts[i+1]
		}
		text := strings.Trim(value[from:to], between)
		link, rest, ok := r.oneLink(l, text)
		if !ok {
			other = append(other, joinWords(title, text))
			title = ""
			continue
		}
		link.Title = squeeze(joinWords(title, rest))
		links = append(links, link)
		title = ""
	}
	return links, other
}

func joinWords(words ...string) string {
	return strings.TrimSpace(strings.Join(words, " "))
}

// oneLink makes a valid address of text, which starts as one. Spaces belong to
// it (row R03), unless what stands before the first one is already whole.
func (r *reader) oneLink(l line, text string) (link misheet.Link, rest string, ok bool) {
	if first, after, spaced := strings.Cut(text, " "); spaced && !fileEnding.MatchString(text) {
		complete := fileEnding.MatchString(first) || strings.HasSuffix(first, "/") || !strings.Contains(trimScheme(first), "/")
		if complete {
			text, rest = first, strings.Trim(after, " ()")
			if after != rest {
				rest = after
			}
			r.note(l, "the address ends at the first space; %q is kept as its title", rest)
		} else {
			r.note(l, "the whole line is taken as one address with spaces in it: check the link")
		}
	} else if spaced && fileEnding.MatchString(first) {
		text, rest = first, after
		r.note(l, "the address ends at the first space; %q is kept as its title", rest)
	}
	address, err := validAddress(text)
	if err != nil {
		r.note(l, "%q is not a web address (%v): kept among the associated documents", text, err)
		return misheet.Link{}, "", false
	}
	return misheet.Link{URL: address}, rest, true
}

func trimScheme(s string) string {
	if _, after, ok := strings.Cut(s, "://"); ok {
		return after
	}
	return s
}

// notAddress keeps what stands where a link should be.
func (r *reader) notAddress(l line) ([]misheet.Link, []string) {
	if wholeEmail.MatchString(l.text) {
		return []misheet.Link{{URL: "mailto:" + l.text}}, nil
	}
	if isNumber(l.text) {
		r.note(l, "the link %q is another sheet's number: kept among the associated documents", l.text)
	} else {
		r.note(l, "the link %q is not a web address: kept among the associated documents", l.text)
	}
	return nil, []string{squeeze(l.text)}
}

// validAddress percent-encodes what may not stand in an address and adds the
// scheme that a bare www. name lacks.
func validAddress(s string) (string, error) {
	if !strings.Contains(s, "://") {
		s = "http://" + s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '%' && !(i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2])):
			b.WriteString("%25")
		case c <= ' ' || c >= 0x7f || strings.IndexByte("\"<>\\^`{|}[]", c) >= 0:
			fmt.Fprintf(&b, "%%%02X", c)
		default:
			b.WriteByte(c)
		}
	}
	u, err := url.Parse(b.String())
	if err != nil || u.Host == "" || strings.ContainsAny(u.Host, "%") || u.User != nil {
		return "", fmt.Errorf("it has no proper host")
	}
	return b.String(), nil
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}
