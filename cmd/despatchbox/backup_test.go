package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	cryptotls "crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"despatch/internal/receipt"
)

// TestWhatWasBackedUpIsPutBackWithEveryReceipt is the drill of docs/operations.md: a
// box is copied while it is used and when it ended, its store is lost and put back,
// and whoever held a receipt is given the same one.
func TestWhatWasBackedUpIsPutBackWithEveryReceipt(t *testing.T) {
	dir, copied := newBox(t, testOrigin), filepath.Join(t.TempDir(), "backup")
	trust := trustOf(t, dir)
	all := senders(1)
	box := begin(t, dir)
	if status, text, _, err := ask(http.DefaultClient, http.MethodPut, box.url+"/register", "", testRegister(all)); err != nil || status != http.StatusOK {
		t.Fatalf("the register: %d %s %v", status, text, err)
	}
	cookie := all[0].signIn(http.DefaultClient, box.url)
	receipts := map[string][]byte{}
	for i := range 12 {
		data := sealed()
		sum := sha256.Sum256(data)
		receipts[hex.EncodeToString(sum[:])] = all[0].send(http.DefaultClient, box.url, cookie, data)
		if i%4 == 3 { // in use
			code, out, errs := command(t.Context(), "-C", dir, "backup", copied, "--with-keys")
			if code != 0 || !strings.Contains(out, "heads of the log") {
				t.Fatalf("backup: %d %s%s", code, out, errs)
			}
			if code, out, errs := command(t.Context(), "-C", dir, "restore", copied, "--verify"); code != 0 {
				t.Errorf("a copy of a box in use: %d %s%s", code, out, errs)
			}
		}
	}
	box.kill()
	if code, _, errs := command(t.Context(), "-C", dir, "restore", copied); code != 1 || !strings.Contains(errs, "nothing was changed") {
		t.Errorf("over a store that is there: %d %s", code, errs)
	}

	// The machine is lost; keys and settings come from the copy too.
	fresh := filepath.Join(t.TempDir(), "box")
	must(t, os.MkdirAll(filepath.Join(fresh, "keys"), 0o700))
	for _, name := range []string{"box.yaml", "keys/log.key", "keys/receipt.key", "keys/cookie-000001.key", "keys/root.pub"} {
		data, err := os.ReadFile(filepath.Join(copied, name))
		must(t, err)
		must(t, os.WriteFile(filepath.Join(fresh, name), data, 0o600))
	}
	spoiled, err := filepath.Glob(filepath.Join(copied, "store", "deposit", "*", "*"))
	must(t, err)
	good, err := os.ReadFile(spoiled[0])
	must(t, err)
	must(t, os.WriteFile(spoiled[0], bytes.Repeat([]byte{1}, len(good)), 0o600))
	for _, args := range [][]string{{"restore", copied, "--verify"}, {"restore", copied}} {
		code, out, errs := command(t.Context(), append([]string{"-C", fresh}, args...)...)
		if _, err := os.Stat(filepath.Join(fresh, "store")); code != 1 || !strings.Contains(out, "has other bytes than those that were taken") || err == nil {
			t.Errorf("%v of a copy that is not whole: %d %s%s", args, code, out, errs)
		}
	}
	must(t, os.RemoveAll(filepath.Join(fresh, "store.restoring")))
	must(t, os.WriteFile(spoiled[0], good, 0o600))
	if code, out, errs := command(t.Context(), "-C", fresh, "restore", copied); code != 0 || !strings.Contains(out, "12 deposits, all of them whole") {
		t.Fatalf("restore: %d %s%s", code, out, errs)
	}
	again := begin(t, fresh)
	cookie = all[0].signIn(http.DefaultClient, again.url)
	for id, held := range receipts {
		_, text, _, err := ask(http.DefaultClient, http.MethodGet, again.url+"/box/receipts/"+id, cookie, nil)
		must(t, err)
		if _, err := receipt.Verify(text, trust); err != nil || !bytes.Equal(text, held) {
			t.Errorf("the receipt of %s is another one now (%v)", id, err)
		}
	}
	all[0].send(http.DefaultClient, again.url, cookie, sealed())
	if code, _, errs := command(t.Context(), "-C", fresh, "backup", copied); code != 0 {
		t.Errorf("the copy goes on from what was put back: %s", errs)
	}
	if code, _, errs := command(t.Context(), "-C", dir, "backup", copied); code != 1 || !strings.Contains(errs, "despatchbox fsck") {
		t.Errorf("an older store over a newer copy: %d %s", code, errs)
	}
}

