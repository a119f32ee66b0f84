package pdfsign_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-fonts/liberation/liberationsansregular"
	"software.sslmate.com/src/go-pkcs12"

	"despatch/internal/pdfcheck"
	"despatch/internal/pdfsign"
	"despatch/internal/tagpdf"
	"despatch/internal/timestamp"
	"despatch/internal/timestamp/tsatest"
)

var now = time.Now().Add(-time.Hour)

func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// issued gives a PKCS#12 file of a key that a test authority vouches for, and
// that authority's certificate.
func issued(t *testing.T, key crypto.Signer, passphrase string) (p12 []byte, ca []byte) {
	t.Helper()
	caKey := must[*ecdsa.PrivateKey](t)(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	root := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Test issuer"}, NotBefore: now, NotAfter: now.AddDate(1, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	ca = must[[]byte](t)(x509.CreateCertificate(rand.Reader, root, root, caKey.Public(), caKey))
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "Northmoor County Council", OrganizationalUnit: []string{"School Improvement"}},
		NotBefore: now, NotAfter: now.AddDate(1, 0, 0), KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageEmailProtection},
	}
	der := must[[]byte](t)(x509.CreateCertificate(rand.Reader, leaf, root, key.Public(), caKey))
	cert := must[*x509.Certificate](t)(x509.ParseCertificate(der))
	caCert := must[*x509.Certificate](t)(x509.ParseCertificate(ca))
	p12 = must[[]byte](t)(pkcs12.Modern.Encode(key, cert, []*x509.Certificate{caCert}, passphrase))
	return p12, ca
}

// signed is a PDF that a signer signed.
func signed(t *testing.T, s *pdfsign.Signer) []byte {
	t.Helper()
	one := [][]byte{liberationsansregular.TTF}
	fonts := must[*tagpdf.Fonts](t)(tagpdf.ParseFonts(tagpdf.FontFiles{Regular: one, Bold: one, Italic: one, BoldItalic: one, Code: one}))
	d := tagpdf.Document{
		Title: "A report", Author: "Northmoor", Language: "en-GB", Date: now, Producer: "Despatch",
		Body: []tagpdf.Block{tagpdf.Heading{Level: 1, Text: tagpdf.Plain("A report")}},
		Sign: &tagpdf.Seat{Name: s.Name(), Reason: "Published", Place: "Northmoor", Date: now, Room: s.Room()},
	}
	data := must[[]byte](t)(d.Write(fonts))
	if err := tagpdf.Fill(data, s.Sign); err != nil {
		t.Fatal(err)
	}
	return data
}

