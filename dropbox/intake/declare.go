package intake

import (
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"despatch/internal/refusal"
)

// Declared is what is said of a deposit before it travels in pieces.
type Declared struct{ Account, School, Deposit, Slot string }

// ParseMetadata reads what stands in Upload-Metadata (docs/formats.md section 27).
// Anything beside the four names is refused: a file's name or type in the clear
// would tell the box what is sent.
func ParseMetadata(text string) (d Declared, err error) {
	at := map[string]*string{"account": &d.Account, "deposit": &d.Deposit, "school": &d.School, "slot": &d.Slot}
	for pair := range strings.SplitSeq(text, ",") {
		name, encoded, _ := strings.Cut(pair, " ")
		value, known := at[name]
		if !known {
			return Declared{}, refusal.Malformed.Errorf("%.40q in Upload-Metadata is unknown or stands there twice (want account, deposit, school, slot)", name)
		}
		delete(at, name)
		decoded, err := base64.StdEncoding.Strict().DecodeString(encoded)
		if err != nil || strings.ContainsAny(encoded, "\r\n") {
			return Declared{}, refusal.Malformed.Errorf("%s in Upload-Metadata is not base64", name)
		}
		*value = string(decoded)
	}
	switch {
	case len(at) > 0:
		return Declared{}, refusal.Malformed.Errorf("Upload-Metadata lacks %d of account, deposit, school and slot", len(at))
	case !hex32.MatchString(d.Account), d.School != "" && !hex32.MatchString(d.School):
		return Declared{}, refusal.Malformed.Errorf("account and school in Upload-Metadata have 32 hex digits")
	case !hex64.MatchString(d.Deposit), !hex64.MatchString(d.Slot):
		return Declared{}, refusal.Malformed.Errorf("deposit and slot in Upload-Metadata have 64 hex digits")
	}
	return d, nil
}

// declaration is the object that opens an upload: one line.
func declaration(c claim, begun time.Time) []byte {
	return fmt.Appendf(nil, "despatch-upload 1 %s %s %s %s %d %d\n", c.Deposit, c.Account, orNone(c.School), c.slot, c.Size, begun.Unix())
}

func readDeclaration(text []byte) (c claim, begun time.Time, err error) {
	var unix int64
	_, err = fmt.Sscanf(string(text), "despatch-upload 1 %s %s %s %s %d %d\n", &c.Deposit, &c.Account, &c.School, &c.slot, &c.Size, &unix)
	if c.School == noSchool {
		c.School = ""
	}
	begun = time.Unix(unix, 0).UTC()
	if err != nil || string(declaration(c, begun)) != string(text) {
		return claim{}, begun, fmt.Errorf("the declaration of an upload is not as it was written")
	}
	return c, begun, nil
}
