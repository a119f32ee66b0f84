package dropbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"

	"despatch/dropbox/intake"
	"despatch/dropbox/login"
	"despatch/internal/auditlog"
	"despatch/internal/register"
	"despatch/internal/sshsig"
)

// Limits of what is read; see docs/operations.md.
const (
	mostRegister = 16 << 20
	mostLogin    = 8 << 10
	// bodyTime is how long a body may take beside what its size allows at slowRate.
	bodyTime = 30 * time.Second
	slowRate = 1 << 10 // bytes a second
)

// readBody reads a body of at most that many bytes.
func readBody(w http.ResponseWriter, r *http.Request, most int64) ([]byte, error) {
	if err := http.NewResponseController(w).SetReadDeadline(time.Now().Add(bodyTime + time.Duration(most/slowRate)*time.Second)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return nil, err
	}
	data, err := io.ReadAll(http.MaxBytesReader(w, r.Body, most))
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, intake.ErrTooLarge
	}
	return data, err
}

func (s *Server) putRegister(w http.ResponseWriter, r *http.Request, _ login.Session) error {
	signed, err := readBody(w, r, mostRegister)
	if err != nil {
		return err
	}
	held, err := s.Registry.Put(r.Context(), signed)
	if err != nil {
		return err
	}
	s.Journal.InfoContext(r.Context(), "register", keySerial, held.Serial)
	writeJSON(w, http.StatusOK, map[string]int{"serial": held.Serial})
	return nil
}

func (s *Server) getNonce(w http.ResponseWriter, _ *http.Request, _ login.Session) error {
	nonce, expiry, err := s.Door.Nonce()
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, map[string]string{"origin": s.Door.Origin, "nonce": nonce, "expiry": expiry.Format(sshsig.TimeLayout)})
	return nil
}

func (s *Server) postLogin(w http.ResponseWriter, r *http.Request, _ login.Session) error {
	body, err := readBody(w, r, mostLogin)
	if err != nil {
		return err
	}
	asked, err := readLogin(body)
	if err != nil {
		return err
	}
	value, session, err := s.Door.Login(r.Context(), asked.Account, []byte(asked.Signed))
	if err != nil {
		return err
	}
	setCookie(w, value, int(session.Expires.Sub(s.Now()).Seconds()))
	s.saySession(w, session)
	return nil
}

// loginRequest is what a page sends to sign in.
type loginRequest struct {
	Account string `json:"account"` // opaque id
	Signed  string `json:"signed"`  // docs/formats.md section 17
}

// readLogin reads exactly one such object.
func readLogin(body []byte) (asked loginRequest, err error) {
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(&asked); err != nil || asked.Account == "" || asked.Signed == "" {
		return asked, errNotJSON
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return asked, errNotJSON
	}
	return asked, nil
}

func setCookie(w http.ResponseWriter, value string, age int) {
	http.SetCookie(w, &http.Cookie{
		Name: login.Cookie, Value: value, Path: "/", MaxAge: age, Secure: true, HttpOnly: true, SameSite: http.SameSiteStrictMode,
	})
}

func (s *Server) getSession(w http.ResponseWriter, _ *http.Request, session login.Session) error {
	s.saySession(w, session)
	return nil
}

// schoolUse is what a school has used of its quota today.
type schoolUse struct {
	School string `json:"school"`
	Quota  int64  `json:"quota"`
	Used   int64  `json:"used"`
}

func (s *Server) saySession(w http.ResponseWriter, session login.Session) {
	schools := []schoolUse{}
	for _, opaque := range session.Account.Schools {
		if school := session.Register.School(opaque); school != nil {
			schools = append(schools, schoolUse{opaque, int64(school.Quota) << 20, s.Intake.Usage.Of(opaque)})
		}
	}
	writeJSON(w, http.StatusOK, map[string]any{
		"account": session.Account.Opaque, "collector": session.Account.State == register.Collector, "expires": session.Expires.Format(sshsig.TimeLayout),
		"quota": int64(session.Account.Quota) << 20, "used": s.Intake.Usage.Of(session.Account.Opaque), "schools": schools, "largest": intake.Largest, "largest_upload": s.Intake.LargestUpload,
	})
}

