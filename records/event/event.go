// Package event is what happened to records, as commands and the drop-box wrote
// it down. A record has no status of its own: its state is a fold over these,
// in the order of time, then of file name.
package event

import (
	"time"

	"despatch/records/calendar"
)

// A Kind is what happened.
type Kind string

// The kinds; docs/content.md says which record each fits.
const (
	Submitted   Kind = "submitted"
	Issued      Kind = "issued"
	Seen        Kind = "seen"
	Extended    Kind = "extended"
	Responded   Kind = "responded"
	Finalised   Kind = "finalised"
	Withdrawn   Kind = "withdrawn"
	Done        Kind = "done"
	Returned    Kind = "returned"
	Refused     Kind = "refused"
	Sent        Kind = "sent"
	Opened      Kind = "opened"
	Retracted   Kind = "retracted"
	Readdressed Kind = "readdressed"
	Permitted   Kind = "permitted"

	PasskeyAdded   Kind = "keyed"
	PasskeyRemoved Kind = "unkeyed"
)

// What a school judges a report to be (row V08).
const (
	Accurate   = "accurate"
	Inaccurate = "inaccurate"
)

// Documents stands in the place of a record in events of kind Sent, which are about
// none: what a school sends to a service.
const Documents = "documents"

// Accounts stands in the place of a record in events of kinds Readdressed, Permitted,
// PasskeyAdded and PasskeyRemoved (a person gave another e-mail address or a passkey of
// their own, a Headteacher a colleague a right), and of kind Refused where what was not
// taken is no data return.
const Accounts = "accounts"

// A Point is one passage of a record that a school marked as inaccurate (row M4).
type Point struct {
	Passage string // the record's words
	Wrong   string // what is wrong with them
	Words   string // what they should be, or empty
}

// String is the point in the school's words, for where it stands among others.
func (p Point) String() string {
	if p.Words == "" {
		return "“" + p.Passage + "”: " + p.Wrong
	}
	return "“" + p.Passage + "”: " + p.Wrong + "\nShould be: " + p.Words
}

// An Event is one file under events/. Which members are set depends on Kind.
type Event struct {
	File      string          `yaml:"-"` // its path, for problems and for order
	Format    int             `yaml:"format"`
	Kind      Kind            `yaml:"kind"`
	Record    string          `yaml:"record"`
	Time      time.Time       `yaml:"time"`
	By        string          `yaml:"by,omitempty"`
	RespondBy calendar.Date   `yaml:"respond_by,omitempty"`
	Sum       []calendar.Date `yaml:"sum,omitempty,flow"`
	Skipped   []calendar.Skip `yaml:"skipped,omitempty"`
	Reason    string          `yaml:"reason,omitempty"`
	Serial    int             `yaml:"serial,omitempty"`
	School    string          `yaml:"school,omitempty"`
	Account   string          `yaml:"account,omitempty"` // opaque
	Judgement string          `yaml:"judgement,omitempty"`
	Comments  string          `yaml:"comments,omitempty"`
	Points    []Point         `yaml:"-"`                 // passages that the school marked; they lie in what it sent
	Payload   string          `yaml:"payload,omitempty"` // SHA-256 of what was sent, which lies in vault/
	Subject   string          `yaml:"subject,omitempty"` // SHA-256 of the record as it was read, by who answered it
	Deposit   string          `yaml:"deposit,omitempty"` // the drop-box's
	What      string          `yaml:"what,omitempty"`    // the kind of a deposit that was not taken
	Of        string          `yaml:"of,omitempty"`      // the deposit that a school takes back
	For       string          `yaml:"for,omitempty"`     // opaque account that is given a right
	Area      string          `yaml:"area,omitempty"`    // of that right
	Right     string          `yaml:"right,omitempty"`
	// Credential is the id of a passkey, in hex.
	Credential string `yaml:"credential,omitempty"`

	Leaf      int    `yaml:"leaf,omitempty"`
	Auto      bool   `yaml:"auto,omitempty"`
	Reply     string `yaml:"reply,omitempty"`
	Statement string `yaml:"statement,omitempty"` // what the authority signed: that nothing was received
	Late      bool   `yaml:"late,omitempty"`
}
