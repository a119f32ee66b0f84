package authority

import (
	"fmt"
	"net/mail"
	"strings"
)

// A Contact is a person or team to ask. For says about what.
type Contact struct {
	Name  string `yaml:"name"`
	Email string `yaml:"email"`
	Phone string `yaml:"phone"`
	For   string `yaml:"for"`
}

// IsZero reports whether nobody is named.
func (c Contact) IsZero() bool { return c == Contact{} }

// Line is the contact on one line: name, phone and address as far as known.
func (c Contact) Line() string {
	var parts []string
	for _, s := range []string{c.Name, c.Phone, c.Email} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, ", ")
}

// Check reports an address or number that cannot be one.
func (c Contact) Check(report func(key, text string)) {
	if c.Email != "" && !isEmail(c.Email) {
		report("email", fmt.Sprintf("%q is not an e-mail address (want one like name@council.example)", c.Email))
	}
	if c.Phone != "" && Tel(c.Phone) == "" {
		report("phone", fmt.Sprintf("%q is not a phone number (want one like 01632 960000)", c.Phone))
	}
}

func isEmail(s string) bool {
	a, err := mail.ParseAddress(s)
	return err == nil && a.Address == s
}

// Tel is a phone number as a tel: link (row R02), with the country's code:
// 01632 960000 is tel:+441632960000. It is empty where the text is no number.
// An extension after "ext" or "x" follows as ;ext= (RFC 3966).
func Tel(phone string) string {
	number, ext, _ := strings.Cut(strings.ToLower(phone), "x")
	number = strings.TrimSuffix(strings.TrimSpace(number), "e")
	number = strings.ReplaceAll(number, "(0)", "")
	digits := func(s, allowed string) string {
		if strings.Trim(s, "0123456789"+allowed) != "" {
			return ""
		}
		return strings.Map(func(r rune) rune {
			if r >= '0' && r <= '9' || r == '+' {
				return r
			}
			return -1
		}, s)
	}
	d := digits(number, "+ ()-.")
	switch {
	case strings.HasPrefix(d, "0"):
		d = "+44" + d[1:]
	case !strings.HasPrefix(d, "+") || strings.Contains(d[1:], "+"):
		return ""
	}
	if len(d) < 8 || len(d) > 16 {
		return ""
	}
	if ext = digits(strings.TrimLeft(ext, "t. "), " "); ext != "" {
		return "tel:" + d + ";ext=" + ext
	}
	return "tel:" + d
}
