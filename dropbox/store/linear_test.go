//go:build !windows

package store_test

import (
	"fmt"
	"math"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
	"golang.org/x/mod/sumdb/note"

	"despatch/internal/receipt"
	"despatch/internal/sshsig"
)

// history is what several who wanted slots were told, and when, for a checker that
// knows nothing of this program.
type history struct {
	began time.Time
	mu    sync.Mutex
	ops   []porcupine.Operation // guarded by mu
}

// A want is somebody's wish to have a slot for a deposit.
type want struct {
	slot    int
	deposit string
}

// What somebody may be told who was not told whose the slot is.
const (
	nobodySaid = ""          // no answer came: it may have happened, or happen yet
	anothers   = "another's" // without being told whose
)

// call begins an operation and gives its number.
func (h *history) call(who, slot int, deposit string) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ops = append(h.ops, porcupine.Operation{ClientId: who, Input: want{slot, deposit}, Call: int64(time.Since(h.began)), Output: nobodySaid, Return: math.MaxInt64})
	return len(h.ops) - 1
}

// tell ends an operation: the slot is this deposit's.
func (h *history) tell(op int, deposit string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ops[op].Output, h.ops[op].Return = deposit, int64(time.Since(h.began))
}

// aSlot is a slot as one box without faults would keep it: whoever comes first has it
// for good, and everybody after is told so.
var aSlot = (&porcupine.NondeterministicModel{
	Partition: func(all []porcupine.Operation) [][]porcupine.Operation {
		of := make(map[int][]porcupine.Operation)
		for _, op := range all {
			slot := op.Input.(want).slot
			of[slot] = append(of[slot], op)
		}
		var out [][]porcupine.Operation
		for _, ops := range of {
			out = append(out, ops)
		}
		return out
	},
	Init: func() []any { return []any{""} },
	Step: func(state, input, output any) []any {
		has, wants, told := state.(string), input.(want).deposit, output.(string)
		switch {
		case told == nobodySaid && has == "":
			return []any{"", wants}
		case told == nobodySaid:
			return []any{has}
		case has == "" && told == wants:
			return []any{wants}
		case has != "" && (told == has || told == anothers && has != wants):
			return []any{has}
		}
		return nil
	},
	Equal: func(a, b any) bool { return a == b },
}).ToModel()

// linear says whether what everybody was told could have come from one box that does
// one thing at a time.
func (h *history) linear() error {
	if len(h.ops) == 0 {
		return fmt.Errorf("there is no history")
	}
	if result := porcupine.CheckOperationsTimeout(aSlot, h.ops, time.Minute); result != porcupine.Ok {
		return fmt.Errorf("what %d operations were told is not linearizable: %s", len(h.ops), result)
	}
	return nil
}

// winnerOf is whose receipt somebody was shown.
func (a *accepting) winnerOf(text []byte) string {
	r, err := receipt.Verify(text, receipt.Trust{Box: crashBox, Receipts: []sshsig.PublicKey{sshsig.PublicOf(a.private)}, Logs: []note.Verifier{a.key}})
	if err != nil {
		return anothers
	}
	return r.Leaf.Deposit
}

// TestTheCheckerOfHistoriesRefusesWhatOneBoxWouldNotSay keeps the checker honest.
func TestTheCheckerOfHistoriesRefusesWhatOneBoxWouldNotSay(t *testing.T) {
	for _, tt := range []struct {
		name string
		told []string // in turn, to a and b and c
		ok   bool
	}{
		{"the first has it", []string{"a", "a", "a"}, true},
		{"no answer, and it was so", []string{nobodySaid, "a", "a"}, true},
		{"no answer, and it was not so", []string{nobodySaid, "b", "b"}, true},
		{"another's, nobody says whose", []string{"a", anothers, "a"}, true},
		{"two have it", []string{"a", "b", "a"}, false},
		{"it changes hands", []string{"a", "a", "b"}, false},
		{"one has it who came later", []string{"b", "b", "b"}, false},
		{"another's, and there is none", []string{anothers, "b", "b"}, false},
	} {
		h := &history{began: time.Now()}
		for i, told := range tt.told {
			if op := h.call(i, 0, string(rune('a'+i))); told != nobodySaid {
				h.tell(op, told)
			}
		}
		if err := h.linear(); (err == nil) != tt.ok {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}
