package dropbox

import (
	"errors"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"despatch/dropbox/store"
	"despatch/internal/sshsig"
)

// The keys of the log, and there are no others: none holds an account, a school,
// an address or a path.
const (
	keyRoute     = "route"     // the pattern, not the path
	keyStatus    = "status"    // of the answer
	keyCode      = "code"      // of the refusal
	keyMillis    = "ms"        // how long it took
	keyBytes     = "bytes"     // of the request's body, as stated
	keyReference = "reference" // what the person was told
	keyCause     = "cause"     // why, without names
	keySerial    = "serial"    // of a register or a head
)

// LogKeys are all keys that a line of the log may have, slog's own among them.
var LogKeys = []string{
	slog.TimeKey, slog.LevelKey, slog.MessageKey,
	keyRoute, keyStatus, keyCode, keyMillis, keyBytes, keyReference, keyCause, keySerial,
}

// NewJournal makes the server's log: JSON, with the closed list of keys. A key that
// is not on it is dropped, whatever it holds.
func NewJournal(w io.Writer) *slog.Logger {
	return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{
		ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
			if len(groups) > 0 || !slices.Contains(LogKeys, a.Key) {
				return slog.Attr{}
			}
			return a
		},
	}))
}

// cause is an error's text without what could name somebody: runs of hex digits,
// which stand for accounts, schools and deposits, and keys are withheld.
func cause(err error) string {
	text := err.Error()
	if errors.Is(err, store.ErrMissing) {
		text = "an object is missing: " + text
	}
	var b strings.Builder
	for word := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ' ' || r == '/' || r == ':' || r == '\n' || r == '"' }) {
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		if isOpaque(word) {
			word = "[withheld]"
		}
		b.WriteString(word)
	}
	return b.String()
}

// isOpaque tells whether a word may stand for somebody.
func isOpaque(word string) bool {
	if strings.HasPrefix(word, "AAAA") || word == (sshsig.PublicKey{}).String() {
		return true
	}
	digits := 0
	for _, r := range word {
		if r >= '0' && r <= '9' || r >= 'a' && r <= 'f' {
			digits++
		}
	}
	return digits >= 16
}

// recorder remembers what was answered.
type recorder struct {
	http.ResponseWriter
	status      int
	route, code string
	began       bool
}

func (r *recorder) WriteHeader(status int) {
	if !r.began {
		r.status, r.began = status, true
	}
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(b []byte) (int, error) {
	r.began = true
	return r.ResponseWriter.Write(b)
}

// Unwrap is http.ResponseController's.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// tell logs and counts a request. The site's own files are counted only: a line
// each would tell who reads what and when.
func (s *Server) tell(rec *recorder, r *http.Request, started time.Time) {
	took := s.Now().Sub(started)
	s.gauges.answered(rec, took)
	if rec.route == "site" {
		return
	}
	s.Journal.InfoContext(r.Context(), "request", keyRoute, rec.route, keyStatus, rec.status, keyCode, rec.code,
		keyMillis, took.Milliseconds(), keyBytes, max(0, r.ContentLength))
}
