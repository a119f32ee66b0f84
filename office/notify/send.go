package notify

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/wneessen/go-mail"

	"despatch/internal/strictyaml"
	"despatch/records/authority"
	"despatch/records/calendar"
)

// sendTimeout is how long the server may take over one step.
const sendTimeout = 30 * time.Second

// A Server is a line to the authority's mail server.
type Server struct {
	client   *mail.Client
	settings *authority.Settings
}

// Connect signs in at the mail server that the settings name; password is empty where
// they name no user.
func Connect(ctx context.Context, s *authority.Settings, password string) (*Server, error) {
	host, port, err := net.SplitHostPort(s.Mail.Server)
	if err != nil {
		return nil, fmt.Errorf("mail.server: %w", err)
	}
	number, err := strconv.Atoi(port)
	if err != nil {
		return nil, fmt.Errorf("mail.server: %w", err)
	}
	options := []mail.Option{mail.WithTimeout(sendTimeout), mail.WithPort(number)}
	switch s.Mail.Security {
	case authority.TLS:
		options = append(options, mail.WithSSL())
	case authority.Plain:
		options = append(options, mail.WithTLSPolicy(mail.NoTLS))
	default:
		options = append(options, mail.WithTLSPolicy(mail.TLSMandatory))
	}
	if s.Mail.User != "" {
		options = append(options, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(s.Mail.User), mail.WithPassword(password))
	}
	c, err := mail.NewClient(host, options...)
	if err != nil {
		return nil, fmt.Errorf("reach the mail server %s: %w", s.Mail.Server, err)
	}
	if err := c.DialWithContext(ctx); err != nil {
		return nil, fmt.Errorf("reach the mail server %s: %w", s.Mail.Server, err)
	}
	return &Server{c, s}, nil
}

// Close ends the line.
func (s *Server) Close() error { return s.client.Close() }

// A Refused is a mail that the server will not take, now or at all.
type Refused struct {
	Address string
	Said    string
	Bad     bool // the address itself is at fault
	Later   bool // it may take it later
}

func (r Refused) Error() string { return r.Address + ": " + r.Said }

// send hands one letter to the server.
func (s *Server) send(l Letter, now time.Time) error {
	m := mail.NewMsg(mail.WithNoDefaultUserAgent())
	if err := errors.Join(m.FromFormat(s.settings.Portal.Name, s.settings.Mail.From), m.To(l.To)); err != nil {
		return Refused{Address: l.To, Said: err.Error()}
	}
	if s.settings.Mail.ReplyTo != "" {
		if err := m.ReplyTo(s.settings.Mail.ReplyTo); err != nil {
			return err
		}
	}
	m.Subject(l.Subject)
	m.SetMessageIDWithValue(l.ID)
	m.SetDateWithValue(now)
	m.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: nothing that answers by itself answers
	m.SetBodyString(mail.TypeTextPlain, l.Text)
	err := s.client.Send(m)
	if err == nil || m.IsDelivered() {
		return nil
	}
	failed, ok := errors.AsType[*mail.SendError](err)
	if !ok {
		return fmt.Errorf("send to the mail server %s: %w", s.settings.Mail.Server, err)
	}
	said, _, _ := strings.Cut(failed.Error(), ", affected ")
	switch failed.Reason {
	case mail.ErrSMTPRcptTo:
		return Refused{Address: l.To, Said: plainly(said), Bad: !failed.IsTemp() && ofAddress(failed.EnhancedStatusCode()), Later: failed.IsTemp()}
	case mail.ErrSMTPData, mail.ErrSMTPDataClose:
		return Refused{Address: l.To, Said: plainly(said), Later: failed.IsTemp()}
	}
	return fmt.Errorf("send to the mail server %s: %s", s.settings.Mail.Server, plainly(said))
}

// ofAddress reports whether a status of RFC 3463 says that the address itself is at
// fault: it is none, or its mailbox takes nothing. A server that gives no such status
// is taken to mean the address it was asked for.
func ofAddress(status string) bool {
	return status == "" || strings.HasPrefix(status, "5.1.") || status == "5.2.1"
}

// mostSaid is how much of what a server said is kept.
const mostSaid = 300

// plainly is what a server said, as one line without what could do harm in a file or on
// a page.
func plainly(s string) string {
	s = strings.Map(func(r rune) rune {
		if strictyaml.Forbidden(r) || r == '\n' || r == '\t' || r == utf8.RuneError {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, " "))
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > mostSaid {
		s = string(r[:mostSaid])
	}
	return s
}

// Send sends what is planned, one mail after another, and writes each down. refused is
// told of each that the server would not take; sending goes on after it.
func Send(s *Server, p Plan, log *Log, serial int, now time.Time, refused func(Refused)) (sent int, err error) {
	whole := true
	for _, m := range p.Mails {
		l := Compose(m, s.settings, serial, calendar.On(now))
		err := s.send(l, now)
		if no := (Refused{}); errors.As(err, &no) {
			whole = whole && !(m.Kind == Digest && no.Later)
			refused(no)
			continue
		}
		if err != nil {
			return sent, err
		}
		one := line{Time: now.UTC().Truncate(time.Second), Kind: m.Kind, Account: m.Code, Address: m.To, ID: l.ID}
		for _, i := range m.Items {
			one.Told = append(one.Told, i.Told)
		}
		if err := log.add(one); err != nil {
			return sent, err
		}
		sent++
	}
	if whole && !p.Digest.IsZero() {
		return sent, log.DigestDone(p.Digest, now)
	}
	return sent, nil
}
