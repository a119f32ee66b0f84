// Package tsatest is a real time-stamping authority for tests: openssl ts behind
// HTTP, with a certificate of its own.
package tsatest

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// An Authority stamps for whoever asks.
type Authority struct {
	Address string
	CA      string // file with the certificate that vouches for it
	// Answer changes what is answered; nil: nothing.
	Answer func(answer []byte) []byte

	dir   string
	asked sync.Mutex
}

const config = `[tsa]
default_tsa = one
[one]
serial = serial
crypto_device = builtin
signer_cert = tsa.pem
certs = ca.pem
signer_key = tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha512
accuracy = secs:1
ordering = yes
tsa_name = yes
ess_cert_id_chain = no
ess_cert_id_alg = sha256
[ca]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign
[stamp]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
`

// New makes an authority, which is gone with the test.
func New(t testing.TB) *Authority {
	t.Helper()
	a := &Authority{dir: t.TempDir()}
	a.CA = filepath.Join(a.dir, "ca.pem")
	for name, text := range map[string]string{"tsa.cnf": config, "serial": "01\n"} {
		if err := os.WriteFile(filepath.Join(a.dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, line := range []string{
		"openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout ca.key -out ca.pem -days 30 -subj '/CN=Test time CA' -config tsa.cnf -extensions ca",
		"openssl req -newkey rsa:2048 -nodes -keyout tsa.key -out tsa.csr -subj '/CN=Test time' -config tsa.cnf",
		"openssl x509 -req -in tsa.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 -extfile tsa.cnf -extensions stamp -out tsa.pem",
	} {
		if out, err := a.run(line); err != nil {
			t.Fatalf("%s: %v\n%s", line, err, out)
		}
	}
	server := httptest.NewServer(http.HandlerFunc(a.serve))
	t.Cleanup(server.Close)
	a.Address = server.URL
	return a
}

func (a *Authority) run(line string) ([]byte, error) {
	cmd := exec.Command("bash", "-c", line)
	cmd.Dir = a.dir
	return cmd.CombinedOutput()
}

func (a *Authority) serve(w http.ResponseWriter, r *http.Request) {
	a.asked.Lock() // openssl counts serials in a file
	defer a.asked.Unlock()
	query, err := io.ReadAll(r.Body)
	if err == nil {
		err = os.WriteFile(filepath.Join(a.dir, "query"), query, 0o600)
	}
	if err == nil {
		_, err = a.run("openssl ts -reply -config tsa.cnf -queryfile query -out answer")
	}
	answer, err2 := os.ReadFile(filepath.Join(a.dir, "answer"))
	if err != nil || err2 != nil || r.Header.Get("Content-Type") != "application/timestamp-query" {
		http.Error(w, "no", http.StatusInternalServerError)
		return
	}
	if a.Answer != nil {
		answer = a.Answer(bytes.Clone(answer))
	}
	w.Header().Set("Content-Type", "application/timestamp-reply")
	_, _ = w.Write(answer)
}

// Verify has openssl verify an answer over a file.
func (a *Authority) Verify(t testing.TB, file, answer string) string {
	t.Helper()
	out, err := exec.Command("openssl", "ts", "-verify", "-data", file, "-in", answer, "-CAfile", a.CA).CombinedOutput()
	if err != nil {
		return string(out) + err.Error()
	}
	return string(out)
}
