//go:build !windows

package main

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"sync"
	"syscall"
	"testing"

	"despatch/internal/receipt"
)

// TestABoxThatIsAskedToEndFinishesWhatIsOnItsWay: after SIGTERM every deposit that
// was on its way has its receipt or was never taken, and the exit code is 0.
func TestABoxThatIsAskedToEndFinishesWhatIsOnItsWay(t *testing.T) {
	dir := newBox(t, testOrigin)
	trust := trustOf(t, dir)
	box := begin(t, dir)
	all := senders(4)
	if status, text, _, err := ask(http.DefaultClient, http.MethodPut, box.url+"/register", "", testRegister(all)); err != nil || status != http.StatusOK {
		t.Fatalf("the register: %d %s %v", status, text, err)
	}
	var sending sync.WaitGroup
	var mu sync.Mutex
	held := map[string]bool{}
	got := make(chan struct{}, 1024)
	for _, s := range all {
		sending.Go(func() {
			client := &http.Client{Transport: &http.Transport{}}
			defer client.CloseIdleConnections()
			cookie := s.signIn(client, box.url)
			for cookie != "" {
				data := sealed()
				text := s.send(client, box.url, cookie, data)
				if text == nil {
					return // the box takes no more
				}
				r, err := receipt.Verify(text, trust)
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				held[r.Leaf.Deposit] = true
				mu.Unlock()
				got <- struct{}{}
			}
		})
	}
	for range 8 {
		<-got
	}
	go func() {
		for range got {
		}
	}()
	must(t, box.cmd.Process.Signal(syscall.SIGTERM))
	if err := box.cmd.Wait(); err != nil {
		t.Errorf("asked to end, the box ended with %v", err)
	}
	sending.Wait()
	close(got)
	logged := wholeLog(t, dir, trust)
	delete(logged, "")
	for id := range logged {
		if sum, err := hex.DecodeString(id); err != nil || len(sum) != sha256.Size || !held[id] {
			t.Errorf("deposit %s is in the log, and nobody holds its receipt", id)
		}
	}
	if len(logged) != len(held) || len(held) < 8 {
		t.Errorf("%d deposits are in the log and %d receipts are held", len(logged), len(held))
	}
}