func write(t *testing.T, name string, data []byte) string {
	t.Helper()
	name = filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(name, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// run runs a stock tool, which may say no by its exit code.
func run(t *testing.T, name string, args ...string) string {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		t.Fatalf("%s is not there: run make need-test", name)
	}
	out, _ := exec.Command(name, args...).CombinedOutput()
	return string(out)
}

func TestPdfsigTrustsWhatAnIssuerVouchesFor(t *testing.T) {
	for kind, key := range map[string]crypto.Signer{
		"ECDSA": must[*ecdsa.PrivateKey](t)(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)),
		"RSA":   must[*rsa.PrivateKey](t)(rsa.GenerateKey(rand.Reader, 2048)),
	} {
		t.Run(kind, func(t *testing.T) {
			p12, ca := issued(t, key, "secret")
			s := must[*pdfsign.Signer](t)(pdfsign.FromPKCS12(p12, "secret"))
			data := signed(t, s)
			if found := pdfcheck.Check(data).Findings; len(found) > 0 {
				t.Errorf("the signed PDF has findings: %q", found)
			}
			db := t.TempDir()
			if out := run(t, "certutil", "-N", "-d", "sql:"+db, "--empty-password"); out != "" {
				t.Fatal(out)
			}
			caFile := write(t, "ca.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: ca}))
			if out := run(t, "certutil", "-A", "-d", "sql:"+db, "-n", "ca", "-t", "CT,CT,CT", "-a", "-i", caFile); out != "" {
				t.Fatal(out)
			}
			verify := func(data []byte) string { return run(t, "pdfsig", "-nssdir", "sql:"+db, write(t, "signed.pdf", data)) }
			good := verify(data)
			for _, want := range []string{
				"Signer Certificate Common Name: Northmoor County Council", "Signing Hash Algorithm: SHA-256", "Signature Type: ETSI.CAdES.detached",
				"Total document signed", "Signature Validation: Signature is Valid.", "Certificate Validation: Certificate is Trusted.",
			} {
				if !strings.Contains(good, want) {
					t.Errorf("pdfsig does not say %q:\n%s", want, good)
				}
			}
			if out := run(t, "qpdf", "--check", write(t, "signed.pdf", data)); !strings.Contains(out, "No syntax or stream encoding errors") {
				t.Errorf("qpdf: %s", out)
			}
			bad := bytes.Replace(data, []byte("/Reason(Published)"), []byte("/Reason(Pubiished)"), 1)
			if bytes.Equal(bad, data) {
				t.Fatal("nothing was changed")
			}
			if out := verify(bad); !strings.Contains(out, "Signature Validation: Digest Mismatch.") {
				t.Errorf("a changed byte is not seen:\n%s", out)
			}
		})
	}
}

func TestOpensslVerifiesTheSignatureItself(t *testing.T) {
	s := must[*pdfsign.Signer](t)(pdfsign.New("Northmoor County Council", "Robin Vale", "Head of School Improvement", now, 3))
	content := []byte("what is signed")
	sum := sha256.Sum256(content)
	cms := must[[]byte](t)(s.Sign(sum[:]))
	check := func(content []byte) string {
		return run(t, "openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", write(t, "cms.der", cms), "-content", write(t, "content", content),
			"-CAfile", write(t, "cert.pem", s.Certificate()), "-purpose", "any")
	}
	if out := check(content); !strings.Contains(out, "successful") {
		t.Errorf("openssl: %s", out)
	}
	if out := check([]byte("what is not")); strings.Contains(out, "successful") {
		t.Errorf("openssl takes another content: %s", out)
	}
	about := run(t, "openssl", "cms", "-cmsout", "-print", "-inform", "DER", "-in", write(t, "cms.der", cms))
	if !strings.Contains(about, "id-smime-aa-signingCertificateV2") || strings.Contains(about, "signingTime") {
		t.Errorf("the signed attributes are not those of PAdES:\n%s", about)
	}
}

func TestASignatureIsDeterministic(t *testing.T) {
	s := must[*pdfsign.Signer](t)(pdfsign.New("Northmoor", "Robin Vale", "", now, 3))
	again := must[*pdfsign.Signer](t)(pdfsign.Parse(must[[]byte](t)(s.Format())))
	if !bytes.Equal(signed(t, s), signed(t, again)) {
		t.Error("the same key signs the same document in two ways")
	}
	if s.Name() != "Robin Vale" || s.Role() != "" || again.Fingerprint() != s.Fingerprint() || len(s.Fingerprint()) != 79 {
		t.Errorf("%q, %q, %q", s.Name(), s.Role(), s.Fingerprint())
	}
}

func TestWhatCannotSignIsRefused(t *testing.T) {
	good := must[[]byte](t)(must[*pdfsign.Signer](t)(pdfsign.New("Northmoor", "Robin Vale", "Head", now, 3)).Format())
	other := must[[]byte](t)(must[*pdfsign.Signer](t)(pdfsign.New("Northmoor", "Robin Vale", "Head", now, 3)).Format())
	cut := bytes.Index(good, []byte("-----BEGIN PRIVATE KEY"))
	cutOther := bytes.Index(other, []byte("-----BEGIN PRIVATE KEY"))
	_, edKey, _ := ed25519.GenerateKey(rand.Reader)
	ed := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: must[[]byte](t)(x509.MarshalPKCS8PrivateKey(edKey))})
	for what, data := range map[string][]byte{
		"nothing":               nil,
		"a certificate alone":   good[:cut],
		"a key alone":           good[cut:],
		"another's key":         append(bytes.Clone(good[:cut]), other[cutOther:]...),
		"two keys":              append(bytes.Clone(good), other[cutOther:]...),
		"a key of Ed25519":      append(bytes.Clone(good[:cut]), ed...),
		"an encrypted key":      bytes.ReplaceAll(good, []byte("PRIVATE KEY"), []byte("ENCRYPTED PRIVATE KEY")),
		"a damaged key":         bytes.Replace(good, good[cut+30:cut+40], []byte("AAAAAAAAAA"), 1),
		"a damaged certificate": bytes.Replace(good, good[40:60], []byte("AAAAAAAAAAAAAAAAAAAA"), 1),
	} {
		if _, err := pdfsign.Parse(data); err == nil {
			t.Errorf("%s is taken", what)
		}
	}
	p12, _ := issued(t, must[*ecdsa.PrivateKey](t)(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)), "secret")
	if _, err := pdfsign.FromPKCS12(p12, "guess"); err == nil {
		t.Error("a PKCS#12 file opens by another passphrase")
	}
	curve, _ := issued(t, must[*ecdsa.PrivateKey](t)(ecdsa.GenerateKey(elliptic.P384(), rand.Reader)), "secret")
	if _, err := pdfsign.FromPKCS12(curve, "secret"); err == nil {
		t.Error("a key of another curve is taken")
	}
	for what, err := range map[string]error{
		"no name":  second(pdfsign.New("Northmoor", "", "", now, 3)),
		"for ever": second(pdfsign.New("Northmoor", "R", "", now, 30)),
	} {
		if err == nil {
			t.Errorf("%s: a signer is made", what)
		}
	}
	loose := write(t, "signer.pem", good)
	if err := os.Chmod(loose, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := pdfsign.Read(loose); err == nil {
		t.Error("a key that others may read is taken")
	}
}

