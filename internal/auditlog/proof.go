package auditlog

import (
	"bytes"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"despatch/internal/refusal"
)

const proofLine = "c2sp.org/tlog-proof@v1\n"

// Proof shows that a leaf is in the log that a checkpoint is of.
type Proof struct {
	Index      int64
	Path       tlog.RecordProof
	Checkpoint []byte
}

// Format writes a C2SP tlog-proof without extra data.
func (p Proof) Format() []byte {
	var b bytes.Buffer
	b.WriteString(proofLine + "index " + strconv.FormatInt(p.Index, 10) + "\n")
	for _, h := range p.Path {
		b.WriteString(h.String() + "\n")
	}
	b.WriteString("\n")
	b.Write(p.Checkpoint)
	return b.Bytes()
}

// ParseProof reads what Format writes. Nothing is verified yet.
func ParseProof(data []byte) (Proof, error) {
	head, checkpoint, ok := strings.Cut(string(data), "\n\n")
	rest, isProof := strings.CutPrefix(head+"\n", proofLine)
	lines := strings.Split(strings.TrimSuffix(rest, "\n"), "\n")
	index, hasIndex := strings.CutPrefix(lines[0], "index ")
	if !ok || !isProof || !hasIndex {
		return Proof{}, refusal.Malformed.Errorf("not a proof as c2sp.org/tlog-proof describes it")
	}
	p := Proof{Checkpoint: []byte(checkpoint)}
	var err error
	if p.Index, err = strconv.ParseInt(index, 10, 64); err != nil || p.Index < 0 {
		return Proof{}, refusal.Malformed.Errorf("%.40q is no index of a leaf", index)
	}
	if len(lines) > 1+63 {
		return Proof{}, refusal.Malformed.Errorf("the proof is longer than any log needs")
	}
	for _, line := range lines[1:] {
		h, err := tlog.ParseHash(line)
		if err != nil {
			return Proof{}, refusal.Malformed.Errorf("%.60q is no hash of a proof", line)
		}
		p.Path = append(p.Path, h)
	}
	if !bytes.Equal(p.Format(), data) {
		return Proof{}, refusal.Malformed.Errorf("the proof is not as Despatch writes it")
	}
	return p, nil
}

// Check verifies that the leaf is in the log that one of the keys signed, and
// gives the log's checkpoint. Errors are refusals: malformed, signature, or
// mismatch (the leaf is not the one that the proof is of).
func (p Proof) Check(l Leaf, keys ...note.Verifier) (Checkpoint, error) {
	c, err := ParseCheckpoint(p.Checkpoint, keys...)
	if err != nil {
		return c, err
	}
	if p.Index >= c.Size {
		return c, refusal.Malformed.Errorf("leaf %d is beyond the log's %d leaves", p.Index, c.Size)
	}
	if err := tlog.CheckRecord(p.Path, c.Size, c.Root, p.Index, l.Hash()); err != nil {
		return c, refusal.Mismatch.Errorf("leaf %d of the log is another one", p.Index)
	}
	return c, nil
}
