package notify

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"despatch/records/authority"
	"despatch/records/calendar"
)

// A Letter is a mail as it is sent.
type Letter struct {
	ID      string // Message-ID, without brackets: the same for the same mail on the same day
	To      string
	Subject string
	Text    string
}

// Compose writes a mail. Serial is that of the head which shows what it tells of.
func Compose(m Mail, s *authority.Settings, serial int, today calendar.Date) Letter {
	l := Letter{ID: messageID(m, s, today), To: m.To}
	var b strings.Builder
	link := func(path string) string {
		return fmt.Sprintf("%s/#a=%s&to=%s&h=%d", s.Portal.Address, m.Code, url.QueryEscape(path), serial)
	}
	if m.Kind == Digest {
		l.Subject = "New on " + s.Portal.Name
		fmt.Fprintf(&b, "There is something new for you on %s.\n\n%s\n", s.Portal.Name, link("/s/home.html"))
	} else {
		items := slices.Clone(m.Items)
		slices.SortStableFunc(items, func(a, b Item) int {
			if a.Due.IsZero() != b.Due.IsZero() {
				return map[bool]int{true: 1, false: -1}[a.Due.IsZero()]
			}
			return a.Due.Compare(b.Due)
		})
		l.Subject = subject(items, s)
		fmt.Fprintf(&b, "%s awaits something of your school on %s.\n", s.Authority.Name, s.Portal.Name)
		for _, i := range items {
			fmt.Fprintf(&b, "\n%s:\n%s\n", sentence(i), link(i.Path))
		}
		if slices.ContainsFunc(items, func(i Item) bool { return i.Respond }) {
			b.WriteString("\nYou or another permitted person at your school must respond. If nothing is received by then, the record stands as it is.\n")
		}
	}
	b.WriteString("\nThis mail says nothing else on purpose. You are asked to sign in: nobody from the authority asks for your passphrase.\n")
	b.WriteString("\nWhom to ask: " + s.Contacts[0].Line() + "\n")
	if s.Helpline.OfficeHours != "" {
		fmt.Fprintf(&b, "Helpline: %s, from %s to %s on working days\n", s.Helpline.OfficeHours, s.Helpline.From, s.Helpline.To)
	}
	fmt.Fprintf(&b, "\nYou get this because %s gave you an account on %s. Which address is written to stands on your account page there.\n", s.Authority.Name, s.Portal.Name)
	l.Text = b.String()
	return l
}

// subject says what to do and by when, and no more.
func subject(items []Item, s *authority.Settings) string {
	first := items[0]
	if len(items) == 1 {
		return sentence(first)
	}
	if first.Due.IsZero() {
		return fmt.Sprintf("%d things to do on %s", len(items), s.Portal.Name)
	}
	return fmt.Sprintf("%d things to do, the first by %s", len(items), first.Due.Long())
}

// sentence says what one item asks for. A date to act by that was written in words is
// left for the portal to say.
func sentence(i Item) string {
	what := "Act"
	if i.Respond {
		what = "Read and respond"
	}
	if i.Due.IsZero() {
		return what + " as the portal says"
	}
	return what + " by " + i.Due.Long()
}

// messageID names a mail by what is in it, so that a mail that goes twice, because this
// program ended between sending and noting it, can be known for the same.
func messageID(m Mail, s *authority.Settings, today calendar.Date) string {
	h := sha256.New()
	fmt.Fprintf(h, "despatch-mail-1\n%s\n%s\n%s\n%s\n", m.Kind, m.Code, m.To, today)
	for _, i := range m.Items {
		fmt.Fprintf(h, "%s\n", i.Told)
	}
	_, domain, _ := strings.Cut(s.Mail.From, "@")
	return hex.EncodeToString(h.Sum(nil)[:16]) + "@" + cmp.Or(domain, "localhost")
}
