package access

import (
	"fmt"
	"net/mail"
	"strings"

	"despatch/records/calendar"
)

// Undelivered is content/undelivered.yaml: addresses that mail came back from. Nobody
// is told by e-mail at one of them, and authority and school see it (row P30).
type Undelivered struct {
	Format    int                  `yaml:"format"`
	Addresses []UndeliveredAddress `yaml:"addresses"`
}

// An UndeliveredAddress is one of them, the day on which mail came back and what the
// server that refused it said, in one line.
type UndeliveredAddress struct {
	Address string        `yaml:"address"`
	On      calendar.Date `yaml:"on"`
	Why     string        `yaml:"why"`
}

// Check reports what is wrong with the file: the key, as addresses.0.address, and a
// sentence.
func (u *Undelivered) Check(report func(key, text string)) {
	seen := make(map[string]bool)
	for i, a := range u.Addresses {
		at := fmt.Sprintf("addresses.%d", i)
		if addr, err := mail.ParseAddress(a.Address); err != nil || addr.Address != a.Address {
			report(at+".address", fmt.Sprintf("%q is not an e-mail address (want one like name@school.example)", a.Address))
		}
		if a.On.IsZero() {
			report(at+".on", "an address that mail came back from has the day on which it did (want one like 2026-11-22)")
		}
		folded := strings.ToLower(a.Address)
		if seen[folded] {
			report(at+".address", fmt.Sprintf("%q is there twice; take one out", a.Address))
		}
		seen[folded] = true
	}
}

// Of gives the entry of an address, whatever the case of its letters; nil: no mail
// came back from it.
func (u *Undelivered) Of(address string) *UndeliveredAddress {
	for i := range u.Addresses {
		if strings.EqualFold(u.Addresses[i].Address, address) {
			return &u.Addresses[i]
		}
	}
	return nil
}
