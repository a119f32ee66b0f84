package dropbox_test

import (
	"net/http"
	"testing"

	"despatch/dropbox"
)

// TestABoxOnThisMachineAnswersToThisMachinesNamesOnly: a page elsewhere could else
// rebind a name of its own to the box and read what it serves.
func TestABoxOnThisMachineAnswersToThisMachinesNamesOnly(t *testing.T) {
	local := openBox(t, newStore(t), func(s *dropbox.Server) { s.Door.Origin = "http://localhost:8017" })
	public := openBox(t, newStore(t))
	ask := func(b *box, host string) int {
		w := newRecorder()
		r := mustRequest(t, "/log/checkpoint")
		r.Host = host
		b.ServeHTTP(w, r)
		return w.Code
	}
	for host, want := range map[string]int{
		"localhost:8017": http.StatusOK, "127.0.0.1:8017": http.StatusOK, "localhost": http.StatusOK,
		"evil.example:8017": http.StatusMisdirectedRequest, "localhost.evil.example:8017": http.StatusMisdirectedRequest, "": http.StatusMisdirectedRequest,
	} {
		if got := ask(local, host); got != want {
			t.Errorf("a box at http://localhost answers %q with %d, want %d", host, got, want)
		}
		if got := ask(public, host); got != http.StatusOK {
			t.Errorf("a box with a name of its own answers %q with %d: that is for the proxy before it", host, got)
		}
	}
}
