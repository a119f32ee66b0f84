package preview

import (
	"net/http"
	"sync"
	"time"
)

// script loads the page again when the server says that sources changed, or when
// another server has taken its place.
const script = `const source = new EventSource("/changes");
let lost = false;
source.addEventListener("change", () => { location.reload(); });
source.addEventListener("open", () => { if (lost) location.reload(); });
source.addEventListener("error", () => { lost = true; });
addEventListener("pagehide", () => { source.close(); });
`

// news tells open pages that sources changed.
type news struct {
	mu   sync.Mutex
	next chan struct{} // closed at the next change; guarded by mu
}

func newNews() *news { return &news{next: make(chan struct{})} }

// tell wakes everyone who waits.
func (n *news) tell() {
	n.mu.Lock()
	defer n.mu.Unlock()
	close(n.next)
	n.next = make(chan struct{})
}

func (n *news) wait() <-chan struct{} {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.next
}

// serve is the stream of server-sent events of one page.
func (n *news) serve(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	out := http.NewResponseController(w)
	next := n.wait()
	send := func(line string) bool {
		if _, err := w.Write([]byte(line)); err != nil {
			return false
		}
		return out.Flush() == nil
	}
	alive := time.NewTicker(20 * time.Second)
	defer alive.Stop()
	for ok := send(": here\n\n"); ok; {
		select {
		case <-r.Context().Done():
			return
		case <-alive.C:
			ok = send(": here\n\n")
		case <-next:
			next = n.wait()
			ok = send("event: change\ndata: sources\n\n")
		}
	}
}
