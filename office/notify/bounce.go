package notify

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/mail"
	"net/textproto"
	"path/filepath"
	"slices"
	"strings"

	"despatch/internal/durable"
	"despatch/internal/strictyaml"
	"despatch/records/access"
	"despatch/records/calendar"
)

// mostReport is the size of the largest report that is read, in bytes.
const mostReport = 4 << 20

// errNoReport says that a mail is no report that another could not be delivered.
var errNoReport = errors.New("this is no report that a mail could not be delivered (want a multipart/report of RFC 3464)")

// A Returned is an address that mail came back from for good.
type Returned struct {
	Address string
	Why     string
}

// ReadReport reads a report of RFC 3464 that mail which this program sent could not be
// delivered, and gives the addresses that it came back from for good; none where it says
// that a server goes on trying. It refuses one about mail that is not in the log: anybody
// can write to the address that reports go to.
func ReadReport(r io.Reader, log *Log) ([]Returned, error) {
	m, err := mail.ReadMessage(bufio.NewReader(io.LimitReader(r, mostReport)))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errNoReport, err)
	}
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/report" || !strings.EqualFold(params["report-type"], "delivery-status") {
		return nil, errNoReport
	}
	var ids []string
	var failed []Returned
	parts := multipart.NewReader(m.Body, params["boundary"])
	for {
		part, err := parts.NextPart()
		if err != nil {
			break
		}
		kind, _, _ := mime.ParseMediaType(part.Header.Get("Content-Type"))
		switch kind {
		case "message/delivery-status":
			failed = append(failed, failures(part)...)
		case "message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers":
			h, _ := textproto.NewReader(bufio.NewReader(part)).ReadMIMEHeader()
			ids = append(ids, h.Get("Message-Id"))
		}
	}
	i := slices.IndexFunc(ids, func(id string) bool { _, ok := log.AddressOf(id); return ok })
	if i < 0 {
		return nil, errors.New("this reports on a mail that despatch notify did not send from here")
	}
	// The address is the one that was written to: a report may name where a mailbox
	// forwards to.
	address, _ := log.AddressOf(ids[i])
	if len(failed) == 0 {
		return nil, nil
	}
	return []Returned{{address, failed[0].Why}}, nil
}

// failures are the fields of each addressee whose mail failed for good.
func failures(r io.Reader) []Returned {
	var all []Returned
	fields := textproto.NewReader(bufio.NewReader(r))
	for {
		h, err := fields.ReadMIMEHeader()
		if len(h) == 0 && err != nil {
			return all
		}
		status := strings.TrimSpace(h.Get("Status"))
		if strings.EqualFold(strings.TrimSpace(h.Get("Action")), "failed") {
			why := h.Get("Diagnostic-Code")
			if _, said, ok := strings.Cut(why, ";"); ok {
				why = said
			}
			if why = plainly(why); why == "" {
				why = "status " + plainly(status)
			}
			all = append(all, Returned{Why: why})
		}
		if err != nil {
			return all
		}
	}
}

// NoteReturned adds addresses to content/undelivered.yaml and takes out those that no
// account has any more. It reports whether the file is another than before.
func NoteReturned(dir string, had *access.Undelivered, accounts map[string]*access.Account, returned []Returned, on calendar.Date) (changed bool, err error) {
	next := access.Undelivered{Format: 1}
	held := func(address string) bool {
		for _, a := range accounts {
			if strings.EqualFold(a.Email, address) {
				return true
			}
		}
		return false
	}
	for _, a := range had.Addresses {
		if held(a.Address) {
			next.Addresses = append(next.Addresses, a)
		}
	}
	changed = len(next.Addresses) < len(had.Addresses)
	for _, r := range returned {
		if held(r.Address) && next.Of(r.Address) == nil {
			next.Addresses = append(next.Addresses, access.UndeliveredAddress{Address: r.Address, On: on, Why: r.Why})
			changed = true
		}
	}
	if !changed {
		return false, nil
	}
	slices.SortFunc(next.Addresses, func(a, b access.UndeliveredAddress) int { return strings.Compare(a.Address, b.Address) })
	data, err := strictyaml.Encode(&next)
	if err != nil {
		return false, err
	}
	return true, durable.WriteFile(filepath.Join(dir, "content", "undelivered.yaml"), data, 0o644)
}
