package dropbox_test

import (
	"slices"
	"strings"
	"testing"

	"despatch/internal/refusal"
	"despatch/internal/response"
)

type responseVector struct {
	Name     string  `json:"name"`
	Error    string  `json:"error"`
	Text     string  `json:"text"`
	Typed    *string `json:"typed,omitempty"` // what a person typed: Comments is what is made of it
	Answer   string  `json:"answer"`
	Comments string  `json:"comments"`
	Points   []point `json:"points,omitempty"`
}

type point struct {
	Passage string `json:"passage"`
	Wrong   string `json:"wrong"`
	Words   string `json:"words"`
}

func TestResponseVectors(t *testing.T) {
	const good = "despatch-response 1\nanswer inaccurate\n\nThe number on roll is 212, not 221.\n\nPage 3 names another school.\n"
	const accurate = "despatch-response 1\nanswer accurate\n"
	made := vectors[responseVector]{About: "docs/formats.md section 18.1: responses, and comments made of what was typed"}
	ok := func(name, answer, comments string) {
		text, err := response.Response{Answer: answer, Comments: comments}.Format()
		must(t, err)
		made.Cases = append(made.Cases, responseVector{Name: name, Text: string(text), Answer: answer, Comments: comments})
	}
	ok("accurate", "accurate", "")
	ok("inaccurate", "inaccurate", "The number on roll is 212, not 221.\n\nPage 3 names another school.")
	ok("one character", "inaccurate", "x")
	ok("the most", "inaccurate", strings.Repeat("x", response.Longest-1)+"😀")
	ok("begins with spaces", "inaccurate", "  - 212, not 221")
	ok("looks like a signed text", "inaccurate", "-----BEGIN SSH SIGNATURE-----\nanswer accurate")
	bad := func(name, wantError, text string) {
		made.Cases = append(made.Cases, responseVector{Name: name, Error: wantError, Text: text})
	}
	for _, s := range append(textRules(), []spoilt{
		replaced("newer", "newer", "despatch-response 1", "despatch-response 3"),
		replaced("other format", "malformed", "despatch-response 1", "despatch-envelope 1"),
		replaced("leading zero", "malformed", "despatch-response 1", "despatch-response 01"),
		replaced("unknown answer", "malformed", "answer inaccurate", "answer partly"),
		replaced("answer in capitals", "malformed", "answer inaccurate", "answer Inaccurate"),
		replaced("two spaces", "malformed", "answer inaccurate", "answer  inaccurate"),
		replaced("no answer", "malformed", "answer inaccurate\n", ""),
		replaced("another word", "malformed", "answer ", "judgement "),
		replaced("accurate with comments", "malformed", "answer inaccurate", "answer accurate"),
		replaced("no empty line before the comments", "malformed", "inaccurate\n\n", "inaccurate\n"),
		replaced("two empty lines before the comments", "malformed", "inaccurate\n\n", "inaccurate\n\n\n"),
		replaced("space at the end of a line of comments", "malformed", "221.\n", "221. \n"),
		replaced("tab", "malformed", "number on", "number\ton"),
		replaced("escape", "malformed", "number", "\x1b[31mnumber"),
		replaced("delete", "malformed", "number", "\x7fnumber"),
		replaced("C1 control", "malformed", "number", "\u0085number"),
		replaced("text that runs backwards", "malformed", "number", "\u202enumber"),
		replaced("isolate", "malformed", "number", "\u2066number"),
		replaced("line separator", "malformed", "number", "\u2028number"),
		replaced("no character", "malformed", "number", "\uffffnumber"),
		{"empty line at the end", "malformed", func(s string) string { return s + "\n" }},
		{"no line end", "malformed", func(s string) string { return s[:len(s)-1] }},
		{"cut after the answer", "malformed", func(s string) string { return s[:strings.Index(s, "\n\n")+1] }},
		{"cut after the empty line", "malformed", func(s string) string { return s[:strings.Index(s, "\n\n")+2] }},
		{"a character too many", "malformed", func(s string) string { return s[:38] + strings.Repeat("x", response.Longest+1) + "\n" }},
		{"only white space", "malformed", func(s string) string { return s[:38] + "\u00a0\u2003\n" }},
		{"empty", "malformed", func(string) string { return "" }},
		{"first line alone", "malformed", func(string) string { return "despatch-response 1\n" }},
	}...) {
		bad(s.name, s.error, s.how(good))
	}
	markVectors(t, &made)
	bad("accurate with an empty line", "malformed", accurate+"\n")
	bad("accurate twice", "malformed", accurate+"answer accurate\n")
	for _, c := range []struct{ name, typed string }{
		{"typed: nothing", ""},
		{"typed: spaces and empty lines", " \n\t\r\n \u00a0"},
		{"typed: line ends of Windows and of old Macs", "a\r\nb\rc"},
		{"typed: a tab and spaces at the end of a line", "a\tb \t \nc  "},
		{"typed: empty lines around and within", "\n\n  a\n\n\nb\n\n"},
		{"typed: pasted characters that do not belong", "\ufeffa\u200eb\u202ec\u0000d\u2028e\u001b[0m"},
		{"typed: a space that is left at the end", "a \u200e\nb"},
		{"typed: other writing", "Ŵyn, café, 学校 😀"},
	} {
		made.Cases = append(made.Cases, responseVector{Name: c.name, Typed: &c.typed, Comments: response.Clean(c.typed)})
	}
	checkVectors(t, "response", made, func(t *testing.T, c responseVector) {
		if c.Typed != nil {
			if got := response.Clean(*c.Typed); got != c.Comments || response.Clean(got) != got {
				t.Errorf("%s: %q becomes %q (want %q, and to stay so)", c.Name, *c.Typed, got, c.Comments)
			}
			return
		}
		r, err := response.Parse([]byte(c.Text))
		wantRefusal(t, c.Name, err, c.Error)
		var points []point
		for _, p := range r.Points {
			points = append(points, point(p))
		}
		if r.Answer != c.Answer || r.Comments != c.Comments || !slices.Equal(points, c.Points) {
			t.Errorf("%s: %q %q %q, want %q %q %q", c.Name, r.Answer, r.Comments, points, c.Answer, c.Comments, c.Points)
		}
	})
}

