package collect

import (
	"fmt"
	"slices"

	"despatch/internal/buildkeys"
	"despatch/internal/passkey"
	"despatch/records/event"
)

// mostPasskeys is how many an account may have published.
const mostPasskeys = 20

// takePasskey keeps the identity file that a person sealed to a passkey of theirs, for
// the next build to publish, or takes it away. Of several about one passkey the one that
// the log took last counts.
func (c *Collector) takePasskey(b *batch, o opened, done *Summary) error {
	p, err := passkey.Parse(o.payload)
	if err != nil {
		return c.hold(b, o, err.Error())
	}
	kind := event.PasskeyAdded
	if p.File == nil {
		kind = event.PasskeyRemoved
	}
	e := c.accountEvent(kind, o)
	e.Credential = p.Credential
	return c.changeAccount(b, o, e, done, func() (string, []byte, string) { return c.passkey(o, p) })
}

// passkey gives a passkey's file as it becomes, none where nothing changes. Why not is a
// sentence, or empty.
func (c *Collector) passkey(o opened, p passkey.Change) (file string, data []byte, why string) {
	env := o.env
	switch {
	case c.schools[env.School] == "":
		return "", nil, "it is for a school that content/schools does not have"
	case env.Subject != "" || env.FormHash != "" || env.Supersedes != "":
		return "", nil, "it names a record, form or other deposit, which a passkey does not"
	case c.ownAccount(env.Account) == nil || c.account(o.record) == nil:
		return "", nil, "content/accounts has no account of its sender's"
	}
	keys, err := buildkeys.LoadAccount(c.Dir, env.Account)
	if err != nil {
		return "", nil, "its sender has no keys any more"
	}
	key := env.Account + " " + p.Credential
	if c.lastPasskeys()[key] > int(o.leaf) || o.record.Time.Before(keys.Since) {
		return "", nil, "" // a later word counts, or it opens keys that were replaced since
	}
	there, err := c.passkeysOf(env.Account)
	if err != nil {
		return "", nil, err.Error()
	}
	switch has := slices.Contains(there, p.Credential); {
	case p.File == nil && !has:
		return "", nil, ""
	case p.File == nil:
		c.published[env.Account] = slices.DeleteFunc(there, func(s string) bool { return s == p.Credential })
	case !has && len(there) >= mostPasskeys:
		return "", nil, fmt.Sprintf("its sender has %d passkeys published already: one must be removed first", mostPasskeys)
	case !has:
		c.published[env.Account] = append(there, p.Credential)
	}
	c.lastPasskeys()[key] = int(o.leaf)
	return buildkeys.PasskeyPath(env.Account, p.Credential), p.File, ""
}

// passkeysOf are the credentials of an account's passkeys as they will be once the batch
// is synced.
func (c *Collector) passkeysOf(account string) ([]string, error) {
	if c.published == nil {
		all, err := buildkeys.Passkeys(c.Dir)
		if err != nil {
			return nil, err
		}
		c.published = all
	}
	return c.published[account], nil
}

// lastPasskeys are the leaves of the last word about each passkey that was taken.
func (c *Collector) lastPasskeys() map[string]int {
	if c.passkeys == nil {
		common, _ := c.folder.Common(c.listing, c.site)
		c.passkeys = common.Passkeys
	}
	return c.passkeys
}
