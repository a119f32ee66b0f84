// Package gias imports the DfE's register of schools (Get Information About
// Schools, edubasealldata*.csv) into one file a school, as docs/content.md
// describes it.
//
// The register is trusted for what it says of schools and for nothing else: no
// person's name is read from it. A file is read whole before anything is
// written, so that a bad row means that nothing happened
// (TestBadRowsAreAllReportedAndNothingIsWritten). Keys and comments that people
// added are never touched (TestSecondImportKeepsWhatPeopleAdded).
package gias

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/transform"
	"golang.org/x/text/unicode/norm"

	"despatch/records/school"
)

// A Problem is one bad row. Line counts from 1, the header being the first.
type Problem struct {
	Line int
	Text string
}

func (p Problem) String() string { return fmt.Sprintf("line %d: %s", p.Line, p.Text) }

// Read reads the register's schools of one authority, or all where la is
// empty. Columns are found by name; quotes, a byte order mark, UTF-8 and
// Windows-1252 are all read. With problems the schools are not to be used; the
// error is of the file as a whole.
func Read(file io.ReadSeeker, la string) ([]school.School, []Problem, error) {
	if la != "" && (len(la) != 3 || !isDigits(la)) {
		return nil, nil, fmt.Errorf("%q is not an LA code (want 3 digits)", la)
	}
	text, err := decoded(file)
	if err != nil {
		return nil, nil, err
	}
	rows := csv.NewReader(text)
	rows.ReuseRecord = true
	rows.FieldsPerRecord = -1
	header, err := rows.Read()
	if errors.Is(err, io.EOF) {
		return nil, nil, errors.New("the file is empty")
	}
	if err != nil {
		return nil, nil, fmt.Errorf("the header cannot be read: %w", err)
	}
	r := reader{columns: columns(), width: len(header), la: la, lines: make(map[string]int)}
	if err := r.find(header); err != nil {
		return nil, nil, err
	}
	for {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if parse, ok := errors.AsType[*csv.ParseError](err); ok {
			r.problem(parse.StartLine, "a quote is out of place: %v", parse.Err)
			break // where the next row starts is anyone's guess
		}
		if err != nil {
			return nil, nil, fmt.Errorf("read the register: %w", err)
		}
		line, _ := rows.FieldPos(0)
		r.row(line, row)
	}
	if len(r.schools) == 0 && len(r.problems) == 0 {
		if la != "" {
			return nil, nil, fmt.Errorf("the file has no school with the LA code %s", la)
		}
		return nil, nil, errors.New("the file has a header and no school")
	}
	return r.schools, r.problems, nil
}

// A reader turns rows into schools.
type reader struct {
	columns  []column
	at       []int // where each of columns stands; -1 where it does not
	width    int
	la       string
	laAt     int
	lines    map[string]int // URN to the line that had it first
	schools  []school.School
	problems []Problem
}

// mostProblems ends a list that nobody would read on.
const mostProblems = 100

func (r *reader) problem(line int, format string, args ...any) {
	if len(r.problems) < mostProblems {
		r.problems = append(r.problems, Problem{line, fmt.Sprintf(format, args...)})
	}
}

// find finds the columns by their names.
func (r *reader) find(header []string) error {
	var missing []string
	for _, c := range r.columns {
		at := slices.IndexFunc(header, func(h string) bool { return strings.EqualFold(strings.TrimSpace(h), c.name) })
		if at < 0 && c.required {
			missing = append(missing, fmt.Sprintf("%q", c.name))
		}
		if c.name == columnLA {
			r.laAt = at
		}
		r.at = append(r.at, at)
	}
	if len(missing) > 0 {
		return fmt.Errorf("the header has no column %s: is this the register's edubasealldata file?", strings.Join(missing, ", "))
	}
	return nil
}

func (r *reader) row(line int, row []string) {
	if len(row) != r.width {
		r.problem(line, "the row has %d fields and the header %d: is the file cut off?", len(row), r.width)
		return
	}
	if r.la != "" && r.la != strings.TrimSpace(row[r.laAt]) {
		return
	}
	s := school.School{Format: 1}
	for i, c := range r.columns {
		if r.at[i] < 0 {
			continue
		}
		if err := c.read(&s, clean(row[r.at[i]])); err != nil {
			r.problem(line, "%s: %v", c.name, err)
		}
	}
	if s.Name == "" {
		r.problem(line, "the school has no name")
	}
	if first, twice := r.lines[s.URN]; twice && s.URN != "" {
		r.problem(line, "the URN %s is on line %d too", s.URN, first)
		return
	}
	r.lines[s.URN] = line
	if len(r.problems) == 0 {
		r.schools = append(r.schools, s)
	}
}

// clean takes a copy of a field, for the row's memory is used again, and makes
// it text as content may have it.
func clean(v string) string {
	v = strings.TrimSpace(v)
	for _, c := range v {
		if c < ' ' || c > unicode.MaxASCII || c == 0x7f {
			return norm.NFC.String(strings.Join(strings.FieldsFunc(v, notText), " "))
		}
	}
	return strings.Clone(v)
}

func notText(c rune) bool {
	return unicode.IsSpace(c) || unicode.IsControl(c) || unicode.Is(unicode.Cf, c)
}

// decoded is the file as UTF-8: it is read once to learn which of the two
// encodings it is in, for a single row does not always tell.
func decoded(file io.ReadSeeker) (io.Reader, error) {
	utf, err := isUTF8(file)
	if err != nil {
		return nil, err
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return nil, fmt.Errorf("read the register: %w", err)
	}
	text := bufio.NewReaderSize(file, 1<<16)
	if bom, _ := text.Peek(3); string(bom) == "\ufeff" {
		_, err = text.Discard(3)
		return text, err
	}
	if utf {
		return text, nil
	}
	return transform.NewReader(text, charmap.Windows1252.NewDecoder()), nil
}

func isUTF8(file io.Reader) (bool, error) {
	block := make([]byte, 1<<16)
	kept := 0
	for {
		n, err := file.Read(block[kept:])
		n += kept
		if strings.IndexByte(string(block[kept:n]), 0) >= 0 {
			return false, errors.New("the file is not text: unpack the download first, and import the .csv file in it")
		}
		atEnd := errors.Is(err, io.EOF)
		if err != nil && !atEnd {
			return false, fmt.Errorf("read the register: %w", err)
		}
		rest := block[:n]
		for len(rest) > 0 && (atEnd || utf8.FullRune(rest)) {
			c, size := utf8.DecodeRune(rest)
			if c == utf8.RuneError && size == 1 {
				return false, nil
			}
			rest = rest[size:]
		}
		if atEnd {
			return true, nil
		}
		kept = copy(block, rest)
	}
}
