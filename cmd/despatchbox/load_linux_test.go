package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"despatch/dropbox/login"
	"despatch/internal/receipt"
)

// crowd is a box as a process of its own, and people who are signed in to it.
type crowd struct {
	box     *child
	dir     string
	all     []sender
	cookies []string
	clients []*http.Client
	trust   receipt.Trust
}

func newCrowd(t *testing.T, n int) *crowd {
	t.Helper()
	c := &crowd{dir: newBox(t, testOrigin), all: senders(n), cookies: make([]string, n)}
	c.trust = trustOf(t, c.dir)
	c.box = begin(t, c.dir)
	if status, text, _, err := ask(http.DefaultClient, http.MethodPut, c.box.url+"/register", "", testRegister(c.all)); err != nil || status != http.StatusOK {
		t.Fatalf("the register: %d %s %v", status, text, err)
	}
	for i, s := range c.all {
		client := &http.Client{Transport: &http.Transport{}}
		t.Cleanup(client.CloseIdleConnections)
		c.clients = append(c.clients, client)
		if c.cookies[i] = s.signIn(client, c.box.url); c.cookies[i] == "" {
			t.Fatalf("sender %d cannot sign in", i)
		}
	}
	return c
}

// deposits has everybody deposit so many files in turn, each a receipt that verifies,
// and gives how long each took, shortest first, and how many there were in a second.
func (c *crowd) deposits(t *testing.T, each int) (waits []time.Duration, speed float64) {
	t.Helper()
	var mu sync.Mutex
	var together sync.WaitGroup
	began := time.Now()
	for i, s := range c.all {
		together.Go(func() {
			data := sealed()
			for n := range each {
				copy(data[len(data)-8:], fmt.Sprintf("%08d", n))
				from := time.Now()
				text := s.send(c.clients[i], c.box.url, c.cookies[i], data)
				took := time.Since(from)
				r, err := receipt.Verify(text, c.trust)
				if sum := sha256.Sum256(data); err != nil || r.Leaf.Deposit != hex.EncodeToString(sum[:]) {
					t.Errorf("no receipt of sender %d's file %d: %v %s", i, n, err, text)
					return
				}
				mu.Lock()
				waits = append(waits, took)
				mu.Unlock()
			}
		})
	}
	together.Wait()
	speed = float64(len(waits)) / time.Since(began).Seconds()
	slices.Sort(waits)
	return waits, speed
}

func share(waits []time.Duration, percent int) time.Duration {
	return waits[min(len(waits)-1, len(waits)*percent/100)].Round(time.Millisecond)
}

// of reads a line of /proc of the box: VmHWM, VmRSS in KiB, Threads.
func (c *crowd) of(t *testing.T, word string) (n int) {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", c.box.cmd.Process.Pid))
	must(t, err)
	_, rest, _ := strings.Cut(string(status), word+":")
	_, err = fmt.Sscan(rest, &n)
	must(t, err)
	return n
}

// open is how many files and connections the box has open.
func (c *crowd) open(t *testing.T) int {
	t.Helper()
	all, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", c.box.cmd.Process.Pid))
	must(t, err)
	return len(all)
}

// slow are clients that hold connections and send a byte a second: a third headers,
// a third the body of a sign-in, some the body of a deposit of their own, and the rest
// nothing at all. One that the box cuts off comes again.
type slow struct {
	holding atomic.Int64
	cut     atomic.Int64
	stop    context.CancelFunc
	ended   sync.WaitGroup
}