// TestDoctorNamesTheCommandThatMends breaks one thing at a time.
func TestDoctorNamesTheCommandThatMends(t *testing.T) {
	dir := newBox(t, "http://localhost:1")
	conf := filepath.Join(dir, "box.yaml")
	plain, err := os.ReadFile(conf)
	must(t, err)
	back, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	why := ""
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if why != "" {
			http.Error(w, why, http.StatusServiceUnavailable)
		}
	})}
	go func() { _ = server.Serve(back) }()
	defer server.Close()
	settings := string(plain) + "operations: " + back.Addr().String() + "\n"
	must(t, os.WriteFile(conf, []byte(settings), 0o644))
	box := begin(t, dir)
	if status, _, _, err := ask(http.DefaultClient, http.MethodPut, box.url+"/register", "", testRegister(senders(1))); err != nil || status != http.StatusOK {
		t.Fatal(status, err)
	}
	box.kill()
	doctor := func() (int, string) {
		code, out, errs := command(t.Context(), "-C", dir, "doctor", "--store-may-forget")
		return code, out + errs
	}
	if code, said := doctor(); code != 0 || strings.Contains(said, "to mend") || strings.Count(said, "well ") < 7 {
		t.Fatalf("a box that is well: %d\n%s", code, said)
	}
	chain, key := certificateFor(t, 5*24*time.Hour)
	for _, tt := range []struct {
		name      string
		ill, mend func()
		want      string
	}{
		{"settings", func() { must(t, os.WriteFile(conf, []byte(settings+"colour: red\n"), 0o644)) }, nil, "colour"},
		{"keys", func() { must(t, os.Chmod(filepath.Join(dir, "keys/log.key"), 0o644)) }, func() { must(t, os.Chmod(filepath.Join(dir, "keys/log.key"), 0o600)) }, "chmod 600"},
		{"another log's key", func() {
			must(t, os.WriteFile(conf, []byte(strings.Replace(settings, "localhost:1", "localhost:2", 1)), 0o644))
		}, nil, "fsck"},
		{"no store", func() { must(t, os.Rename(filepath.Join(dir, "store"), filepath.Join(dir, "lost"))) }, func() { must(t, os.Rename(filepath.Join(dir, "lost"), filepath.Join(dir, "store"))) }, "restore BACKUP"},
		{"no register", func() {
			must(t, os.Rename(filepath.Join(dir, "store/register"), filepath.Join(dir, "lost")))
		}, func() { must(t, os.Rename(filepath.Join(dir, "lost"), filepath.Join(dir, "store/register"))) }, "despatch register"},
		{"no site", func() { must(t, os.WriteFile(conf, []byte(settings+"site: nowhere\n"), 0o644)) }, nil, "despatch deploy"},
		{"an open door", func() { must(t, os.WriteFile(conf, []byte(settings+"listen: 0.0.0.0:8090\n"), 0o644)) }, nil, "give tls"},
		{"a certificate that ends", func() {
			must(t, os.WriteFile(conf, fmt.Appendf(nil, "%stls:\n  certificate: %s\n  key: %s\n", settings, chain, key), 0o644))
		}, nil, "renew it"},
		{"half a restore", func() { must(t, os.Mkdir(filepath.Join(dir, "store.restoring"), 0o700)) }, func() { must(t, os.Remove(filepath.Join(dir, "store.restoring"))) }, "did not come to its end"},
		{"a box that is not ready", func() { why = "the log is broken" }, func() { why = "" }, "the log is broken"},
		{"a box that does not run", func() { server.Close() }, nil, "systemctl start despatchbox"},
	} {
		tt.ill()
		if code, said := doctor(); code != 1 || !strings.Contains(said, tt.want) || !strings.Contains(said, "to mend") {
			t.Errorf("%s: %d, want %q in\n%s", tt.name, code, tt.want, said)
		}
		if must(t, os.WriteFile(conf, []byte(settings), 0o644)); tt.mend != nil {
			tt.mend()
		}
	}
}

// certificateFor writes a certificate of 127.0.0.1 that ends after a while, and its key.
func certificateFor(t *testing.T, good time.Duration) (chain, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	of := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "box"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(good),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, of, of, &private.PublicKey, private)
	must(t, err)
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	must(t, err)
	dir := t.TempDir()
	chain, key = filepath.Join(dir, "chain.pem"), filepath.Join(dir, "key.pem")
	must(t, os.WriteFile(chain, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o644))
	must(t, os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}), 0o600))
	return chain, key
}

// TestTLSByFiles speaks to a box that has certificate and key: TLS 1.2 or later, and
// nothing in the clear.
func TestTLSByFiles(t *testing.T) {
	dir := newBox(t, testOrigin)
	chain, key := certificateFor(t, time.Hour)
	conf := filepath.Join(dir, "box.yaml")
	plain, err := os.ReadFile(conf)
	must(t, err)
	must(t, os.WriteFile(conf, fmt.Appendf(plain, "tls:\n  certificate: %s\n  key: %s\n", chain, key), 0o644))
	box := begin(t, dir)
	pool := x509.NewCertPool()
	text, err := os.ReadFile(chain)
	must(t, err)
	pool.AppendCertsFromPEM(text)
	at := strings.TrimPrefix(box.url, "http://")
	with := func(most uint16) (*http.Response, error) {
		client := &http.Client{Transport: &http.Transport{TLSClientConfig: &cryptotls.Config{RootCAs: pool, MaxVersion: most}}}
		r, err := client.Get("https://" + at + "/box/nonce")
		if err == nil {
			r.Body.Close()
		}
		return r, err
	}
	if r, err := with(0); err != nil || r.StatusCode != http.StatusOK || r.TLS.Version < cryptotls.VersionTLS12 || r.Header.Get("Strict-Transport-Security") != "max-age=31536000" {
		t.Errorf("over TLS: %v %v", r, err)
	}
	if r, err := with(cryptotls.VersionTLS11); err == nil {
		t.Errorf("TLS 1.1 is spoken: %d", r.StatusCode)
	}
	if status, text, _, err := ask(http.DefaultClient, http.MethodGet, box.url+"/box/nonce", "", nil); err == nil && status == http.StatusOK {
		t.Errorf("without TLS it answers: %s", text)
	}
	must(t, os.WriteFile(key, []byte("none"), 0o600))
	if code, _, errs := command(t.Context(), "-C", dir, "serve", "--store-may-forget", "--listen", "127.0.0.1:0", "--operations", "127.0.0.1:0"); code != 1 || errs == "" {
		t.Errorf("with a key that is none it serves: %d %s", code, errs)
	}
}
