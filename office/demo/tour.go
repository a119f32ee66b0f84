package demo

// A Tour is somebody whose sign-in shows something that others do not.
type Tour struct {
	Name string // as in the content
	Who  string
	Try  string
}

// Tours are the sign-ins that are worth printing; all others are in
// private/demo-accounts.tsv.
func Tours() []Tour {
	return []Tour{
		{"Morgan Ellery", "headteacher of Fernside Primary School", "read a report that awaits a response, a sheet to be done, a confidential letter"},
		{"Colin Fairwether", "governor at the same school", "see which visits took place; no report opens"},
		{"Nadia Cranefield", "SENCO and safeguarding lead at the same school", "read documents that only these roles can open"},
		{"Hester Brambling", "business manager of three schools", "choose between schools; see what each may read"},
		{"Anneke Dorsett-Lund", "headteacher of Larkfield High School", "open the trust's tab, and a monitoring conversation"},
		{"Imelda Thornaby-Rusk", "officer of the Larkfield Learning Trust", "compare the trust's schools; read the reports of one of them"},
		{"Oliver Tanswick", "headteacher of Scar Bridge Middle School", "read a report that was answered as inaccurate, and a graded review"},
		{"Percy Woldgate", "chair of governors of a school with a very long name", "read a report whose deadline was extended over the holidays"},
	}
}