// markVectors adds answers that mark passages: format 2.
func markVectors(t *testing.T, made *vectors[responseVector]) {
	three := []point{
		{"The Year 4 unit is taught on Mondays.", "It is Year 5.\n\nMondays is right.", "The Year 5 unit is taught on Mondays."},
		{"Attendance is 94 per cent…", "It is 96 per cent.", ""},
		{"point 2", "comments", "words words\n  wrong"},
	}
	text := func(comments string, points ...point) string {
		r := response.Response{Answer: "inaccurate", Comments: comments}
		for _, p := range points {
			r.Points = append(r.Points, response.Point(p))
		}
		text, err := r.Format()
		must(t, err)
		return string(text)
	}
	ok := func(name, comments string, points ...point) {
		made.Cases = append(made.Cases, responseVector{Name: name, Text: text(comments, points...), Answer: "inaccurate", Comments: comments, Points: points})
	}
	most := func(n int, p point) []point { return slices.Repeat([]point{p}, n) }
	long := func(n int) string { return strings.Repeat("x", n) }
	ok("marks: three, and comments", "Page 3 names another school.\n\nSee above.", three...)
	ok("marks: three, and no comments", "", three...)
	ok("marks: one character each", "", point{"x", "y", ""})
	ok("marks: comments that look like a mark", "point 2\npassage x\nwrong y", three[0])
	ok("marks: the most, of the longest", "", append(most(4, point{long(500), long(2_000), long(2_000)}), most(16, point{"x", "yy", long(119)})...)...)
	good := text("Page 3 names another school.", three...)
	for _, s := range []spoilt{
		replaced("newer", "newer", "despatch-response 2", "despatch-response 3"),
		replaced("accurate", "malformed", "answer inaccurate", "answer accurate"),
		replaced("a number too high", "malformed", "point 2\npassage Att", "point 3\npassage Att"),
		replaced("no number", "malformed", "point 1\n", "point\n"),
		replaced("no passage", "malformed", "passage The Year 4 unit is taught on Mondays.\n", ""),
		replaced("an empty passage", "malformed", "passage Attendance is 94 per cent…", "passage"),
		replaced("a passage of two lines", "malformed", "passage Attendance is", "passage Attendance\npassage is"),
		replaced("not what is wrong", "malformed", "wrong It is 96 per cent.\n", ""),
		replaced("words before what is wrong", "malformed", "wrong comments\nwords words words\n", "words words words\nwrong comments\n"),
		replaced("an unknown word", "malformed", "wrong It is 96", "right It is 96"),
		replaced("a space after a word alone", "malformed", "wrong\n", "wrong \n"),
		replaced("an empty line at the end of a part", "malformed", "wrong It is 96 per cent.\n", "wrong It is 96 per cent.\nwrong\n"),
		replaced("no empty line before a point", "malformed", "\n\npoint 2\npassage Att", "\npoint 2\npassage Att"),
		replaced("an empty line within a point", "malformed", "\nwrong It is 96", "\n\nwrong It is 96"),
		replaced("no empty line before the comments", "malformed", "\n\ncomments\n", "\ncomments\n"),
		replaced("comments without their word", "malformed", "comments\nPage", "Page"),
		replaced("the word, and no comments", "malformed", "comments\nPage 3 names another school.\n", "comments\n"),
		replaced("an escape in a passage", "malformed", "The Year 4", "The \x1b[31mYear 4"),
		replaced("words that run backwards", "malformed", "The Year 5", "The \u202eYear 5"),
		replaced("a tab in what is wrong", "malformed", "It is 96", "It is\t96"),
		{"no point", "malformed", func(string) string { return "despatch-response 2\nanswer inaccurate\n\ncomments\nx\n" }},
		{"nothing", "malformed", func(string) string { return "despatch-response 2\nanswer inaccurate\n" }},
		{"no line end", "malformed", func(s string) string { return s[:len(s)-1] }},
		{"a passage too long", "malformed", func(string) string { return strings.Replace(text("", three[1]), "94", long(478)+"94", 1) }},
		{"too long what is wrong", "malformed", func(string) string {
			return strings.Replace(text("", point{"x", long(2_000), ""}), "wrong x", "wrong xx", 1)
		}},
		{"too long words", "malformed", func(string) string {
			return strings.Replace(text("", point{"x", "y", long(2_000)}), "words x", "words xx", 1)
		}},
		{"a point too many", "malformed", func(string) string {
			return text("", most(20, point{"x", "y", ""})...) + "\npoint 21\npassage x\nwrong y\n"
		}},
		{"too long in all", "malformed", func(string) string {
			return strings.Replace(text(long(19_998), point{"x", "y", ""}), "wrong y", "wrong yy", 1)
		}},
	} {
		made.Cases = append(made.Cases, responseVector{Name: "marks: " + s.name, Error: s.error, Text: s.how(good)})
	}
}

func TestResponseThatIsNoUTF8IsRefused(t *testing.T) {
	_, err := response.Parse([]byte("despatch-response 1\nanswer inaccurate\n\n\xff\n"))
	wantRefusal(t, "no UTF-8", err, string(refusal.Malformed))
	if _, err := (response.Response{Answer: "inaccurate"}).Format(); refusal.Of(err) != refusal.Malformed {
		t.Errorf("inaccurate without comments is written: %v", err)
	}
}
