package tree

import (
	"bytes"
	"fmt"

	"despatch/internal/refusal"
)

const (
	tarBlock = 512
	// MaxFile is the largest file, in bytes, that a pack or file may hold.
	MaxFile = 64 << 20
)

// PackFile is a file in a pack. Name is "<root>/<name>": the compartment's 16 hex
// digits and the page's or file's own opaque name.
type PackFile struct {
	Name string
	Data []byte
}

// checkName holds a name to docs/formats.md section 11.
func checkName(name string) error {
	if len(name) < 18 || len(name) > 100 || name[16] != '/' || !isHex(name[:16], 16) || !isPath(name[17:]) ||
		bytes.IndexByte([]byte(name[17:]), '/') >= 0 {
		return refusal.Malformed.Errorf("%.120q is not a name in a pack (want <root>/<name>)", name)
	}
	return nil
}

// tarHeader is the one header that is written for a name and size: ustar, a
// regular file of mode 0644, of nobody, from no time.
func tarHeader(name string, size int) (h [tarBlock]byte) {
	copy(h[:100], name)
	copy(h[100:], "0000644\x000000000\x000000000\x00")
	copy(h[124:], fmt.Appendf(nil, "%011o\x00", size))
	copy(h[136:], "00000000000\x00")
	copy(h[148:], "        ")
	h[156] = '0'
	copy(h[257:], "ustar\x0000")
	copy(h[329:], "0000000\x000000000\x00")
	sum := 0
	for _, b := range h {
		sum += int(b)
	}
	copy(h[148:], fmt.Appendf(nil, "%06o\x00 ", sum))
	return h
}

// tarPadding is the number of zero bytes after a file of a size.
func tarPadding(size int) int { return -size & (tarBlock - 1) }

// cutTar takes one file off the front of a tar. At the end, two zero blocks, ok is
// false and rest is what follows them.
func cutTar(b []byte) (f PackFile, rest []byte, ok bool, err error) {
	if len(b) < 2*tarBlock {
		return f, nil, false, refusal.Malformed.Errorf("the tar breaks off")
	}
	if isZero(b[:2*tarBlock]) {
		return f, b[2*tarBlock:], false, nil
	}
	end := bytes.IndexByte(b[:100], 0)
	if end < 0 {
		end = 100
	}
	f.Name = string(b[:end])
	size := 0
	for _, d := range b[124:135] {
		if d < '0' || d > '7' {
			return f, nil, false, refusal.Malformed.Errorf("the tar's entry %.120q has no size", f.Name)
		}
		size = size<<3 | int(d-'0')
	}
	if header := tarHeader(f.Name, size); !bytes.Equal(header[:], b[:tarBlock]) {
		return f, nil, false, refusal.Malformed.Errorf("the tar's entry %.120q is not as Despatch writes it", f.Name)
	}
	if err := checkName(f.Name); err != nil {
		return f, nil, false, err
	}
	b = b[tarBlock:]
	if size > MaxFile || size+tarPadding(size) > len(b) || !isZero(b[size:size+tarPadding(size)]) {
		return f, nil, false, refusal.Malformed.Errorf("the tar's entry %.120q is too large, breaks off or is not padded with zeros", f.Name)
	}
	f.Data = b[:size:size]
	return f, b[size+tarPadding(size):], true, nil
}

// isZero compares b with itself, one byte on, so that it runs at memory speed.
func isZero(b []byte) bool {
	return len(b) == 0 || b[0] == 0 && bytes.Equal(b[1:], b[:len(b)-1])
}
