// Package timestamp asks a time-stamping authority when something was there, and
// reads what it answers, as RFC 3161 and RFC 5816 have them.
//
// Of an answer it checks status, imprint and nonce, and that the certificate that
// the token carries, one for time stamping, signed it (TestAnAnswerThatIsNotOursIsRefused,
// TestEveryFlippedByteOfATokenIsRefused). Whether that certificate is to be trusted
// is for whoever verifies, with "openssl ts -verify" and the certificate of an
// authority that they chose: a token proves nothing beyond the word of whoever
// stamped. Whoever changes the address of the server gains to know the hashes, and
// can refuse.
package timestamp

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"time"
)

// mostAnswer is the largest answer that is read, in bytes.
const mostAnswer = 64 << 10

// patience is how long a server has to answer: a build waits for one that is down
// once, and asks again the next time.
const patience = 5 * time.Second

// A Server is a time-stamping authority.
type Server struct {
	Address string       // https://tsa.example/tsr
	Client  *http.Client // http.DefaultClient where nil
}

type (
	request struct {
		Version int
		Imprint imprint
		Nonce   *big.Int
		Certs   bool
	}
	imprint struct {
		Algorithm pkix.AlgorithmIdentifier
		Sum       []byte
	}
	response struct {
		Status statusInfo
		Token  asn1.RawValue `asn1:"optional"`
	}
	statusInfo struct {
		Status  int
		Text    []string       `asn1:"optional,utf8"`
		Failure asn1.BitString `asn1:"optional"`
	}
)

// Stamp asks for a token over a SHA-256 and checks it. It gives the whole answer,
// which openssl reads, and the token in it.
func (s Server) Stamp(ctx context.Context, sum [sha256.Size]byte) (answer []byte, token *Token, err error) {
	nonce, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 64))
	if err != nil {
		return nil, nil, err
	}
	query, err := asn1.Marshal(request{1, imprint{pkix.AlgorithmIdentifier{Algorithm: oidSHA256, Parameters: asn1.NullRawValue}, sum[:]}, nonce, true})
	if err != nil {
		return nil, nil, err
	}
	if answer, err = s.ask(ctx, query); err == nil {
		token, err = read(answer, sum, nonce)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("ask %s for a time stamp: %w", s.Address, err)
	}
	return answer, token, nil
}

func (s Server) ask(ctx context.Context, query []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.Address, bytes.NewReader(query))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/timestamp-query")
	client := s.Client
	if client == nil {
		client = http.DefaultClient
	}
	answer, err := client.Do(r)
	if err != nil {
		return nil, errors.Unwrap(err) // without the address, which the caller says
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("it answers %s", answer.Status)
	}
	data, err := io.ReadAll(io.LimitReader(answer.Body, mostAnswer+1))
	if err == nil && len(data) > mostAnswer {
		err = fmt.Errorf("it answers with more than %d bytes", mostAnswer)
	}
	return data, err
}

// Read reads an answer that was kept, and checks that it is over a SHA-256.
func Read(answer []byte, sum [sha256.Size]byte) (*Token, error) { return read(answer, sum, nil) }

// read reads an answer; without a nonce it is one that was kept.
func read(answer []byte, sum [sha256.Size]byte, nonce *big.Int) (*Token, error) {
	var r response
	if rest, err := asn1.Unmarshal(answer, &r); err != nil || len(rest) > 0 {
		return nil, errors.New("this is no answer of a time-stamping authority")
	}
	if r.Status.Status > 1 { // 0: granted, 1: granted with changes
		return nil, fmt.Errorf("it was refused (status %d) %q", r.Status.Status, r.Status.Text)
	}
	t, err := parse(r.Token.FullBytes)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(t.imprint, sum[:]) {
		return nil, errors.New("the time stamp is over something else")
	}
	if nonce != nil && (t.nonce == nil || t.nonce.Cmp(nonce) != 0) {
		return nil, errors.New("the time stamp answers another request (its nonce is not ours)")
	}
	return t, nil
}