func (c *crowd) slowClients(t *testing.T, n int) *slow {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	s := &slow{stop: stop}
	address := strings.TrimPrefix(c.box.url, "http://")
	for i := range n {
		text := "GET /box/nonce HTTP/1.1\r\nHost: box\r\nX-Slow: "
		switch {
		case i < min(len(c.all), n/8):
			sum := sha256.Sum256(fmt.Append(nil, "slow", i))
			text = fmt.Sprintf("POST /box/deposits/%x?school=%s&slot=%x HTTP/1.1\r\nHost: box\r\nCookie: %s=%s\r\nContent-Length: 67760\r\n\r\nage", sum, c.all[i].school, sum, login.Cookie, c.cookies[i])
		case i%3 == 0:
			text = "POST /box/login HTTP/1.1\r\nHost: box\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n{"
		case i%3 == 1:
			text = ""
		}
		s.ended.Go(func() {
			for ctx.Err() == nil {
				s.hold(ctx, address, text)
			}
		})
	}
	for s.holding.Load() < int64(n)*9/10 { // some are always on their way back
		if _, _, _, err := ask(c.clients[0], http.MethodGet, c.box.url+"/box/nonce", "", nil); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// hold is one slow connection, until it is cut off.
func (s *slow) hold(ctx context.Context, address, text string) {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
	if err != nil {
		return
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	s.holding.Add(1)
	defer s.holding.Add(-1)
	_, err = conn.Write([]byte(text))
	if text != "" {
		go func() {
			each := time.NewTicker(time.Second)
			defer each.Stop()
			for err == nil {
				select {
				case <-ctx.Done():
					return
				case <-each.C:
					_, err = conn.Write([]byte("x"))
				}
			}
		}()
	}
	_, _ = io.Copy(io.Discard, bufio.NewReader(conn)) // until the box has enough of it
	s.cut.Add(1)
}

func (s *slow) end() {
	s.stop()
	s.ended.Wait()
}

// TestSlowClientsKeepNobodyOut: while slow clients hold thousands of connections,
// everybody else's deposits get their receipts. How long that takes beside the same
// without them is said, and judged by whoever reads it: a clock tells nothing of a busy
// machine.
func TestSlowClientsKeepNobodyOut(t *testing.T) {
	if testing.Short() {
		t.Skip("make test-all has time for it")
	}
	n, each, rounds := setting(t, "DESPATCH_SLOW", 120), setting(t, "DESPATCH_EACH", 2), setting(t, "DESPATCH_ROUNDS", 1)
	c := newCrowd(t, setting(t, "DESPATCH_CLIENTS", 12))
	c.deposits(t, 1) // connections and folders are there
	for round := range rounds {
		quiet, fast := c.deposits(t, each)
		s := c.slowClients(t, n)
		crowded, speed := c.deposits(t, each)
		held, cut := s.holding.Load(), s.cut.Load()
		s.end()
		t.Logf("round %d: %d clients: p50 %s, p99 %s, %.0f a second; beside %d slow connections (%d cut off meanwhile): p50 %s, p99 %s, %.0f a second: p99 × %.2f; the box had at most %d MiB", round+1, len(c.all),
			share(quiet, 50), share(quiet, 99), fast, held, cut, share(crowded, 50), share(crowded, 99), speed, share(crowded, 99).Seconds()/share(quiet, 99).Seconds(), c.of(t, "VmHWM")>>10)
	}
}

// TestSoakLeavesNothingBehind: everybody signs in, deposits, sends in pieces, reads back
// and signs out, again and again. What the box holds open at the end is no more than
// after the first tenth, and what it needs of memory is said.
func TestSoakLeavesNothingBehind(t *testing.T) {
	if testing.Short() {
		t.Skip("make test-all has time for it")
	}
	turns := setting(t, "DESPATCH_TURNS", 10)
	c := newCrowd(t, 8)
	var open, memory []int
	began := time.Now()
	for turn := range turns {
		var together sync.WaitGroup
		for i, s := range c.all {
			together.Go(func() {
				data := sealedOf([]int{64 << 10, 1 << 20}[turn%2])
				sum := sha256.Sum256(data)
				id := hex.EncodeToString(sum[:])
				if turn%2 == 0 {
					if s.send(c.clients[i], c.box.url, c.cookies[i], data) == nil {
						t.Errorf("turn %d: sender %d has no receipt", turn, i)
					}
				} else if err := s.upload(c.clients[i], c.box.url, c.cookies[i], id, data); err != nil {
					t.Errorf("turn %d: sender %d: %v", turn, i, err)
				}
				status, back, _, err := ask(c.clients[i], http.MethodGet, c.box.url+"/box/deposits/"+id, c.cookies[i], nil)
				if err != nil || !bytes.Equal(back, data) {
					t.Errorf("turn %d: sender %d reads back %d %d bytes %v", turn, i, status, len(back), err)
				}
				if turn%4 == 3 && i < 2 { // sign-ins are throttled
					if status, text, _, err := ask(c.clients[i], http.MethodPost, c.box.url+"/box/logout", c.cookies[i], nil); err != nil || status >= 300 {
						t.Errorf("turn %d: signing out: %d %s %v", turn, status, text, err)
					}
					if c.cookies[i] = s.signIn(c.clients[i], c.box.url); c.cookies[i] == "" {
						t.Errorf("turn %d: sender %d cannot sign in again", turn, i)
					}
				}
			})
		}
		together.Wait()
		if turn == turns/10 || turn == turns/2 || turn == turns-1 {
			for _, client := range c.clients {
				client.CloseIdleConnections()
			}
			open, memory = append(open, c.open(t)), append(memory, c.of(t, "VmRSS")>>10)
		}
		if t.Failed() {
			return
		}
	}
	if last := open[len(open)-1]; last > open[0]+2*len(c.all) {
		t.Errorf("the box has %v files and connections open", open)
	}
	t.Logf("%d turns of %d senders in %s: open files and connections %v, memory %v MiB, at most %d MiB", turns, len(c.all), time.Since(began).Round(time.Second), open, memory, c.of(t, "VmHWM")>>10)
}

// upload sends a deposit in pieces, in one request.
func (s sender) upload(client *http.Client, url, cookie, id string, data []byte) error {
	said := ""
	for name, value := range uploadMetadata(s, id) {
		said += "," + name + " " + base64.StdEncoding.EncodeToString([]byte(value))
	}
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, url+"/box/uploads", bytes.NewReader(data))
	if err != nil {
		return err
	}
	req.Header = http.Header{
		"Tus-Resumable": {"1.0.0"}, "Content-Type": {"application/offset+octet-stream"},
		"Upload-Length": {fmt.Sprint(len(data))}, "Upload-Metadata": {said[1:]}, "Cookie": {login.Cookie + "=" + cookie},
	}
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if text, err := io.ReadAll(res.Body); err != nil || res.StatusCode != http.StatusCreated || res.Header.Get("Upload-Offset") != fmt.Sprint(len(data)) {
		return fmt.Errorf("the upload: %d %v %s (%w)", res.StatusCode, res.Header, text, err)
	}
	return nil
}
