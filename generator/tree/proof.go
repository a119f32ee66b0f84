package tree

import "slices"

// Proof gives the paths of the lists that a signed head needs to prove that files
// are listed: the keys file, and each shard that lists one of them. A path that
// is not listed needs none.
func (s *State) Proof(paths []string) []string {
	proof := []string{s.Head.KeysEntry().Path}
	for _, path := range paths {
		if _, ok := find(s.Entries, path); ok {
			proof = append(proof, s.shards[shardOf(path, len(s.shards))].file.Path)
		}
	}
	slices.Sort(proof)
	return slices.Compact(proof)
}
