package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"os"
	"testing"

	"despatch/dropbox/login"
)

// uploadMetadata is what stands in Upload-Metadata for a deposit.
func uploadMetadata(s sender, id string) map[string]string {
	return map[string]string{"account": s.account, "school": s.school, "deposit": id, "slot": id}
}

// sendLarge has a box take a deposit in pieces, and ends it when all is derived.
func sendLarge(t *testing.T, dir string, n int) (id string) {
	t.Helper()
	s := senders(1)[0]
	box := begin(t, dir)
	if status, text, _, err := ask(http.DefaultClient, http.MethodPut, box.url+"/register", "", testRegister([]sender{s})); err != nil || status != http.StatusOK {
		t.Fatalf("the register: %d %s %v", status, text, err)
	}
	cookie := s.signIn(http.DefaultClient, box.url)
	data := sealedOf(n)
	sum := sha256.Sum256(data)
	id = hex.EncodeToString(sum[:])
	said := ""
	for name, value := range uploadMetadata(s, id) {
		said += "," + name + " " + base64.StdEncoding.EncodeToString([]byte(value))
	}
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, box.url+"/box/uploads", bytes.NewReader(data))
	must(t, err)
	req.Header = http.Header{
		"Tus-Resumable": {"1.0.0"}, "Content-Type": {"application/offset+octet-stream"},
		"Upload-Length": {fmt.Sprint(len(data))}, "Upload-Metadata": {said[1:]}, "Cookie": {login.Cookie + "=" + cookie},
	}
	res, err := http.DefaultClient.Do(req)
	must(t, err)
	res.Body.Close()
	if res.StatusCode != http.StatusCreated || res.Header.Get("Upload-Offset") != fmt.Sprint(len(data)) {
		t.Fatalf("the upload: %d %v", res.StatusCode, res.Header)
	}
	must(t, box.cmd.Process.Signal(os.Interrupt))
	must(t, box.cmd.Wait())
	return id
}
