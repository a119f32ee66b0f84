package dropbox

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"net/http"
	"os"

	"despatch/dropbox/drafts"
	"despatch/dropbox/intake"
	"despatch/dropbox/logbook"
	"despatch/dropbox/login"
	"despatch/dropbox/registry"
	"despatch/dropbox/store"
	"despatch/internal/refusal"
)

// Errors of the server itself.
var (
	errNoRoute     = errors.New("no such route")
	errMethod      = errors.New("no such method here")
	errHost        = errors.New("another host's name")
	errCrossOrigin = errors.New("a request from another site")
	errThrottled   = errors.New("too many requests")
	errNotYours    = errors.New("not this account's")
	errNotJSON     = errors.New("not the JSON that this route takes")
	errTusVersion  = errors.New("not tus 1.0")
	errNotTus      = errors.New("not as tus 1.0 has it")
	errBeyond      = errors.New("more than an upload has left")
)

// A problem is how an error is answered.
type problem struct {
	Status   int    `json:"-"`
	Code     string `json:"code"`
	Sentence string `json:"sentence"` // what happened and what to do, for people
	// Reference finds the cause in the server's log, for what is nobody's fault.
	Reference string `json:"reference,omitempty"`
}

// problems is the one table of errors: the first row that fits an error is its
// answer. Anything else is 500 with a reference.
var problems = []struct {
	of error
	problem
}{
	{errNoRoute, problem{http.StatusNotFound, "not-there", "There is nothing at this address.", ""}},
	{errMethod, problem{http.StatusMethodNotAllowed, "method", "This cannot be done at this address.", ""}},
	{errHost, problem{http.StatusMisdirectedRequest, "host", "This site is on this machine only, at http://localhost.", ""}},
	{errCrossOrigin, problem{http.StatusForbidden, "cross-origin", "The request came from another site, so it was not done.", ""}},
	{errThrottled, problem{http.StatusTooManyRequests, "slow-down", "There were too many requests. Wait a minute and try again.", ""}},
	{errNotYours, problem{http.StatusNotFound, "not-there", "There is nothing at this address.", ""}},
	{errNotJSON, problem{http.StatusBadRequest, "malformed", "The request is not as the page sends it. Reload the page and try again.", ""}},
	{login.ErrRefused, problem{http.StatusUnauthorized, "refused", "You could not be signed in. Check your account code and passphrase, and that the clock of this device is right.", ""}},
	{login.ErrNoSession, problem{http.StatusUnauthorized, "signed-out", "You are not signed in any more. Sign in again and repeat what you did.", ""}},
	{login.ErrLeft, problem{http.StatusUnauthorized, "left", "You signed out everywhere, from this device or another one. Sign in again and repeat what you did.", ""}},
	{registry.ErrNone, problem{http.StatusServiceUnavailable, "no-register", "The authority has not opened this drop-box yet. Try again later.", ""}},
	{intake.ErrSchool, problem{http.StatusForbidden, "school", "Your account does not send papers for this school. Ask your Headteacher or the authority.", ""}},
	{intake.ErrTooLarge, problem{http.StatusRequestEntityTooLarge, "too-large", "This is too large to be sent in one piece.", ""}},
	{intake.ErrLargest, problem{http.StatusRequestEntityTooLarge, "too-large", "This is larger than anything that the drop-box takes. Send it in several files.", ""}},
	{intake.ErrOther, problem{http.StatusForbidden, "account", "You are signed in as somebody else by now. Sign in again, then send it.", ""}},
	{intake.ErrDiffers, problem{http.StatusConflict, "on-its-way", "This file is on its way already, for something else. Finish or cancel that first.", ""}},
	{intake.ErrTooMany, problem{http.StatusTooManyRequests, "uploads", "You have as many files on their way as you may. Finish or cancel one first.", ""}},
	{intake.ErrOvertook, problem{http.StatusConflict, "offset", "The drop-box has another part of this than was thought. Go on from where it is.", ""}},
	{errBeyond, problem{http.StatusRequestEntityTooLarge, "malformed", "More was sent than was announced. Send it again.", ""}},
	{errTusVersion, problem{http.StatusPreconditionFailed, "tus", "The drop-box speaks tus 1.0.0 here.", ""}},
	{errNotTus, problem{http.StatusBadRequest, "malformed", "What was sent is not as tus 1.0.0 has it.", ""}},
	{intake.ErrFinished, problem{http.StatusConflict, "finished", "This was sent in full: it stays.", ""}},
	{intake.ErrQuota, problem{http.StatusTooManyRequests, "quota", "As much as may be sent in one day has been sent. Try again tomorrow, or ask the authority.", ""}},
	{drafts.ErrChanged, problem{http.StatusConflict, "draft-changed", "This was saved or sent from another device or tab meanwhile. Nothing was overwritten: look at what is there first.", ""}},
	{drafts.ErrTooMany, problem{http.StatusTooManyRequests, "drafts", "You keep as many unfinished forms as you may. Send or delete one first.", ""}},
	{intake.ErrBusy, problem{http.StatusServiceUnavailable, "busy", "Too much is being sent at this moment. Try again in a minute; nothing is lost.", ""}},
	{store.ErrFull, problem{http.StatusInsufficientStorage, "full", "The drop-box has no room at this moment. Try again later; nothing is lost.", ""}},
	{logbook.ErrNotLogged, problem{http.StatusNotFound, "not-there", "There is no such deposit.", ""}},
	{store.ErrMissing, problem{http.StatusNotFound, "not-there", "There is nothing at this address.", ""}},
	{refusal.Malformed, problem{http.StatusUnprocessableEntity, "malformed", "What was sent is not as Despatch writes it. Reload the page and try again.", ""}},
	{refusal.Newer, problem{http.StatusUnprocessableEntity, "newer", "What was sent was written by a newer Despatch: update despatchbox.", ""}},
	{refusal.Signature, problem{http.StatusForbidden, "signature", "What was sent is not signed by the authority's root.", ""}},
	{refusal.Mismatch, problem{http.StatusUnprocessableEntity, "mismatch", "What arrived is not what was sent. Send it again.", ""}},
	{refusal.Rollback, problem{http.StatusConflict, "rollback", "The box holds a newer register already.", ""}},
	{os.ErrDeadlineExceeded, problem{http.StatusRequestTimeout, "too-slow", "The line was too slow or broke off. Send it again.", ""}},
	{context.Canceled, problem{http.StatusRequestTimeout, "gone", "The line broke off. Send it again.", ""}},
}

