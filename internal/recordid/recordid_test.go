package recordid_test

import (
	"regexp"
	"strings"
	"testing"

	"despatch/internal/recordid"
	"despatch/records/calendar"
)

func TestIDsFitTheirPattern(t *testing.T) {
	pattern := regexp.MustCompile(`^2026-11-03-[0-9a-hjkmnp-tv-z]{4}-[a-z0-9][a-z0-9-]*$`)
	tests := []struct{ title, want string }{
		{"Early reading", "early-reading"},
		{"  Zoë’s café: the école's 2nd – part ", "zoes-cafe-the-ecoles-2nd-part"},
		{"", "untitled"},
		{"—", "untitled"},
		{"日本", "untitled"},
		{"../../etc/passwd", "etc-passwd"},
		{strings.Repeat("word ", 30), "word-word-word-word-word-word-word-word-word"},
		{strings.Repeat("x", 90), strings.Repeat("x", 48)},
	}
	date := calendar.Date{Year: 2026, Month: 11, Day: 3}
	for _, test := range tests {
		for _, bits := range [][]byte{{0, 0, 0}, {255, 255, 255}, {1, 2, 3, 4}} {
			id := recordid.New(date, bits, test.title)
			if !pattern.MatchString(id) || len(id) > 64 || id[16:] != test.want {
				t.Errorf("%q gives %q, want …-%s", test.title, id, test.want)
			}
		}
	}
}