func (s *Server) postLogout(w http.ResponseWriter, r *http.Request, session login.Session) error {
	if err := s.Door.Logout(r.Context(), session); err != nil {
		return err
	}
	setCookie(w, "", -1)
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (s *Server) postLogoutEverywhere(w http.ResponseWriter, r *http.Request, session login.Session) error {
	if err := s.Door.LogoutEverywhere(r.Context(), session.Account.Opaque); err != nil {
		return err
	}
	setCookie(w, "", -1)
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (s *Server) postDeposit(w http.ResponseWriter, r *http.Request, session login.Session) error {
	q := r.URL.Query()
	o := intake.Offer{
		Account: &session.Account, School: q.Get("school"), Slot: q.Get("slot"),
		Deposit: r.PathValue("deposit"), Size: r.ContentLength, Body: r.Body,
	}
	if school := session.Register.School(o.School); school != nil {
		o.Quota = school.Quota
	}
	limit := bodyTime + time.Duration(max(0, o.Size)/slowRate)*time.Second
	if err := http.NewResponseController(w).SetReadDeadline(time.Now().Add(limit)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	receipt, isNew, err := s.Intake.Take(r.Context(), o)
	if err != nil {
		return err
	}
	status := http.StatusOK
	if isNew {
		status = http.StatusCreated
		s.gauges.taken(o.Size)
	}
	return sayText(w, status, receipt)
}

func (s *Server) getDeposit(w http.ResponseWriter, r *http.Request, session login.Session) error {
	deposit := r.PathValue("deposit")
	if session.Account.State != register.Collector {
		if _, err := s.Intake.ReceiptOf(r.Context(), session.Account.Opaque, deposit); err != nil {
			return err
		}
	}
	f, err := s.Intake.Open(r.Context(), deposit)
	if err != nil {
		return err
	}
	return sayDeposit(w, r, deposit, f)
}

// sayFile answers with a sealed file, which no browser shows.
func sayFile(w http.ResponseWriter, name string, data []byte) {
	fileHeaders(w, name)
	w.Header().Set("Content-Length", strconv.Itoa(len(data)))
	_, _ = w.Write(data) // whoever has left is no error of ours
}

func fileHeaders(w http.ResponseWriter, name string) {
	h := w.Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Content-Disposition", `attachment; filename="`+name+`"`)
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'")
}

func (s *Server) getReceipts(w http.ResponseWriter, r *http.Request, session login.Session) error {
	ids, err := s.Log.Deposits(r.Context(), session.Account.Opaque)
	if err != nil {
		return err
	}
	if ids == nil {
		ids = []string{}
	}
	writeJSON(w, http.StatusOK, map[string][]string{"deposits": ids})
	return nil
}

func (s *Server) getReceipt(w http.ResponseWriter, r *http.Request, session login.Session) error {
	account := session.Account.Opaque
	if session.Account.State == register.Collector {
		account = r.URL.Query().Get("account") // whose deposit it is, as the log says
	}
	receipt, err := s.Intake.ReceiptOf(r.Context(), account, r.PathValue("deposit"))
	if err != nil {
		return err
	}
	return sayText(w, http.StatusOK, receipt)
}

// getSlot gives the receipt of who has a slot, to those of the same school: whoever
// can name a slot holds the key that it was made with.
func (s *Server) getSlot(w http.ResponseWriter, r *http.Request, session login.Session) error {
	receipt, err := s.Intake.ReceiptOfSlot(r.Context(), session.Account, r.PathValue("slot"))
	if err != nil {
		return err
	}
	return sayText(w, http.StatusOK, receipt)
}

func (s *Server) getHead(w http.ResponseWriter, r *http.Request, _ login.Session) error {
	number, err := strconv.ParseInt(r.PathValue("number"), 10, 64)
	if err != nil {
		return errNoRoute
	}
	data, err := s.Log.HeadBytes(r.Context(), number)
	if err != nil {
		return err
	}
	return sayText(w, http.StatusOK, data)
}

func (s *Server) getCheckpoint(w http.ResponseWriter, _ *http.Request, _ login.Session) error {
	return sayText(w, http.StatusOK, s.Log.Checkpoint())
}

func (s *Server) getTile(w http.ResponseWriter, r *http.Request, _ login.Session) error {
	tile, err := auditlog.ParseTilePath("tile/" + r.PathValue("path"))
	if err != nil {
		return errNoRoute
	}
	data, err := s.Log.Tile(r.Context(), tile)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	if tile.Width == auditlog.TileWidth {
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	_, _ = w.Write(data) // whoever has left is no error of ours
	return nil
}

func sayText(w http.ResponseWriter, status int, text []byte) error {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(text) // whoever has left is no error of ours
	return nil
}
