package timestamp

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"time"

	_ "crypto/sha512" // for tokens that are signed with it
)

var (
	oidSHA256        = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}
	oidSHA384        = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 2}
	oidSHA512        = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 3}
	oidSignedData    = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}
	oidTSTInfo       = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 1, 4}
	oidContentType   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 3}
	oidMessageDigest = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 4}
)

// A Token says that something was there at a time.
type Token struct {
	Time time.Time
	By   string // whom the certificate names that signed
	DER  []byte

	imprint []byte
	nonce   *big.Int
}

type (
	contentInfo struct {
		Type    asn1.ObjectIdentifier
		Content asn1.RawValue `asn1:"explicit,tag:0"`
	}
	signedData struct {
		Version int
		Digests []pkix.AlgorithmIdentifier `asn1:"set"`
		Content struct {
			Type  asn1.ObjectIdentifier
			Bytes []byte `asn1:"explicit,tag:0"`
		}
		Certs   asn1.RawValue `asn1:"optional,tag:0"`
		CRLs    asn1.RawValue `asn1:"optional,tag:1"`
		Signers []signerInfo  `asn1:"set"`
	}
	signerInfo struct {
		Version int
		ID      struct {
			Issuer asn1.RawValue
			Serial *big.Int
		}
		Digest    pkix.AlgorithmIdentifier
		Signed    asn1.RawValue `asn1:"tag:0"`
		Algorithm pkix.AlgorithmIdentifier
		Signature []byte
		Unsigned  asn1.RawValue `asn1:"optional,tag:1"`
	}
	attribute struct {
		Type   asn1.ObjectIdentifier
		Values []asn1.RawValue `asn1:"set"`
	}
	tstInfo struct {
		Version    int
		Policy     asn1.ObjectIdentifier
		Imprint    imprint
		Serial     *big.Int
		Time       time.Time     `asn1:"generalized"`
		Accuracy   asn1.RawValue `asn1:"optional"`
		Ordering   bool          `asn1:"optional"`
		Nonce      *big.Int      `asn1:"optional"`
		Authority  asn1.RawValue `asn1:"optional,tag:0"`
		Extensions asn1.RawValue `asn1:"optional,tag:1"`
	}
)

var errToken = errors.New("the time stamp is not one as RFC 3161 has it")

// parse reads a token and checks its signature by the certificate that it carries.
func parse(der []byte) (*Token, error) {
	var outer contentInfo
	if rest, err := asn1.Unmarshal(der, &outer); err != nil || len(rest) > 0 || !outer.Type.Equal(oidSignedData) {
		return nil, errToken
	}
	var data signedData
	if rest, err := asn1.Unmarshal(outer.Content.Bytes, &data); err != nil || len(rest) > 0 || !data.Content.Type.Equal(oidTSTInfo) || len(data.Signers) != 1 {
		return nil, errToken
	}
	var info tstInfo
	if rest, err := asn1.Unmarshal(data.Content.Bytes, &info); err != nil || len(rest) > 0 || info.Version != 1 {
		return nil, errToken
	}
	if !info.Imprint.Algorithm.Algorithm.Equal(oidSHA256) {
		return nil, errors.New("the time stamp is over something else than a SHA-256")
	}
	cert, err := data.signer()
	if err != nil {
		return nil, err
	}
	if err := data.Signers[0].check(cert, data.Content.Bytes); err != nil {
		return nil, err
	}
	if info.Time.Before(cert.NotBefore) || info.Time.After(cert.NotAfter) {
		return nil, errors.New("the certificate that signed the time stamp was not valid at its time")
	}
	return &Token{Time: info.Time.UTC(), By: cert.Subject.CommonName, DER: der, imprint: info.Imprint.Sum, nonce: info.Nonce}, nil
}

// signer finds the certificate that signed, which must be one for time stamping
// and nothing else (RFC 3161, 2.3).
func (d *signedData) signer() (*x509.Certificate, error) {
	certs, err := x509.ParseCertificates(d.Certs.Bytes)
	if err != nil {
		return nil, errToken
	}
	id := d.Signers[0].ID
	for _, c := range certs {
		if !bytes.Equal(c.RawIssuer, id.Issuer.FullBytes) || c.SerialNumber.Cmp(id.Serial) != 0 {
			continue
		}
		if !slices.Equal(c.ExtKeyUsage, []x509.ExtKeyUsage{x509.ExtKeyUsageTimeStamping}) || len(c.UnknownExtKeyUsage) > 0 {
			return nil, errors.New("the certificate that signed the time stamp is not one for time stamping")
		}
		return c, nil
	}
	return nil, errors.New("the time stamp does not carry the certificate that signed it")
}

// check checks the signature over the attributes, and that they are of the content.
func (s *signerInfo) check(cert *x509.Certificate, content []byte) error {
	hash, err := hashOf(s.Digest.Algorithm)
	if err != nil {
		return err
	}
	sum := func(b []byte) []byte {
		h := hash.New()
		h.Write(b)
		return h.Sum(nil)
	}
	var kind asn1.ObjectIdentifier
	var digest []byte
	for rest := s.Signed.Bytes; len(rest) > 0; {
		var a attribute
		if rest, err = asn1.Unmarshal(rest, &a); err != nil || len(a.Values) != 1 {
			return errToken
		}
		switch value := a.Values[0].FullBytes; {
		case a.Type.Equal(oidContentType):
			_, err = asn1.Unmarshal(value, &kind)
		case a.Type.Equal(oidMessageDigest):
			_, err = asn1.Unmarshal(value, &digest)
		}
		if err != nil {
			return errToken
		}
	}
	if !kind.Equal(oidTSTInfo) || !bytes.Equal(digest, sum(content)) {
		return errors.New("the time stamp was changed after it was signed")
	}
	signed := bytes.Clone(s.Signed.FullBytes)
	signed[0] = 0x31 // what is signed is the SET (RFC 5652, 5.4)
	good := false
	switch key := cert.PublicKey.(type) {
	case *rsa.PublicKey:
		good = rsa.VerifyPKCS1v15(key, hash, sum(signed), s.Signature) == nil
	case *ecdsa.PublicKey:
		good = ecdsa.VerifyASN1(key, sum(signed), s.Signature)
	}
	if !good {
		return errors.New("the signature of the time stamp is not that of its certificate (want RSA with PKCS #1 v1.5, or ECDSA)")
	}
	return nil
}

func hashOf(id asn1.ObjectIdentifier) (crypto.Hash, error) {
	switch {
	case id.Equal(oidSHA256):
		return crypto.SHA256, nil
	case id.Equal(oidSHA384):
		return crypto.SHA384, nil
	case id.Equal(oidSHA512):
		return crypto.SHA512, nil
	}
	return 0, fmt.Errorf("the time stamp is signed with the hash %v (want SHA-256, SHA-384 or SHA-512)", id)
}
