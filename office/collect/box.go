package collect

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"despatch/internal/auditlog"
	"despatch/internal/naming"
	"despatch/internal/signin"
	"despatch/internal/sshsig"
)

// The limits of what is read from a drop-box, in bytes.
const (
	mostAnswer  = 64 << 10
	mostHead    = 1 << 20
	mostDeposit = mostWhole // what is larger comes piece by piece
	// patience is how long one request may take.
	patience = 2 * time.Minute
	// sessionCookie is the box's, kept by hand: the standard jar sends no secure
	// cookie to http://localhost.
	sessionCookie = "__Host-despatch"
)

// errMissing says that the box has nothing at an address.
var errMissing = errors.New("the drop-box has no such thing")

// A Box is a drop-box as the office reaches it. Nothing that it answers is
// believed but by signatures and hashes.
type Box struct {
	Origin string
	Client *http.Client // http.DefaultClient where nil

	cookie string
}

// A Refused is what a drop-box answers when it does not do what it is asked.
type Refused struct {
	Status   int
	Sentence string `json:"sentence"`
}

func (r *Refused) Error() string {
	return fmt.Sprintf("the drop-box refuses (%d): %s", r.Status, r.Sentence)
}

// SignIn signs in with the key of a collector.
func (b *Box) SignIn(ctx context.Context, key ed25519.PrivateKey) error {
	data, _, err := b.ask(ctx, http.MethodGet, "/box/nonce", nil, mostAnswer)
	if err != nil {
		return fmt.Errorf("sign in at the drop-box: %w", err)
	}
	var n struct{ Origin, Nonce, Expiry string }
	if err := json.Unmarshal(data, &n); err != nil {
		return fmt.Errorf("sign in at the drop-box %s: it answers with something else than a drop-box does", b.Origin)
	}
	expiry, err := time.Parse(sshsig.TimeLayout, n.Expiry)
	if err != nil {
		return fmt.Errorf("sign in at the drop-box: %.40q is not a time", n.Expiry)
	}
	// Signed is our own idea of the origin, never the one that was handed over.
	signed := signin.Sign(signin.Text{Origin: b.Origin, Nonce: n.Nonce, Expiry: expiry}, key)
	body, err := json.Marshal(map[string]string{"account": naming.OpaqueCollector(sshsig.PublicOf(key).String()), "signed": string(signed)})
	if err != nil {
		return err
	}
	_, header, err := b.ask(ctx, http.MethodPost, "/box/login", body, mostAnswer)
	if err != nil {
		return fmt.Errorf("sign in at the drop-box: %w", err)
	}
	for _, c := range (&http.Response{Header: header}).Cookies() {
		if c.Name == sessionCookie {
			b.cookie = c.Value
		}
	}
	if b.cookie == "" {
		return errors.New("sign in at the drop-box: it let us in without a session")
	}
	return nil
}

// SignOut ends the session.
func (b *Box) SignOut(ctx context.Context) error {
	_, _, err := b.ask(ctx, http.MethodPost, "/box/logout", nil, mostAnswer)
	b.cookie = ""
	return err
}

// SendRegister sends the register and gives the serial that the box now holds.
func (b *Box) SendRegister(ctx context.Context, signed []byte) (serial int, err error) {
	data, _, err := b.ask(ctx, http.MethodPut, "/register", signed, mostAnswer)
	if err != nil {
		return 0, fmt.Errorf("send the register: %w", err)
	}
	var held struct{ Serial int }
	if err := json.Unmarshal(data, &held); err != nil || held.Serial < 1 {
		return 0, fmt.Errorf("send the register: %s answers with something else than a drop-box does", b.Origin)
	}
	return held.Serial, nil
}

// Answers tells whether the drop-box can be reached and shows a log.
func (b *Box) Answers(ctx context.Context) error {
	_, err := b.checkpoint(ctx)
	return err
}

func (b *Box) checkpoint(ctx context.Context) ([]byte, error) {
	data, _, err := b.ask(ctx, http.MethodGet, "/log/checkpoint", nil, mostAnswer)
	return data, err
}

func (b *Box) head(ctx context.Context, number int64) ([]byte, error) {
	data, _, err := b.ask(ctx, http.MethodGet, "/box/heads/"+strconv.FormatInt(number, 10), nil, mostHead)
	return data, err
}

func (b *Box) deposit(ctx context.Context, id string) ([]byte, error) {
	data, _, err := b.ask(ctx, http.MethodGet, "/box/deposits/"+id, nil, mostDeposit)
	return data, err
}

func (b *Box) receipt(ctx context.Context, r auditlog.Record) ([]byte, error) {
	data, _, err := b.ask(ctx, http.MethodGet, "/box/receipts/"+r.Deposit+"?account="+r.Account, nil, mostAnswer)
	return data, err
}

// ask makes one request. What the box does not have is errMissing.
func (b *Box) ask(ctx context.Context, method, path string, body []byte, most int64) ([]byte, http.Header, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, b.Origin+path, bytes.NewReader(body))
	if err != nil {
		return nil, nil, err
	}
	if b.cookie != "" {
		r.AddCookie(&http.Cookie{Name: sessionCookie, Value: b.cookie})
	}
	if strings.HasPrefix(path, "/box/login") {
		r.Header.Set("Content-Type", "application/json")
	}
	answer, err := b.client().Do(r)
	if err != nil {
		return nil, nil, err
	}
	defer answer.Body.Close()
	return b.answered(answer, path, most)
}

// answered reads an answer whole.
func (b *Box) answered(answer *http.Response, path string, most int64) ([]byte, http.Header, error) {
	data, err := io.ReadAll(io.LimitReader(answer.Body, most+1))
	switch {
	case err != nil:
		return nil, nil, fmt.Errorf("read from %s%s: %w", b.Origin, path, err)
	case int64(len(data)) > most:
		return nil, nil, fmt.Errorf("%s%s gives more than %d bytes", b.Origin, path, most)
	case answer.StatusCode == http.StatusNotFound:
		return nil, nil, errMissing
	case answer.StatusCode/100 != 2:
		refused := &Refused{Status: answer.StatusCode}
		if json.Unmarshal(data, refused) != nil || refused.Sentence == "" {
			refused.Sentence = http.StatusText(answer.StatusCode)
		}
		return nil, nil, refused
	}
	return data, answer.Header, nil
}

func (b *Box) client() *http.Client {
	c := http.DefaultClient
	if b.Client != nil {
		c = b.Client
	}
	one := *c
	one.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &one
}
