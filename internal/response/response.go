// Package response is the payload of a school's answer to a visit: accurate, or
// inaccurate with what is wrong: passages that it marked, comments, or both (rows V18,
// V19, M4).
//
// It follows docs/formats.md section 18.1. The reader accepts only what the
// writer writes, byte for byte (TestResponseVectors), and trusts nobody: what people
// wrote is plain text without control characters, and never anything else.
package response

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"despatch/internal/plaintext"
	"despatch/internal/refusal"
)

// Kind is the kind of deposit whose payload this is.
const Kind = "response"

// The answers.
const (
	Accurate   = "accurate"
	Inaccurate = "inaccurate"
)

// Longest is how many characters everything that was written in an answer may have.
const Longest = 20_000

// How many passages may be marked, and how many characters the parts of a mark may have.
const (
	MostPoints     = 20
	LongestPassage = 500
	LongestPart    = 2_000
)

// maxText bounds what is parsed.
const maxText = 128 << 10

const (
	firstWord    = "despatch-response"
	pointWord    = "point"
	commentsWord = "comments"
)

// parts are the words that the lines of a mark's parts begin with.
var parts = []string{"passage", "wrong", "words"}

// A Response is what a school says of a record.
type Response struct {
	Answer   string
	Points   []Point
	Comments string // lines without spaces at their ends; may be empty where there are points
}

// A Point is one passage of the record that the school marked.
type Point struct {
	Passage string // the record's words, in one line; cut where they were many
	Wrong   string // what is wrong with them
	Words   string // what they should be, or empty
}

// part is the part of a mark whose lines begin with a word, or nil.
func (p *Point) part(word string) *string {
	switch word {
	case parts[0]:
		return &p.Passage
	case parts[1]:
		return &p.Wrong
	case parts[2]:
		return &p.Words
	}
	return nil
}

// Format writes a response. What Parse would refuse is an error.
func (r Response) Format() ([]byte, error) {
	text := r.text()
	if _, err := Parse(text); err != nil {
		return nil, err
	}
	return text, nil
}

func (r Response) text() []byte {
	var b strings.Builder
	if len(r.Points) == 0 {
		b.WriteString(firstWord + " 1\nanswer " + r.Answer + "\n")
		if r.Comments != "" {
			b.WriteString("\n" + r.Comments + "\n")
		}
		return []byte(b.String())
	}
	b.WriteString(firstWord + " 2\nanswer " + r.Answer + "\n")
	for i, p := range r.Points {
		b.WriteString("\n" + pointWord + " " + strconv.Itoa(i+1) + "\n")
		for _, word := range parts {
			if text := *p.part(word); text != "" {
				for line := range strings.SplitSeq(text, "\n") {
					b.WriteString(strings.TrimSuffix(word+" "+line, " ") + "\n")
				}
			}
		}
	}
	if r.Comments != "" {
		b.WriteString("\n" + commentsWord + "\n" + r.Comments + "\n")
	}
	return []byte(b.String())
}

// Parse reads a response. Errors are refusals: malformed or newer.
func Parse(text []byte) (Response, error) {
	if len(text) > maxText || !utf8.Valid(text) {
		return Response{}, refusal.Malformed.Errorf("response: it is not UTF-8, or longer than any may be")
	}
	first, rest, _ := strings.Cut(string(text), "\n")
	marked := first == firstWord+" 2"
	if !marked {
		if err := refusal.CheckFormat(first, firstWord, "response"); err != nil {
			return Response{}, err
		}
	}
	var r Response
	answer, said, _ := strings.Cut(rest, "\n")
	r.Answer = strings.TrimPrefix(answer, "answer ")
	if marked {
		said = r.points(said)
	}
	r.Comments = strings.TrimSuffix(strings.TrimPrefix(said, "\n"), "\n")
	if err := r.check(marked); err != nil {
		return Response{}, err
	}
	if string(r.text()) != string(text) {
		return Response{}, refusal.Malformed.Errorf("response: not written as Despatch writes it")
	}
	return r, nil
}

// points reads what comes before the comments and gives what is left. It takes what it
// can: what it took is written again and compared.
func (r *Response) points(said string) string {
	for {
		line, rest, more := strings.Cut(said, "\n")
		if !more || line == commentsWord {
			return rest
		}
		said = rest
		word, text, _ := strings.Cut(line, " ")
		if word == pointWord && len(r.Points) <= MostPoints {
			r.Points = append(r.Points, Point{})
		}
		if len(r.Points) == 0 {
			continue
		}
		switch part := r.Points[len(r.Points)-1].part(word); {
		case part == nil:
		case *part == "":
			*part = text
		default:
			*part += "\n" + text
		}
	}
}

// check holds an answer to what an answer may be.
func (r *Response) check(marked bool) error {
	switch {
	case r.Answer != Accurate && r.Answer != Inaccurate:
		return refusal.Malformed.Errorf("response: unknown answer %.40q (want accurate or inaccurate)", r.Answer)
	case r.Answer == Accurate && (r.Comments != "" || len(r.Points) > 0):
		return refusal.Malformed.Errorf("response: it says accurate, and comments on what is not")
	case r.Answer == Inaccurate && r.Comments == "" && len(r.Points) == 0:
		return refusal.Malformed.Errorf("response: it says inaccurate, and not what is")
	case marked && (len(r.Points) == 0 || len(r.Points) > MostPoints):
		return refusal.Malformed.Errorf("response: it marks no passage, or more than %d", MostPoints)
	case r.length() > Longest:
		return refusal.Malformed.Errorf("response: what was written has more than %d characters", Longest)
	case Clean(r.Comments) != r.Comments:
		return refusal.Malformed.Errorf("response: the comments hold what does not belong in text, spaces at a line's end, or an empty line at their beginning or end")
	}
	for i, p := range r.Points {
		switch {
		case p.Passage == "" || strings.Contains(p.Passage, "\n") || p.Wrong == "":
			return refusal.Malformed.Errorf("response: point %d does not name a passage in one line, or not what is wrong with it", i+1)
		case utf8.RuneCountInString(p.Passage) > LongestPassage || utf8.RuneCountInString(p.Wrong) > LongestPart || utf8.RuneCountInString(p.Words) > LongestPart:
			return refusal.Malformed.Errorf("response: point %d is longer than any may be", i+1)
		case Clean(p.Passage) != p.Passage || Clean(p.Wrong) != p.Wrong || Clean(p.Words) != p.Words:
			return refusal.Malformed.Errorf("response: point %d holds what does not belong in text", i+1)
		}
	}
	return nil
}

// length is how many characters were written.
func (r *Response) length() int {
	n := utf8.RuneCountInString(r.Comments)
	for _, p := range r.Points {
		n += utf8.RuneCountInString(p.Passage) + utf8.RuneCountInString(p.Wrong) + utf8.RuneCountInString(p.Words)
	}
	return n
}

// Clean makes comments of what a person typed or pasted.
func Clean(typed string) string { return plaintext.Clean(typed) }
