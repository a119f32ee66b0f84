// Package response is the payload of a school's answer to a visit: accurate, or
// inaccurate with comments that say what is wrong (rows V18, V19).
//
// It follows docs/formats.md section 18.1. The reader accepts only what the
// writer writes, byte for byte (TestResponseVectors), and trusts nobody: comments
// are plain text without control characters, and never anything else.
package response

import (
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

// Longest is how many characters comments may have.
const Longest = 20_000

// maxText bounds what is parsed: no character takes more than four bytes.
const maxText = 4*Longest + 100

const firstWord = "despatch-response"

// A Response is what a school says of a record.
type Response struct {
	Answer   string
	Comments string // lines without spaces at their ends; empty when accurate
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
	head := firstWord + " 1\nanswer " + r.Answer + "\n"
	if r.Comments != "" {
		head += "\n" + r.Comments + "\n"
	}
	return []byte(head)
}

// Parse reads a response. Errors are refusals: malformed or newer.
func Parse(text []byte) (Response, error) {
	var r Response
	if len(text) > maxText || !utf8.Valid(text) {
		return r, refusal.Malformed.Errorf("response: it is not UTF-8, or longer than any may be")
	}
	first, rest, _ := strings.Cut(string(text), "\n")
	if err := refusal.CheckFormat(first, firstWord, "response"); err != nil {
		return r, err
	}
	answer, said, _ := strings.Cut(rest, "\n")
	r.Answer = strings.TrimPrefix(answer, "answer ")
	r.Comments = strings.TrimSuffix(strings.TrimPrefix(said, "\n"), "\n")
	switch {
	case r.Answer != Accurate && r.Answer != Inaccurate:
		return Response{}, refusal.Malformed.Errorf("response: unknown answer %.40q (want accurate or inaccurate)", answer)
	case r.Answer == Accurate && r.Comments != "":
		return Response{}, refusal.Malformed.Errorf("response: it says accurate, and comments on what is not")
	case r.Answer == Inaccurate && r.Comments == "":
		return Response{}, refusal.Malformed.Errorf("response: it says inaccurate, and not what is")
	case utf8.RuneCountInString(r.Comments) > Longest:
		return Response{}, refusal.Malformed.Errorf("response: the comments have more than %d characters", Longest)
	case Clean(r.Comments) != r.Comments:
		return Response{}, refusal.Malformed.Errorf("response: the comments hold what does not belong in text, spaces at a line's end, or an empty line at their beginning or end")
	case string(r.text()) != string(text):
		return Response{}, refusal.Malformed.Errorf("response: not written as Despatch writes it")
	}
	return r, nil
}

// Clean makes comments of what a person typed or pasted.
func Clean(typed string) string { return plaintext.Clean(typed) }
