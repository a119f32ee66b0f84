// Package signin is the text that an account signs to sign in at the drop-box.
//
// It follows docs/formats.md section 17: origin, nonce and expiry, signed in a
// namespace of its own, so that nothing a server hands over is ever decrypted or
// signed for another purpose. Whoever signs trusts nobody: it puts its own idea
// of the origin into the text. Whoever verifies must also know that the nonce is
// its own and was not used before; this package cannot.
package signin

import (
	"crypto/ed25519"
	"regexp"
	"strings"
	"time"

	"despatch/internal/refusal"
	"despatch/internal/sshsig"
)

// Namespace is what sign-in signatures are made for.
const Namespace = "despatch-login"

// Longest is how far ahead an expiry may lie.
const Longest = 10 * time.Minute

var (
	originForm = regexp.MustCompile(`^(https://[a-z0-9][a-z0-9.-]*|http://(localhost|127\.0\.0\.1))(:[1-9][0-9]{0,4})?$`)
	nonceForm  = regexp.MustCompile(`^[A-Za-z0-9_-]{43,128}$`)
)

// Text is what is signed.
type Text struct {
	Origin string    // of the box, as the person's browser sees it
	Nonce  string    // from the box
	Expiry time.Time // from the box
}

// IsOrigin tells whether s is an origin that a box may have.
func IsOrigin(s string) bool { return originForm.MatchString(s) }

// Sign writes the signed text.
func Sign(t Text, priv ed25519.PrivateKey) []byte {
	return sshsig.SignText(priv, Namespace, []byte(t.Origin+"\n"+t.Nonce+"\n"+t.Expiry.UTC().Format(sshsig.TimeLayout)+"\n"))
}

// Verify checks that signed is a sign-in of key at origin that has not expired.
// Errors are refusals: malformed, signature, mismatch (another origin), expired.
func Verify(signed []byte, key sshsig.PublicKey, origin string, now time.Time) (Text, error) {
	text, sig, err := sshsig.OpenText(signed)
	if err != nil {
		return Text{}, err
	}
	t, err := parse(string(text))
	if err != nil {
		return Text{}, err
	}
	if err := sshsig.Verify(key, Namespace, text, sig); err != nil {
		return Text{}, err
	}
	switch {
	case t.Origin != origin:
		return Text{}, refusal.Mismatch.Errorf("the sign-in is for %s, not for %s", t.Origin, origin)
	case !now.Before(t.Expiry):
		return Text{}, refusal.Expired.Errorf("the sign-in expired at %s", t.Expiry.Format(sshsig.TimeLayout))
	case t.Expiry.Sub(now) > Longest:
		return Text{}, refusal.Malformed.Errorf("the sign-in expires more than %s ahead", Longest)
	}
	return t, nil
}

func parse(text string) (Text, error) {
	lines := strings.Split(text, "\n")
	if len(lines) != 4 || lines[3] != "" {
		return Text{}, refusal.Malformed.Errorf("a sign-in has three lines (origin, nonce, expiry)")
	}
	t := Text{Origin: lines[0], Nonce: lines[1]}
	if !originForm.MatchString(t.Origin) {
		return Text{}, refusal.Malformed.Errorf("line 1: %.60q is not an origin like https://box.example", t.Origin)
	}
	if !nonceForm.MatchString(t.Nonce) {
		return Text{}, refusal.Malformed.Errorf("line 2: not a nonce")
	}
	var err error
	if t.Expiry, err = time.Parse(sshsig.TimeLayout, lines[2]); err != nil || t.Expiry.Format(sshsig.TimeLayout) != lines[2] {
		return Text{}, refusal.Malformed.Errorf("line 3: %.40q is not a time like 2026-11-22T09:00:00Z", lines[2])
	}
	return t, nil
}
