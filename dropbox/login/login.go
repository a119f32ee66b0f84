// Package login lets accounts of the register in and keeps their sessions.
//
// An account signs a nonce of the box (docs/formats.md section 17). The nonce is
// nothing but an expiry and a MAC, so anybody gets one and nobody learns who has
// an account; a nonce that let somebody in is burnt in the store. A session is an
// object in the store and ends at once, on every replica, with the object, with
// the account's line in the register, or with its key; the cookie carries the id
// only, sealed by gorilla/securecookie. Trusted are the register and the cookie
// keys.
package login

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/gorilla/securecookie"

	"despatch/dropbox/boxkeys"
	"despatch/dropbox/registry"
	"despatch/dropbox/store"
	"despatch/internal/register"
	"despatch/internal/signin"
	"despatch/internal/sshsig"
)

// Errors that callers decide by.
var (
	ErrRefused   = errors.New("the sign-in is refused")
	ErrNoSession = errors.New("there is no session")
	// ErrLeft says that there was one, until its person signed out everywhere.
	ErrLeft = errors.New("the session was ended from elsewhere")
)

const (
	// sessionTime is how long a session lasts at most.
	sessionTime = 10 * time.Hour
	// cookieTime is how long a cookie is looked at, and cookieSlack how far ahead
	// of the clock it may have been made by another replica.
	cookieTime, cookieSlack = 12 * time.Hour, 2 * time.Minute
	// nonceTime is how long somebody may take to sign.
	nonceTime = 2 * time.Minute

	sessionPrefix, noncePrefix = "session/", "nonce/"
	// leftPrefix has a mark of each time that an account signed out everywhere.
	leftPrefix = "left/"
)

// Cookie is the name of the session cookie. The prefix binds it to this host, to
// TLS and to all paths.
const Cookie = "__Host-despatch"

// Door is where accounts come in. Set the fields, then call Rotate.
type Door struct {
	Store    store.Store
	Registry *registry.Registry
	Origin   string
	Now      func() time.Time

	keys atomic.Pointer[[]epoch]
}

// epoch is a cookie key at work.
type epoch struct {
	from, until time.Time // cookies are made in between, and read some time longer
	codec       *securecookie.SecureCookie
	nonce       [32]byte // the key of nonces
}

// Session is who a request comes from.
type Session struct {
	Account  register.Account   // as the register has it
	Register *register.Register // the newest when the request came
	Expires  time.Time
	object   string // the key of its object
}

// Rotate puts the cookie keys to work, the oldest first. Those before the newest
// that is in use read cookies until the last of theirs has ended.
func (d *Door) Rotate(keys []boxkeys.Cookie) {
	var out []epoch
	for i, k := range keys {
		e := epoch{from: k.From, nonce: sha256.Sum256(append([]byte("despatch-nonce-key-1\n"), k.Hash[:]...))}
		if i+1 < len(keys) {
			e.until = keys[i+1].From
		}
		e.codec = securecookie.New(k.Hash[:], k.Block[:]).MaxAge(int(cookieTime.Seconds())).MinAge(-int(cookieSlack.Seconds()))
		e.codec.SetSerializer(securecookie.JSONEncoder{})
		out = append(out, e)
	}
	d.keys.Store(&out)
}

// accepted are the keys that are read now, the newest first; the first is the one
// that cookies are made with.
func (d *Door) accepted() []epoch {
	now := d.Now()
	var out []epoch
	for _, e := range *d.keys.Load() {
		if e.until.IsZero() || now.Before(e.until.Add(cookieTime)) {
			out = append([]epoch{e}, out...)
		}
	}
	for i, e := range out {
		if !now.Before(e.from) {
			out[0], out[i] = out[i], out[0]
			break
		}
	}
	return out
}

// Login lets an account in and gives the cookie's value. Whatever is wrong, the
// error is ErrRefused and the work is the same: nobody learns who has an account.
func (d *Door) Login(ctx context.Context, account string, signed []byte) (cookie string, s Session, err error) {
	r, err := d.Registry.Newest(ctx)
	if err != nil {
		return "", s, err
	}
	a := r.Account(account)
	known := a != nil && a.State != register.Suspended
	if !known {
		// The same work is done for a stranger: their own key is tried.
		a = &register.Account{}
		if _, sig, err := sshsig.OpenText(signed); err == nil {
			a.Key, _ = sshsig.Signer(sig)
		}
	}
	text, err := signin.Verify(signed, a.Key, d.Origin, d.Now())
	if err != nil || !known {
		return "", s, fmt.Errorf("%w: %v", ErrRefused, err)
	}
	if err := d.burn(ctx, text); err != nil {
		return "", s, err
	}
	return d.begin(ctx, r, *a)
}

