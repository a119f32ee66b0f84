package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"despatch/dropbox/boxkeys"
	"despatch/dropbox/login"
	"despatch/internal/auditlog"
	"despatch/internal/padding"
	"despatch/internal/receipt"
	"despatch/internal/register"
	"despatch/internal/signin"
	"despatch/internal/sshsig"
)

// TestMain lets the tests start this program as a process of its own.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "as-despatchbox" {
		os.Args = os.Args[1:]
		main()
	}
	os.Exit(m.Run())
}

const testOrigin = "https://box.northmoor.example"

func seed(b byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{b}, ed25519.SeedSize))
}

// child is a box that runs as a process of its own.
type child struct {
	cmd *exec.Cmd
	url string
}

// begin starts a box; the address that it got stands in what it prints.
func begin(t testing.TB, dir string) *child { return beginAt(t, dir, "127.0.0.1:0") }

func beginAt(t testing.TB, dir, at string) *child {
	t.Helper()
	c, err := start(t, exec.Command(os.Args[0], "as-despatchbox", "-C", dir, "serve", "--listen", at, "--operations", "127.0.0.1:0", "--store-may-forget"))
	must(t, err)
	return c
}

// start runs a command that is to be a box that serves.
func start(t testing.TB, cmd *exec.Cmd) (*child, error) {
	t.Helper()
	out, err := cmd.StdoutPipe()
	must(t, err)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	must(t, cmd.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		_ = cmd.Wait()
		return nil, fmt.Errorf("the box did not start: %w\n%s", err, stderr.String())
	}
	_, rest, _ := strings.Cut(line, " at ")
	address, _, _ := strings.Cut(rest, ",")
	c := &child{cmd, "http://" + address}
	t.Cleanup(func() { c.kill() })
	return c, nil
}

// kill ends the process as a power switch would, if it still runs.
func (c *child) kill() {
	_ = c.cmd.Process.Kill()
	_ = c.cmd.Wait()
}

// sender is an account that deposits.
type sender struct {
	account, school string
	private         ed25519.PrivateKey
}

func senders(n int) []sender {
	var out []sender
	for i := range n {
		sum := sha256.Sum256([]byte{byte(i)})
		out = append(out, sender{hex.EncodeToString(sum[:16]), hex.EncodeToString(sum[16:]), seed(byte(20 + i))})
	}
	return out
}

func testRegister(all []sender) []byte {
	r := &register.Register{Serial: 1, Date: time.Now().UTC().Truncate(time.Second), Root: sshsig.PublicOf(seed(1))}
	for _, s := range all {
		r.Schools = append(r.Schools, register.School{Opaque: s.school, Quota: 1 << 20})
		r.Accounts = append(r.Accounts, register.Account{Opaque: s.account, State: register.Active, Quota: 1 << 20, Schools: []string{s.school}, Key: sshsig.PublicOf(s.private)})
	}
	return register.Format(r, seed(1))
}

