package authority

import (
	"fmt"
	"math"
	"strconv"
)

// leastContrast is WCAG 2.2's 1.4.3 for text of ordinary size.
const leastContrast = 4.5

func (t Theme) check(report func(key, text string)) {
	ratio, ok := t.Contrast()
	switch {
	case !ok:
		report("theme.brand", fmt.Sprintf("%q is not a colour (want one like \"#1d3c6e\", in quotes)", t.Brand))
	case ratio < leastContrast:
		report("theme.brand", fmt.Sprintf("white text on %s has a contrast of %.1f:1 (want 4.5:1 or more): take a darker colour", t.Brand, math.Floor(10*ratio)/10))
	}
}

// Contrast is the contrast of white text on the brand colour, from 1 to 21, by
// WCAG's relative luminance.
func (t Theme) Contrast() (ratio float64, ok bool) {
	if len(t.Brand) != 7 || t.Brand[0] != '#' {
		return 0, false
	}
	n, err := strconv.ParseUint(t.Brand[1:], 16, 24)
	if err != nil {
		return 0, false
	}
	linear := func(shift int) float64 {
		c := float64(n>>shift&0xff) / 255
		if c <= 0.04045 {
			return c / 12.92
		}
		return math.Pow((c+0.055)/1.055, 2.4)
	}
	luminance := 0.2126*linear(16) + 0.7152*linear(8) + 0.0722*linear(0)
	return 1.05 / (luminance + 0.05), true
}