// begin makes a session's object and cookie.
func (d *Door) begin(ctx context.Context, r *register.Register, a register.Account) (string, Session, error) {
	var secret [32]byte
	if _, err := rand.Read(secret[:]); err != nil {
		return "", Session{}, fmt.Errorf("make a session: %w", err)
	}
	expires := d.Now().UTC().Add(sessionTime).Truncate(time.Second)
	id := a.Opaque + "." + strconv.FormatInt(expires.Unix(), 10) + "." + base64.RawURLEncoding.EncodeToString(secret[:])
	object, _, _ := sessionObject(id)
	if err := d.Store.PutNew(ctx, object, []byte(a.Key.String()+"\n")); err != nil {
		return "", Session{}, err
	}
	value, err := d.accepted()[0].codec.Encode(Cookie, id)
	return value, Session{Account: a, Register: r, Expires: expires, object: object}, err
}

// sessionObject gives the key of a session's object, which says nothing of the id
// but its account and its end.
func sessionObject(id string) (object, account string, expires time.Time) {
	f := strings.Split(id, ".")
	if len(f) != 3 {
		return "", "", expires
	}
	unix, err := strconv.ParseInt(f[1], 10, 64)
	if err != nil {
		return "", "", expires
	}
	sum := sha256.Sum256([]byte("despatch-session-1\n" + id))
	return sessionPrefix + f[0] + "/" + f[1] + "-" + hex.EncodeToString(sum[:16]), f[0], time.Unix(unix, 0).UTC()
}

// Session gives who a cookie's value stands for, or ErrNoSession.
func (d *Door) Session(ctx context.Context, cookie string) (Session, error) {
	var id string
	opened := false
	for _, e := range d.accepted() {
		if e.codec.Decode(Cookie, cookie, &id) == nil {
			opened = true
			break
		}
	}
	object, account, expires := sessionObject(id)
	if !opened || object == "" || !d.Now().Before(expires) {
		return Session{}, ErrNoSession
	}
	held, err := d.Store.Get(ctx, object)
	if errors.Is(err, store.ErrMissing) {
		return Session{}, d.why(ctx, account, expires)
	}
	if err != nil {
		return Session{}, err
	}
	r, err := d.Registry.Newest(ctx)
	if err != nil {
		return Session{}, err
	}
	a := r.Account(account)
	if a == nil || a.State == register.Suspended || a.Key.String()+"\n" != string(held) {
		return Session{}, ErrNoSession
	}
	return Session{Account: *a, Register: r, Expires: expires, object: object}, nil
}

// Logout ends a session.
func (d *Door) Logout(ctx context.Context, s Session) error { return d.Store.Delete(ctx, s.object) }

// why tells a session that was ended from elsewhere from any other that is not there
// any more: the devices of who signed out everywhere lock, others sign in again.
func (d *Door) why(ctx context.Context, account string, expires time.Time) error {
	for e, err := range d.Store.List(ctx, leftPrefix+account+"/") {
		if err != nil {
			return err
		}
		if at, ok := endOf(e.Key); ok && at >= expires.Unix() {
			return ErrLeft
		}
	}
	return ErrNoSession
}

// LogoutEverywhere ends all sessions of an account. Its mark lasts as long as any of
// them would have, and comes first: whoever finds a session gone finds the mark.
func (d *Door) LogoutEverywhere(ctx context.Context, account string) error {
	mark := leftPrefix + account + "/" + strconv.FormatInt(d.Now().Add(sessionTime).Unix(), 10) + "-" + strings.ToLower(rand.Text())
	if err := d.Store.PutNew(ctx, mark, []byte("left\n")); err != nil {
		return err
	}
	for e, err := range d.Store.List(ctx, sessionPrefix+account+"/") {
		if err != nil {
			return err
		}
		if err := d.Store.Delete(ctx, e.Key); err != nil {
			return err
		}
	}
	return nil
}

// endOf gives the time at which an object of this package is of no more use, which its
// name begins with.
func endOf(key string) (unix int64, ok bool) {
	first, _, _ := strings.Cut(key[strings.LastIndexByte(key, '/')+1:], "-")
	unix, err := strconv.ParseInt(first, 10, 64)
	return unix, err == nil
}

// Sweep deletes sessions, burnt nonces and marks whose time is over.
func (d *Door) Sweep(ctx context.Context) error {
	now := d.Now().Add(-cookieSlack).Unix()
	for _, prefix := range []string{sessionPrefix, noncePrefix, leftPrefix} {
		for e, err := range d.Store.List(ctx, prefix) {
			if err != nil {
				return err
			}
			if end, ok := endOf(e.Key); ok && end < now {
				if err := d.Store.Delete(ctx, e.Key); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
