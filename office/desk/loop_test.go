package desk_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"despatch/generator/source"
	"despatch/office/desk"
)

func always(string) bool { return true }

func TestSeenOnALaterDayMovesTheDateOnce(t *testing.T) {
	dir := authority(t)
	if _, err := sit(t, dir, "2026-12-18T10:00:00Z").Submit("early-reading"); err != nil {
		t.Fatal(err)
	}
	done, err := sit(t, dir, "2026-12-18T11:00:00Z").Seen(func(string) bool { return false }, 6)
	if err != nil || len(done) != 0 {
		t.Fatalf("a head that does not carry it: %v, %v", done, err)
	}
	done, err = sit(t, dir, "2026-12-21T10:00:00Z").Seen(always, 7)
	if err != nil || len(done) != 1 {
		t.Fatalf("seen on the next working day: %v, %v", done, err)
	}
	// A day of closure lies between: 29 December.
	if got := done[0].Window.On.String(); got != "2027-01-08" {
		t.Errorf("the answer is awaited by %s, want a working day later than submitting gave", got)
	}
	settled(t, dir, "2026-12-21T11:00:00Z")
	if done, err = sit(t, dir, "2026-12-22T10:00:00Z").Seen(always, 8); err != nil || len(done) != 0 {
		t.Errorf("seen again: %v, %v", done, err)
	}
}

func TestSeenOnTheSameDayMovesNothing(t *testing.T) {
	dir := authority(t)
	if _, err := sit(t, dir, "2026-11-04T10:00:00Z").Submit("early-reading"); err != nil {
		t.Fatal(err)
	}
	done, err := sit(t, dir, "2026-11-04T22:00:00Z").Seen(always, 7)
	if err != nil || len(done) != 1 || !done[0].Window.On.IsZero() {
		t.Errorf("%+v, %v", done, err)
	}
	settled(t, dir, "2026-11-04T23:00:00Z")
}

// TestChristmasIsNotCountedAndSilenceFinalises lets a visit that was submitted before
// Christmas go to its end without an answer.
func TestChristmasIsNotCountedAndSilenceFinalises(t *testing.T) {
	dir := authority(t)
	if _, err := sit(t, dir, "2026-12-18T10:00:00Z").Submit("early-reading"); err != nil {
		t.Fatal(err)
	}
	deadline := at(t, "2027-01-08T00:00:00Z") // the end of 7 January
	certain := desk.Silence{
		Later: func(than time.Time) (int, bool) {
			if !than.Equal(deadline) {
				t.Errorf("asked for leaves after %s, want after %s", than, deadline)
			}
			return 41, true
		},
		Held:  func(string, time.Time) string { return "" },
		State: func(v *source.Visit) (string, error) { return "signed for " + v.ID + "\n", nil },
	}
	finalise := func(when string, s desk.Silence) (int, string) {
		t.Helper()
		done, waiting, err := sit(t, dir, when).FinaliseSilent(s)
		if err != nil {
			t.Fatal(err)
		}
		why := ""
		for _, w := range waiting {
			why += w.Why
		}
		return len(done), why
	}
	if n, why := finalise("2027-01-08T00:10:00Z", certain); n != 0 || !strings.Contains(why, "could read it") {
		t.Errorf("never seen from outside: %d, %q", n, why)
	}
	if _, err := sit(t, dir, "2026-12-18T12:00:00Z").Seen(always, 7); err != nil {
		t.Fatal(err)
	}
	if n, why := finalise("2027-01-07T23:59:59Z", certain); n != 0 || why != "" {
		t.Errorf("in the last second of the school's time: %d, %q", n, why)
	}
	for _, tt := range []struct {
		want string
		s    desk.Silence
	}{
		{"was not collected beyond the end of 7 January 2027", desk.Silence{Later: func(time.Time) (int, bool) { return 0, false }, Held: certain.Held}},
		{"is kept and not taken: leaf 9", desk.Silence{Later: certain.Later, Held: func(school string, until time.Time) string {
			if school != "900001" || !until.Equal(deadline) {
				return ""
			}
			return "leaf 9"
		}}},
	} {
		if n, why := finalise("2027-01-08T00:00:00Z", tt.s); n != 0 || !strings.Contains(why, tt.want) {
			t.Errorf("%d, %q, want %q", n, why, tt.want)
		}
	}
	back := filepath.Join(dir, "content", "undelivered.yaml")
	if err := os.WriteFile(back, []byte("format: 1\naddresses:\n  - {address: morgan.ellery@fernside.example, on: 2026-12-18, why: no such user}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if n, why := finalise("2027-01-08T00:00:00Z", certain); n != 0 || !strings.Contains(why, "came back on 18 December 2026") {
		t.Errorf("nobody could be told: %d, %q", n, why)
	}
	if err := os.Remove(back); err != nil {
		t.Fatal(err)
	}
	if n, why := finalise("2027-01-08T00:00:00Z", certain); n != 1 || why != "" {
		t.Errorf("when all is certain: %d, %q", n, why)
	}
	settled(t, dir, "2027-01-08T01:00:00Z")
	if n, why := finalise("2027-01-09T00:00:00Z", certain); n != 0 || why != "" {
		t.Errorf("a second time: %d, %q", n, why)
	}
}
