package keyring

import (
	"fmt"
	"strings"

	"despatch/internal/refusal"
)

// A Service is a machine of the office that opens what schools send while nobody is
// there. Its identity lies open on that machine, so it is given the inboxes and
// nothing else.
type Service struct {
	Name string // lower case letters, digits and hyphens
	Key  Key
}

// NewService makes a service's identity.
func NewService(name string) (*Service, error) {
	if !slug.MatchString(name) {
		return nil, refusal.Malformed.Errorf("service %q is not lower case letters, digits and hyphens", name)
	}
	k, err := NewKey()
	if err != nil {
		return nil, err
	}
	return &Service{Name: name, Key: k}, nil
}

// FormatService writes a service's identity in the open: whoever reads it opens what
// the service opens.
func FormatService(s *Service) []byte {
	return fmt.Appendf(nil, "# despatch-service 1\n# service %s\n%s\n", s.Name, s.Key.secret())
}

// ParseService reads what FormatService writes, and nothing else.
func ParseService(text []byte) (*Service, error) {
	lines := textLines(text)
	if len(lines) != 3 {
		return nil, refusal.Malformed.Errorf("a service's identity has 3 lines")
	}
	if err := header(lines[0], "despatch-service"); err != nil {
		return nil, err
	}
	name, ok := strings.CutPrefix(lines[1], "# service ")
	if !ok || !slug.MatchString(name) {
		return nil, refusal.Malformed.Errorf("a service's identity does not name its service")
	}
	k, err := parseKey(lines[2])
	if err != nil {
		return nil, err
	}
	return &Service{Name: name, Key: k}, nil
}
