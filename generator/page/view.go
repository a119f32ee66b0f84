package page

import (
	"despatch/records/calendar"
)

// A Head is what every view begins with.
type Head struct {
	Area      string // of the menu: visits, sheets …
	Back      Link   // the list that names this page; none: zero
	Caption   string // above the heading: the school, or the kind
	Heading   string
	Draft     bool
	Withdrawn *Withdrawn
}

// A Link is a text with the address behind it: a page's name, or a whole
// address. Without an address it is only a text.
type Link struct {
	Text string
	Href string
}

// A Withdrawn says when and why a record was taken back.
type Withdrawn struct {
	On     calendar.Date
	Reason string
}

// A Row is one line of a page's summary.
type Row struct {
	Key    string
	Values []Value
}

// A Value is one line of a row. With a date it is a time, with Due the browser
// says how many days are left.
type Value struct {
	Text string
	Href string
	Date string // 2026-11-18
	Due  bool
}

// A Tag is a state in one or two words.
type Tag struct {
	Text   string
	Colour string // of GOV.UK's tags: grey, yellow, blue, green, red, teal
}

// A State is where a record stands: the tag, and a sentence whose last words
// may be a deadline.
type State struct {
	Tag    Tag
	Line   string
	Due    calendar.Date
	Detail []string // further sentences
}

// A Deadline is the sum behind a date (rows G1, M3), in sentences.
type Deadline struct {
	Window  string // how many days, from when, to when; why it moved
	Counted string // the days that counted
	Skipped string // the days that did not, and why
}

// A Contact is whom to ask. Tel is a tel: address, or empty.
type Contact struct {
	Name  string
	Email string
	Phone string
	Tel   string
	For   string
}

// An Attachment is a file as a page lists it.
type Attachment struct {
	Title string
	File  string // its own name, under which it is saved
	Href  string
	Type  string // as people say it: PDF, Word document
	Size  string // 240 kB
}

// A Part is a headed part of a page; its text is Markdown.
type Part struct {
	Heading string
	Text    string
}

// A VisitView is the page of one visit (rows V06, V08, V14, V17).
type VisitView struct {
	Head
	State       State
	Deadline    *Deadline
	Rows        []Row
	Subject     Subject
	Respond     bool   // a response is awaited
	Box         bool   // and can be given here
	Timeline    []Step // what has happened, the earliest first
	Statement   string // the authority's signed word that nothing was received
	Report      string
	Findings    []Part
	Answers     []Part
	Attachments []Attachment
	Download    *Attachment   // the record as a PDF; nil: none
	Proofs      []*Attachment // PDFs of what proves how it was answered
	Reply       []Part        // what the school said and what it was told
	Marked      []Change      // the passages that it marked, until it is told what became of them
	Changes     []Change      // what became of each point that it made
	Contacts    []Contact
	KeyContact  KeyContact
}

// A Change is one point of an answer and what became of it.
type Change struct {
	Said  string // by the school
	Words string // that it suggested; may be empty
	Was   string // the report's words before; may be empty
	Now   string // and since; empty: they were not changed
	Why   string // they were not; empty: they were
}

// A Subject names what a response answers: the item and the SHA-256 of the record
// as published, which is empty where nothing is published.
type Subject struct {
	Item   string
	SHA256 string
}

// A Step is one thing that has happened to a record. On has a time of day where
// that is known.
type Step struct {
	On   Value
	Text string
	Who  string

	day     calendar.Date
	opening bool // somebody opened the record
}

// A KeyContact is the authority's person for a school, or nobody yet (row R21).
type KeyContact struct {
	Show bool
	Contact
}

// A SheetView is the page of one MI sheet, its rows in the order of row P01.
type SheetView struct {
	Head
	Rows     []Row
	Text     string // Markdown
	Download *Attachment
}

// A ReturnView is the page of one data return, for reading.
type ReturnView struct {
	Head
	State     State
	Rows      []Row
	Text      string
	Questions []Question
	Send      bool // answers are still taken
	Box       bool // and can be given here
	Form      FormData
	Contacts  []Contact
}

// FormData is what the browser makes the form of, and what it tells besides. The
// zero value is for a page without a form.
type FormData struct {
	Definition string // docs/formats.md section 18.2
	Roles      string // ids of the roles that may complete it, with spaces between
	Due        string // dates, or empty
	LateUntil  string
	After      string // what to do once it is sent
	Contact    string // whom to ask, on one line
	Who        string // who may complete it, in the authority's words
}

// A Question is one question of a data return.
type Question struct {
	Label    string
	Hint     string
	Kind     string // as people say it
	Required bool
	Choices  []string
}

// A DocumentView is the page of one document.
type DocumentView struct {
	Head
	Rows        []Row
	Letter      *Letter // nil: it is none
	Text        string
	Attachments []Attachment
	Download    *Attachment
	Contacts    []Contact
}

// A Letter is what stands around the text of a letter.
type Letter struct {
	To         []string // the address, line by line
	Date       Value
	Reference  string // the authority's own; may be empty
	Salutation string
	Close      string
	Signed     string
	Role       string // may be empty
	For        string // for whom it is signed
}

// A NewsView is the page of one piece of news.
type NewsView struct {
	Head
	Published string
	Date      string
	Text      string
	Contacts  []Contact
}

// A ResultView is the page of one set of results (row P15).
type ResultView struct {
	Head
	Rows        []Row
	TableName   string
	Columns     []string
	Figures     []Figure
	Text        string
	Attachments []Attachment
	Contacts    []Contact
}

// A Figure is one measure and its values, one a column.
type Figure struct {
	Measure string
	Values  []string
}

// A ListView is a list page (rows V02-V05, V12, V13, P08).
type ListView struct {
	Head
	Tabs      []Tab
	Note      string // above the list
	Filters   []Filter
	TableName string // for people who do not see the table
	Columns   []Column
	Entries   []Entry
	Empty     string // said when the list has nothing
	NoMatch   string // said when the filters leave nothing
}

// A Tab is one of the pages that a list is divided into.
type Tab struct {
	Link
	Current bool
}

// A Filter is a choice over one of an entry's data.
type Filter struct {
	Name    string // type, category, status, year, audience
	Label   string
	Options []string
}

// A Column is a column's head. Sort is date, text, number, or empty.
type Column struct {
	Label string
	Sort  string
}

// An Entry is one line of a list. Its data are what filters, search and
// sorting look at.
type Entry struct {
	Date, Category, Year, Status, Type, Text string
	Changed                                  string // the day of its present state: marked as new by the browser
	Audience                                 []string
	Cells                                    []Cell
}

// A Cell is one cell of a line. Of its members those are shown that are set.
type Cell struct {
	Label string // the column's, shown on a phone
	Sort  string // what to sort by, where it is not the text
	Text  string
	Small []Value // further lines
	Date  string  // 2026-11-18: Text is a time
	Due   bool
	Link  Link
	Paper *Attachment // a second link, to the record as a PDF
	About string      // added to the links for people who do not see the line
	Tag   *Tag
	Clip  *Clip
}

// A Clip is the paperclip of a line (rows V29-V31).
type Clip struct {
	Files []Attachment
}