func second(_ *pdfsign.Signer, err error) error { return err }

func TestATimeStampIsInTheSignature(t *testing.T) {
	tsa := tsatest.New(t)
	server := timestamp.Server{Address: tsa.Address}
	plain := must[*pdfsign.Signer](t)(pdfsign.New("Northmoor County Council", "Robin Vale", "", now, 3))
	var over [sha256.Size]byte
	var answer []byte
	s := plain.StampedBy(func(sum [sha256.Size]byte) ([]byte, error) {
		whole, token, err := server.Stamp(context.Background(), sum)
		if err != nil {
			return nil, err
		}
		over, answer = sum, whole
		return token.DER, nil
	})
	data := signed(t, s)
	if found := pdfcheck.Check(data).Findings; len(found) > 0 {
		t.Errorf("the signed PDF has findings: %q", found)
	}
	file := write(t, "signed.pdf", data)
	if out := run(t, "pdfsig", "-nocert", file); !strings.Contains(out, "Signature is Valid") || !strings.Contains(out, "Total document signed") {
		t.Errorf("pdfsig: %s", out)
	}
	if out := run(t, "qpdf", "--check", file); !strings.Contains(out, "No syntax or stream encoding errors") {
		t.Errorf("qpdf: %s", out)
	}
	// openssl finds the token as an attribute that is not signed, and verifies it
	// over the signature's bytes.
	content := []byte("what is signed")
	sum := sha256.Sum256(content)
	cms := must[[]byte](t)(s.Sign(sum[:]))
	der := write(t, "cms.der", cms)
	if out := run(t, "openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", der, "-content", write(t, "content", content),
		"-CAfile", write(t, "cert.pem", s.Certificate()), "-purpose", "any"); !strings.Contains(out, "successful") {
		t.Errorf("openssl: %s", out)
	}
	about := run(t, "openssl", "cms", "-cmsout", "-print", "-inform", "DER", "-in", der)
	if _, unsigned, ok := strings.Cut(about, "unsignedAttrs"); !ok || !strings.Contains(unsigned, "id-smime-aa-timeStampToken") {
		t.Errorf("there is no time stamp:\n%s", about)
	}
	out := run(t, "openssl", "ts", "-verify", "-digest", hex.EncodeToString(over[:]), "-in", write(t, "answer", answer), "-CAfile", tsa.CA)
	if !strings.Contains(out, "Verification: OK") {
		t.Errorf("openssl ts: %s", out)
	}
	if !bytes.Contains(cms, []byte("Test time")) || bytes.Contains(must[[]byte](t)(plain.Sign(sum[:])), []byte("Test time")) {
		t.Error("the token is not where it should be")
	}
}

func TestASignatureWithoutItsTimeStampIsNone(t *testing.T) {
	plain := must[*pdfsign.Signer](t)(pdfsign.New("Northmoor County Council", "Robin Vale", "", now, 3))
	down := errors.New("down")
	for what, stamp := range map[string]pdfsign.Stamp{
		"a server that is down": func([sha256.Size]byte) ([]byte, error) { return nil, down },
		"a token without end":   func([sha256.Size]byte) ([]byte, error) { return make([]byte, 10<<10), nil },
	} {
		sum := sha256.Sum256(nil)
		if cms, err := plain.StampedBy(stamp).Sign(sum[:]); !errors.Is(err, pdfsign.ErrNotStamped) || cms != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
}
