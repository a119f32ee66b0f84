package datareturn

import (
	"regexp"
	"strconv"
	"strings"
)

var (
	typedNumber = regexp.MustCompile(`^(-?)([0-9]+)(?:\.([0-9]+))?$`)
	fixedNumber = regexp.MustCompile(`^(-?)(0|[1-9][0-9]{0,8})(?:\.([0-9]{0,2}[1-9]))?$`)
)

// plainNumber is a typed number as it is kept: without thousands' commas, spaces
// and needless zeros. What is no number stays as it was typed.
func plainNumber(typed string) string {
	typed = strings.TrimSpace(typed)
	m := typedNumber.FindStringSubmatch(strings.NewReplacer(",", "", " ", "").Replace(typed))
	if m == nil {
		return typed
	}
	whole, part := strings.TrimLeft(m[2], "0"), strings.TrimRight(m[3], "0")
	if whole == "" {
		whole = "0"
	}
	if part != "" {
		part = "." + part
	}
	if whole+part == "0" {
		return "0"
	}
	return m[1] + whole + part
}

// number is a number as it is kept, in thousandths.
func number(value string) (n int64, ok bool) {
	m := fixedNumber.FindStringSubmatch(value)
	if m == nil || value == "-0" {
		return 0, false
	}
	n, _ = strconv.ParseInt(m[2]+(m[3] + "000")[:mostDecimals], 10, 64)
	if m[1] == "-" {
		n = -n
	}
	return n, true
}

// decimals counts the digits after the point.
func decimals(value string) int {
	_, part, _ := strings.Cut(value, ".")
	return len(part)
}
