package authority

import (
	"fmt"
	"strconv"
	"strings"
)

// Mail is the server that takes the portal's e-mail to people. Without one nobody is
// told by e-mail.
type Mail struct {
	From    string `yaml:"from"`               // the address that mail comes from and is returned to
	ReplyTo string `yaml:"reply_to,omitempty"` // where answers go; empty: to From
	Server  string `yaml:"server"`             // host and port
	// Security is how the line to the server is kept secret; empty: Starttls.
	Security MailSecurity `yaml:"security,omitempty"`
	User     string       `yaml:"user,omitempty"` // its password is in private/mail-password; empty: none is asked for
}

// A MailSecurity says how a line to a mail server is kept secret.
type MailSecurity string

// The ways: Starttls begins in clear and refuses a server that will not go on
// encrypted, TLS is encrypted from the first byte, and Plain is for a server on this
// machine.
const (
	Starttls MailSecurity = "starttls"
	TLS      MailSecurity = "tls"
	Plain    MailSecurity = "none"
)

func (m Mail) check(report func(key, text string)) {
	if m == (Mail{}) {
		return
	}
	if !isEmail(m.From) {
		report("mail.from", fmt.Sprintf("%q is not an e-mail address (want one like portal@council.example)", m.From))
	}
	if m.ReplyTo != "" && !isEmail(m.ReplyTo) {
		report("mail.reply_to", fmt.Sprintf("%q is not an e-mail address (want one like portal@council.example, or nothing)", m.ReplyTo))
	}
	host, port, _ := strings.Cut(m.Server, ":")
	if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 || host == "" || strings.ContainsAny(host, " /@") {
		report("mail.server", fmt.Sprintf("%q is not a server and its port (want one like smtp.council.example:587)", m.Server))
	}
	switch m.Security {
	case "", Starttls, TLS:
	case Plain:
		if host != "localhost" && host != "127.0.0.1" {
			report("mail.security", fmt.Sprintf("none is for a server on this machine, and %q is another (want starttls or tls)", host))
		}
	default:
		report("mail.security", fmt.Sprintf("unknown security %q (want one of starttls, tls, none)", m.Security))
	}
}
