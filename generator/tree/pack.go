package tree

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
	"path"
	"slices"
	"sync"

	"github.com/klauspost/compress/flate"

	"despatch/internal/refusal"
	"despatch/internal/seal"
)

const (
	leastPack = 4096
	leastFile = 8192
	// maxPack bounds what a pack may unfold to.
	maxPack = 1 << 30

	gzipHeader = "\x1f\x8b\x08\x04\x00\x00\x00\x00\x00\xff"
	fillBlock  = "\x00\x00\x00\xff\xff" // an empty stored block
	finalBlock = "\x03\x00"             // an empty last block
)

// packer is what one pack is written with; flate writers are large, so they are
// pooled.
type packer struct {
	out    bytes.Buffer
	flate  *flate.Writer
	repeat repeater
	crc    hash.Hash32
	size   int
	papers bool // nothing but PDFs: repeat writes them
}

var packers = sync.Pool{New: func() any {
	w, err := flate.NewWriter(nil, flate.BestSpeed)
	if err != nil {
		panic(err) // the level is a constant
	}
	return &packer{flate: w, crc: crc32.NewIEEE()}
}}

// BuildPack writes a pack (docs/formats.md section 11): a tar.gz of the files, in
// order of their names, whose length is a bucket. The same files give the same
// bytes.
func BuildPack(files []PackFile) ([]byte, error) {
	return AppendPack(nil, files)
}

// AppendPack appends the pack to dst.
func AppendPack(dst []byte, files []PackFile) ([]byte, error) {
	out, err := appendFolded(dst, files, maxPack)
	if err != nil {
		return nil, fmt.Errorf("pack: %w", err)
	}
	return out, nil
}

// appendFolded appends files as packs and indexes hold them. What would unfold to
// more than most bytes is an error.
func appendFolded(dst []byte, files []PackFile, most int) ([]byte, error) {
	sorted := files
	byName := func(a, b PackFile) int { return cmp.Compare(a.Name, b.Name) }
	if !slices.IsSortedFunc(files, byName) {
		sorted = slices.SortedFunc(slices.Values(files), byName)
	}
	p := packers.Get().(*packer)
	defer packers.Put(p)
	p.out.Reset()
	p.flate.Reset(&p.out)
	p.crc.Reset()
	p.size = 0
	p.papers = len(sorted) > 0 && !slices.ContainsFunc(sorted, func(f PackFile) bool { return path.Ext(f.Name) != ".pdf" })
	if p.papers {
		p.repeat.reset(&p.out)
	}
	last := ""
	for _, f := range sorted {
		if f.Name == last {
			return nil, fmt.Errorf("%s is in it twice", f.Name)
		}
		last = f.Name
		if err := p.add(f); err != nil {
			return nil, err
		}
	}
	if err := p.write(make([]byte, 2*tarBlock)); err != nil {
		return nil, err
	}
	if p.size > most {
		return nil, fmt.Errorf("it would unfold to %d bytes (at most %d)", p.size, most)
	}
	if p.papers {
		return p.appendTo(dst), nil
	}
	if err := p.flate.Flush(); err != nil {
		return nil, err
	}
	return p.appendTo(dst), nil
}

func (p *packer) add(f PackFile) error {
	if err := checkName(f.Name); err != nil {
		return err
	}
	if len(f.Data) > MaxFile {
		return fmt.Errorf("%s has %d bytes (at most %d fit)", f.Name, len(f.Data), MaxFile)
	}
	header := tarHeader(f.Name, len(f.Data))
	var padding [tarBlock]byte
	return p.write(header[:], f.Data, padding[:tarPadding(len(f.Data))])
}

func (p *packer) write(parts ...[]byte) error {
	for _, b := range parts {
		p.crc.Write(b)
		p.size += len(b)
		if p.papers {
			continue
		}
		if _, err := p.flate.Write(b); err != nil {
			return err
		}
	}
	if p.papers {
		p.repeat.write(parts...)
	}
	return nil
}

