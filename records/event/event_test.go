package event_test

import (
	"cmp"
	"strings"
	"testing"
	"time"

	"despatch/records/calendar"
	"despatch/records/event"
)

var at = time.Date(2026, 11, 4, 10, 12, 0, 0, time.UTC)

func TestPathIsAFunctionOfTheContent(t *testing.T) {
	london := time.FixedZone("elsewhere", 3600)
	got := event.Path(event.Submitted, at.In(london), []byte("format: 1\n"))
	if got != "events/2026/11/o1793787120-submitted-1f7b9635.yaml" {
		t.Error(got)
	}
	if other := event.Path(event.Submitted, at, []byte("format: 1\n#\n")); other == got {
		t.Error("other content has the same name")
	}
	if kind, err := event.ParseName(got); kind != event.Submitted || err != nil {
		t.Error(kind, err)
	}
}

func TestParseName(t *testing.T) {
	for _, k := range event.Kinds() {
		for _, name := range []string{"o1793787120-" + string(k) + "-0123abcd.yaml", "events/2026/11/0000000043-" + string(k) + ".yaml"} {
			if got, err := event.ParseName(name); got != k || err != nil {
				t.Errorf("%s: %s, %v", name, got, err)
			}
		}
	}
	for _, name := range []string{
		"", "submitted.yaml", "o1793787120-submitted.yaml", "o1793787120-submitted-0123ABCD.yaml", "o1793787120-submitted-0123abc.yaml",
		"1793787120-submitted-0123abcd.yaml", "000000043-responded.yaml", "0000000043-responded", "0000000043-inspected.yaml", "ox793787120-submitted-0123abcd.yaml",
		"o1793787120-submitted-0123abcd.yml", "o-submitted-0123abcd.yaml",
	} {
		if kind, err := event.ParseName(name); err == nil {
			t.Errorf("%q is read as %s", name, kind)
		}
	}
}

func TestSortIsByTimeThenName(t *testing.T) {
	events := []event.Event{
		{File: "events/2026/11/o2-b.yaml", Time: at},
		{File: "events/2026/12/a.yaml", Time: at.Add(time.Hour)},
		{File: "events/2026/12/o1-a.yaml", Time: at},
	}
	event.Sort(events)
	for i, want := range []string{"events/2026/12/o1-a.yaml", "events/2026/11/o2-b.yaml", "events/2026/12/a.yaml"} {
		if events[i].File != want {
			t.Errorf("place %d: %s, want %s", i, events[i].File, want)
		}
	}
}

func TestEventCheck(t *testing.T) {
	tests := []struct {
		name string
		e    event.Event
		want string
	}{
		{"submitted", event.Event{Kind: event.Submitted, RespondBy: calendar.On(at)}, ""},
		{"done", event.Event{Kind: event.Done, School: "900001"}, ""},
		{"inaccurate", event.Event{Kind: event.Responded, Judgement: "inaccurate", Comments: "No."}, ""},
		{"an unknown kind", event.Event{Kind: "inspected"}, `unknown kind "inspected" (want one of submitted, issued`},
		{"submitted without a date", event.Event{Kind: event.Submitted}, "without respond_by"},
		{"extended without a date", event.Event{Kind: event.Extended, Reason: "x"}, "say until when"},
		{"extended without a reason", event.Event{Kind: event.Extended, RespondBy: calendar.On(at)}, "without a reason"},
		{"an unknown judgement", event.Event{Kind: event.Responded, Judgement: "good"}, "want accurate or inaccurate"},
		{"inaccurate without comments", event.Event{Kind: event.Responded, Judgement: "inaccurate", Comments: " \n"}, "without comments"},
		{"withdrawn without a reason", event.Event{Kind: event.Withdrawn}, "without a reason"},
		{"returned", event.Event{Kind: event.Returned, School: "900001", Account: "a", Deposit: "d", Payload: "p"}, ""},
		{"refused", event.Event{Kind: event.Refused, School: "900001", Account: "a", Deposit: "d", Reason: "r"}, ""},
		{"returned by nobody", event.Event{Kind: event.Returned, School: "900001", Deposit: "d", Payload: "p"}, "without the school, account or deposit"},
		{"readdressed", event.Event{Kind: event.Readdressed, Record: event.Accounts, School: "900001", Account: "a", Deposit: "d", Payload: "p"}, ""},
		{"permitted", event.Event{Kind: event.Permitted, Record: event.Accounts, School: "900001", Account: "a", Deposit: "d", Payload: "p", For: "b", Area: "visits", Right: "full"}, ""},
		{"permitted to nobody", event.Event{Kind: event.Permitted, Record: event.Accounts, School: "900001", Account: "a", Deposit: "d", Payload: "p", Area: "visits", Right: "full"}, "without for, area or right"},
		{"permitted something else", event.Event{Kind: event.Permitted, Record: "x", School: "900001", Account: "a", Deposit: "d", Payload: "p", For: "b", Area: "visits", Right: "full"}, "something else than accounts"},
		{"readdressed something else", event.Event{Kind: event.Readdressed, Record: "x", School: "900001", Account: "a", Deposit: "d", Payload: "p"}, "something else than accounts"},
		{"a passkey", event.Event{Kind: event.PasskeyAdded, Record: event.Accounts, School: "900001", Account: "a", Deposit: "d", Payload: "p", Credential: "0a"}, ""},
		{"a passkey of no credential", event.Event{Kind: event.PasskeyRemoved, Record: event.Accounts, School: "900001", Account: "a", Deposit: "d", Payload: "p"}, "without credential"},
		{"a passkey of a visit", event.Event{Kind: event.PasskeyAdded, Record: "x", School: "900001", Account: "a", Deposit: "d", Payload: "p", Credential: "0a"}, "something else than accounts"},
		{"readdressed without what was sent", event.Event{Kind: event.Readdressed, Record: event.Accounts, School: "900001", Account: "a", Deposit: "d"}, "without what was sent"},
		{"returned without answers", event.Event{Kind: event.Returned, School: "900001", Account: "a", Deposit: "d"}, "without what was sent"},
		{"refused without a reason", event.Event{Kind: event.Refused, School: "900001", Account: "a", Deposit: "d"}, "refused without a reason"},
		{"opened", event.Event{Kind: event.Opened, School: "900001", Account: "a", Deposit: "d"}, ""},
		{"opened by nobody", event.Event{Kind: event.Opened, School: "900001", Deposit: "d"}, "without the school, account or deposit"},
		{"retracted", event.Event{Kind: event.Retracted, School: "900001", Account: "a", Deposit: "d", Of: "e"}, ""},
		{"retracted without what", event.Event{Kind: event.Retracted, School: "900001", Account: "a", Deposit: "d"}, "without the deposit that is taken back"},
		{"done by nobody", event.Event{Kind: event.Done}, "without a school"},
	}
	for _, tt := range tests {
		tt.e.Record, tt.e.Time = cmp.Or(tt.e.Record, "2026-11-03-k7q2-early-reading"), at
		var got []string
		tt.e.Check(func(key, text string) { got = append(got, key+": "+text) })
		if tt.want == "" && len(got) > 0 || tt.want != "" && (len(got) != 1 || !strings.Contains(got[0], tt.want)) {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
	var got []string
	(&event.Event{Kind: event.Issued}).Check(func(key, _ string) { got = append(got, key) })
	if strings.Join(got, " ") != "record time" {
		t.Errorf("an event of nothing and no time: %q", got)
	}
}
