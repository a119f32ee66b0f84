package render

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// errAddress says why an address is not linked.
var errAddress = errors.New("is not an address that a page may link to (want https, http, mailto, tel or a relative one)")

// address gives raw as it may stand in an href: percent-encoded, of an allowed
// scheme. People paste addresses with raw spaces (row R03): they are encoded,
// as are other bytes that no URL has. What is already encoded stays.
func address(raw string) (string, error) {
	s := strings.TrimSpace(raw)
	if s == "" {
		return "", errors.New("is empty (want an address after the text)")
	}
	if !utf8.ValidString(s) || strings.ContainsFunc(s, isControl) {
		return "", fmt.Errorf("%q %w", s, errAddress)
	}
	if !allowedAddress(s) {
		return "", fmt.Errorf("%q %w", s, errAddress)
	}
	return percentEncode(s), nil
}

// allowedAddress reports whether s is relative or of an allowed scheme. What
// has no host after https: or starts with two slashes is refused: browsers read
// both as something else than people do.
func allowedAddress(s string) bool {
	if strings.ContainsRune(s, '\\') || strings.HasPrefix(s, "//") {
		return false
	}
	end := strings.IndexAny(s, "/?#")
	if end < 0 {
		end = len(s)
	}
	scheme, rest, found := strings.Cut(s[:end], ":")
	if !found {
		return true
	}
	switch strings.ToLower(scheme) {
	case "https", "http":
		after := s[len(scheme)+1:]
		return strings.HasPrefix(after, "//") && len(after) > 2 && !strings.ContainsAny(after[2:3], "/?#")
	case "mailto", "tel":
		return rest != ""
	}
	return false
}

// isControl reports whether r is a control character or one that reorders text.
func isControl(r rune) bool {
	return r < 0x20 || r == 0x7f || r >= 0x80 && r < 0xa0 ||
		r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == 0x200e || r == 0x200f || r == 0x61c
}

// percentEncode encodes every byte that may not stand in a URL.
func percentEncode(s string) string {
	const hex = "0123456789ABCDEF"
	clean := true
	for i := range len(s) {
		if !urlByte(s, i) {
			clean = false
			break
		}
	}
	if clean {
		return s
	}
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		if urlByte(s, i) {
			b.WriteByte(c)
			continue
		}
		b.WriteByte('%')
		b.WriteByte(hex[c>>4])
		b.WriteByte(hex[c&15])
	}
	return b.String()
}

// urlByte reports whether the byte at i of s may stand in a URL (RFC 3986). A
// percent sign may where two hex digits follow.
func urlByte(s string, i int) bool {
	c := s[i]
	if c == '%' {
		return i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2])
	}
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' ||
		strings.IndexByte("-._~:/?#[]@!$&()*+,;=", c) >= 0
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

// external reports whether an allowed address leaves the portal.
func external(href string) bool {
	return len(href) >= 4 && strings.EqualFold(href[:4], "http")
}
