package strictyaml_test

import (
	"encoding/json"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"despatch/internal/strictyaml"
	"despatch/records/calendar"
)

type inner struct {
	Name string `yaml:"name"`
	For  string `yaml:"for"`
}

type record struct {
	Hidden string            `yaml:"-"`
	Format int               `yaml:"format"`
	Status string            `yaml:"status"`
	URN    string            `yaml:"urn"`
	Public bool              `yaml:"public"`
	Date   calendar.Date     `yaml:"date"`
	At     time.Time         `yaml:"at"`
	Who    inner             `yaml:"who"`
	Words  []string          `yaml:"words"`
	Days   []calendar.Date   `yaml:"days,omitempty,flow"`
	People []inner           `yaml:"people"`
	Rights map[string]string `yaml:"rights"`
	Text   string            `yaml:"text"`
}

func TestDecode(t *testing.T) {
	const doc = `# a comment
format: 1
status: Open, but proposed to close
urn: 0123456   # stays text
public: true
date: 2026-11-03
at: 2026-11-04T10:12:00Z
who: {name: Robin Vale, for: help}
words: [yes, 012, 1e3, null, "a: b"]
days: [2026-11-05, 2026-11-06]
people:
  - name: A
  - {name: B}
rights: {visits: off, results: full}
text: |
  First.

  Second: with colon.
`
	want := record{
		Format: 1, Status: "Open, but proposed to close", URN: "0123456", Public: true,
		Date: calendar.Date{Year: 2026, Month: 11, Day: 3}, At: time.Date(2026, 11, 4, 10, 12, 0, 0, time.UTC),
		Who: inner{"Robin Vale", "help"}, Words: []string{"yes", "012", "1e3", "null", "a: b"},
		Days:   []calendar.Date{{Year: 2026, Month: 11, Day: 5}, {Year: 2026, Month: 11, Day: 6}},
		People: []inner{{Name: "A"}, {Name: "B"}}, Rights: map[string]string{"visits": "off", "results": "full"},
		Text: "First.\n\nSecond: with colon.\n",
	}
	for _, d := range []string{doc, strings.ReplaceAll(doc, "\n", "\r\n"), "---\n" + doc, doc + "...\n"} {
		var got record
		if problems := strictyaml.Decode([]byte(d), &got); len(problems) > 0 || !reflect.DeepEqual(got, want) {
			t.Errorf("%v\n got %+v\nwant %+v", problems, got, want)
		}
	}
	var left record
	if problems := strictyaml.Decode([]byte("format: 1\nstatus:\ndate:\nwords:\nwho:\nrights:\nat:\npublic:\n"), &left); len(problems) > 0 || !reflect.DeepEqual(left, record{Format: 1}) {
		t.Errorf("empty values are not left-out ones: %v, %+v", problems, left)
	}
}

