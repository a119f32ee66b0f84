package dropbox

import (
	"context"
	"errors"
	"net/http"
	"time"

	"despatch/dropbox/drafts"
	"despatch/dropbox/login"
	"despatch/dropbox/registry"
)

func (s *Server) getDrafts(w http.ResponseWriter, r *http.Request, session login.Session) error {
	all, err := s.Drafts.List(r.Context(), session.Account.Opaque)
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, map[string][]drafts.Draft{"drafts": all})
	return nil
}

func (s *Server) postDraft(w http.ResponseWriter, r *http.Request, session login.Session) error {
	limit := bodyTime + time.Duration(max(0, r.ContentLength)/slowRate)*time.Second
	if err := http.NewResponseController(w).SetReadDeadline(time.Now().Add(limit)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	v := drafts.Version{
		Account: session.Account.Opaque, Draft: r.PathValue("draft"), After: r.URL.Query().Get("after"), Size: r.ContentLength, Body: r.Body,
	}
	sum, err := s.Drafts.Save(r.Context(), v)
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusCreated, map[string]string{"draft": v.Draft, "sha256": sum})
	return nil
}

func (s *Server) getDraft(w http.ResponseWriter, r *http.Request, session login.Session) error {
	id := r.PathValue("draft")
	data, err := s.Drafts.Read(r.Context(), session.Account.Opaque, id)
	if err != nil {
		return err
	}
	sayFile(w, id+".age", data)
	return nil
}

func (s *Server) deleteDraft(w http.ResponseWriter, r *http.Request, session login.Session) error {
	if err := s.Drafts.Delete(r.Context(), session.Account.Opaque, r.PathValue("draft")); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// sweepDrafts deletes the drafts of accounts that the register names no more.
// Without a register nobody is gone.
func (s *Server) sweepDrafts(ctx context.Context) error {
	now, err := s.Registry.Newest(ctx)
	if errors.Is(err, registry.ErrNone) {
		return nil
	}
	if err != nil {
		return err
	}
	return s.Drafts.Sweep(ctx, func(account string) bool { return now.Account(account) != nil })
}
