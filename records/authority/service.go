package authority

import (
	"fmt"
	"regexp"
	"strings"
)

var serviceID = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,63}$`)

// Service finds a service by its id.
func (s *Settings) Service(id string) (Service, bool) {
	for _, v := range s.Services {
		if v.ID == id {
			return v, true
		}
	}
	return Service{}, false
}

// checkServices reports what is wrong with the services that schools send to, and with
// the limits of sending. Which endings there are is not known here.
func (s *Settings) checkServices(report func(key, text string)) {
	seen := make(map[string]bool)
	for i, v := range s.Services {
		key := fmt.Sprintf("services.%d.", i)
		switch {
		case !serviceID.MatchString(v.ID):
			report(key+"id", fmt.Sprintf("%q is not a service's id (want small letters, digits and hyphens, as special-needs)", v.ID))
		case seen[v.ID]:
			report(key+"id", fmt.Sprintf("the service %q is there twice", v.ID))
		}
		seen[v.ID] = true
		if strings.TrimSpace(v.Name) == "" {
			report(key+"name", "a service has a name")
		}
		if v.Contact.Line() == "" {
			report(key+"contact", "schools are told who receives what they send: name a contact")
		}
		v.Contact.Check(func(k, text string) { report(key+"contact."+k, text) })
	}
	for _, l := range []struct {
		key string
		mib int
	}{{"school_mib_a_day", s.Sending.School}, {"account_mib_a_day", s.Sending.Account}} {
		if l.mib < 0 || l.mib > mostMiB {
			report("sending."+l.key, fmt.Sprintf("%d MiB a day cannot be (want 1 to %d, or nothing)", l.mib, mostMiB))
		}
	}
}
