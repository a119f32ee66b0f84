// Package pdfsign signs PDFs for readers' comfort: CAdES detached signatures as
// ETSI EN 319 142-1 wants them at baseline B-B, or B-T where somebody stamps the
// time, in the room that internal/tagpdf leaves. They are no evidence for ever: a
// certificate expires, and B-B has no trusted time. What an authority published is evidenced by its signed head.
//
// The same key signs the same bytes the same way (TestASignatureIsDeterministic).
// The key is a file that only its owner may read, made by New or taken from a
// PKCS#12 file; whoever changes it gains signatures under the authority's name,
// and no more.
package pdfsign

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"os"
	"runtime"
	"strings"
	"time"

	"software.sslmate.com/src/go-pkcs12"
)

// A Signer is a key with its certificate, and those that vouch for it.
type Signer struct {
	key   crypto.Signer
	cert  *x509.Certificate
	chain []*x509.Certificate
	stamp Stamp // nil: signatures carry no time
}

// A Stamp gives a token of RFC 3161 over a SHA-256.
type Stamp func(sum [sha256.Size]byte) (token []byte, err error)

// ErrNotStamped is Sign's error where no time stamp could be had.
var ErrNotStamped = errors.New("no time stamp could be had")

// mostToken is the room for a time stamp, in bytes, with the certificates in it.
const mostToken = 8 << 10

// StampedBy gives a signer whose signatures carry a time stamp, and are of
// baseline B-T.
func (s *Signer) StampedBy(stamp Stamp) *Signer {
	stamped := *s
	stamped.stamp = stamp
	return &stamped
}

// Stamped reports whether the signer's signatures carry a time stamp.
func (s *Signer) Stamped() bool { return s.stamp != nil }

// oidTitle is the attribute of a certificate's subject that says a role.
var oidTitle = asn1.ObjectIdentifier{2, 5, 4, 12}

// Name is whom the certificate names.
func (s *Signer) Name() string { return s.cert.Subject.CommonName }

// Role is what the certificate says that they are; may be empty.
func (s *Signer) Role() string {
	for _, a := range s.cert.Subject.Names {
		if text, ok := a.Value.(string); ok && a.Type.Equal(oidTitle) {
			return text
		}
	}
	return strings.Join(s.cert.Subject.OrganizationalUnit, ", ")
}

// Issuer is who issued the certificate; the signer, where nobody else did.
func (s *Signer) Issuer() string { return s.cert.Issuer.CommonName }

// From is since when the certificate is valid.
func (s *Signer) From() time.Time { return s.cert.NotBefore }

// Until is when the certificate expires.
func (s *Signer) Until() time.Time { return s.cert.NotAfter }

// Fingerprint is the SHA-256 of the certificate in hex, in groups of four.
func (s *Signer) Fingerprint() string {
	sum := sha256.Sum256(s.cert.Raw)
	text := fmt.Sprintf("%X", sum)
	var groups []string
	for ; text != ""; text = text[4:] {
		groups = append(groups, text[:4])
	}
	return strings.Join(groups, " ")
}

// Room is how many bytes a signature needs at most.
func (s *Signer) Room() int {
	n := 1024 + len(s.cert.Raw)
	for _, c := range s.chain {
		n += len(c.Raw)
	}
	if s.stamp != nil {
		n += mostToken
	}
	return n
}

// New makes a key and a certificate of its own for a person or a team of an
// authority, which nobody else vouches for.
func New(authority, name, role string, now time.Time, years int) (*Signer, error) {
	if name == "" || authority == "" || years < 1 || years > 10 {
		return nil, errors.New("a signer needs a name, an authority and 1 to 10 years")
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, err
	}
	subject := pkix.Name{CommonName: name, Organization: []string{authority}, Country: []string{"GB"}}
	if role != "" {
		subject.ExtraNames = []pkix.AttributeTypeAndValue{{Type: oidTitle, Value: role}}
	}
	now = now.UTC().Truncate(time.Second)
	template := &x509.Certificate{
		SerialNumber: serial, Subject: subject, NotBefore: now, NotAfter: now.AddDate(years, 0, 0),
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment,
		BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	cert, err := x509.ParseCertificate(der)
	return &Signer{key: key, cert: cert}, err
}

// FromPKCS12 takes a key and its certificates out of a PKCS#12 file.
func FromPKCS12(data []byte, passphrase string) (*Signer, error) {
	key, cert, chain, err := pkcs12.DecodeChain(data, passphrase)
	if err != nil {
		return nil, fmt.Errorf("open the PKCS#12 file: %w", err)
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, errors.New("the PKCS#12 file holds no key that signs")
	}
	s := &Signer{key: signer, cert: cert, chain: chain}
	return s, s.check()
}

// Format writes a signer as PEM: its certificate, those that vouch for it, its key.
func (s *Signer) Format() ([]byte, error) {
	key, err := x509.MarshalPKCS8PrivateKey(s.key)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	for _, c := range append([]*x509.Certificate{s.cert}, s.chain...) {
		if err := pem.Encode(&b, &pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}); err != nil {
			return nil, err
		}
	}
	err = pem.Encode(&b, &pem.Block{Type: "PRIVATE KEY", Bytes: key})
	return b.Bytes(), err
}

// Certificate is the signer's certificate as PEM, for whoever is to trust it.
func (s *Signer) Certificate() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.cert.Raw})
}

// Read reads a signer's file, which only its owner may read.
func Read(path string) (*Signer, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("%s can be read by others than its owner (want mode 0600)", path)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	s, err := Parse(data)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return s, nil
}

// Parse reads a signer: a certificate, those that vouch for it, and its key, as
// PEM in any order, the signer's own certificate before the others.
func Parse(data []byte) (*Signer, error) {
	s := new(Signer)
	for rest := data; ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		switch block.Type {
		case "CERTIFICATE":
			cert, err := x509.ParseCertificate(block.Bytes)
			if err != nil {
				return nil, fmt.Errorf("read a certificate: %w", err)
			}
			if s.cert == nil {
				s.cert = cert
			} else {
				s.chain = append(s.chain, cert)
			}
		case "PRIVATE KEY":
			key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
			if err != nil {
				return nil, fmt.Errorf("read the key: %w", err)
			}
			signer, ok := key.(crypto.Signer)
			if !ok || s.key != nil {
				return nil, errors.New("the file holds another key than one that signs")
			}
			s.key = signer
		default:
			return nil, fmt.Errorf("the file holds a %s (want certificates and a PRIVATE KEY that is not encrypted)", block.Type)
		}
	}
	return s, s.check()
}

// check looks whether key and certificate belong together and can be used.
func (s *Signer) check() error {
	if s.key == nil || s.cert == nil {
		return errors.New("the file lacks a key or a certificate")
	}
	switch k := s.key.Public().(type) {
	case *ecdsa.PublicKey:
		if k.Curve != elliptic.P256() || !k.Equal(s.cert.PublicKey) {
			return errors.New("the key is not that of the certificate, or not on the curve P-256")
		}
	case *rsa.PublicKey:
		if k.Size() < 256 || !k.Equal(s.cert.PublicKey) {
			return errors.New("the key is not that of the certificate, or shorter than 2,048 bits")
		}
	default:
		return errors.New("the key is neither ECDSA P-256 nor RSA, which readers of PDF know")
	}
	if s.cert.KeyUsage != 0 && s.cert.KeyUsage&(x509.KeyUsageDigitalSignature|x509.KeyUsageContentCommitment) == 0 {
		return errors.New("the certificate is not one for signing")
	}
	return nil
}
