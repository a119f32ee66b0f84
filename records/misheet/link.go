package misheet

import (
	"fmt"
	"net/url"
	"strings"
)

// A Link is an address under the sheet's header, or the number of another
// sheet.
type Link struct {
	URL   string `yaml:"url"`
	Title string `yaml:"title"`
}

// Sheet is the number of the sheet that the link names, where it is no address.
func (l Link) Sheet() (serial, year int, ok bool) { return ParseNumber(l.URL) }

// Href is the address as it goes into a page: valid and percent-encoded, also
// where raw spaces were written (row R03). It is empty where the link is another
// sheet's number. Only http, https, mailto and tel are let through; an address
// that begins with www. is read as http.
func (l Link) Href() (string, error) {
	if _, _, ok := l.Sheet(); ok {
		return "", nil
	}
	raw := strings.TrimSpace(l.URL)
	if strings.HasPrefix(strings.ToLower(raw), "www.") {
		raw = "http://" + raw
	}
	u, err := url.Parse(encode(raw))
	if err != nil {
		return "", fmt.Errorf("%q is not an address (want one like https://www.example.org/page)", l.URL)
	}
	switch strings.ToLower(u.Scheme) {
	case "http", "https":
		if u.Host == "" || u.User != nil {
			return "", fmt.Errorf("%q is not an address (want one like https://www.example.org/page)", l.URL)
		}
	case "mailto", "tel":
		if u.Opaque == "" {
			return "", fmt.Errorf("%q is not an address (want one like mailto:name@example.org)", l.URL)
		}
	default:
		return "", fmt.Errorf("%q is not an address that a page may link to (want https, http, mailto or tel)", l.URL)
	}
	return u.String(), nil
}

// encode percent-encodes what may not stand in a URL (RFC 3986) and leaves the
// rest alone, also a percent sign that begins an escape.
func encode(s string) string {
	const kept = "-._~:/?#[]@!$&'()*+,;="
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', strings.IndexByte(kept, c) >= 0,
			c == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]):
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}
