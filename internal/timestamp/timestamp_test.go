package timestamp_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"despatch/internal/timestamp"
	"despatch/internal/timestamp/tsatest"
)

func TestATimeStampIsWhatOpensslGivesAndVerifies(t *testing.T) {
	a := tsatest.New(t)
	data := []byte("what was there")
	answer, token, err := timestamp.Server{Address: a.Address}.Stamp(context.Background(), sha256.Sum256(data))
	if err != nil {
		t.Fatal(err)
	}
	if off := time.Since(token.Time); off < -time.Minute || off > time.Minute || token.By != "Test time" {
		t.Errorf("stamped at %v by %q", token.Time, token.By)
	}
	dir := t.TempDir()
	for name, b := range map[string][]byte{"data": data, "answer": answer, "other": []byte("something else")} {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if out := a.Verify(t, filepath.Join(dir, "data"), filepath.Join(dir, "answer")); !strings.Contains(out, "Verification: OK") {
		t.Errorf("openssl: %s", out)
	}
	if out := a.Verify(t, filepath.Join(dir, "other"), filepath.Join(dir, "answer")); strings.Contains(out, "Verification: OK") {
		t.Errorf("openssl takes it for something else: %s", out)
	}
	if kept, err := timestamp.Read(answer, sha256.Sum256(data)); err != nil || !kept.Time.Equal(token.Time) {
		t.Errorf("read again: %v, %v", kept, err)
	}
	if _, err := timestamp.Read(answer, sha256.Sum256([]byte("something else"))); err == nil {
		t.Error("it is taken for something else")
	}
}

func TestAnAnswerThatIsNotOursIsRefused(t *testing.T) {
	a := tsatest.New(t)
	server := timestamp.Server{Address: a.Address}
	sum := sha256.Sum256([]byte("ours"))
	var earlier []byte
	a.Answer = func(b []byte) []byte { earlier = bytes.Clone(b); return b }
	if _, _, err := server.Stamp(context.Background(), sum); err != nil {
		t.Fatal(err)
	}
	a.Answer = func([]byte) []byte { return earlier }
	for _, tt := range []struct {
		name, want string
		sum        [32]byte
		answer     func([]byte) []byte
	}{
		{"an earlier answer", "nonce", sum, func([]byte) []byte { return earlier }},
		{"one over another sum", "over something else", sha256.Sum256([]byte("other")), func([]byte) []byte { return earlier }},
		{"a refusal", "status 2", sum, func([]byte) []byte { return []byte{0x30, 0x05, 0x30, 0x03, 0x02, 0x01, 0x02} }},
		{"granted without a token", "RFC 3161", sum, func([]byte) []byte { return []byte{0x30, 0x05, 0x30, 0x03, 0x02, 0x01, 0x00} }},
		{"a page", "no answer", sum, func([]byte) []byte { return []byte("<html>") }},
		{"nothing", "no answer", sum, func([]byte) []byte { return nil }},
		{"something after it", "no answer", sum, func(b []byte) []byte { return append(b, 0) }},
		{"without end", "more than", sum, func([]byte) []byte { return make([]byte, 1<<20) }},
	} {
		a.Answer = tt.answer
		if _, _, err := server.Stamp(context.Background(), tt.sum); err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), a.Address) {
			t.Errorf("%s: %v (want %q)", tt.name, err, tt.want)
		}
	}
	down := httptest.NewServer(http.NotFoundHandler())
	if _, _, err := (timestamp.Server{Address: down.URL}).Stamp(context.Background(), sum); err == nil || !strings.Contains(err.Error(), "404") {
		t.Errorf("a page that is not there: %v", err)
	}
	down.Close()
	if _, _, err := (timestamp.Server{Address: down.URL}).Stamp(context.Background(), sum); err == nil || strings.Count(err.Error(), down.URL) != 1 {
		t.Errorf("a server that is down: %v", err)
	}
}

// What is no part of the signed content, as a certificate that signed nothing, may
// change without harm; the time and what was stamped may not.
func TestEveryFlippedByteOfATokenIsRefused(t *testing.T) {
	a := tsatest.New(t)
	sum := sha256.Sum256([]byte("ours"))
	answer, token, err := timestamp.Server{Address: a.Address}.Stamp(context.Background(), sum)
	if err != nil {
		t.Fatal(err)
	}
	refused := 0
	for i := range answer {
		bad := bytes.Clone(answer)
		bad[i] ^= 1
		got, err := timestamp.Read(bad, sum)
		if err != nil {
			refused++
		} else if !got.Time.Equal(token.Time) {
			t.Fatalf("byte %d: it says another time, %v", i, got.Time)
		}
	}
	if refused < len(answer)/3 {
		t.Errorf("%d of %d changes are refused", refused, len(answer))
	}
}
