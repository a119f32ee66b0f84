package source_test

import (
	"strings"
	"testing"

	"despatch/generator/source"
)

// minimal is the smallest folder without a problem: one school with two people,
// the authority and two profiles.
func minimal(tb testing.TB) string {
	tb.Helper()
	la := tb.TempDir()
	for path, text := range map[string]string{
		"despatch.yaml": `format: 1
authority: {name: Northmoor County Council, short: Northmoor, code: "999"}
portal: {name: Northmoor Schools Portal, address: "https://schools.northmoor.example"}
helpline: {office_hours: 01632 960001, out_of_hours: 07700 900001, from: "08:30", to: "17:00"}
contacts: [{name: Portal team, email: portal@northmoor.example, phone: 01632 960000}]
accessibility:
  contact: accessibility@northmoor.example
  reviewed: 2026-09-01
privacy:
  officer: {name: Data Protection Officer, email: dpo@northmoor.example}
  basis: [Tasks in the public interest]
  retention: [{what: Records of visits, kept: six years}]
  reviewed: 2026-09-01
security: {contact: security@northmoor.example}
modules: {visits: true, sheets: true}
theme: {brand: "#1d3c6e"}
`,
		"content/groups.yaml": `format: 1
roles:
  - {id: headteacher, name: Headteacher, words: [headteachers], rights: {visits: full, documents: full}}
  - {id: governor, name: Governor, words: [governors]}
groups:
  - {id: lite-schools, name: Lite, tags: [lite]}
`,
		"content/publishers/authority.yaml": "format: 1\nname: Northmoor School Improvement\nkind: authority\ncontact: {name: Robin Vale, phone: 01632 960010}\n",
		"content/publishers/larkfield.yaml": "format: 1\nname: Larkfield Trust\nkind: trust\npremium: true\n",
		"content/profiles/focus.yaml":       "format: 1\nversion: 1\nname: Focus visit\nshort: Focus\npublisher: authority\nresponse: required\nworking_days: 10\nnotify: immediate\n",
		"content/profiles/other.yaml":       "format: 1\nversion: 1\nname: Other visit\nshort: Other\npublisher: any\nresponse: none\nnotify: digest\n",
		"content/schools/900001.yaml":       "format: 1\nurn: 900001\nname: Fernside Primary School\nphase: Primary\nstatus: Open\ntags: [lite]\n",
		"content/accounts/7kq2m9xd.yaml":    "format: 1\nname: Morgan Ellery\nemail: morgan.ellery@fernside.example\nschools: [{school: \"900001\", roles: [headteacher]}]\n",
		"content/accounts/8kq2m9xd.yaml":    "format: 1\nname: Sam Odell\nemail: sam.odell@fernside.example\nschools: [{school: \"900001\", roles: [governor]}]\n",
	} {
		write(tb, la, path, text)
	}
	return la
}

// says reports whether one of the problems has this in its line.
func says(problems []source.Problem, part string) bool {
	for _, p := range problems {
		if strings.Contains(p.String(), part) {
			return true
		}
	}
	return false
}
