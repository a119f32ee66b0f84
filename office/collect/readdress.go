package collect

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"strings"

	"despatch/internal/address"
	"despatch/internal/naming"
	"despatch/internal/strictyaml"
	"despatch/records/access"
	"despatch/records/event"
)

// takeAddress gives an account the e-mail address that its person asked for, in the one
// line of its file that says so (row P29). Of several the one that the log took last
// counts, also where an earlier one was held and comes in later.
func (c *Collector) takeAddress(b *batch, o opened, done *Summary) error {
	return c.changeAccount(b, o, c.accountEvent(event.Readdressed, o), done, func() (string, []byte, string) { return c.readdress(b, o) })
}

// accountEvent is what a deposit about an account comes to.
func (c *Collector) accountEvent(kind event.Kind, o opened) event.Event {
	sum := sha256.Sum256(o.payload)
	return event.Event{
		Format: 1, Kind: kind, Record: event.Accounts, Time: o.record.Time, School: c.schools[o.env.School], Account: o.env.Account,
		Payload: hex.EncodeToString(sum[:]), Deposit: o.record.Deposit, Leaf: int(o.leaf),
	}
}

// changeAccount keeps the event of a deposit about an account. Unless it was taken
// before, change gives a file of the account as it becomes, without data where it is
// deleted, no file where nothing changes, or the sentence why the deposit is held.
func (c *Collector) changeAccount(b *batch, o opened, e event.Event, done *Summary, change func() (file string, data []byte, why string)) error {
	_, err := b.read(event.LeafPath(e.Kind, e.Time, e.Leaf))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if taken := err == nil; !taken {
		file, data, why := change()
		if why != "" {
			return c.hold(b, o, why)
		}
		again, err := c.sentBefore(b, o.env, o.leaf)
		if err != nil {
			return err
		}
		switch {
		case again || file == "":
		case data == nil:
			b.remove(file)
		default:
			b.write(file, data)
		}
	}
	return c.keep(b, o, e, done)
}

// readdress gives the file of an account as it is with the address that its person asked
// for; no file where a later wish was taken. Why not is a sentence, or empty.
func (c *Collector) readdress(b *batch, o opened) (file string, data []byte, why string) {
	env := o.env
	wanted, err := address.Parse(o.payload)
	a := c.ownAccount(env.Account)
	switch {
	case err != nil:
		return "", nil, err.Error()
	case c.schools[env.School] == "":
		return "", nil, "it is for a school that content/schools does not have"
	case env.Subject != "" || env.FormHash != "" || env.Supersedes != "":
		return "", nil, "it names a record, form or other deposit, which a change of address does not"
	case a == nil || c.account(o.record) == nil:
		return "", nil, "content/accounts has no account of its sender's"
	}
	for _, code := range c.site.AccountCodes() {
		if other := c.site.Accounts[code]; other != a && strings.EqualFold(other.Email, wanted) {
			return "", nil, "that address cannot be used for its sender's account" + forOffice(fmt.Sprintf("the account %s has the address %s that its sender asks for", access.FormatCode(code), wanted))
		}
	}
	if c.readdressed()[env.Account] > int(o.leaf) {
		return "", nil, ""
	}
	file = "content/accounts/" + strings.ToLower(a.Code) + ".yaml"
	held, err := b.read(file)
	if err == nil {
		data, err = withAddress(held, a, wanted)
	}
	if err != nil {
		return "", nil, "the authority could not write the address down" + forOffice(fmt.Sprintf("%s cannot be given the address %s: %v", file, wanted, err))
	}
	a.Email = wanted
	c.moved[env.Account] = int(o.leaf)
	return file, data, ""
}

var emailLine = regexp.MustCompile(`(?m)^(email:[ \t]+)([^\s#]+)([ \t]*(?:#.*)?\r?)$`)

// withAddress changes the one line of an account's file that holds its address, and
// nothing else that somebody wrote there.
func withAddress(data []byte, a *access.Account, wanted string) ([]byte, error) {
	found := emailLine.FindAllSubmatchIndex(data, -1)
	if len(found) != 1 {
		return nil, fmt.Errorf("it has %d lines like \"email: name@school.example\" (want one)", len(found))
	}
	changed := string(data[:found[0][4]]) + wanted + string(data[found[0][5]:])
	var now access.Account
	if problems := strictyaml.Decode([]byte(changed), &now); len(problems) > 0 || now.Email != wanted || now.Name != a.Name {
		return nil, errors.New("it would not be read as before: write the address there yourself")
	}
	return []byte(changed), nil
}

// ownAccount finds an account as the folder has it now, or nil.
func (c *Collector) ownAccount(opaque string) *access.Account {
	for code, a := range c.site.Accounts {
		if naming.OpaqueAccount(code) == opaque {
			return a
		}
	}
	return nil
}

// readdressed are the leaves of the last change of each account's address that was taken.
func (c *Collector) readdressed() map[string]int {
	if c.moved == nil {
		c.moved = make(map[string]int)
		common, _ := c.folder.Common(c.listing, c.site)
		for account, r := range common.Readdressed {
			c.moved[account] = r.Leaf
		}
	}
	return c.moved
}
