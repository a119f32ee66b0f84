package main

import "fmt"

// site writes what does not come from the rig: settings, publisher, profiles and
// the vocabulary of roles.
func (c *converter) site() error {
	files := map[string]string{
		"despatch.yaml":                     settings,
		"content/groups.yaml":               roles(),
		"content/publishers/authority.yaml": publisher,
		"content/profiles/focus.yaml":       fmt.Sprintf(profile, "Focus visit", "Focus", "required", 10, "immediate"),
		"content/profiles/other.yaml":       fmt.Sprintf(profile, "Other visit", "Other", "none", 0, "digest"),
	}
	for name, text := range files {
		if err := c.write(name, text); err != nil {
			return err
		}
	}
	return nil
}

const settings = `format: 1
authority:
  name: Northmoor County Council
  short: Northmoor
  code: "999"
portal:
  name: Northmoor Schools Portal
  address: https://schools.northmoor.example
helpline:
  office_hours: 01632 960001
  out_of_hours: 07700 900001
  from: "08:30"
  to: "17:00"
contacts:
  - {name: Schools Portal team, email: portal@northmoor.example, phone: 01632 960000, for: help with signing in}
accessibility:
  contact: accessibility@northmoor.example
  reviewed: 2026-09-01
privacy:
  officer: {name: Data Protection Officer, email: dpo@northmoor.example}
  basis: [Tasks in the public interest]
  retention: [{what: Records of visits, kept: six years}]
  reviewed: 2026-09-01
security: {contact: security@northmoor.example}
modules:
  visits: true
  sheets: true
  returns: true
  documents: true
  news: true
  results: true
theme:
  brand: "#1d3c6e"
`

const publisher = `format: 1
name: Northmoor School Improvement
kind: authority
contact: {name: Robin Vale, email: robin.vale@northmoor.example, phone: 01632 960010}
`

const profile = `format: 1
version: 1
name: %s
short: %s
publisher: authority
response: %s
working_days: %d
notify: %s
`

const schoolForm = `format: 1
urn: "%s"
laestab: "999%d"
name: "%s"
phase: %s
status: Open
`

const visitForm = `format: 1
profile: %s
school: "%s"
date: %s
title: "%s"
focus: "%s"
category: "%s"
responsible: "%s"
`

const sheetForm = `---
format: 1
title: "%s"
type: %s
number: "%s"
published: %s
%scontacts:
  - {name: "%s", phone: "", email: ""}
audience: [Headteachers]
---

%s`

// roles is the standard vocabulary: eleven roles, each with its words.
func roles() string {
	text := "format: 1\nroles:\n"
	for _, r := range []struct{ id, name, words, visits, rest string }{
		{"headteacher", "Headteacher", "headteacher, headteachers, head teachers, heads", "full", "full"},
		{"deputy-headteacher", "Deputy headteacher", "deputy headteacher, deputy headteachers", "full", "full"},
		{"chair-of-governors", "Chair of governors", "chair of governors, chairs of governors", "full", "full"},
		{"governor", "Governor", "governor, governors", "audit", "audit"},
		{"business-manager", "School business manager", "business manager, business managers", "audit", "full"},
		{"school-secretary", "School secretary", "school secretary, school secretaries", "audit", "full"},
		{"administrator", "Administrator", "admin staff, administrators", "off", "full"},
		{"data-manager", "Data manager", "data manager, data managers", "off", "full"},
		{"senco", "SENCO", "senco, sencos", "audit", "audit"},
		{"dsl", "Designated safeguarding lead", "designated safeguarding lead, designated safeguarding leads, dsl", "audit", "audit"},
		{"early-years-lead", "Early years lead", "early years lead, early years leads", "audit", "audit"},
	} {
		text += fmt.Sprintf("  - id: %s\n    name: %s\n    words: [%s]\n    rights: {visits: %s, documents: %s, returns: %s, results: %s}\n", r.id, r.name, r.words, r.visits, r.rest, r.rest, r.rest)
	}
	return text
}
