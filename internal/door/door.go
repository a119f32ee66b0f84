// Package door lets whoever has a printed link in to a site on this machine, and
// nobody else: not other sites that the browser has open, not other names that lead
// to this machine, not other people on it (design section 5). The link's token
// becomes a strict cookie that ends with the process. It trusts the browser to keep
// cookies apart by site, and to send the Host that was asked for.
package door

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

// A Door stands before one server.
type Door struct {
	what   string // "preview": begins the sentences to those who may not come in
	said   string // the command that printed the link
	port   int
	token  string
	cookie string // its name: cookies do not tell ports apart
	codec  *securecookie.SecureCookie
}

// New makes a door for a server on a port of this machine. What is the word for the
// site, said the command that prints the link.
func New(what, said string, port int) (*Door, error) {
	secret := make([]byte, 16+32)
	if _, err := rand.Read(secret); err != nil {
		return nil, fmt.Errorf("make a token: %w", err)
	}
	codec := securecookie.New(secret[16:], nil).MaxAge(0) // it ends with this process
	codec.SetSerializer(securecookie.JSONEncoder{})
	return &Door{what: what, said: said, port: port, token: hex.EncodeToString(secret[:16]), cookie: fmt.Sprintf("despatch-%s-%d", what, port), codec: codec}, nil
}

// Link is the address to open; whoever has it may look.
func (d *Door) Link() string { return fmt.Sprintf("http://localhost:%d/?token=%s", d.port, d.token) }

// Admit answers the request itself and returns false, unless it may go on. Whatever
// is answered carries the strict headers of a site for one person, policy the
// Content-Security-Policy among them.
func (d *Door) Admit(w http.ResponseWriter, r *http.Request, policy string) bool {
	h := w.Header()
	h.Set("Content-Security-Policy", policy)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	hosts := []string{fmt.Sprintf("localhost:%d", d.port), fmt.Sprintf("127.0.0.1:%d", d.port)}
	switch {
	case !slices.Contains(hosts, r.Host):
		http.Error(w, fmt.Sprintf("This %s answers only to %s.", d.what, hosts[0]), http.StatusMisdirectedRequest)
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, fmt.Sprintf("This %s is for reading only.", d.what), http.StatusMethodNotAllowed)
	case d.known(r):
		if !r.URL.Query().Has("token") {
			return true
		}
		http.Redirect(w, r, here(r), http.StatusSeeOther)
	case d.hasToken(r):
		d.remember(w, r)
	default:
		http.Error(w, fmt.Sprintf("Open the link that despatch %s printed.", d.said), http.StatusForbidden)
	}
	return false
}

// here is the path of a request as an address of this site: one that began with
// two slashes would be another's.
func here(r *http.Request) string {
	u := url.URL{Path: "/" + strings.TrimLeft(path.Clean("/"+r.URL.Path), `/\`)}
	return u.EscapedPath()
}

func (d *Door) hasToken(r *http.Request) bool {
	return subtle.ConstantTimeCompare([]byte(r.URL.Query().Get("token")), []byte(d.token)) == 1
}

// known reports whether the request carries the cookie of this process.
func (d *Door) known(r *http.Request) bool {
	c, err := r.Cookie(d.cookie)
	if err != nil {
		return false
	}
	var said string
	return d.codec.Decode(d.cookie, c.Value, &said) == nil && subtle.ConstantTimeCompare([]byte(said), []byte(d.token)) == 1
}

// remember turns the token into a cookie and takes it out of the address.
func (d *Door) remember(w http.ResponseWriter, r *http.Request) {
	value, err := d.codec.Encode(d.cookie, d.token)
	if err != nil {
		http.Error(w, "The cookie could not be made.", http.StatusInternalServerError)
		return
	}
	http.SetCookie(w, &http.Cookie{Name: d.cookie, Value: value, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode})
	// A redirect would not carry a strict cookie when the link was opened from
	// another site, such as a mail in the browser: the page moves on by itself.
	w.Header().Set("Refresh", "0; url="+here(r))
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	fmt.Fprintf(w, `<!doctype html><html lang="en"><meta charset="utf-8"><title>Despatch</title><p><a href="/">Open the %s</a></p></html>`, d.what)
}
