package tagpdf

import "fmt"

// An entry is one of the outline, with its neighbours by number, 0 for none.
type entry struct {
	object                          int
	up, before, after, first, final int
	below                           int // entries that are seen under it: all of them
}

// outline writes the outline, whose entries are all open, and gives the
// catalog's entries for it. /Count is the number of entries seen below, not of
// the next level alone.
func (k *book) outline() string {
	if len(k.headings) == 0 {
		return ""
	}
	all := make([]entry, len(k.headings)+1)
	all[0].object = k.alloc()
	path := []int{0}
	for i, h := range k.headings {
		n := i + 1
		all[n].object = k.alloc()
		for len(path) > 1 && k.headings[path[len(path)-1]-1].level >= h.level {
			path = path[:len(path)-1]
		}
		up := path[len(path)-1]
		all[n].up = up
		if last := all[up].final; last != 0 {
			all[n].before, all[last].after = last, n
		} else {
			all[up].first = n
		}
		all[up].final = n
		path = append(path, n)
	}
	for n := len(all) - 1; n > 0; n-- {
		all[all[n].up].below += 1 + all[n].below
	}
	for n := 1; n < len(all); n++ {
		e, h := &all[n], k.headings[n-1]
		out := fmt.Sprintf("<</Title%s/Parent %s/SE %s/Dest[%s/XYZ 0 %.1f 0]", text(h.text), ref(all[e.up].object), ref(h.element.object), ref(k.pageObjects[h.page]), h.y+8)
		for _, to := range []struct {
			key string
			n   int
		}{{"Prev", e.before}, {"Next", e.after}, {"First", e.first}, {"Last", e.final}} {
			if to.n != 0 {
				out += "/" + to.key + " " + ref(all[to.n].object)
			}
		}
		if e.below > 0 {
			out += "/Count " + itoa(e.below)
		}
		k.set(e.object, out+">>")
	}
	k.set(all[0].object, fmt.Sprintf("<</Type/Outlines/First %s/Last %s/Count %d>>", ref(all[all[0].first].object), ref(all[all[0].final].object), all[0].below))
	return "/Outlines " + ref(all[0].object) + "/PageMode/UseOutlines"
}
