package pdfsign

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"io"
	"math/big"
	"slices"
)

var (
	oidData          = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1}
	oidSignedData    = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}
	oidContentType   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 3}
	oidMessageDigest = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 4}
	oidCertificateV2 = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 47}
	oidTimeStamp     = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 14}
	oidSHA256        = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}
	oidECDSA         = asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 2}
	oidRSA           = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1}
)

// The structures of RFC 5652 (CMS) and RFC 5035 (which certificate signed).
type (
	contentInfo struct {
		Type    asn1.ObjectIdentifier
		Content asn1.RawValue
	}
	signedData struct {
		Version int
		Digests []pkix.AlgorithmIdentifier `asn1:"set"`
		Content struct{ Type asn1.ObjectIdentifier }
		Certs   asn1.RawValue
		Signers []signerInfo `asn1:"set"`
	}
	signerInfo struct {
		Version   int
		ID        issuerAndSerial
		Digest    pkix.AlgorithmIdentifier
		Signed    asn1.RawValue
		Algorithm pkix.AlgorithmIdentifier
		Signature []byte
		Unsigned  asn1.RawValue `asn1:"optional"`
	}
	issuerAndSerial struct {
		Issuer asn1.RawValue
		Serial *big.Int
	}
	attribute struct {
		Type   asn1.ObjectIdentifier
		Values asn1.RawValue
	}
	signingCertificate struct{ Certs []certificateID }
	certificateID      struct {
		Hash   []byte // SHA-256, the default
		Issuer issuerSerial
	}
	issuerSerial struct {
		Names  []asn1.RawValue
		Serial *big.Int
	}
)

// Sign gives a detached CMS over a SHA-256. It has no signing time: PAdES takes
// the PDF's own.
func (s *Signer) Sign(digest []byte) ([]byte, error) {
	signed, err := s.attributes(digest)
	if err != nil {
		return nil, err
	}
	set, err := asn1.Marshal(asn1.RawValue{Tag: asn1.TagSet, IsCompound: true, Bytes: signed})
	if err != nil {
		return nil, err
	}
	var random io.Reader // none: ECDSA as RFC 6979 has it
	algorithm := pkix.AlgorithmIdentifier{Algorithm: oidECDSA}
	if _, ok := s.key.Public().(*ecdsa.PublicKey); !ok {
		random, algorithm = rand.Reader, pkix.AlgorithmIdentifier{Algorithm: oidRSA, Parameters: asn1.NullRawValue}
	}
	sum := sha256.Sum256(set)
	signature, err := s.key.Sign(random, sum[:], crypto.SHA256)
	if err != nil {
		return nil, err
	}
	unsigned, err := s.stamped(signature)
	if err != nil {
		return nil, err
	}
	certs := slices.Clone(s.cert.Raw)
	for _, c := range s.chain {
		certs = append(certs, c.Raw...)
	}
	hash := pkix.AlgorithmIdentifier{Algorithm: oidSHA256}
	data := signedData{
		Version: 1, Digests: []pkix.AlgorithmIdentifier{hash},
		Certs: asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 0, IsCompound: true, Bytes: certs},
		Signers: []signerInfo{{
			Version: 1, ID: issuerAndSerial{asn1.RawValue{FullBytes: s.cert.RawIssuer}, s.cert.SerialNumber}, Digest: hash,
			Signed:    asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 0, IsCompound: true, Bytes: signed},
			Algorithm: algorithm, Signature: signature, Unsigned: unsigned,
		}},
	}
	data.Content.Type = oidData
	inner, err := asn1.Marshal(data)
	if err != nil {
		return nil, err
	}
	return asn1.Marshal(contentInfo{oidSignedData, asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 0, IsCompound: true, Bytes: inner}})
}

// stamped gives the attributes with the time stamp over a signature, or nothing.
func (s *Signer) stamped(signature []byte) (asn1.RawValue, error) {
	if s.stamp == nil {
		return asn1.RawValue{}, nil
	}
	token, err := s.stamp(sha256.Sum256(signature))
	if err != nil {
		return asn1.RawValue{}, fmt.Errorf("%w: %w", ErrNotStamped, err)
	}
	if len(token) > mostToken-64 {
		return asn1.RawValue{}, fmt.Errorf("%w: it has %d bytes, and a PDF room for %d", ErrNotStamped, len(token), mostToken-64)
	}
	der, err := asn1.Marshal(attribute{oidTimeStamp, asn1.RawValue{Tag: asn1.TagSet, IsCompound: true, Bytes: token}})
	return asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 1, IsCompound: true, Bytes: der}, err
}

// attributes are what is signed: the kind of content, its digest, and which
// certificate signs, in the order that DER wants of a set.
func (s *Signer) attributes(digest []byte) ([]byte, error) {
	hash := sha256.Sum256(s.cert.Raw)
	issuer := asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 4, IsCompound: true, Bytes: s.cert.RawIssuer}
	which := signingCertificate{[]certificateID{{hash[:], issuerSerial{[]asn1.RawValue{issuer}, s.cert.SerialNumber}}}}
	var all [][]byte
	for _, a := range []struct {
		kind  asn1.ObjectIdentifier
		value any
	}{{oidContentType, oidData}, {oidMessageDigest, digest}, {oidCertificateV2, which}} {
		value, err := asn1.Marshal(a.value)
		if err != nil {
			return nil, err
		}
		der, err := asn1.Marshal(attribute{a.kind, asn1.RawValue{Tag: asn1.TagSet, IsCompound: true, Bytes: value}})
		if err != nil {
			return nil, err
		}
		all = append(all, der)
	}
	slices.SortFunc(all, bytes.Compare)
	return bytes.Join(all, nil), nil
}