// ask sends a request; an error is a line that broke off.
func ask(client *http.Client, method, url, cookie string, body []byte) (int, []byte, http.Header, error) {
	req, err := http.NewRequestWithContext(context.Background(), method, url, bytes.NewReader(body))
	if err != nil {
		return 0, nil, nil, err
	}
	if cookie != "" {
		req.AddCookie(&http.Cookie{Name: login.Cookie, Value: cookie})
	}
	res, err := client.Do(req)
	if err != nil {
		return 0, nil, nil, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	return res.StatusCode, text, res.Header, err
}

// signIn gives a session's cookie, or "" when the box went away meanwhile.
func (s sender) signIn(client *http.Client, url string) string {
	_, text, _, err := ask(client, http.MethodGet, url+"/box/nonce", "", nil)
	var n struct {
		Origin, Nonce string
		Expiry        time.Time
	}
	if err != nil || json.Unmarshal(text, &n) != nil {
		return ""
	}
	body, err := json.Marshal(map[string]string{"account": s.account, "signed": string(signin.Sign(signin.Text{Origin: n.Origin, Nonce: n.Nonce, Expiry: n.Expiry}, s.private))})
	if err != nil {
		return ""
	}
	_, _, header, err := ask(client, http.MethodPost, url+"/box/login", "", body)
	if err != nil {
		return ""
	}
	for _, c := range (&http.Response{Header: header}).Cookies() {
		return c.Value
	}
	return ""
}

// sealed is a deposit: a true header around bytes that are no ciphertext.
func sealed() []byte { return sealedOf(64 << 10) }

func sealedOf(n int) []byte {
	raw := func(n int) string {
		return base64.RawStdEncoding.EncodeToString(bytes.Repeat([]byte{1}, n))
	}
	stanza := "-> mlkem768x25519 " + raw(1120) + "\n" + raw(32) + "\n"
	head := "age-encryption.org/v1\n" + stanza + stanza + "--- " + raw(32) + "\n"
	b := make([]byte, len(head)+padding.PayloadLen(padding.Bucket(n, 64<<10)))
	copy(b, head)
	_, _ = rand.Read(b[len(head):])
	return b
}

// send makes a deposit and gives its receipt; nil when the box went away.
func (s sender) send(client *http.Client, url, cookie string, data []byte) []byte {
	sum := sha256.Sum256(data)
	slot := sha256.Sum256(data[len(data)-64:])
	path := fmt.Sprintf("%s/box/deposits/%x?school=%s&slot=%x", url, sum, s.school, slot)
	status, text, _, err := ask(client, http.MethodPost, path, cookie, data)
	if err != nil || status != http.StatusCreated && status != http.StatusOK {
		return nil
	}
	return text
}

// setting is a number of the environment, by which make has this run for longer.
func setting(t *testing.T, name string, otherwise int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	must(t, err)
	return n
}

// trustOf is what a browser would know of the box.
func trustOf(t *testing.T, dir string) receipt.Trust {
	t.Helper()
	keys, err := boxkeys.Load(filepath.Join(dir, "keys"))
	must(t, err)
	_, text, err := auditlog.Key(auditlog.Name(testOrigin), keys.Log)
	must(t, err)
	v, err := note.NewVerifier(text)
	must(t, err)
	return receipt.Trust{Box: testOrigin, Receipts: []sshsig.PublicKey{sshsig.PublicOf(keys.Receipt)}, Logs: []note.Verifier{v}}
}

// promise is a receipt that somebody holds.
type promise struct {
	of      sender
	id      string
	receipt []byte
}

// TestKilledBoxKeepsEveryPromise kills two replicas over one store again and again
// while senders deposit. Every receipt that anybody got verifies, stays the same
// and has its bytes in the store; and no deposit is in the log twice.
func TestKilledBoxKeepsEveryPromise(t *testing.T) {
	kills, uploaders := setting(t, "DESPATCH_KILLS", 16)/2, setting(t, "DESPATCH_UPLOADERS", 8)
	dir := newBox(t, testOrigin)
	trust := trustOf(t, dir)
	all := senders(uploaders)
	var mu sync.Mutex
	var promises []promise
	for round := range kills {
		boxes := []*child{begin(t, dir), begin(t, dir)}
		if round == 0 {
			status, text, _, err := ask(http.DefaultClient, http.MethodPut, boxes[0].url+"/register", "", testRegister(all))
			if err != nil || status != http.StatusOK {
				t.Fatalf("the register: %d %s %v", status, text, err)
			}
		}
		var sending sync.WaitGroup
		got := make(chan struct{}, 1024)
		for i, s := range all {
			sending.Go(func() {
				client := &http.Client{Transport: &http.Transport{}}
				defer client.CloseIdleConnections()
				cookie := s.signIn(client, boxes[i%2].url)
				for cookie != "" {
					data := sealed()
					text := s.send(client, boxes[i%2].url, cookie, data)
					if text == nil {
						return // the box was killed
					}
					sum := sha256.Sum256(data)
					mu.Lock()
					promises = append(promises, promise{s, hex.EncodeToString(sum[:]), text})
					mu.Unlock()
					got <- struct{}{}
				}
			})
		}
		for range 12 + round%16 { // let some through, then kill in the midst of the rest
			<-got
		}
		go func() {
			for range got {
			}
		}()
		boxes[round%2].kill()
		boxes[1-round%2].kill()
		sending.Wait()
		close(got)
	}
	last := begin(t, dir)
	seen := map[string]int64{}
	cookies := map[string]string{}
	for _, p := range promises {
		r, err := receipt.Verify(p.receipt, trust)
		must(t, err)
		if r.Leaf.Deposit != p.id {
			t.Errorf("a receipt is of deposit %s, not of %s", r.Leaf.Deposit, p.id)
		}
		seen[p.id] = r.Proof.Index
		if cookies[p.of.account] == "" {
			cookies[p.of.account] = p.of.signIn(http.DefaultClient, last.url)
		}
		_, again, _, err := ask(http.DefaultClient, http.MethodGet, last.url+"/box/receipts/"+p.id, cookies[p.of.account], nil)
		must(t, err)
		if !bytes.Equal(again, p.receipt) {
			t.Errorf("the receipt of %s is another one now:\n%s", p.id, again)
		}
		data, err := os.ReadFile(filepath.Join(dir, "store", "deposit", p.id[:2], p.id))
		must(t, err)
		if sum := sha256.Sum256(data); hex.EncodeToString(sum[:]) != p.id {
			t.Errorf("deposit %s has other bytes now", p.id)
		}
	}
	logged := wholeLog(t, dir, trust)
	for id, index := range seen {
		if logged[id] != index {
			t.Errorf("deposit %s is at leaf %d, promised %d", id, logged[id], index)
		}
	}
	t.Logf("%d kills, in turn and at once of two replicas, %d receipts, %d deposits in the log", 2*kills, len(promises), len(logged))
}

// wholeLog reads all heads and gives the leaf of each deposit.
func wholeLog(t *testing.T, dir string, trust receipt.Trust) map[string]int64 {
	t.Helper()
	heads, err := os.ReadDir(filepath.Join(dir, "store", "log", "head"))
	must(t, err)
	out := map[string]int64{}
	var prev *auditlog.Head
	for _, e := range heads {
		data, err := os.ReadFile(filepath.Join(dir, "store", "log", "head", e.Name()))
		must(t, err)
		h, err := auditlog.ParseHead(data, trust.Logs...)
		must(t, err)
		if prev != nil {
			must(t, h.Follows(prev))
		}
		for i, l := range h.Leaves {
			if _, twice := out[l.Deposit]; twice && !l.IsTime() {
				t.Errorf("deposit %s is in the log twice", l.Deposit)
			}
			out[l.Deposit] = h.Before.Size + int64(i)
		}
		prev = h
	}
	return out
}
