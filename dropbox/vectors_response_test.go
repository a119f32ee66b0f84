package dropbox_test

import (
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
		replaced("newer", "newer", "despatch-response 1", "despatch-response 2"),
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
		if r.Answer != c.Answer || r.Comments != c.Comments {
			t.Errorf("%s: %q %q, want %q %q", c.Name, r.Answer, r.Comments, c.Answer, c.Comments)
		}
	})
}

func TestResponseThatIsNoUTF8IsRefused(t *testing.T) {
	_, err := response.Parse([]byte("despatch-response 1\nanswer inaccurate\n\n\xff\n"))
	wantRefusal(t, "no UTF-8", err, string(refusal.Malformed))
	if _, err := (response.Response{Answer: "inaccurate"}).Format(); refusal.Of(err) != refusal.Malformed {
		t.Errorf("inaccurate without comments is written: %v", err)
	}
}
