package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"despatch/dropbox/login"
	"despatch/internal/receipt"
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

// TestTheStockClientGoesOnAfterAHundredKills: tus-js-client sends a large deposit to
// two replicas over one store. Each time that it has come a hundredth further, the
// replica that it sends to is killed; it goes on at the other, from what that one
// says is durable.
func TestTheStockClientGoesOnAfterAHundredKills(t *testing.T) {
	const kills, chunk = 100, 1 << 20
	size := setting(t, "DESPATCH_UPLOAD_MIB", 40) << 20
	dir := newBox(t, testOrigin)
	s := senders(1)[0]
	boxes := []*child{begin(t, dir), begin(t, dir)}
	urls := []string{boxes[0].url, boxes[1].url}
	if status, text, _, err := ask(http.DefaultClient, http.MethodPut, urls[0]+"/register", "", testRegister([]sender{s})); err != nil || status != http.StatusOK {
		t.Fatalf("the register: %d %s %v", status, text, err)
	}
	data := sealedOf(size)
	sum := sha256.Sum256(data)
	id := hex.EncodeToString(sum[:])
	file := filepath.Join(t.TempDir(), "large.age")
	must(t, os.WriteFile(file, data, 0o600))
	metadata, err := json.Marshal(uploadMetadata(s, id))
	must(t, err)
	cookie := s.signIn(http.DefaultClient, urls[0])
	node := exec.Command("node", append([]string{
		"testdata/upload.mjs", file, login.Cookie + "=" + cookie, string(metadata), strconv.Itoa(chunk), "PATCH",
	}, urls...)...)
	var errs bytes.Buffer
	node.Stderr = &errs
	out, err := node.StdoutPipe()
	must(t, err)
	in, err := node.StdinPipe()
	must(t, err)
	must(t, node.Start())
	t.Cleanup(func() { _ = node.Process.Kill() })

	killed, resumed, acknowledged, sent, again, at, finished := 0, 0, 0, 0, 0, 0, false
	for lines := bufio.NewScanner(out); lines.Scan(); {
		word, rest, _ := strings.Cut(lines.Text(), " ")
		number, turn, _ := strings.Cut(rest, " ")
		n, _ := strconv.Atoi(number)
		switch word {
		case "from":
			if n < acknowledged {
				t.Errorf("it goes on from %d, and %d was acknowledged", n, acknowledged)
			}
			if sent > n {
				again = max(again, sent-n)
			}
			resumed = killed
			sent = n
		case "acknowledged":
			acknowledged = max(acknowledged, n)
		case "sent":
			sent = n
			at, _ = strconv.Atoi(turn)
		case "finished":
			finished = true
		default:
			t.Errorf("the client says %s", lines.Text())
		}
		kill := word != "from" && !finished && killed < kills && resumed >= killed && max(sent, acknowledged) > killed*len(data)/kills
		goOn := func() {
			if _, err := in.Write([]byte{'\n'}); err != nil {
				t.Fatalf("the client ended after %d kills at %d: %v\n%s", killed, sent, node.Wait(), errs.String())
			}
		}
		if !kill {
			goOn()
			continue
		}
		if killed++; killed%3 == 0 {
			goOn() // and is killed wherever it has come to
		}
		boxes[at].kill()
		boxes[at] = beginAt(t, dir, strings.TrimPrefix(urls[at], "http://"))
		if killed%3 != 0 {
			goOn()
		}
	}
	if err := node.Wait(); err != nil || !finished || killed != kills {
		t.Fatalf("the client ended with %v after %d kills, finished: %v\n%s", err, killed, finished, errs.String())
	}
	if again > chunk {
		t.Errorf("%d bytes were sent again after one kill, more than a chunk", again)
	}
	var text []byte
	var status int
	for _, url := range urls { // whoever took it has its receipt at once
		if got, body, _, err := ask(http.DefaultClient, http.MethodGet, url+"/box/receipts/"+id, cookie, nil); err == nil && got == http.StatusOK {
			status, text = got, body
		}
	}
	if status != http.StatusOK {
		t.Fatal("nobody has the receipt")
	}
	r, err := receipt.Verify(text, trustOf(t, dir))
	must(t, err)
	if r.Leaf.Deposit != id || r.Leaf.Size != int64(len(data)) {
		t.Errorf("the receipt is of deposit %s with %d bytes", r.Leaf.Deposit, r.Leaf.Size)
	}
	_, back, _, err := ask(http.DefaultClient, http.MethodGet, urls[0]+"/box/deposits/"+id, cookie, nil)
	must(t, err)
	if !bytes.Equal(back, data) {
		t.Errorf("read back are %d bytes of %d, or others", len(back), len(data))
	}
	if logged := wholeLog(t, dir, trustOf(t, dir)); len(logged) < 1 || logged[id] == 0 {
		t.Errorf("the log has %v", logged)
	}
	t.Logf("%d kills, at most %d bytes sent again after one", killed, again)
}
