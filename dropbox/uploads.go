package dropbox

import (
	"net/http"
	"strings"
	"time"

	"github.com/tus/tusd/v2/pkg/handler"

	"despatch/dropbox/intake"
	"despatch/dropbox/login"
)

// The routes of large deposits: tus 1.0 (docs/formats.md section 27).

func (s *Server) optionsUploads(w http.ResponseWriter, r *http.Request, session login.Session) error {
	return s.tus(w, r, session, func(h *handler.UnroutedHandler) http.HandlerFunc { return h.PostFile })
}

func (s *Server) postUploads(w http.ResponseWriter, r *http.Request, session login.Session) error {
	if r.Header.Get("X-HTTP-Method-Override") != "" {
		return errMethod
	}
	return s.tus(w, r, session, func(h *handler.UnroutedHandler) http.HandlerFunc { return h.PostFile })
}

func (s *Server) headUpload(w http.ResponseWriter, r *http.Request, session login.Session) error {
	return s.tus(w, r, session, func(h *handler.UnroutedHandler) http.HandlerFunc { return h.HeadFile })
}

func (s *Server) patchUpload(w http.ResponseWriter, r *http.Request, session login.Session) error {
	return s.tus(w, r, session, func(h *handler.UnroutedHandler) http.HandlerFunc { return h.PatchFile })
}

func (s *Server) deleteUpload(w http.ResponseWriter, r *http.Request, session login.Session) error {
	return s.tus(w, r, session, func(h *handler.UnroutedHandler) http.HandlerFunc { return h.DelFile })
}

// postUpload is for lines on which a filter lets only GET and POST through.
func (s *Server) postUpload(w http.ResponseWriter, r *http.Request, session login.Session) error {
	switch r.Header.Get("X-HTTP-Method-Override") {
	case http.MethodPatch:
		return s.patchUpload(w, r, session)
	case http.MethodDelete:
		return s.deleteUpload(w, r, session)
	}
	return errMethod
}

// sayDeposit answers with a deposit, whole or the range of it that is asked for.
func sayDeposit(w http.ResponseWriter, r *http.Request, deposit string, f *intake.Sealed) error {
	lines := http.NewResponseController(w)
	f.Loading = func() {
		// Each piece has its time: a large deposit may take longer than any answer.
		_ = lines.SetWriteDeadline(time.Now().Add(pieceTime)) // not every listener has one
	}
	fileHeaders(w, deposit+".age")
	w.Header().Set("ETag", `"`+deposit+`"`)
	if strings.Contains(r.Header.Get("Range"), ",") {
		r.Header.Del("Range") // many small ranges would each read a piece
	}
	http.ServeContent(w, r, "", time.Time{}, f)
	return nil
}

// pieceTime is how long one piece may take on its way to whoever reads a deposit.
const pieceTime = 5 * time.Minute
