package event

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Kinds are all kinds, in the order in which they usually happen.
func Kinds() []Kind {
	return []Kind{Submitted, Issued, Seen, Extended, Responded, Finalised, Withdrawn, Done, Returned, Refused, Sent, Opened, Retracted, Readdressed, Permitted, PasskeyAdded, PasskeyRemoved}
}

// Sort puts events in their order: time, then the name of the file.
func Sort(events []Event) {
	slices.SortStableFunc(events, func(a, b Event) int {
		return cmp.Or(a.Time.Compare(b.Time), cmp.Compare(path.Base(a.File), path.Base(b.File)))
	})
}

// Path is where an event of the office is kept: events/<yyyy>/<mm>/
// o<UTC seconds>-<kind>-<8 hex of content>.yaml, so that two officers' events
// never meet and the same event is one file.
func Path(kind Kind, t time.Time, content []byte) string {
	sum := sha256.Sum256(content)
	t = t.UTC()
	return fmt.Sprintf("events/%04d/%02d/o%d-%s-%s.yaml", t.Year(), t.Month(), t.Unix(), kind, hex.EncodeToString(sum[:4]))
}

// LeafPath is where an event out of the drop-box is kept, by the index of its leaf
// in the log.
func LeafPath(kind Kind, t time.Time, leaf int) string {
	t = t.UTC()
	return fmt.Sprintf("events/%04d/%02d/%010d-%s.yaml", t.Year(), t.Month(), leaf, kind)
}

// ParseName gives the kind that an event file's name says, without reading the
// file. The drop-box's events are named <leaf index, 10 digits>-<kind>.yaml.
func ParseName(file string) (Kind, error) {
	name := path.Base(file)
	stem, isYAML := strings.CutSuffix(name, ".yaml")
	first, kind, _ := strings.Cut(stem, "-")
	seconds, office := strings.CutPrefix(first, "o")
	sum := ""
	if office {
		kind, sum, _ = strings.Cut(kind, "-")
	}
	digits := strings.Trim(seconds, "0123456789") == ""
	fits := !office && len(seconds) == 10 || office && len(seconds) >= 9 && len(seconds) <= 11 && len(sum) == 8 && strings.Trim(sum, "0123456789abcdef") == ""
	if !isYAML || !digits || !fits {
		return "", fmt.Errorf("%q is not the name of an event (want o<seconds>-<kind>-<8 hex>.yaml or <10 digits>-<kind>.yaml)", name)
	}
	for _, k := range Kinds() {
		if kind == string(k) {
			return k, nil
		}
	}
	return "", fmt.Errorf("%q is an event of an unknown kind %q (want one of %s)", name, kind, list(Kinds()))
}

// LeafOf gives the leaf and kind that the name of an event out of the drop-box says.
func LeafOf(file string) (leaf int, kind Kind, ok bool) {
	kind, err := ParseName(file)
	first, _, _ := strings.Cut(path.Base(file), "-")
	leaf, bad := strconv.Atoi(first)
	return leaf, kind, err == nil && bad == nil
}

// Check reports what is wrong with the event alone: the key and a sentence.
// Whether it fits its record is for that record's fold.
func (e *Event) Check(report func(key, text string)) {
	if !slices.Contains(Kinds(), e.Kind) {
		report("kind", fmt.Sprintf("unknown kind %q (want one of %s)", e.Kind, list(Kinds())))
	}
	if e.Record == "" {
		report("record", "an event names its record's id")
	}
	if e.Time.IsZero() {
		report("time", "an event has a time (want one like 2026-11-04T10:12:00Z)")
	}
	switch e.Kind {
	case Submitted:
		if e.RespondBy.IsZero() {
			report("respond_by", "submitted without respond_by: the deadline is frozen with its sum")
		}
	case Extended:
		if e.RespondBy.IsZero() {
			report("respond_by", "extended without respond_by: say until when")
		}
		if strings.TrimSpace(e.Reason) == "" {
			report("reason", "extended without a reason")
		}
	case Responded:
		if e.Judgement != Accurate && e.Judgement != Inaccurate {
			report("judgement", fmt.Sprintf("unknown judgement %q (want accurate or inaccurate)", e.Judgement))
		}
		if e.Judgement == Inaccurate && e.Payload == "" && strings.TrimSpace(e.Comments) == "" {
			report("comments", "inaccurate without comments: the school says what is wrong")
		}
	case Withdrawn:
		if strings.TrimSpace(e.Reason) == "" {
			report("reason", "withdrawn without a reason")
		}
	case Done:
		if e.School == "" {
			report("school", "done without a school")
		}
	case Returned, Refused, Sent, Readdressed, Permitted, PasskeyAdded, PasskeyRemoved:
		if e.School == "" || e.Account == "" && e.By == "" || e.Deposit == "" {
			report("school", string(e.Kind)+" without the school, account or deposit that it came from")
		}
		if e.Kind != Refused && e.Payload == "" {
			report("payload", string(e.Kind)+" without what was sent")
		}
		if e.Kind == Sent && e.Record != Documents {
			report("record", "sent to something else than "+Documents)
		}
		if e.Kind == Permitted && (e.Record != Accounts || e.For == "" || e.Area == "" || e.Right == "") {
			report("record", "permitted something else than "+Accounts+", or without for, area or right")
		}
		if (e.Kind == PasskeyAdded || e.Kind == PasskeyRemoved) && (e.Record != Accounts || e.Credential == "") {
			report("record", string(e.Kind)+" to something else than "+Accounts+", or without credential")
		}
		if e.Kind == Readdressed && e.Record != Accounts {
			report("record", "readdressed something else than "+Accounts)
		}
		if e.Kind == Refused && strings.TrimSpace(e.Reason) == "" {
			report("reason", "refused without a reason")
		}
	case Opened, Retracted:
		if e.School == "" || e.Account == "" && e.By == "" || e.Deposit == "" {
			report("school", string(e.Kind)+" without the school, account or deposit that it came from")
		}
		if e.Kind == Retracted && e.Of == "" {
			report("of", "retracted without the deposit that is taken back")
		}
	}
}

func list(kinds []Kind) string {
	words := make([]string, len(kinds))
	for i, k := range kinds {
		words[i] = string(k)
	}
	return strings.Join(words, ", ")
}
