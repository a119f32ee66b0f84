package visit

import (
	"fmt"
	"strings"
	"time"

	"despatch/records/calendar"
)

// From September 2012 "requires improvement" replaces "satisfactory" (row R05).
var requiresImprovementFrom = calendar.Date{Year: 2012, Month: time.September, Day: 1}

// Grades are the grade words of a date: a record keeps the words of its time.
func Grades(on calendar.Date) []string {
	if on.Before(requiresImprovementFrom) {
		return []string{"outstanding", "good", "satisfactory", "inadequate"}
	}
	return []string{"outstanding", "good", "requires improvement", "inadequate"}
}

// Categories are the categories of concern; none of them is a grade (row R06).
func Categories() []string {
	return []string{"special measures", "serious weaknesses", "notice to improve", "requires significant improvement"}
}

// checkGrade keeps grade and category apart, refuses a grade where the profile
// has none (row C06), and words that are not of the visit's date.
func (v *Visit) checkGrade(p *Profile, report func(key, text string)) {
	if v.Grade != "" {
		switch {
		case !p.Graded:
			report("grade", fmt.Sprintf("visits of profile %q have no grade: take the key out", p.ID))
		case isOneOf(v.Grade, Categories()):
			report("grade", fmt.Sprintf("%q is a category of concern, not a grade: write it under category_of_concern", v.Grade))
		case !v.Date.IsZero() && !isOneOf(v.Grade, Grades(v.Date)):
			report("grade", fmt.Sprintf("%q is not a grade of %s (want %s)", v.Grade, v.Date.Short(), strings.Join(Grades(v.Date), ", ")))
		}
	}
	if v.CategoryOfConcern != "" && !isOneOf(v.CategoryOfConcern, Categories()) {
		text := fmt.Sprintf("unknown category %q (want %s)", v.CategoryOfConcern, strings.Join(Categories(), ", "))
		if isOneOf(v.CategoryOfConcern, Grades(v.Date)) {
			text = fmt.Sprintf("%q is a grade, not a category of concern (want %s)", v.CategoryOfConcern, strings.Join(Categories(), ", "))
		}
		report("category_of_concern", text)
	}
}

func isOneOf(word string, words []string) bool {
	for _, w := range words {
		if strings.EqualFold(w, word) {
			return true
		}
	}
	return false
}
