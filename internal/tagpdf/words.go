package tagpdf

import (
	"strings"
	"sync"
)

// mostWords is how many words are kept laid out for all documents.
const mostWords = 1 << 13

// A lexicon keeps words laid out for all documents: those of one face that have
// common characters alone, whose codes are the same in every document.
type lexicon struct {
	mu    sync.RWMutex
	words map[wordKey]*known // guarded by mu
}

// A known word is a run without its document, and what it adds to the document's
// use of the face.
type known struct {
	face    *face
	run     run
	classes uint8
	common  [2]uint64
}

func (l *lexicon) get(key wordKey) (*known, bool) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	w, ok := l.words[key]
	return w, ok
}

// keep takes a word in, if it is one to keep and there is room.
func (l *lexicon) keep(key wordKey, runs []run) {
	if len(runs) != 1 || len(key.text) > 32 {
		return
	}
	w := &known{face: runs[0].use.face, run: runs[0]}
	w.run.use = nil
	for _, c := range w.run.codes {
		if c == 0 || int(c) >= len(commonChars) {
			return
		}
		w.classes |= 1 << common(commonChars[c]).class
		w.common[c>>6] |= 1 << (c & 63)
	}
	key.text = strings.Clone(key.text) // it is a part of a whole text
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.words == nil {
		l.words = make(map[wordKey]*known)
	}
	if len(l.words) < mostWords {
		l.words[key] = w
	}
}

// in gives the word as a run of a document.
func (w *known) in(b *builder) run {
	u := b.use(w.face)
	u.classes |= w.classes
	u.common[0] |= w.common[0]
	u.common[1] |= w.common[1]
	out := w.run
	out.use = u
	return out
}
