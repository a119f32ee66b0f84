package tree

import (
	"bytes"
	"encoding/binary"
	"math/bits"
)

// Papers are compressed already, and most of each is fonts that the one before it
// has too. So a pack of papers is written without looking for short matches: what
// repeats at least leastRepeat bytes of the 32 KiB before it is written as that, in
// blocks with fixed codes, all else is stored (RFC 1951).
const (
	leastRepeat = 48
	window      = 32 << 10
	mostMatch   = 258
	mostStored  = 1<<16 - 1
	marks       = 8 // every so many bytes are remembered
	markBits    = 14
)

// A repeater writes deflate blocks.
type repeater struct {
	out   *bytes.Buffer
	held  uint64 // bits that fill no byte yet
	count uint
	seen  []byte // the last of what was written
	at    int    // how much was written before seen
	table [1 << markBits]int32
}

func (r *repeater) reset(out *bytes.Buffer) {
	*r = repeater{out: out, seen: r.seen[:0]}
}

// write adds one file with its header. Blocks end with a byte.
func (r *repeater) write(parts ...[]byte) {
	if past := len(r.seen) - window; past > 0 {
		r.at += past
		r.seen = r.seen[:copy(r.seen, r.seen[past:])]
	}
	from := len(r.seen)
	for _, p := range parts {
		r.seen = append(r.seen, p...)
	}
	b := r.seen
	written := from
	for i := from; i+8 <= len(b); {
		hash := binary.LittleEndian.Uint64(b[i:]) * 0x9e3779b97f4a7c15 >> (64 - markBits)
		before := int(r.table[hash]) - 1 - r.at
		if i%marks == 0 {
			r.table[hash] = int32(r.at + i + 1)
		}
		if before < 0 || before >= i || i-before > window {
			i++
			continue
		}
		start, length := extend(b, before, i, written)
		if length < leastRepeat {
			i++
			continue
		}
		r.store(b[written:start])
		r.match(length, i-before)
		written = start + length
		for i += marks - i%marks; i < written; i += marks { // what repeats is remembered where it is now
			if i+8 <= len(b) {
				r.table[binary.LittleEndian.Uint64(b[i:])*0x9e3779b97f4a7c15>>(64-markBits)] = int32(r.at + i + 1)
			}
		}
		i = written
	}
	r.store(b[written:])
}

// extend gives where what is alike at before and at i begins, no earlier than
// least, and how long it is.
func extend(b []byte, before, i, least int) (start, length int) {
	distance := i - before
	start = i
	for start > least && start > distance && b[start-1] == b[start-1-distance] {
		start--
	}
	end := i
	for end+8 <= len(b) {
		if differ := binary.LittleEndian.Uint64(b[end:]) ^ binary.LittleEndian.Uint64(b[end-distance:]); differ != 0 {
			return start, end + bits.TrailingZeros64(differ)/8 - start
		}
		end += 8
	}
	for end < len(b) && b[end] == b[end-distance] {
		end++
	}
	return start, end - start
}

func (r *repeater) put(v uint64, n uint) {
	r.held |= v << r.count
	r.count += n
	for r.count >= 8 {
		r.out.WriteByte(byte(r.held))
		r.held >>= 8
		r.count -= 8
	}
}

// code puts a Huffman code, which goes from its highest bit.
func (r *repeater) code(v uint64, n uint) { r.put(bits.Reverse64(v)>>(64-n), n) }

// store writes bytes as they are.
func (r *repeater) store(b []byte) {
	for first := true; first && r.count > 0 || len(b) > 0; first = false {
		now := b[:min(len(b), mostStored)]
		b = b[len(now):]
		r.put(0, 3) // not the last block, stored
		if r.count > 0 {
			r.put(0, 8-r.count)
		}
		r.put(uint64(len(now)), 16)
		r.put(uint64(^uint16(len(now))), 16)
		r.out.Write(now)
	}
}

// match writes a block that repeats length bytes, at least leastRepeat of them.
func (r *repeater) match(length, distance int) {
	r.put(0b010, 3) // not the last block, fixed codes
	for length > 0 {
		n := min(length, mostMatch)
		if rest := length - n; rest > 0 && rest < 3 {
			n -= 3 // no match is shorter than three
		}
		length -= n
		r.length(n)
		r.distance(distance)
	}
	r.code(0, 7) // the end of the block
}

// length puts the length of a match, 3 to 258.
func (r *repeater) length(n int) {
	symbol, extra, rest := 285, uint(0), 0
	if n < mostMatch {
		v := n - 3
		if v < 8 {
			symbol = 257 + v
		} else {
			extra = uint(bits.Len(uint(v)) - 3)
			symbol = 257 + int(extra)*4 + v>>extra
			rest = v & (1<<extra - 1)
		}
	}
	if symbol < 280 {
		r.code(uint64(symbol-256), 7)
	} else {
		r.code(uint64(symbol-280+0b11000000), 8)
	}
	r.put(uint64(rest), extra)
}

// distance puts how far back a match lies, 1 to 32768.
func (r *repeater) distance(n int) {
	v := n - 1
	if v < 4 {
		r.code(uint64(v), 5)
		return
	}
	extra := uint(bits.Len(uint(v)) - 2)
	r.code(uint64(int(extra)*2+v>>extra), 5)
	r.put(uint64(v&(1<<extra-1)), extra)
}
