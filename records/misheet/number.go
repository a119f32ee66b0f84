package misheet

import (
	"cmp"
	"regexp"
	"strconv"
)

var number = regexp.MustCompile(`^(?i:\s*MI\s*)?\s*([0-9]{1,4})\s*[/-]\s*([0-9]{2}|[0-9]{4})\s*$`)

// ParseNumber reads an MI number as it is written on sheets: 236/15, MI 162-04,
// MI 97/02, 23/06. The serial counts within the year, which is four digits; of
// two, 00 to 79 are 2000 to 2079 and 80 to 99 are 1980 to 1999 (rows P03, G8).
func ParseNumber(written string) (serial, year int, ok bool) {
	m := number.FindStringSubmatch(written)
	if m == nil {
		return 0, 0, false
	}
	serial, _ = strconv.Atoi(m[1])
	year, _ = strconv.Atoi(m[2])
	switch {
	case len(m[2]) == 4 && (year < 1980 || year > 2079), serial == 0:
		return 0, 0, false
	case len(m[2]) == 4:
	case year < 80:
		year += 2000
	default:
		year += 1900
	}
	return serial, year, true
}

// Compare orders sheets by the year of their number, then its serial (row P03).
// A sheet without a number that can be read goes by its publication, after all
// numbered sheets of that year.
func Compare(a, b *Sheet) int {
	as, ay := a.place()
	bs, by := b.place()
	return cmp.Or(cmp.Compare(ay, by), cmp.Compare(as, bs), a.Published.Compare(b.Published), cmp.Compare(a.ID, b.ID))
}

// Less reports whether a comes before b in the order of Compare.
func Less(a, b *Sheet) bool { return Compare(a, b) < 0 }

func (s *Sheet) place() (serial, year int) {
	if serial, year, ok := ParseNumber(s.Number); ok {
		return serial, year
	}
	const afterAll = 1 << 20
	return afterAll, s.Published.Date.Year
}
