package preview

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/gorilla/securecookie"
)

// A door lets in whoever has the printed link, and nobody else: other sites that
// the browser has open, other names that lead to this machine, other people on it.
type door struct {
	port   int
	token  string
	cookie string // its name: cookies do not tell ports apart
	codec  *securecookie.SecureCookie
}

func newDoor(port int) (*door, error) {
	secret := make([]byte, 16+32)
	if _, err := rand.Read(secret); err != nil {
		return nil, fmt.Errorf("make a token: %w", err)
	}
	codec := securecookie.New(secret[16:], nil).MaxAge(0) // it ends with this process
	codec.SetSerializer(securecookie.JSONEncoder{})
	return &door{port: port, token: hex.EncodeToString(secret[:16]), cookie: fmt.Sprintf("despatch-preview-%d", port), codec: codec}, nil
}

func (d *door) link() string { return fmt.Sprintf("http://localhost:%d/?token=%s", d.port, d.token) }

// admit answers the request itself and returns false, unless it may go on.
func (d *door) admit(w http.ResponseWriter, r *http.Request) bool {
	hosts := []string{fmt.Sprintf("localhost:%d", d.port), fmt.Sprintf("127.0.0.1:%d", d.port)}
	switch {
	case !slices.Contains(hosts, r.Host):
		http.Error(w, "This preview answers only to "+hosts[0]+".", http.StatusMisdirectedRequest)
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "This preview is for reading only.", http.StatusMethodNotAllowed)
	case d.known(r):
		if !r.URL.Query().Has("token") {
			return true
		}
		http.Redirect(w, r, here(r), http.StatusSeeOther)
	case d.hasToken(r):
		d.remember(w, r)
	default:
		http.Error(w, "Open the link that despatch serve printed.", http.StatusForbidden)
	}
	return false
}

// here is the path of a request as an address of this site: one that began with
// two slashes would be another's.
func here(r *http.Request) string {
	u := url.URL{Path: "/" + strings.TrimLeft(path.Clean("/"+r.URL.Path), `/\`)}
	return u.EscapedPath()
}

func (d *door) hasToken(r *http.Request) bool {
	return subtle.ConstantTimeCompare([]byte(r.URL.Query().Get("token")), []byte(d.token)) == 1
}

// known reports whether the request carries the cookie of this process.
func (d *door) known(r *http.Request) bool {
	c, err := r.Cookie(d.cookie)
	if err != nil {
		return false
	}
	var said string
	return d.codec.Decode(d.cookie, c.Value, &said) == nil && subtle.ConstantTimeCompare([]byte(said), []byte(d.token)) == 1
}

// remember turns the token into a cookie and takes it out of the address.
func (d *door) remember(w http.ResponseWriter, r *http.Request) {
	value, err := d.codec.Encode(d.cookie, d.token)
	if err != nil {
		http.Error(w, "The cookie could not be made.", http.StatusInternalServerError)
		return
	}
	http.SetCookie(w, &http.Cookie{Name: d.cookie, Value: value, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode})
	// A redirect would not carry a strict cookie when the link was opened from
	// another site, such as a mail in the browser: the page moves on by itself.
	w.Header().Set("Refresh", "0; url="+here(r))
	write(w, "text/html; charset=utf-8", []byte(`<!doctype html><html lang="en"><meta charset="utf-8"><title>Preview</title><p><a href="/">Open the preview</a></p></html>`))
}