func TestDecodeRefuses(t *testing.T) {
	deep := strings.Repeat("[", 30) + strings.Repeat("]", 30)
	tests := []struct {
		name, doc    string
		line, column int
		want         string
	}{
		{"an unknown key", "format: 1\nstatsu: x\n", 2, 1, `unknown key "statsu" (did you mean "status"? want one of format, status, urn,`},
		{"a key of nobody", "colour: red\n", 1, 1, `unknown key "colour" (want one of format, status`},
		{"an unknown key inside", "who:\n  nmae: x\n", 2, 3, `unknown key "nmae" (did you mean "name"? want one of name, for)`},
		{"a hidden field", "Hidden: x\n", 1, 1, `unknown key "Hidden"`},
		{"a key in other case", "Status: x\n", 1, 1, `unknown key "Status" (did you mean "status"?`},
		{"a key twice", "status: a\nurn: b\nstatus: c\n", 3, 1, `the key "status" is there twice (first in line 1)`},
		{"a key twice in a map", "rights: {visits: off, visits: full}\n", 1, 23, `the key "visits" is there twice`},
		{"a list for text", "status: [a]\n", 1, 9, "found a list (want text)"},
		{"a mapping for text", "status: {a: b}\n", 1, 9, "found a mapping (want text)"},
		{"text for a list", "words: a, b\n", 1, 8, `found "a, b" (want a list`},
		{"text for a mapping", "who: Robin\n", 1, 6, `found "Robin" (want lines of key: value)`},
		{"a list for a map", "rights: [a]\n", 1, 9, "found a list (want lines of key: value)"},
		{"a list for a date", "date: [a]\n", 1, 7, "found a list"},
		{"yes for true", "public: yes\n", 1, 9, `"yes" is neither true nor false`},
		{"true in quotes", "public: \"true\"\n", 1, 9, "neither true nor false"},
		{"a word for a number", "format: one\n", 1, 9, `"one" is not a whole number`},
		{"a number with a point", "format: 1.0\n", 1, 9, "not a whole number"},
		{"an octal", "format: 01\n", 1, 9, "not a whole number"},
		{"a huge number", "format: 99999999999999999999\n", 1, 9, "not a whole number"},
		{"no date", "date: 3/11/2026\n", 1, 7, `"3/11/2026" is not a date (want one like 2026-11-03)`},
		{"no such day", "date: 2026-02-30\n", 1, 7, "not a day of the calendar"},
		{"a date in a list", "days: [2026-11-05, x]\n", 1, 20, `"x" is not a date`},
		{"an empty entry", "words: [a, , b]\n", 1, 1, "cannot be read as YAML"},
		{"a missing entry", "words:\n  - a\n  -\n", 3, 4, "an entry of the list is empty"},
		{"a time without a zone", "at: 2026-11-04T10:12:00\n", 1, 5, "is not a time"},
		{"a time of elsewhere", "at: 2026-11-04T10:12:00+01:00\n", 1, 5, "is not a time"},
		{"a part of a second", "at: 2026-11-04T10:12:00.5Z\n", 1, 5, "is not a time"},
		{"a list as a key", "? [a]\n: b\n", 1, 3, "found a list as a key"},
		{"an anchor", "status: &a x\n", 1, 9, "an anchor (&a) is not allowed"},
		{"an alias", "status: x\nurn: *a\n", 1, 1, "cannot be read as YAML: unknown anchor"},
		{"a merge key", "who:\n  <<: {name: x}\n", 2, 3, "a merge key (<<) is not allowed"},
		{"a tag", "urn: !!int 5\n", 1, 6, "a tag (!!int) is not allowed"},
		{"a tag of one's own", "urn: !secret 5\n", 1, 6, "a tag (!secret) is not allowed"},
		{"a binary", "urn: !!binary AAAA\n", 1, 6, "a tag (!!binary)"},
		{"a directive", "%YAML 1.1\n---\nurn: a\n", 1, 1, "a directive"},
		{"two documents", "urn: a\n---\nurn: b\n", 2, 1, "a second document begins here"},
		{"too deep", "words: " + deep + "\n", 1, 27, "more than 20 levels deep"},
		{"far too deep", "words:\n " + strings.Repeat("[", 5000), 2, 1, "more than 20 levels deep"},
		{"too large", "text: " + strings.Repeat("a", 256<<10), 1, 1, "has 257 KiB (want at most 256)"},
		{"too many lines", strings.Repeat("#\n", 20001), 20001, 1, "more than 20000 lines"},
		{"empty", "", 1, 1, "the document is empty"},
		{"comments only", "# nothing\n", 1, 1, "the document is empty"},
		{"only text", "hello\n", 1, 1, `found "hello" (want lines of key: value)`},
		{"a list", "- a\n", 1, 1, "found a list"},
		{"a tab", "who:\n\tname: x\n", 2, 1, "cannot be read as YAML: found character that cannot start any token"},
		{"an open quote", "urn: \"a\n", 2, 1, "cannot be read as YAML"},
		{"a byte order mark", "\ufeffurn: a\n", 1, 1, "byte order mark"},
		{"no UTF-8", "urn: a\nstatus: caf\xe9\n", 2, 12, "the byte 0xe9 is not UTF-8"},
		{"a NUL", "urn: a\x00b\n", 1, 7, "U+0000"},
		{"an escape sequence", "urn: \x1b[31m\n", 1, 6, "U+001B"},
		{"a lone CR", "urn: a\rb\n", 1, 7, "U+000D"},
		{"a C1 control", "urn: a\u0085b\n", 1, 7, "U+0085"},
		{"text turned round", "urn: \"abc\u202edcb\"\n", 1, 10, "U+202E"},
		{"text turned round by an escape", "urn: \"abc\\u202edcb\"\n", 1, 6, "U+202E does not belong in text; take it out (written as an escape)"},
		{"a NUL by an escape", "urn: \"a\\0b\"\n", 1, 6, "U+0000"},
		{"an accent apart", "urn: cafe\u0301\n", 1, 9, "not in NFC"},
		{"a surrogate", "urn: \"\\ud800\"\n", 1, 1, "cannot be read as YAML"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			problems := strictyaml.Decode([]byte(tt.doc), new(record))
			if len(problems) == 0 {
				t.Fatal("nothing is wrong with it")
			}
			p := problems[0]
			if p.Line != tt.line || p.Column != tt.column || !strings.Contains(p.Text, tt.want) {
				t.Errorf("%d:%d: %s\nwant %d:%d: … %s", p.Line, p.Column, p.Text, tt.line, tt.column, tt.want)
			}
		})
	}
}