var taken = problem{http.StatusConflict, "taken", "Somebody else sent an answer to this first. Nothing of yours was taken.", ""}

// problemOf finds the answer to an error. unknown says that its cause belongs into
// the log.
func problemOf(err error) (p problem, unknown bool) {
	if _, ok := errors.AsType[*intake.Taken](err); ok {
		return taken, false
	}
	for _, row := range problems {
		if errors.Is(err, row.of) {
			return row.problem, false
		}
	}
	return problem{http.StatusInternalServerError, "error", "Sorry, something went wrong with the drop-box. Try again; if it happens again, tell the authority the reference.", rand.Text()[:8]}, true
}

// refuse answers an error.
func (s *Server) refuse(w http.ResponseWriter, r *http.Request, err error) {
	p, unknown := problemOf(err)
	if unknown {
		s.Journal.ErrorContext(r.Context(), "error", keyReference, p.Reference, keyCause, cause(err))
	}
	if rec, ok := w.(*recorder); ok {
		rec.code = p.Code
	}
	answer := struct {
		problem
		Receipt string `json:"receipt,omitempty"`
	}{problem: p}
	if first, ok := errors.AsType[*intake.Taken](err); ok {
		answer.Receipt = string(first.Receipt)
	}
	if p.Status == http.StatusTooManyRequests || p.Status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "60")
	}
	if errors.Is(err, login.ErrLeft) {
		setCookie(w, "", -1) // it is told once, and not to whoever signs in here next
	}
	writeJSON(w, p.Status, answer)
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // whoever has left is no error of ours
}