// appendTo frames the deflate data as gzip, padded to a bucket.
func (p *packer) appendTo(dst []byte) []byte {
	n := len(gzipHeader) + 2 + 4 + p.out.Len() + len(finalBlock) + 8
	fill := seal.Bucket(n, leastPack) - n
	dst = slices.Grow(dst, n+fill)
	dst = append(dst, gzipHeader...)
	dst = binary.LittleEndian.AppendUint16(dst, uint16(4+fill%5))
	dst = append(dst, 'P', 'D')
	dst = binary.LittleEndian.AppendUint16(dst, uint16(fill%5))
	dst = append(dst, make([]byte, fill%5)...)
	dst = append(dst, p.out.Bytes()...)
	for range fill / 5 {
		dst = append(dst, fillBlock...)
	}
	dst = append(dst, finalBlock...)
	dst = binary.LittleEndian.AppendUint32(dst, p.crc.Sum32())
	return binary.LittleEndian.AppendUint32(dst, uint32(p.size))
}

// ReadPack reads a pack's plaintext. Errors are refusals: malformed.
func ReadPack(plain []byte) ([]PackFile, error) {
	files, err := unfold(plain, maxPack)
	if err != nil {
		return nil, fmt.Errorf("pack: %w", err)
	}
	return files, nil
}

// unfold reads what appendFolded wrote, as long as it unfolds to at most most bytes.
func unfold(plain []byte, most int) ([]PackFile, error) {
	tar, err := gunzip(plain, most)
	if err != nil {
		return nil, err
	}
	var files []PackFile
	for {
		f, rest, ok, err := cutTar(tar)
		if err != nil {
			return nil, err
		}
		if !ok {
			if len(rest) > 0 {
				return nil, refusal.Malformed.Errorf("something follows the tar")
			}
			return files, nil
		}
		if n := len(files); n > 0 && files[n-1].Name >= f.Name {
			return nil, refusal.Malformed.Errorf("%s is out of order or repeated", f.Name)
		}
		files = append(files, f)
		tar = rest
	}
}

// gunzip unfolds the one gzip stream that plain must be, to at most most bytes.
func gunzip(plain []byte, most int) ([]byte, error) {
	malformed := refusal.Malformed.Errorf("not a gzip stream as Despatch writes it")
	head := len(gzipHeader) + 2 + 4
	if len(plain) < head+8 || string(plain[:len(gzipHeader)]) != gzipHeader || seal.Bucket(len(plain), leastPack) != len(plain) {
		return nil, malformed
	}
	extra := int(binary.LittleEndian.Uint16(plain[10:]))
	if extra < 4 || extra > 8 || string(plain[12:14]) != "PD" || int(binary.LittleEndian.Uint16(plain[14:])) != extra-4 ||
		!isZero(plain[16:16+extra-4]) {
		return nil, malformed
	}
	in := bytes.NewReader(plain[head+extra-4:])
	r := flate.NewReader(in)
	tar, err := io.ReadAll(io.LimitReader(r, int64(most)+1))
	if err != nil || len(tar) > most || in.Len() != 8 {
		return nil, malformed
	}
	trailer := plain[len(plain)-8:]
	if binary.LittleEndian.Uint32(trailer) != crc32.ChecksumIEEE(tar) || binary.LittleEndian.Uint32(trailer[4:]) != uint32(len(tar)) {
		return nil, malformed
	}
	return tar, nil
}

// BuildFile writes a large file (docs/formats.md section 12): a tar of it alone,
// padded with zeros to a bucket.
func BuildFile(f PackFile) ([]byte, error) {
	if err := checkName(f.Name); err != nil {
		return nil, err
	}
	if len(f.Data) > MaxFile {
		return nil, fmt.Errorf("%s has %d bytes (at most %d fit)", f.Name, len(f.Data), MaxFile)
	}
	n := tarBlock + len(f.Data) + tarPadding(len(f.Data)) + 2*tarBlock
	out := make([]byte, seal.Bucket(n, leastFile))
	header := tarHeader(f.Name, len(f.Data))
	copy(out, header[:])
	copy(out[tarBlock:], f.Data)
	return out, nil
}

// ReadFile reads a large file's plaintext. Errors are refusals: malformed.
func ReadFile(plain []byte) (PackFile, error) {
	f, rest, ok, err := cutTar(plain)
	if err != nil {
		return f, fmt.Errorf("file: %w", err)
	}
	if !ok {
		return f, refusal.Malformed.Errorf("file: the tar is empty")
	}
	n := len(plain) - len(rest) + 2*tarBlock
	if !isZero(rest) || len(rest) < 2*tarBlock || seal.Bucket(n, leastFile) != len(plain) {
		return f, refusal.Malformed.Errorf("file: not padded as Despatch pads it")
	}
	return f, nil
}
