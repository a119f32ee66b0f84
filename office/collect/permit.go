package collect

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"despatch/internal/permission"
	"despatch/internal/strictyaml"
	"despatch/records/access"
	"despatch/records/event"
)

// takePermission gives a colleague of a Headteacher's the right that they say, in the
// colleague's file, or takes it away (row V11). Of several about one person, school and
// area the one that the log took last counts. Keys are for an officer to give: with
// despatch enrol --refresh.
func (c *Collector) takePermission(b *batch, o opened, done *Summary) error {
	g, err := permission.Parse(o.payload)
	if err != nil {
		return c.hold(b, o, err.Error())
	}
	e := c.accountEvent(event.Permitted, o)
	e.For, e.Area, e.Right = g.Account, g.Area, g.Right
	return c.changeAccount(b, o, e, done, func() (string, []byte, string) { return c.permit(b, o, g) })
}

// permit gives the file of a colleague as it is with the right; no file where a later
// word was taken. Why not is a sentence, or empty.
func (c *Collector) permit(b *batch, o opened, g permission.Grant) (file string, data []byte, why string) {
	urn, area, right := c.schools[o.env.School], access.Area(g.Area), access.Right(g.Right)
	head, to := placeAt(c.account(o.record), urn), c.ownAccount(g.Account)
	at := placeAt(to, urn)
	switch {
	case urn == "":
		return "", nil, "it is for a school that content/schools does not have"
	case o.env.Subject != "" || o.env.FormHash != "" || o.env.Supersedes != "":
		return "", nil, "it names a record, form or other deposit, which a permission does not"
	case !slices.Contains(access.Areas(), area):
		return "", nil, fmt.Sprintf("it is about an area %q, which there is not", g.Area)
	case head == nil || !slices.Contains(head.Roles, access.Headteacher):
		return "", nil, "its sender was not Headteacher of the school, who alone permits others"
	case at == nil:
		return "", nil, "it is about somebody who has no account at the school"
	case slices.Contains(at.Roles, access.Headteacher):
		return "", nil, "it is about a Headteacher, whose rights are the authority's to change"
	case right.Above(c.site.Vocabulary.Right(*head, area)):
		return "", nil, "its sender may not see as much as they permit"
	}
	word := permitted{g.Account, urn, area}
	if leaf, ok := c.lastPermitted()[word]; ok && leaf > int(o.leaf) {
		return "", nil, ""
	}
	file = "content/accounts/" + strings.ToLower(to.Code) + ".yaml"
	held, err := b.read(file)
	if err == nil {
		data, err = withRight(held, to, urn, area, right)
	}
	if err != nil {
		return "", nil, "the authority could not write the permission down" + forOffice(fmt.Sprintf("%s cannot be given the right: %v", file, err))
	}
	if at.Rights == nil {
		at.Rights = make(map[access.Area]access.Right)
	}
	at.Rights[area] = right
	c.lastPermitted()[word] = int(o.leaf)
	return file, data, ""
}

// placeAt is what an account is at a school, or nil.
func placeAt(a *access.Account, urn string) *access.Place {
	if a == nil {
		return nil
	}
	for i := range a.Schools {
		if a.Schools[i].School == urn {
			return &a.Schools[i]
		}
	}
	return nil
}

// withRight sets one right in an account's file; all else stays as it was written.
func withRight(data []byte, a *access.Account, urn string, area access.Area, right access.Right) ([]byte, error) {
	var before access.Account
	if problems := strictyaml.Decode(data, &before); len(problems) > 0 {
		return nil, fmt.Errorf("%d:%d: %s", problems[0].Line, problems[0].Column, problems[0].Text)
	}
	i := slices.IndexFunc(before.Schools, func(p access.Place) bool { return p.School == urn })
	if i < 0 || before.Name != a.Name {
		return nil, fmt.Errorf("it was changed meanwhile: collect again")
	}
	return strictyaml.Edit(data, []strictyaml.Change{{Path: []string{"schools", strconv.Itoa(i), "rights", string(area)}, Value: string(right)}})
}

// permitted is what a permission is about.
type permitted struct {
	account, school string
	area            access.Area
}

// lastPermitted are the leaves of the last permission of each that was taken.
func (c *Collector) lastPermitted() map[permitted]int {
	if c.permits == nil {
		c.permits = make(map[permitted]int)
		common, _ := c.folder.Common(c.listing, c.site)
		for _, p := range common.Permitted {
			c.permits[permitted{p.Account, p.School, p.Area}] = p.Leaf
		}
	}
	return c.permits
}
