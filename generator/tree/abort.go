package tree

import "slices"

// Abort takes away the files that were put and that the state the writer began
// from does not list. The writer is spent afterwards.
func (w *Writer) Abort() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	var paths []string
	for path := range w.put {
		if _, held := w.held[path]; held || w.base.names(path) {
			continue
		}
		paths = append(paths, path)
	}
	slices.Sort(paths)
	for _, path := range paths {
		if err := w.batch.Remove(w.at(path)); err != nil {
			return err
		}
	}
	return w.batch.Sync()
}
