package main

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/emersion/go-smtp"
)

// A postbox is a mail server in this process. It takes mail of one user, in clear.
type postbox struct {
	mu     sync.Mutex
	gone   string // the address that there is no mailbox of
	taken  []string
	server *smtp.Server
}

func (p *postbox) Reset()                               {}
func (p *postbox) Logout() error                        { return nil }
func (p *postbox) Mail(string, *smtp.MailOptions) error { return nil }

func (p *postbox) Rcpt(to string, _ *smtp.RcptOptions) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if to == p.gone {
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such user"}
	}
	return nil
}

func (p *postbox) Data(r io.Reader) error {
	data, err := io.ReadAll(r)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.taken = append(p.taken, string(data))
	return err
}

func newPostbox(t *testing.T) (p *postbox, address string) {
	t.Helper()
	p = new(postbox)
	p.server = smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return p, nil }))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	go func() { _ = p.server.Serve(l) }()
	t.Cleanup(func() { p.server.Close() })
	return p, l.Addr().String()
}

// TestPeopleAreToldByMailOnceThePortalShowsIt goes from a submitted visit to the mail,
// and from mail that came back to the school's own page.
func TestPeopleAreToldByMailOnceThePortalShowsIt(t *testing.T) {
	l := newLoop(t)
	post, server := newPostbox(t)
	shown := filepath.Join(t.TempDir(), "portal")
	portal := httptest.NewServer(http.FileServer(http.Dir(shown)))
	t.Cleanup(portal.Close)
	settings := filepath.Join(l.dir, "despatch.yaml")
	data, err := os.ReadFile(settings)
	must(t, err)
	text := strings.Replace(string(data), "https://schools.northmoor.example", portal.URL, 1)
	must(t, os.WriteFile(settings, []byte(text), 0o644))
	if code, said := l.try("notify"); code != 1 || !strings.Contains(said, "build") {
		t.Fatalf("before a build: %d %s", code, said)
	}
	l.despatch("build")
	if code, said := l.try("notify"); code != 1 || !strings.Contains(said, "names no mail server") {
		t.Fatalf("without a server: %d %s", code, said)
	}
	must(t, os.WriteFile(settings, []byte(text+"mail: {from: portal@northmoor.example, server: \""+server+"\", security: none}\n"), 0o644))
	l.despatch("build")
	if code, said := l.try("notify"); code != 1 || strings.Contains(said, "ACCOUNT") {
		t.Fatalf("before it is at the portal: %d %s", code, said)
	}
	publish := func() {
		t.Helper()
		l.despatch("build")
		must(t, os.RemoveAll(shown))
		must(t, os.CopyFS(shown, os.DirFS(filepath.Join(l.dir, "public"))))
	}
	publish()
	l.despatch("verify", portal.URL, "--seen")
	if code, said := l.try("notify"); code != 1 || !strings.Contains(said, "does not show what events/") {
		t.Fatalf("with an event that no head carries: %d %s", code, said)
	}
	publish()
	post.gone = "morgan.ellery@fernside.example"
	if said := l.despatch("notify", "--dry-run"); !strings.Contains(said, "to-do") || !strings.Contains(said, "morgan.ellery@fernside.example") || len(post.taken) != 0 {
		t.Fatalf("--dry-run: %s", said)
	}
	if code, said := l.try("notify"); code != 1 || !strings.Contains(said, "cannot be written to at morgan.ellery@fernside.example") {
		t.Fatalf("to an address that is none: %d %s", code, said)
	}
	if said := l.despatch("list", "accounts"); !strings.Contains(said, "came back on ") || !strings.Contains(said, "not written to yet") {
		t.Errorf("list accounts: %s", said)
	}
	publish()
	if page := l.page(head, "It came back on "); !strings.Contains(page, "E-mail address we hold") || !strings.Contains(page, "no such user") {
		t.Errorf("the school's page does not say that mail came back:\n%s", page)
	}

	must(t, os.Remove(filepath.Join(l.dir, "content", "undelivered.yaml")))
	publish()
	post.gone = ""
	if said := l.despatch("notify"); !strings.Contains(said, "to-do") || len(post.taken) != 1 {
		t.Fatalf("%s, %d mails", said, len(post.taken))
	}
	if said := l.despatch("notify"); len(post.taken) != 1 {
		t.Errorf("told twice: %s", said)
	}
	if said := l.despatch("list", "accounts"); !strings.Contains(said, "written to on ") {
		t.Errorf("list accounts: %s", said)
	}

	_, id, _ := strings.Cut(post.taken[0], "Message-ID: <")
	id, _, _ = strings.Cut(id, ">")
	returned := filepath.Join(t.TempDir(), "new")
	must(t, os.Mkdir(returned, 0o700))
	must(t, os.WriteFile(filepath.Join(returned, "1.eml"), []byte("Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n"+
		"Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\nFinal-Recipient: rfc822; x@y.example\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n--b\r\n"+
		"Content-Type: text/rfc822-headers\r\n\r\nMessage-ID: <"+id+">\r\n\r\n--b--\r\n"), 0o600))
	if said := l.despatch("bounces", returned); !strings.Contains(said, "morgan.ellery@fernside.example: status 5.1.1") {
		t.Errorf("bounces: %s", said)
	}
	must(t, os.WriteFile(filepath.Join(returned, "2.eml"), []byte("Subject: hello\r\n\r\nhello\r\n"), 0o600))
	if code, said := l.try("bounces", returned); code != 1 || !strings.Contains(said, "2.eml: this is no report") {
		t.Errorf("of a mail that is no report: %d %s", code, said)
	}
}