func TestDecodeReportsAllProblems(t *testing.T) {
	const doc = "format: one\nstatsu: x\npublic: maybe\ndate: tomorrow\nwho: {name: [a], age: 5}\npeople:\n  - {nme: x}\n"
	var got []string
	for _, p := range strictyaml.Decode([]byte(doc), new(record)) {
		got = append(got, strings.Fields(p.Text)[0])
		if p.Line == 0 || p.Column == 0 {
			t.Errorf("%+v has no place", p)
		}
	}
	if len(got) != 7 {
		t.Errorf("%d problems, want 7: %q", len(got), got)
	}
	many := strings.Repeat("x: 1\n", 500)
	if problems := strictyaml.Decode([]byte(many), new(record)); len(problems) != 50 || problems[49].Text != "and 451 more problems" {
		t.Errorf("%d problems, the last %q", len(problems), problems[len(problems)-1].Text)
	}
}

// hostile are documents that have hurt YAML readers elsewhere.
func hostile() map[string]string {
	const size = strictyaml.MostBytes - 64
	laughs := "a: &a [x,x,x,x,x,x,x,x,x]\n"
	for c := 'b'; c < 'k'; c++ {
		p := string(c - 1)
		laughs += string(c) + ": &" + string(c) + " [" + strings.Repeat("*"+p+",", 8) + "*" + p + "]\n"
	}
	return map[string]string{
		"billion laughs":   laughs,
		"brackets":         strings.Repeat("[", size),
		"braces":           strings.Repeat("{", size),
		"pairs":            strings.Repeat("[]", size/2),
		"short entries":    "words: [" + strings.Repeat("a,", size/2) + "a]\n",
		"hyphens":          strings.Repeat("- ", size/2),
		"questions":        strings.Repeat("? ", size/2),
		"colons":           strings.Repeat(": ", size/2),
		"keys":             strings.Repeat("a:\n", size/3),
		"comments":         strings.Repeat("#\n", size/2),
		"commented keys":   strings.Repeat("a: #\n#\n", size/7),
		"one long line":    "text: " + strings.Repeat("a", size),
		"one long key":     strings.Repeat("a", size) + ": b",
		"blank lines":      "text: |\n" + strings.Repeat("\n", size),
		"indents":          strings.Repeat(" ", size) + "a: b",
		"escapes":          "text: \"" + strings.Repeat("\\a", size/2) + "\"",
		"anchors":          strings.Repeat("- &a a\n", size/8),
		"documents":        strings.Repeat("---\n", size/4),
		"tags":             strings.Repeat("- !!str a\n", size/10),
		"flow keys":        "rights: {" + strings.Repeat("a, ", size/3) + "}",
		"accents":          "text: " + strings.Repeat("e\u0301", size/3),
		"stacked accents":  "text: e" + strings.Repeat("\u0301", size/2),
		"bad bytes":        strings.Repeat("\xff\n", size/2),
		"growing indents":  indents(700),
		"folded":           "text: >\n" + strings.Repeat(" a\n\n", size/4),
		"quotes":           strings.Repeat("'", size),
		"percent":          strings.Repeat("%", size),
		"nested questions": "? " + strings.Repeat("{? ", size/3),
	}
}

func indents(levels int) string {
	var b strings.Builder
	for i := range levels {
		b.WriteString(strings.Repeat(" ", i) + "a:\n")
	}
	return b.String()
}

func TestHostileDocumentsStaySmall(t *testing.T) {
	const most = 64 << 20
	for name, doc := range hostile() {
		if len(doc) > strictyaml.MostBytes {
			t.Errorf("%s: %d bytes would not even be looked at", name, len(doc))
		}
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		start := time.Now()
		problems := strictyaml.Decode([]byte(doc), new(record))
		took := time.Since(start)
		runtime.ReadMemStats(&after)
		if used := after.TotalAlloc - before.TotalAlloc; used > most {
			t.Errorf("%s: %d MiB allocated in all (%v, %d problems)", name, used>>20, took, len(problems))
		}
		t.Logf("%-18s %6.1f MiB %v", name, float64(after.TotalAlloc-before.TotalAlloc)/(1<<20), took)
		if len(problems) == 0 && name != "short entries" && name != "one long line" {
			t.Errorf("%s: nothing is wrong with it", name)
		}
	}
}

func TestEncodeIsReadBackTheSame(t *testing.T) {
	v := record{
		Format: 1, Status: "yes", URN: "0123456", Date: calendar.Date{Year: 2026, Month: 11, Day: 3},
		At: time.Date(2026, 11, 4, 10, 12, 0, 0, time.UTC), Who: inner{Name: "a: b #c"},
		Words: []string{"1e3", "null", "", " lead", "- x", "é", "2026-11-03", "it's \"so\"", "trailing ", "@x", "a\tb"},
		Days:  []calendar.Date{{Year: 2026, Month: 11, Day: 5}}, People: []inner{{Name: "A"}, {For: "B"}},
		Rights: map[string]string{"visits": "off", "results": "full", "123": "x"},
		Text:   "One.\n\n  indented\nlast without end",
	}
	data, err := strictyaml.Encode(&v)
	if err != nil {
		t.Fatal(err)
	}
	var again record
	if problems := strictyaml.Decode(data, &again); len(problems) > 0 || !reflect.DeepEqual(again, v) {
		want, _ := json.Marshal(v)
		got, _ := json.Marshal(again)
		t.Errorf("%v\n%s\n got %s\nwant %s", problems, data, got, want)
	}
	if second, err := strictyaml.Encode(again); err != nil || string(second) != string(data) {
		t.Errorf("written again as\n%s\nwant\n%s", second, data)
	}
	for _, line := range []string{"date: 2026-11-03\n", "at: 2026-11-04T10:12:00Z\n", "days: [2026-11-05]\n", "urn: \"0123456\"\n"} {
		if !strings.Contains(string(data), line) {
			t.Errorf("%q is not in\n%s", line, data)
		}
	}
	if strings.Contains(string(data), "public") {
		t.Errorf("an empty value is written:\n%s", data)
	}
}

func FuzzDecode(f *testing.F) {
	for _, doc := range []string{
		"format: 1\nurn: 0123\nwho: {name: a}\nwords: [a]\n", "? [a]\n: b\n", "text: |\n  a\n", "a: &x [*x]\n", "\ufeff", "%YAML 1.2\n--- {}\n",
		"rights: {a: b}\ndays: [2026-11-05]\nat: 2026-11-04T10:12:00Z\n", "- - - a", "text: >-\n\n\n x\n", "#\n#\nurn: 'a''b' #x\n",
	} {
		f.Add([]byte(doc))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		var v record
		if problems := strictyaml.Decode(doc, &v); len(problems) > 0 {
			for _, p := range problems {
				if p.Line < 1 || p.Column < 1 || p.Text == "" {
					t.Errorf("%+v has no place or text", p)
				}
			}
			return
		}
		data, err := strictyaml.Encode(v)
		if err != nil {
			t.Fatal(err)
		}
		if reflect.ValueOf(v).IsZero() || strings.TrimSpace(string(data)) == "{}" {
			return
		}
		var again record
		if problems := strictyaml.Decode(data, &again); len(problems) > 0 {
			t.Fatalf("%v in\n%s", problems, data)
		}
		second, err := strictyaml.Encode(again)
		if err != nil || string(second) != string(data) {
			t.Errorf("%q is written again as %q, %v", data, second, err)
		}
	})
}
